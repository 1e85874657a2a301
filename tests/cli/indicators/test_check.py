"""“Are we safe?” from the command line, over logs that a scan remembered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def line(client: str, clock: str, request: str, status: str = "200", action: str = "TCP_MISS") -> str:
    """A line of Squid's combined log, in Japan."""
    return (
        f'{client} - - [22/Jul/2020:{clock} +0900] "{request} HTTP/1.1" {status} 100 "-" "UA" {action}:NONE\n'
    )


LINES = "".join(
    (
        line("10.20.4.114", "09:00:00", "GET http://www.known.example/"),
        line("10.20.4.115", "09:20:00", "GET http://www.visited.example/a/b.exe"),
        line("10.20.4.116", "09:40:00", "CONNECT secret.example:443", action="TCP_TUNNEL"),
        line("10.20.4.117", "10:00:00", "GET http://198.51.100.9:8080/x", "403", "TCP_DENIED"),
    )
)
QUIET = "".join(
    line(f"10.20.4.{at}", f"10:{at:02}:30", f"GET http://www.known.example/{at}") for at in range(60)
)
AFTER = QUIET.replace("Jul/2020:10:", "Jul/2020:16:")
"""The same an hour of the afternoon: five hours of silence between."""
REPORT = """\
The loader comes from hxxp://www.visited[.]example/a/b.exe and hxxps://secret[.]example/gate.php.
It calls 198.51.100[.]9:8080, never 198.51.100[.]9:443; also www.unseen[.]example and github.com.
Hash: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef. CVE-2017-11882.
"""


@pytest.fixture
def asking(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A store that remembers one proxy's morning, without a gap."""
    monkeypatch.setenv("NOROSHI_STORE", str(tmp_path / "noroshi.db"))
    (tmp_path / "report.txt").write_text(REPORT)
    log = tmp_path / "access.log"
    log.write_text(LINES + QUIET)
    assert 0 == run("scan", log, "--remember", "--format", "ndjson", "--workers", 1).status
    return run


def answers(text: str) -> dict[str, tuple[str, str | None]]:
    """Value → answer and why."""
    return {one["value"]: (one["answer"], one["why"]) for one in json.loads(text)["indicators"]}


def source(text: str, value: str) -> dict[str, Any]:
    """What the only log source says of an indicator."""
    found = next(one for one in json.loads(text)["indicators"] if one["value"] == value)
    assert 1 == len(found["sources"])
    return dict(found["sources"][0])


def test_seen_no_trace_and_cannot_tell(asking: Run, tmp_path: Path) -> None:
    """Each for its own reason; this proxy logs URLs, but not the addresses that it connects to."""
    result = asking("indicators", "check", tmp_path / "report.txt", "--format", "json")
    assert {
        "http://www.visited.example/a/b.exe": ("seen", None),
        "198.51.100.9:8080": ("seen", None),
        "https://secret.example/gate.php": ("cannot-tell", "host-only"),
        "198.51.100.9:443": ("cannot-tell", "not-visible"),
        "www.unseen.example": ("no-trace", None),
        "github.com": ("no-trace", None),
        "0123456789abcdef" * 4: ("cannot-tell", "not-visible"),
        "CVE-2017-11882": ("cannot-tell", "not-searched"),
    } == answers(result.out)
    assert 1 == result.status


def test_the_proof(asking: Run, tmp_path: Path) -> None:
    """Which machine, when, what was done, and where it stands in which log."""
    result = asking("indicators", "check", tmp_path / "report.txt", "--format", "json")
    (seen,) = source(result.out, "198.51.100.9:8080")["seen"]
    assert {"address": "10.20.4.117"} == seen["entities"]
    assert ("2020-07-22T01:00:00.000Z", 1, "blocked") == (seen["first"], seen["count"], seen["outcome"])
    assert seen["path"].endswith("access.log")
    assert LINES.index("10.20.4.117") == seen["record"]
    absent = source(result.out, "www.unseen.example")
    assert ("squid/access", "2020-07-22T00:00:00.000Z", "2020-07-22T01:59:30.000Z", []) == tuple(
        absent[key] for key in ("source", "from", "to", "gaps")
    )


def test_the_preview_has_the_verdict_of_the_exclusion_lists(asking: Run, tmp_path: Path) -> None:
    """A name that everybody visits is looked for all the same, but said to be one."""
    result = asking("indicators", "check", tmp_path / "report.txt", "--format", "json")
    found = {one["value"]: one["exclusion"] for one in json.loads(result.out)["indicators"]}
    assert ("shared", False, "shared-hosting") == tuple(
        found["github.com"][key] for key in ("verdict", "alerts", "list")
    )
    assert "none" == found["www.unseen.example"]["verdict"]


def test_a_gap_is_no_proof(asking: Run, tmp_path: Path) -> None:
    """Five silent hours in a log that writes every minute; and what lies outside the log."""
    log = tmp_path / "access.log"
    log.write_text(LINES + QUIET + AFTER)
    asking("scan", log, "--remember", "--format", "ndjson", "--workers", 1)
    ask = tmp_path / "ask.txt"
    ask.write_text("www.unseen[.]example")
    check = ("indicators", "check", ask, "--format", "json")
    result = asking(*check)
    assert {"www.unseen.example": ("cannot-tell", "gap")} == answers(result.out)
    silent = {"from": "2020-07-22T02:00:00.000Z", "to": "2020-07-22T07:00:00.000Z", "why": "silent"}
    assert [silent] == source(result.out, "www.unseen.example")["gaps"]
    assert (0, 1) == (result.status, asking(*check, "--fail-on", "cannot-tell").status)
    within = asking(*check, "--until", "2020-07-22T01:59Z")
    assert {"www.unseen.example": ("no-trace", None)} == answers(within.out)
    before = asking(*check, "--since", "2020-07-20T00:00Z", "--until", "2020-07-22T01:59Z")
    assert ["before"] == [gap["why"] for gap in source(before.out, "www.unseen.example")["gaps"]]


def test_what_is_not_kept_any_more_is_no_proof(asking: Run, tmp_path: Path) -> None:
    """The bounds took the day's observables; that it was read is still known."""
    later = tmp_path / "later.log"
    later.write_text(QUIET.replace("22/Jul", "27/Jul"))
    asking("scan", later, "--remember", "--format", "ndjson", "--workers", 1)
    assert 0 == asking("indicators", "memory", "--keep-days", 3).status
    result = asking("indicators", "check", tmp_path / "report.txt", "--format", "json")
    assert ("cannot-tell", "gap") == answers(result.out)["http://www.visited.example/a/b.exe"]
    whys = {gap["why"] for gap in json.loads(result.out)["sources"][0]["gaps"]}
    assert {"forgotten", "silent"} == whys


def test_a_pasted_text_for_people(asking: Run, tmp_path: Path) -> None:
    """Defanged, in both languages, the gravest first."""
    report = tmp_path / "report.txt"
    english = asking("indicators", "check", report, "--zone", "Asia/Tokyo", "--lang", "en").out
    japanese = asking("indicators", "check", report, "--lang", "ja").out
    assert "2 seen; 4 cannot tell; 2 no trace" in english
    assert english.index("seen  hxxp://www.visited[.]example/a/b.exe") < english.index("no trace  ")
    assert "10.20.4.115  2020-07-22 09:20" in english
    assert "http://" not in english + japanese
    assert "観測あり 2 件、判断できない 4 件、痕跡なし 2 件" in japanese


def test_nothing_was_remembered_or_pasted(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No logs: nobody can tell. No indicators: nothing to ask."""
    monkeypatch.setenv("NOROSHI_STORE", str(tmp_path / "empty.db"))
    ask = tmp_path / "ask.txt"
    ask.write_text("www.unseen[.]example")
    result = run("indicators", "check", ask, "--format", "json")
    assert {"www.unseen.example": ("cannot-tell", "no-logs")} == answers(result.out)
    ask.write_text("nothing to see here")
    assert "No indicators were found" in run("indicators", "check", ask, "--lang", "en").out


def working_days(outage: int | None = None) -> str:
    """Five days from nine to six, a visit every two minutes; one day lacks three hours."""
    return "".join(
        line("10.20.4.114", f"{hour:02}:{minute:02}:00", f"GET http://www.known.example/{hour}").replace(
            "22/Jul", f"{day}/Jul"
        )
        for day in range(20, 25)
        for hour in range(9, 18)
        for minute in range(0, 60, 2)
        if day != outage or hour not in {11, 12, 13}
    )


def test_nights_are_no_gaps_and_an_outage_is_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was never seen has left no trace, though nobody works at night; without the noon, who knows?"""
    for name, outage, expected in (("whole", None, ("no-trace", None)), ("cut", 22, ("cannot-tell", "gap"))):
        monkeypatch.setenv("NOROSHI_STORE", str(tmp_path / f"{name}.db"))
        log = tmp_path / f"{name}.log"
        log.write_text(working_days(outage))
        assert 0 == run("scan", log, "--remember", "--format", "ndjson", "--workers", 1).status
        (tmp_path / "asked.txt").write_text("www.unseen[.]example")
        asked = ("indicators", "check", tmp_path / "asked.txt", "--zone", "Asia/Tokyo")
        found = run(*asked, "--format", "json").out
        assert {"www.unseen.example": expected} == answers(found)
        (proxy,) = json.loads(found)["sources"]
        assert 4 == len(proxy["quiet"])
        gaps = [(gap["from"], gap["to"], gap["why"]) for gap in proxy["gaps"]]
        lost = [("2020-07-22T02:00:00Z", "2020-07-22T05:00:00Z", "silent")]
        assert (lost if outage else []) == [(a[:19] + "Z", b[:19] + "Z", why) for a, b, why in gaps]
    assert "silent 4 times at hours" in run(*asked, "--lang", "en").out
    assert "他の日も無音の時間帯で 4 回無音" in run(*asked, "--lang", "ja").out
    assert "silent 4 times" in run("indicators", "memory", "--lang", "en").out
