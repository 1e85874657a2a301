"""A host match is raised by what else the same machine did within minutes, other indicators included."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.cli.conftest import Run

HIDDEN = "https://files.shop.example/a/load.exe"
C2 = "198.51.100.77:8080"


def line(host: str, minute: str, request: str) -> str:
    """A line of the proxy."""
    to = f"{host} - - [22/Jul/2020:{minute} +0900]"
    return f'{to} "{request} HTTP/1.1" 200 1234 "-" "-" TCP_TUNNEL:HIER_DIRECT\n'


CONNECT = "CONNECT files.shop.example:443"
CALL = f"POST http://{C2}/in"
QUIET = line("10.20.4.114", "13:12:13", CONNECT), line("10.20.4.115", "13:13:00", CALL)
NEAR = (*QUIET, line("10.20.4.114", "13:20:13", CALL))
FAR = (*QUIET, line("10.20.4.114", "13:40:13", CALL))


@pytest.fixture
def store(run: Run, tmp_path: Path) -> Path:
    """A URL that HTTPS hides, and a C2 endpoint."""
    store = tmp_path / "noroshi.db"
    common = ("--store", store, "--confidence", 90, "--last-seen", "2020-07-21T00:00Z")
    assert 0 == run("indicators", "add", HIDDEN, "--threat", "download", *common).status
    assert 0 == run("indicators", "add", C2, "--threat", "c2", *common).status
    return store


def level_of_host(text: str) -> list[tuple[str, str]]:
    """Level and last reason of the host match of pc .114."""
    found = [json.loads(one) for one in text.splitlines()]
    return [
        (one["rule"]["level"], one["indicator"]["reasons"][-1])
        for one in found
        if one["kind"] == "indicator" and one["indicator"]["precision"] == "host"
    ]


def logs(folder: Path, lines: Sequence[str], *, each: bool = False) -> Path:
    """The lines in one file, or one file each."""
    folder.mkdir()
    for number, some in enumerate(lines if each else ["".join(lines)]):
        (folder / f"proxy{number}.log").write_text(some)
    return folder


ALONE = ("informational", "informational alone: only the host of the URL was visible")
RAISED = ("medium", "raised: the same machine shows something else within ten minutes")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [(QUIET, ALONE), (NEAR, RAISED), (FAR, ALONE), (tuple(reversed(NEAR)), RAISED)],
    ids=["another machine only", "within minutes", "later", "in other order"],
)
def test_another_indicator_on_the_same_machine_raises_it(
    run: Run, store: Path, tmp_path: Path, lines: Sequence[str], expected: tuple[str, str]
) -> None:
    """Within ten minutes before or after; another machine's does not, nor one half an hour later."""
    place = logs(tmp_path / "logs", lines)
    found = run("scan", place, "--indicators", store, "--format", "ndjson", "--lang", "en")
    assert [expected] == level_of_host(found.out)


def test_workers_change_nothing(run: Run, store: Path, tmp_path: Path) -> None:
    """One file each, read by two processes."""
    place = logs(tmp_path / "logs", NEAR, each=True)
    asked = ("scan", place, "--indicators", store, "--format", "ndjson", "--lang", "en", "--workers", 2)
    assert [RAISED] == level_of_host(run(*asked).out)


def test_the_name_of_the_same_host_does_not_raise_it(run: Run, store: Path, tmp_path: Path) -> None:
    """A domain that is an indicator, too, alerts for itself; it is the same fact, not another one."""
    add = ("indicators", "add", "files.shop.example", "--threat", "c2", "--store", store)
    assert 0 == run(*add, "--confidence", 90, "--last-seen", "2020-07-21T00:00Z").status
    found = run(
        "scan", logs(tmp_path / "logs", QUIET), "--indicators", store, "--format", "ndjson", "--lang", "en"
    )
    assert [ALONE] == level_of_host(found.out)
    assert "files.shop.example" in {
        json.loads(one)["indicator"]["value"] for one in found.out.splitlines() if '"indicator"' in one
    }


@pytest.mark.parametrize(
    "later", [(HIDDEN, C2), (HIDDEN,)], ids=["both came later", "the C2 call was told live"]
)
def test_the_retro_check_does_likewise(run: Run, tmp_path: Path, later: Sequence[str]) -> None:
    """What came later is raised by what came later, too, and by what a scan has told before."""
    store = tmp_path / "noroshi.db"
    run("indicators", "stats", "--store", store)
    common = ("--store", store, "--confidence", 90, "--last-seen", "2020-07-21T00:00Z", "--threat", "c2")
    for value in {HIDDEN, C2} - set(later):
        assert 0 == run("indicators", "add", value, *common).status
    place = logs(tmp_path / "logs", NEAR)
    live = run("scan", place, "--indicators", store, "--remember", "--format", "ndjson", "--lang", "en")
    assert [] == level_of_host(live.out)
    for value in later:
        assert 0 == run("indicators", "add", value, *common).status
    copy = shutil.copy(store, tmp_path / "copy.db")
    asked = ("indicators", "retro", "--format", "ndjson", "--lang", "en", "--store")
    assert [RAISED] == level_of_host(run(*asked, store).out)
    page = run("indicators", "retro", "--lang", "en", "--store", copy).out
    assert f"{len(later)} new indicator" in page


def test_the_table_counts_the_events_behind_one_alert(run: Run, store: Path, tmp_path: Path) -> None:
    """One indicator on one machine is one alert; the reader sees how often it was met."""
    often = [line("10.20.4.114", f"13:12:{second}", CONNECT) for second in range(10, 22)]
    told = run("scan", logs(tmp_path / "logs", often), "--indicators", store, "--lang", "en").out
    assert "×12" in told
