"""The retro check from the command line: what is asserted are the alerts that a person gets."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from noroshi.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

URL = "http://www.sakura-bento.example/wp-includes/9fTzqE/"
C2 = "198.51.100.77:80"


def alerts(text: str) -> list[dict[str, Any]]:
    """The alerts of indicators among NDJSON."""
    return [alert for line in text.splitlines() if (alert := json.loads(line))["kind"] == "indicator"]


def told(alert: dict[str, Any]) -> tuple[Any, ...]:
    """What a live alert and one of the retro check have in common.

    Not the level: what else the machine did near it raises a live one. Of the evidence the first field: an
    event whose URL shows the host is kept without the host beside it.
    """
    indicator = alert["indicator"]
    return (
        alert["alert_id"],
        indicator["value"],
        indicator["precision"],
        alert["entities"],
        alert["count"],
        alert["first"],
        alert["last"],
        alert["outcome"],
        alert["event_id"],
        alert["source"],
        alert["matched"][0],
    )


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where the store of a test is."""
    return tmp_path / "noroshi.db"


@pytest.fixture(scope="module")
def scanned(
    day: Path, day_options: tuple[object, ...], rule_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A store that remembers the day, and knows no indicator; to be copied, not used."""
    store = tmp_path_factory.mktemp("scanned") / "noroshi.db"
    wanted = ("scan", day / "logs", *day_options, "--indicators", store, "--format", "ndjson")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(rule_cache))
        CliRunner().invoke(app, ["indicators", "stats", "--store", str(store)])
        result = CliRunner().invoke(app, [str(one) for one in wanted])
    assert 0 == result.exit_code
    assert [] == alerts(result.stdout)
    return store


@pytest.fixture
def remembered(scanned: Path, store: Path) -> Path:
    """A store that remembers the day, and knows no indicator."""
    shutil.copy(scanned, store)
    return store


def add(run: Run, store: Path) -> None:
    """The day after, two feeds report what was visited."""
    common = ("--store", store, "--family", "Emotet", "--confidence", 90, "--last-seen", "2020-07-23T00:00Z")
    url = run(
        "indicators", "add", URL, "--threat", "download", "--compromised-site", "--source", "a", *common
    )
    c2 = run("indicators", "add", C2, "--threat", "c2", "--source", "b", *common)
    assert (0, 0) == (url.status, c2.status)


def test_yesterdays_visit_to_todays_known_bad_site_alerts(run: Run, remembered: Path) -> None:
    """The machine, the time, the outcome, who reported it, the score, why no list held it back."""
    add(run, remembered)
    found = alerts(run("indicators", "retro", "--store", remembered, "--format", "ndjson").out)
    by_indicator = {
        (alert["indicator"]["value"], alert["indicator"]["precision"]): alert
        for alert in found
        if alert["entities"].get("host") == "pc-014"
    }
    download, c2 = by_indicator[URL, "full"], by_indicator[C2, "exact"]
    assert "2020-07-22T04:12:13.000Z" == download["time"]
    assert ("high", "allowed") == (download["rule"]["level"], download["outcome"])
    assert 90.0 == download["indicator"]["score"]
    assert ["a"] == [claim["source"] for claim in download["indicator"]["claims"]]
    assert {"verdict": "none", "list": None} == download["indicator"]["exclusion"]
    assert "reported as download site of Emotet later" in download["meaning"]
    assert [("c-uri", URL)] == [(one["field"], one["value"]) for one in download["matched"]]
    assert "high" == c2["rule"]["level"]


def test_it_gives_what_the_live_scan_would_have_given(
    run: Run, day: Path, day_options: tuple[object, ...], remembered: Path, tmp_path: Path
) -> None:
    """Ids, counts, times, entities, evidence: the same, whichever came first."""
    add(run, remembered)
    live_store = tmp_path / "live.db"
    run("indicators", "stats", "--store", live_store)
    add(run, live_store)
    live = run("scan", day / "logs", *day_options, "--indicators", live_store, "--format", "ndjson")
    lists = ("--lists", day / "site.toml")
    later = run("indicators", "retro", "--store", remembered, *lists, "--format", "ndjson")
    expected = sorted((told(alert) for alert in alerts(live.out)), key=str)
    assert len(expected) >= 5
    assert expected == sorted((told(alert) for alert in alerts(later.out)), key=str)


def test_what_was_told_is_not_told_again(
    run: Run, day: Path, day_options: tuple[object, ...], remembered: Path
) -> None:
    """Neither by a second check, nor after a scan told it live, nor when a feed repeats itself."""
    add(run, remembered)
    first = run("indicators", "retro", "--store", remembered, "--format", "ndjson").out
    assert alerts(first)
    add(run, remembered)
    assert "" == run("indicators", "retro", "--store", remembered, "--format", "ndjson").out
    assert first == run("indicators", "retro", "--all", "--store", remembered, "--format", "ndjson").out
    run("scan", day / "logs", *day_options, "--indicators", remembered, "--format", "ndjson")
    assert "" == run("indicators", "retro", "--store", remembered, "--format", "ndjson").out


def test_hits_are_sightings_and_counted_once(
    run: Run, day: Path, day_options: tuple[object, ...], store: Path
) -> None:
    """A scan records them; scanning the same logs again changes nothing, and neither does the retro check."""
    run("indicators", "stats", "--store", store)
    add(run, store)
    show = ("indicators", "show", C2, "--store", store, "--format", "ndjson")
    counts = []
    for _ in range(2):
        run("scan", day / "logs", *day_options, "--indicators", store, "--format", "ndjson")
        counts.append(json.loads(run(*show).out)["sightings"])
    assert 0 < counts[0]["count"]
    assert "2020-07-22" == counts[0]["last"][:10]
    assert counts[0] == counts[1]
    run("indicators", "retro", "--all", "--store", store, "--format", "ndjson")
    assert counts[0] == json.loads(run(*show).out)["sightings"]


def test_nothing_is_remembered_unless_wanted(
    run: Run, day: Path, day_options: tuple[object, ...], store: Path
) -> None:
    """With --no-remember neither observables nor sightings; the check says that nothing is kept."""
    run("indicators", "stats", "--store", store)
    add(run, store)
    logs = day / "logs" / "proxy"
    run("scan", logs, *day_options, "--indicators", store, "--no-remember", "--format", "ndjson")
    shown = run("indicators", "show", C2, "--store", store, "--format", "ndjson")
    assert 0 == json.loads(shown.out)["sightings"]["count"]
    assert "Nothing is kept of any log" in run("indicators", "retro", "--store", store).out


def test_it_is_told_for_people_in_both_languages(run: Run, remembered: Path) -> None:
    """Defanged, with what to check first; and the exit status for programs."""
    add(run, remembered)
    english = run("indicators", "retro", "--all", "--store", remembered, "--fail-on", "high")
    assert 1 == english.status
    assert "hxxp://www.sakura-bento[.]example/wp-includes/9fTzqE/" in english.out
    assert URL not in english.out
    assert "1. What came back?" in english.out
    japanese = run("indicators", "retro", "--all", "--store", remembered, "--lang", "ja")
    assert 0 == japanese.status
    assert "遡及検索: アラート" in japanese.out
    assert "1. 何が返ったか。" in japanese.out


def test_only_a_part_of_the_time_settles_nothing(run: Run, remembered: Path) -> None:
    """A check of the morning finds nothing, and the next one still tells the afternoon."""
    add(run, remembered)
    check = ("indicators", "retro", "--store", remembered, "--format", "json")
    morning = json.loads(run(*check, "--until", "2020-07-22T02:00Z").out)
    assert [] == morning["alerts"]
    assert json.loads(run(*check).out)["alerts"]


def test_a_store_that_refuses_does_not_cost_the_alerts(
    run: Run, day: Path, day_options: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says so."""
    broken = tmp_path / "broken.db"
    broken.write_text("not a database " * 100)
    monkeypatch.setenv("NOROSHI_STORE", str(broken))
    found = run("scan", day / "logs", *day_options, "--remember", "--format", "ndjson")
    assert 0 == found.status
    assert found.out
    assert "nothing was remembered" in found.err
    assert 1 == len(found.err.splitlines())
