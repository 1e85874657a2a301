from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from noroshi.store.sightings import Sighting
from noroshi.store.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Result, Run

URL = "hxxp://www.sakura-bento[.]example/wp-includes/9fTzqE/"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own for each test, and a name for who asks."""
    place = tmp_path / "state" / "noroshi.db"
    monkeypatch.setenv("NOROSHI_STORE", str(place))
    monkeypatch.setenv("LOGNAME", "t.suzuki")
    return place


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The values of the watched organisation."""
    path = tmp_path / "site.toml"
    path.write_text(
        '[lists.watched_domains]\ntype = "domain"\nvalues = ["minato-works.example"]\n'
        '[lists.watched_addresses]\ntype = "ip"\nvalues = ["203.0.113.0/28"]\n'
        '[lists.watched_users]\ntype = "text"\nvalues = ["t.suzuki"]\n'
    )
    return path


def rows(result: Result) -> list[dict[str, Any]]:
    """The JSON values on standard output."""
    return [json.loads(line) for line in result.out.splitlines()]


def listed(run: Run, *options: object) -> list[str]:
    """Values that `list` gives."""
    return [row["value"] for row in rows(run("indicators", "list", "--format", "ndjson", *options))]


def add(run: Run, value: str, *options: object) -> Result:
    """Add an indicator."""
    result = run("indicators", "add", value, "--lang", "en", *options)
    assert 0 == result.status, result.err
    return result


def test_an_indicator_by_hand(run: Run) -> None:
    """Added defanged, shown to programs as it is, worth its confidence on the first day."""
    done = add(
        run,
        URL,
        "--family",
        "Emotet",
        "--threat",
        "download",
        "--confidence",
        90,
        "--compromised-site",
        "--tlp",
        "green",
    )
    assert f"{URL}: added" in done.err
    (found,) = rows(run("indicators", "show", URL, "--format", "ndjson"))
    assert "http://www.sakura-bento.example/wp-includes/9fTzqE/" == found["value"]
    assert ("url", "domain", ["download"], ["Emotet"], "green", 90, True) == tuple(
        found[key]
        for key in ("type", "level", "threats", "families", "tlp", "confidence", "compromised_site")
    )
    assert ["analyst:t.suzuki"] == found["sources"]
    assert found["score"] == pytest.approx(90, abs=0.5)
    assert not found["decayed"]


def test_a_page_for_people(run: Run) -> None:
    """In both languages, and never with a link that one could click."""
    add(run, URL, "--family", "Emotet", "--threat", "download", "--comment", "seen at http://other.example/")
    english = run("indicators", "show", URL, "--lang", "en").out
    japanese = run("indicators", "show", URL, "--lang", "ja").out
    assert "What the sources say" in english
    assert "情報源ごとの内容" in japanese
    assert "http://" not in english + japanese
    assert "hxxp://other[.]example/" in english


def test_what_is_said_twice_is_merged(run: Run) -> None:
    """A second source stands beside the first; the same again changes nothing."""
    add(run, "evil[.]example", "--source", "urlhaus", "--first-seen", "2020-07-22T00:00:00Z")
    again = add(run, "evil.example", "--source", "urlhaus", "--first-seen", "2020-07-22T00:00:00Z")
    assert "nothing to change" in again.err
    assert "was there already" in add(run, "evil.example", "--source", "jpcert").err
    (found,) = rows(run("indicators", "show", "evil.example", "--format", "ndjson"))
    assert ["jpcert", "urlhaus"] == found["sources"]


def test_retired_and_brought_back(run: Run) -> None:
    """Who did it and why stands in the history, which only grows."""
    add(run, "evil.example")
    retired = run(
        "indicators", "retire", "evil.example", "--reason", "false alarm", "--who", "k.tanaka", "--lang", "en"
    )
    assert "retired" in retired.err
    assert [] == listed(run)
    assert ["evil.example"] == listed(run, "--status", "retired")
    run("indicators", "edit", "evil.example", "--status", "active", "--confidence", 20, "--exempt")
    assert ["evil.example"] == listed(run)
    entries = rows(run("indicators", "history", "evil.example", "--format", "ndjson"))
    assert ["t.suzuki", "k.tanaka", "t.suzuki"] == [entry["who"] for entry in entries]
    assert {"field": "reason", "source": "", "old": "", "new": "false alarm"} in entries[1]["changes"]
    fields = {change["field"] for change in entries[2]["changes"]}
    assert {"status", "reason", "exempt", "confidence"} == fields


def test_queries_choose(run: Run) -> None:
    """By type, threat, family, tag, source, text, level and confidence."""
    add(run, "192.0.2.7:8080", "--family", "Emotet", "--threat", "c2", "--confidence", 80, "--tag", "epoch2")
    add(run, "evil.example", "--family", "TrickBot", "--source", "feed")
    add(run, "Global\\I98B68E3C", "--type", "mutex")
    assert ["192.0.2.7:8080"] == listed(run, "--family", "EMOTET", "--threat", "c2", "--type", "ip:port")
    assert ["192.0.2.7:8080"] == listed(run, "--tag", "epoch2")
    assert ["192.0.2.7:8080"] == listed(run, "--min-confidence", 50)
    assert ["evil.example"] == listed(run, "--source", "feed", "--text", "EVIL")
    assert ["Global\\I98B68E3C"] == listed(run, "--min-level", "artefact")
    table = run("indicators", "list", "--limit", 2, "--lang", "en")
    assert "2 shown, there are more" in table.err
    assert "evil[.]example" in table.out


def test_a_set_for_rules(run: Run) -> None:
    """It follows the store."""
    saved = run("indicators", "set", "emotet_c2", "--family", "Emotet", "--threat", "c2", "--lang", "en")
    assert "%emotet_c2% saved: 0 indicators" in saved.err
    add(run, "192.0.2.7:8080", "--family", "Emotet", "--threat", "c2")
    (found,) = rows(run("indicators", "sets", "--format", "ndjson"))
    assert ("emotet_c2", 1, "t.suzuki") == (found["name"], found["members"], found["changed_by"])
    assert "families=Emotet" in run("indicators", "sets", "--lang", "en").out
    assert 0 == run("indicators", "set", "emotet_c2", "--remove").status
    assert 2 == run("indicators", "set", "emotet_c2", "--remove").status
    assert 2 == run("indicators", "set", "no name").status


def test_import_tells_what_it_refused(run: Run, tmp_path: Path) -> None:
    """Each bad row by its place, the rest goes in; the same file again says nothing new."""
    path = tmp_path / "list.csv"
    path.write_text("value,type,last_seen\nevil[.]example,domain,2020-07-22\n300.1.1.1,ip,2020-07-22\n")
    first = run("indicators", "import", path, "--family", "Emotet", "--tlp", "green", "--lang", "en")
    assert "1 new, 0 with news, 0 unchanged, 1 refused (csv)" in first.err
    assert "row 3: `300.1.1.1` is no ip" in first.err
    assert (
        "0 new, 0 with news, 1 unchanged"
        in run("indicators", "import", path, "--family", "Emotet", "--tlp", "green", "--lang", "en").err
    )
    (found,) = rows(run("indicators", "show", "evil.example", "--format", "ndjson"))
    assert (["Emotet"], "green", ["list.csv"]) == (found["families"], found["tlp"], found["sources"])


def test_import_of_nothing(run: Run, tmp_path: Path) -> None:
    """Exit status 2 where nothing could be read."""
    path = tmp_path / "list.txt"
    path.write_text("nothing to see\n")
    assert 2 == run("indicators", "import", path).status
    assert 2 == run("indicators", "import", tmp_path / "none.txt").status


def test_export_obeys_the_label(run: Run, site: Path) -> None:
    """What the audience may not see stays, is counted by reason, and recorded."""
    add(run, "red.example", "--tlp", "red")
    add(run, "clear.example", "--tlp", "clear")
    add(run, "unlabelled.example")
    assert 0 == run("indicators", "watched", "--lists", site).status
    public = run("indicators", "export", "--format", "text", "--audience", "public", "--lang", "en")
    assert "clear.example\n" == public.out
    assert "2 stayed: their TLP label does not allow this audience" in public.err
    inside = run("indicators", "export", "--format", "text")
    assert "clear.example\nunlabelled.example\n" == inside.out
    changes = rows(run("indicators", "history", "--format", "ndjson"))
    assert [("export text for organisation", 1), ("export text for public", 2)] == [
        (change["what"], change["refused"]) for change in changes[:2]
    ]
    refusal = rows(run("indicators", "history", "red.example", "--format", "ndjson"))[-1]
    assert ("refused", "tlp: red") == (refusal["action"], refusal["changes"][0]["new"])


@pytest.mark.parametrize(
    "name", ["stix", "misp", "csv", "text", "edl-url", "suricata-rules", "rpz", "squid-url"]
)
def test_values_of_the_watched_organisation_stay(name: str, run: Run, site: Path) -> None:
    """In no format, not even for named recipients; told by name, because somebody has to look."""
    add(run, "http://phish.example/?user=t.suzuki", "--tlp", "clear")
    add(run, "www.minato-works.example", "--tlp", "clear")
    add(run, "203.0.113.5", "--tlp", "clear")
    add(run, "http://evil.example/", "--tlp", "clear", "--comment", "opened by t.suzuki", "--source", "feed")
    run("indicators", "watched", "--lists", site)
    result = run("indicators", "export", "--format", name, "--audience", "recipients", "--lang", "en")
    assert 0 == result.status
    assert not [text for text in ("t.suzuki", "minato-works", "203.0.113.5") if text in result.out]
    assert "3 stayed: they are, or hold, values of the watched organisation" in result.err
    assert "www.minato-works[.]example: minato-works.example" in result.err


def test_outside_needs_to_know_what_is_watched(run: Run) -> None:
    """Nobody forgets it by accident; saying that there is nothing is possible."""
    add(run, "clear.example", "--tlp", "clear")
    refused = run("indicators", "export", "--format", "text", "--audience", "community", "--lang", "en")
    assert (2, "") == (refused.status, refused.out)
    assert "--nothing-watched" in refused.err
    options = ("--audience", "community", "--nothing-watched")
    assert "clear.example\n" == run("indicators", "export", "--format", "text", *options).out


def test_a_sharing_group_on_the_command_line(run: Run) -> None:
    """Only who names the group gets it."""
    add(run, "grouped.example", "--tlp", "green", "--sharing-group", "banks")
    options = ("--format", "text", "--audience", "community", "--nothing-watched")
    assert "" == run("indicators", "export", *options).out
    assert "grouped.example\n" == run("indicators", "export", *options, "--sharing-group", "banks").out


def test_export_leaves_out_what_has_decayed(run: Run, tmp_path: Path) -> None:
    """A firewall needs no address of last year; an archive may want it."""
    add(run, "192.0.2.1", "--last-seen", "2020-07-22T00:00:00Z")
    add(run, "192.0.2.2")
    out = tmp_path / "block.txt"
    run("indicators", "export", "--format", "edl-ip", "--out", out)
    assert "192.0.2.2\n" == out.read_text()
    run("indicators", "export", "--format", "edl-ip", "--decayed", "--out", out)
    assert "192.0.2.1\n192.0.2.2\n" == out.read_text()


def test_an_export_comes_back(run: Run, tmp_path: Path) -> None:
    """Into another store, with everything that was said."""
    add(run, URL, "--family", "Emotet", "--tlp", "red", "--reference", "case 7", "--comment", "請求書")
    for name in ("stix", "misp", "csv"):
        out, other = tmp_path / f"out.{name}", tmp_path / f"{name}.db"
        run("indicators", "export", "--format", name, "--audience", "recipients", "--out", out)
        run("indicators", "import", out, "--store", other)
        (there,) = rows(run("indicators", "list", "--format", "ndjson", "--store", other))
        (here,) = rows(run("indicators", "list", "--format", "ndjson"))
        assert here["claims"] == there["claims"]


def test_statistics_in_both_languages(run: Run) -> None:
    """How many of what."""
    add(run, "evil.example", "--family", "Emotet")
    assert "1 indicator," in run("indicators", "stats", "--lang", "en").out
    assert "種別ごと" in run("indicators", "stats", "--lang", "ja").out
    (found,) = rows(run("indicators", "stats", "--format", "ndjson"))
    assert {"Emotet": 1} == found["by"]["family"]


@pytest.mark.parametrize(
    ("told", "arguments"),
    [
        ("not in the store", ("show", "evil.example")),
        ("is no ip", ("show", "300.1.1.1", "--type", "ip")),
        ("does not show what it is", ("add", "call me")),
        ("no type of indicator", ("add", "x", "--type", "colour")),
        ("use clear, green", ("add", "evil.example", "--tlp", "purple")),
        ("no pyramid level", ("list", "--min-level", "top")),
        ("not in the store", ("retire", "evil.example", "--reason", "x")),
        ("not in the store", ("history", "evil.example")),
        ("mysql is no kind of store", ("list", "--store", "mysql://host.example/x")),
        ("is no TOML", ("list", "--lifetimes", "pyproject.toml.missing")),
    ],
)
def test_mistakes_are_one_line(told: str, arguments: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    """Exit status 2 and what to mend."""
    if "--lifetimes" in arguments:
        broken = tmp_path / "own.toml"
        broken.write_text("[[lifetime")
        arguments = ("list", "--lifetimes", str(broken))
    result = run("indicators", *arguments)
    assert 2 == result.status
    assert told in result.err
    assert 1 == len(result.err.strip().splitlines())


def test_a_snapshot_stands_for_the_store(run: Run, tmp_path: Path) -> None:
    """Written whole, told in numbers, and read by a scan that has no store."""
    add(run, "evil.example", "--family", "Emotet", "--threat", "c2")
    file = tmp_path / "out" / "today.snapshot"
    done = run("indicators", "snapshot", file, "--lang", "en")
    assert 0 == done.status, done.err
    assert "1 active indicator," in done.err
    log = tmp_path / "squid.log"
    log.write_text(
        "1601510400.123    150 10.20.30.40 TCP_MISS/200 5120 GET"
        " http://evil.example/a - HIER_DIRECT/192.0.2.7 text/html\n"
    )
    found = run("scan", log, "--indicators", file, "--format", "ndjson")
    assert any("evil.example" in line and "indicator" in line for line in found.out.splitlines()), found.err


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("columns", [80, 120, 200])
def test_a_list_is_whole_on_any_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: int, language: str
) -> None:
    """Sources and label too; no line is longer than the terminal is wide."""
    monkeypatch.setenv("COLUMNS", str(columns))
    add(run, "evil.example", "--family", "Emotet", "--threat", "c2", "--source", "a-feed", "--tlp", "amber")
    add(run, URL, "--threat", "download", "--source", "another-feed-with-a-long-name", "--tlp", "clear")
    out = run("indicators", "list", "--lang", language).out
    assert all(cell_len(one) <= columns for one in out.splitlines())
    told = "".join(one.strip() for one in out.splitlines())
    for wanted in ("a-feed", "another-feed-with-a-long-name", "amber", "clear", "Emotet", "evil[.]example"):
        assert wanted in told


def test_last_seen_is_what_the_sources_say(run: Run, store: Path) -> None:
    """As for programs; what our own logs showed long ago stands apart."""
    add(run, "evil.example", "--last-seen", "2026-11-20T00:00Z")
    with open_store(store) as kept:
        then = datetime(2020, 7, 22, 4, tzinfo=UTC)
        kept.sightings.record([Sighting("domain", "evil.example", "host pc-014", then, then)])
    (row,) = rows(run("indicators", "list", "--format", "ndjson"))
    assert ("2026-11-20", "2020-07-22") == (row["last_seen"][:10], row["sightings"]["last"][:10])
    out = run("indicators", "list", "--lang", "en").out
    assert re.search(r"Last seen: 2026-11-20\s+In our logs:\s+2020-07-22", out) or re.search(
        r"2026-11-20\s+2020-07-22", out
    )


def test_a_dash_is_standard_output(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For an export; a snapshot is a file to be mapped, so it asks for one. No file of that name appears."""
    add(run, "evil.example", "--tlp", "clear")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert "evil.example\n" == run("indicators", "export", "--format", "text", "--out", "-").out
    refused = run("indicators", "snapshot", "-", "--lang", "en")
    assert 2 == refused.status
    assert "standard output cannot take this" in refused.err
    assert [] == list((tmp_path / "here").iterdir())


def test_a_snapshot_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    """One line and exit status 2."""
    (tmp_path / "file").write_text("")
    done = run("indicators", "snapshot", tmp_path / "file" / "today", "--lang", "en")
    assert 2 == done.status
    assert "cannot be written" in done.err


def test_history_is_for_people(run: Run) -> None:
    """A source that joins is told by what it says, and no address can be clicked on."""
    run("indicators", "add", "http://bad.example/a.exe", "--source", "A", "--tlp", "green")
    second = ("--source", "B", "--tlp", "red", "--confidence", "40", "--family", "Heodo")
    run("indicators", "add", "http://bad.example/a.exe", *second, "--reference", "http://blog.example/1")
    run("indicators", "export", "--format", "csv", "--audience", "public", "--nothing-watched")
    told = " ".join(run("indicators", "history", "http://bad.example/a.exe").out.split())
    assert "http://" not in told
    assert "{" not in told
    assert "B, claim: – → " in told.replace("b, claim", "B, claim")
    assert "confidence 40" in told
    assert "Heodo" in told
