"""The scenes of the eras: repeatable, changed one thing at a time, alone or inside a whole day."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from noroshi.demo.company import VICTIM
from noroshi.demo.eras import CHANGES, ERAS, facts_of, write_era, write_era_day
from noroshi.demo.eras.lookalikes import LOOK_ALIKES

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.demo.manifest import Manifest


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_scene_is_the_same_every_time(tmp_path: Path) -> None:
    """The same facts and seed give the same bytes."""
    for name in ("a", "b"):
        write_era(tmp_path / name, ERAS["2022-04"])
    assert content(tmp_path / "a") == content(tmp_path / "b")


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_changes_one_thing(change: str) -> None:
    """Only the facts of that thing differ, and the attack goes on."""
    before, after = facts_of("2022-01"), facts_of("2022-01", [change])
    allowed = {
        "hashes": {"mark", "attachment"},
        "addresses": {"c2"},
        "domains": {"sites"},
        "file names": {"payload", "attachment", "inside"},
        "indicators": {"mark", "attachment", "c2", "sites", "payload", "inside", "ja3"},
        "document": {"opener", "attachment", "inside"},
        "launcher": {"launcher"},
    }[change]
    names = [name for name in before.__slots__ if getattr(before, name) != getattr(after, name)]
    assert names
    assert set(names) <= allowed


def test_the_lists_know_what_was_reported(tmp_path: Path) -> None:
    """With a change the lists stay those of the attack as it was known."""
    listed = ERAS["2021-11"]
    write_era(tmp_path, listed.changed("addresses"), listed)
    endpoints = (tmp_path / "lists" / "emotet_c2_endpoints.ndjson").read_text("utf-8")
    assert "198.51.100.77:443" in endpoints
    assert "203.0.113.20" not in endpoints
    assert "203.0.113.201:443" in (tmp_path / "logs" / "proxy" / "proxy01-access.log").read_text("utf-8")


def test_only_reserved_addresses_and_names(tmp_path: Path) -> None:
    """No scene names anybody's real site."""
    for name, facts in ERAS.items():
        write_era(tmp_path / name, facts)
        log = (tmp_path / name / "logs" / "proxy" / "proxy01-access.log").read_text("utf-8")
        for line in log.splitlines():
            host = line.split('"')[1].split(" ")[1].removeprefix("http://").split("/")[0].split(":")[0]
            reserved = host.endswith((".example", ".test")) or host.startswith(
                ("198.51.100.", "203.0.113.", "192.0.2.")
            )
            assert reserved or host.startswith("10."), host


@pytest.fixture(scope="module")
def whole_day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """A small company's whole day without an infection, with what resembles the later eras."""
    folder = tmp_path_factory.mktemp("era-day")
    return folder, write_era_day(folder, ERAS["2022-01"], scale=0.2, infected=False)


def test_every_look_alike_of_the_eras_stands_in_its_logs(whole_day: tuple[Path, Manifest]) -> None:
    """Each is found by its marker, and none is on the machine of the infection."""
    folder, manifest = whole_day
    assert {one.id for one in LOOK_ALIKES} <= {one.id for one in manifest.look_alikes}
    for one in LOOK_ALIKES:
        assert one.marker in (folder / "logs" / one.files[0]).read_text("utf-8"), one.id
        assert VICTIM not in one.hosts


def test_an_era_takes_the_place_of_july_2020(tmp_path: Path) -> None:
    """The whole day holds the era's payload and nothing of the other infection."""
    write_era_day(tmp_path, ERAS["2022-01"], scale=0.05)
    clients = (tmp_path / "logs" / "windows" / "nxlog-clients.json").read_text("utf-8")
    assert "erum.ocx" in clients
    assert "284.exe" not in clients


STAMP = re.compile(rb"\b(20[12]\d)-(\d\d)-(\d\d)[ T]\d\d:\d\d:\d\d")


@pytest.mark.parametrize("era", ["2019-04", "2022-11", "2023-03-onenote"])
def test_a_scene_has_the_date_of_its_era(tmp_path: Path, era: str) -> None:
    """Every product writes the days of that year's scene: none says July 2020."""
    write_era(tmp_path, ERAS[era])
    day = ERAS[era].day
    near = {str(day + timedelta(days=step)) for step in (-1, 0, 1)}
    texts = [path.read_bytes() for path in (tmp_path / "logs").rglob("*") if path.is_file()]
    found = {b"-".join(match.groups()).decode() for text in texts for match in STAMP.finditer(text)}
    assert str(day) in found
    assert {one for one in found if not one.endswith("-04-01")} <= near  # certificates run from April
    zeek = (tmp_path / "logs" / "zeek" / "conn.log").read_text().splitlines()
    first = next(line for line in zeek if not line.startswith("#")).split("\t")[0]
    assert str(datetime.fromtimestamp(float(first), UTC).date()) in near
    assert any(line.startswith(f"#open\t{day}") for line in zeek)


def test_an_era_is_named_by_its_days_year_and_month() -> None:
    """So that no story is told under another date."""
    assert all(name.startswith(f"{facts.day:%Y-%m}") for name, facts in ERAS.items())
