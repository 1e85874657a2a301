"""``noroshi scan``: formats, exit statuses, errors in one line."""

from __future__ import annotations

import json
import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

SHELL = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
PARENT = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"


def sysmon(
    time: str = "2020-07-22 04:12:09.120", host: str = "PC-014", command: str = "powershell -e AAAA"
) -> str:
    """A process creation as NXLog writes Sysmon's event 1."""
    return json.dumps(
        {
            "EventTime": time,
            "Hostname": host,
            "EventID": 1,
            "SourceName": "Microsoft-Windows-Sysmon",
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "UtcTime": time,
            "Image": SHELL,
            "CommandLine": command,
            "ParentImage": PARENT,
            "User": "MINATO\\t.suzuki",
        }
    )


def write(path: Path, *lines: str) -> Path:
    """A log of these lines."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def lines_of(text: str) -> list[dict[str, Any]]:
    """NDJSON."""
    return [json.loads(line) for line in text.splitlines()]


def test_an_alert_line_has_the_keys_of_the_design(run: Run, tmp_path: Path) -> None:
    """One JSON object a line, with the design's keys, and nothing else on standard output."""
    result = run("scan", write(tmp_path / "a.json", sysmon()), "--format", "ndjson")
    assert 0 == result.status
    first = lines_of(result.out)[0]
    keys = "kind rule time tenant entities outcome meaning count first last logsource matched source event"
    wanted = ["alert_id", *keys.split()]
    assert wanted == [key for key in first if key in wanted]
    assert {"host": "pc-014", "user": "t.suzuki"} == first["entities"]
    assert "2020-07-22T04:12:09.120Z" == first["time"]
    assert str(tmp_path / "a.json") == first["source"]["path"]


def test_the_document_holds_alerts_encounters_and_summary(
    run: Run, day: Path, day_options: tuple[object, ...]
) -> None:
    """``--format json``: the whole chain is one encounter, critical, of the infected machine."""
    document = json.loads(run("scan", day / "logs", *day_options, "--format", "json").out)
    assert ["alerts", "encounters", "other", "summary"] == list(document)
    assert [("host:pc-014", "critical")] == [(one["key"], one["level"]) for one in document["encounters"]]
    assert ["allowed", "blocked", "detected"] == [
        one for one in document["encounters"][0]["c2_outcomes"] if one != "unknown"
    ]
    assert 9_000 < document["summary"]["events"]
    assert 0 == document["summary"]["errors"]["count"]


def test_shuffled_records_give_the_same_alerts(
    run: Run, day: Path, day_options: tuple[object, ...], tmp_path: Path
) -> None:
    """The order of lines in a file and of files does not matter."""
    shuffled = tmp_path / "logs"
    shutil.copytree(day / "logs", shuffled)
    chance = random.Random(7)  # noqa: S311 - the same order at every run
    for name in (
        "windows/nxlog-clients.json",
        "proxy/proxy01-access.log",
        "firewall/fortigate.log",
        "ips/eve.json",
    ):
        lines = (shuffled / name).read_bytes().splitlines(keepends=True)
        chance.shuffle(lines)
        (shuffled / name).write_bytes(b"".join(lines))

    def alerts(folder: Path) -> list[tuple[object, ...]]:
        found = lines_of(run("scan", folder, *day_options, "--format", "ndjson").out)
        return sorted(
            (one["rule"]["id"], one["time"], str(one["entities"]), one["outcome"], one["count"])
            for one in found
        )

    in_order = alerts(day / "logs")
    assert 100 < len(in_order)
    assert in_order == alerts(shuffled)


def test_fail_on_is_exit_status_1(run: Run, tmp_path: Path) -> None:
    """1 where an alert is at or above the level, 0 where all are below."""
    log = write(tmp_path / "a.json", sysmon())
    assert 1 == run("scan", log, "--fail-on", "medium").status
    assert 0 == run("scan", log, "--fail-on", "critical").status


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "nowhere: no such file or folder"),
        (("LOG", "--rules", "nowhere"), "--rules nowhere: no such file or folder"),
        (("LOG", "--zone", "Mars"), "--zone Mars: there is no such time zone"),
        (("LOG", "--since", "noon"), "--since noon: not a time"),
        (("LOG", "--since", "2020-07-23", "--until", "2020-07-22"), "--until 2020-07-22: is not after"),
        (("LOG", "--output", "no/such/folder"), "--output no/such/folder: cannot be written"),
        (("LOG", "--dead-letters", "no/such/folder"), "--dead-letters no/such/folder: cannot be written"),
        (("LOG", "--dead-letters", "-"), "--dead-letters -: standard output cannot take this; name a file"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_status_2(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    """Never a traceback; the option, the value and what is wrong."""
    log = str(write(tmp_path / "a.json", sysmon()))
    result = run("scan", *(log if one == "LOG" else one for one in arguments))
    assert 2 == result.status
    assert [True] == [line.startswith(f"noroshi: {said}") for line in result.err.splitlines()]
    assert not result.out


def test_a_dash_is_standard_output(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere in a shell; no file of that name appears."""
    log = write(tmp_path / "a.json", sysmon())
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for format_ in ("table", "ndjson"):
        asked = ("scan", log, "--format", format_, "--lang", "en")
        assert "PowerShell" in run(*asked, "--output", "-").out
    assert [] == list((tmp_path / "here").iterdir())


def test_an_unknown_option_is_exit_status_2(run: Run) -> None:
    """The parser's own errors have the same status."""
    assert 2 == run("scan", "x", "--nonsense").status
    assert 2 == run("scan").status


def test_nothing_readable_is_exit_status_2(run: Run, tmp_path: Path) -> None:
    """The reason stands on standard error, nothing on standard output."""
    result = run("scan", write(tmp_path / "poem.txt", "No log at all."), "--format", "ndjson")
    assert 2 == result.status
    assert not result.out
    assert "poem.txt: is in no format that is known" in result.err
    assert result.err.endswith("noroshi: nothing could be read\n")


def test_a_damaged_line_is_told_and_kept(run: Run, tmp_path: Path) -> None:
    """The rest is read; the line is one error with its place, and stands in the dead-letter file."""
    log = write(tmp_path / "a.json", sysmon(), '{"EventID": 1, "broken', sysmon("2020-07-22 05:00:00.000"))
    result = run("scan", log, "--format", "ndjson", "--dead-letters", tmp_path / "dead.ndjson")
    assert 0 == result.status
    assert {"2020-07-22T04:12:09.120Z", "2020-07-22T05:00:00.000Z"} == {
        one["time"] for one in lines_of(result.out)
    }
    assert [True] == [line.startswith(f"noroshi: {log}: ") for line in result.err.splitlines()]
    assert "broken" in (tmp_path / "dead.ndjson").read_text(encoding="utf-8")


def test_a_broken_exclusion_list_is_told_without_indicators(run: Run, tmp_path: Path) -> None:
    """As with `--indicators`: one error, and the scan goes on."""
    logs, own = write(tmp_path / "x.json", sysmon()), write(tmp_path / "own.toml", "name =")
    done = run("scan", str(logs), "--exclusions", str(own), "--format", "ndjson")
    assert (0, 1) == (done.status, done.err.count("own.toml: is no TOML"))


def test_since_and_until_are_in_the_zone_given(run: Run, tmp_path: Path) -> None:
    """Times without a zone of their own are local; the end is not included."""
    log = write(tmp_path / "a.json", *(sysmon(f"2020-07-22 {hour:02}:00:00.000") for hour in (3, 4, 5)))
    common = ("scan", log, "--format", "ndjson", "--zone", "Asia/Tokyo")
    found = lines_of(run(*common, "--since", "2020-07-22T13:00", "--until", "2020-07-22T14:00").out)
    assert {"2020-07-22T04:00:00.000Z"} == {one["time"] for one in found}
    found = lines_of(run(*common, "--since", "2020-07-22T05:00Z").out)
    assert {"2020-07-22T05:00:00.000Z"} == {one["time"] for one in found}


def test_output_goes_to_a_file(run: Run, tmp_path: Path) -> None:
    """The story in UTF-8, without colour, and nothing on standard output."""
    log = write(tmp_path / "a.json", sysmon())
    result = run("scan", log, "--output", tmp_path / "story.txt", "--lang", "ja")
    assert not result.out
    story = (tmp_path / "story.txt").read_text(encoding="utf-8")
    assert "まとめ" in story
    assert "\x1b" not in story


def test_mistakes_in_rules_are_told_and_strict_refuses(run: Run, tmp_path: Path) -> None:
    """A broken rule costs itself only, unless ``--strict``."""
    log = write(tmp_path / "a.json", sysmon())
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "bad.yml").write_text("title: [", encoding="utf-8")
    (rules / "good.yml").write_text(
        "title: Shell\nid: 7d1f7a0e-5f0e-4a53-9c5c-0a3a0a0f6c11\nlogsource: {product: windows}\n"
        "detection:\n  a:\n    Image|endswith: powershell.exe\n  condition: a\nlevel: low\n",
        encoding="utf-8",
    )
    result = run("scan", log, "--rules", rules, "--format", "ndjson")
    assert 0 == result.status
    assert ["Shell"] == [one["rule"]["title"] for one in lines_of(result.out)]
    assert "bad.yml" in result.err
    strict = run("scan", log, "--rules", rules, "--strict")
    assert 2 == strict.status
    assert not strict.out


UNGROUPED = """\
title: Shell
id: 5e0ab2f2-0000-4000-8000-000000000011
name: shell
status: test
logsource: {product: windows, category: process_creation}
detection: {selection: {Image|endswith: '\\powershell.exe'}, condition: selection}
level: low
---
title: Many shells of one integrity
id: 5e0ab2f2-0000-4000-8000-000000000012
status: test
correlation:
  type: event_count
  rules: [shell]
  group-by: [IntegrityLevel]
  timespan: 5m
  condition: {gte: 2}
level: low
"""


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("2 hits are from records that name no time zone", "2 without a value to group by")),
        ("ja", ("ヒット 2 件は UTC とみなした", "集約に使う値がない(どの対象か分からない)もの 2 件")),
    ],
)
def test_the_summary_tells_what_was_assumed_and_left_out(
    run: Run, tmp_path: Path, lang: str, said: tuple[str, str]
) -> None:
    """Zones nobody names, and hits that a correlation cannot take for want of a group-by field."""
    rules = write(tmp_path / "rules.yml", UNGROUPED)
    record = json.loads(sysmon()) | {"UtcTime": None}
    logs = write(tmp_path / "a.json", *(json.dumps(record | {"n": at}) for at in range(2)))
    result = run("scan", logs, "--rules", rules, "--lang", lang)
    flat = " ".join(result.out.split()) if lang == "en" else "".join(result.out.split())
    for text in said:
        assert (text if lang == "en" else "".join(text.split())) in flat


UNKNOWN_LIST = """\
title: Known bad
id: 5e0ab2f2-0000-4000-8000-000000000013
status: test
logsource: {category: proxy}
detection: {selection: {"c-uri|expand": '%nobodys_list%'}, condition: selection}
level: low
"""
PROXIED = (
    '10.20.4.114 - - [22/Jul/2020:13:12:13 +0900] "GET http://shop.example/a/b.exe?id=2 HTTP/1.1" 200 37 "-" '
    '"-" TCP_MISS:HIER_DIRECT'
)
INDICATOR = {
    "value": "http://shop.example/a/b.exe?id=1",
    "threat": "download",
    "family": "Emotet",
    "source": "feed.example",
}


@pytest.fixture
def listed(tmp_path: Path) -> tuple[Path, Path]:
    """A proxy log and a folder with a list of one URL, which the log has with another query."""
    folder = tmp_path / "lists"
    folder.mkdir()
    header = {"list": "emotet_download_urls", "type": "url"}
    write(folder / "urls.ndjson", json.dumps(header), json.dumps(INDICATOR))
    return write(tmp_path / "access.log", PROXIED), folder


def test_an_alert_line_names_the_indicator(run: Run, listed: tuple[Path, Path]) -> None:
    """List, entry, precision, and what the list says about it."""
    result = run("scan", listed[0], "--lists", listed[1], "--format", "ndjson")
    (alert,) = [one for one in lines_of(result.out) if one["rule"]["title"].startswith("Download from")]
    (found,) = [one["indicator"] for one in alert["matched"] if "indicator" in one]
    expected = {"list": "emotet_download_urls", "precision": "without-query", **INDICATOR}
    assert expected == {name: found[name] for name in expected}


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "in list emotet_download_urls: hxxp://shop[.]example/a/b.exe?id=1, URL without the query, "),
        (
            "ja",
            "一覧 emotet_download_urls の hxxp://shop[.]example/a/b.exe?id=1 、クエリを除く URL が一致",
        ),
    ],
)
def test_people_are_told_the_indicator(run: Run, listed: tuple[Path, Path], lang: str, said: str) -> None:
    """In the story, in `explain` and in the report, in both languages."""
    scan = ("scan", listed[0], "--lists", listed[1], "--lang", lang)
    explained = run("explain", "download-url", listed[0], "--lists", listed[1], "--lang", lang).out
    for told in (run(*scan).out, explained, run(*scan, "--format", "html").out):
        assert "".join(said.split()) in "".join(told.split())


def test_a_rule_is_not_blind_for_want_of_a_filters_list(run: Run, listed: tuple[Path, Path]) -> None:
    """`proxies` only filters: the summary names the lists without which nothing can match."""
    told = " ".join(run("scan", listed[0], "--lang", "en").out.split())
    assert "Download from a known Emotet address: the list is empty: emotet_download_urls " in told


def test_the_document_names_rules_that_can_never_fire(run: Run, listed: tuple[Path, Path]) -> None:
    """A rule on a list that nobody gave is loaded, inactive, and said to be so."""
    rules = write(listed[0].parent / "rule.yml", UNKNOWN_LIST)
    document = json.loads(run("scan", listed[0], "--rules", rules, "--format", "json").out)
    ((reason,),) = [[one["reason"]] for one in document["summary"]["inactive_rules"]]
    assert "nobodys_list" in reason
