"""`rules health` as people and CI see it, and the mixed input of its page."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from noroshi.cli.health import united
from noroshi.cli.main import app
from noroshi.errors import UsageError
from noroshi.service.states import Reason, Why

MIXED = Path(__file__).resolve().parents[2] / "docs" / "examples" / "mixed"
LOGS = [str(MIXED / "events.json"), str(MIXED / "syslog.log")]
RULES = str(MIXED / "rules.yml")


def run(*arguments: str) -> tuple[int, str]:
    """Exit status and output."""
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    return done.exit_code, done.stdout


def health(*arguments: str) -> tuple[int, str]:
    """The same of `rules health` on the mixed input."""
    return run("rules", "health", RULES, *(part for log in LOGS for part in ("--events", log)), *arguments)


def test_rules_fire_on_their_own_log_source_only() -> None:
    """Nine records with the same numbers and words; by hand: which rule is meant for which of them."""
    _, output = run("scan", *LOGS, "--rules", RULES, "--format", "ndjson")
    alerts = [orjson.loads(line) for line in output.splitlines()]
    found = {
        (alert["rule"]["title"], alert["logsource"]["product"], alert["logsource"]["service"])
        for alert in alerts
    }
    assert {
        ("Process creation on Windows", "windows", "sysmon"),
        ("Process creation on Windows", "windows", "security"),
        ("Sysmon, event 1, by its number", "windows", "sysmon"),
        ("Kernel-General, event 1, by its number", "windows", "system"),
        ("The system log, event 104, by its number", "windows", "system"),
        ("Process creation on Linux", "linux", "sysmon"),
    } == found
    assert 6 == len(alerts)


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", ("active", "blind", "not applicable")), ("ja", ("有効", "前提不足", "対象外"))],
)
def test_the_matrix_in_both_languages(lang: str, words: tuple[str, str, str]) -> None:
    """The legend has the three states; the rule on DNS has no log here."""
    status, output = health("--format", "matrix", "--lang", lang)
    assert 0 == status
    assert all(word in output for word in words)
    (row,) = (line for line in output.splitlines() if "Any DNS query" in line)
    assert words[2] in row
    assert "●" not in row


@pytest.mark.parametrize(("fail_on", "expected"), [("blind", 0), ("not-applicable", 1)])
def test_the_exit_status_for_ci(fail_on: str, expected: int) -> None:
    """One rule has no log; none is blind."""
    assert expected == health("--fail-on", fail_on, "--format", "json")[0]


def test_without_one_event_nothing_was_decided(tmp_path: Path) -> None:
    """A gate of CI that saw no log does not pass: status 2, as where nothing could be read."""
    (tmp_path / "empty.log").write_bytes(b"")
    done = CliRunner().invoke(
        app, ["rules", "health", RULES, "--events", str(tmp_path / "empty.log"), "--fail-on", "blind"]
    )
    assert isinstance(done.exception, UsageError)
    assert "not one event was read" in str(done.exception)
    assert 0 == run("rules", "health", RULES, "--events", str(tmp_path / "empty.log"))[0]


CORRELATION = """
title: Three of a thing that is not there
correlation:
  type: event_count
  rules: [nothing-there]
  group-by: [Image]
  timespan: 5m
  condition: {gte: 3}
"""


def test_what_was_not_loaded_has_its_title(tmp_path: Path) -> None:
    """A correlation on an unknown rule is named by title and place; a document that no YAML is by place."""
    path = tmp_path / "a.yml"
    path.write_text(f"title: First\n---{CORRELATION}", encoding="utf-8")
    listed = orjson.loads(run("rules", "health", str(path), "--format", "json")[1])["rules"]
    assert {
        ("First", "rejected", f"{path}: line 1"),
        ("Three of a thing that is not there", "rejected", f"{path}: line 6"),
    } == {(one["title"], one["kind"], one["place"]) for one in listed}
    text = " ".join(run("rules", "health", str(path))[1].split())
    assert "Three of a thing that is not there (" in text

    path.write_text(f"{CORRELATION}---\na: 1\na: 2\n", encoding="utf-8")
    listed = orjson.loads(run("rules", "health", str(path), "--format", "json")[1])["rules"]
    assert {"Three of a thing that is not there", f"{path}: line 11"} == {one["title"] for one in listed}


def test_the_document_for_programs() -> None:
    """Counts, sources, and every rule with its state by source."""
    document = orjson.loads(health("--format", "json")[1])
    assert {"active": 5, "blind": 0, "not-applicable": 1} == document["counts"]
    linux = next(one for one in document["rules"] if one["title"].endswith("Linux"))
    assert [{"format": "sysmon-linux", "product": "linux", "service": "sysmon", "state": "active"}] == linux[
        "sources"
    ]


def test_a_missing_field_is_told_once() -> None:
    """Not once for each log source that lacks it; other reasons stay."""
    empty = Reason(Why.LIST_EMPTY, ("own",))
    told = united([Reason(Why.FIELD, ("a",)), Reason(Why.FIELD, ("a", "b")), empty])
    assert [Reason(Why.FIELD, ("a", "b")), empty] == told


RANK = {"not-applicable": 0, "blind": 1, "active": 2}
SECURITY = (
    '{"EventID":4624,"Channel":"Security","SourceName":"Microsoft-Windows-Security-Auditing",'
    '"EventTime":"2020-07-22 13:00:00","Hostname":"PC-001","TargetUserName":"a","LogonType":3}\n'
)


def disagreeing(*arguments: object) -> list[str]:
    """Bundled rules whose row says something else than the best of their cells."""
    document = orjson.loads(run("rules", "health", *map(str, arguments), "--format", "json")[1])
    assert 150 < len(document["rules"])
    seen = {(one["format"], one["product"], one["service"]) for one in document["sources"]}
    for one in document["rules"]:
        assert {(cell["format"], cell["product"], cell["service"]) for cell in one["sources"]} <= seen
    return [
        f"{one['title']}: {one['state']}"
        for one in document["rules"]
        if RANK[one["state"]] != max((RANK[cell["state"]] for cell in one["sources"]), default=0)
    ]


def test_row_and_cells_agree_for_every_bundled_rule(day: Path, tmp_path: Path) -> None:
    """On a whole day with and without its lists, on Windows alone, on a proxy alone, on mixed files."""
    security = tmp_path / "security.json"
    security.write_text(SECURITY * 5, encoding="utf-8")
    lists = ("--lists", day / "lists", "--lists", day / "site.toml")
    for events in (day / "logs", day / "logs" / "proxy", day / "logs" / "windows", security, MIXED):
        assert [] == disagreeing("--events", events)
        assert [] == disagreeing("--events", events, *lists)


def test_a_log_that_no_machine_sends_has_its_own_column(tmp_path: Path) -> None:
    """Only Security is collected: a rule on System is blind on the log that is not there, not on Security."""
    security, rules = tmp_path / "security.json", tmp_path / "rule.yml"
    security.write_text(SECURITY * 5, encoding="utf-8")
    rules.write_text(
        "title: Event log cleared\nid: 00000000-0000-4000-8000-000000000001\n"
        "logsource: {product: windows, service: system}\n"
        "detection: {selection: {EventID: 104}, condition: selection}\nlevel: high\n",
        encoding="utf-8",
    )
    status, output = run(
        "rules", "health", str(rules), "--events", str(security), "--format", "matrix", "--lang", "ja"
    )
    lines = [line.strip() for line in output.splitlines()]
    assert 0 == status
    assert "A  windows-json: windows/security" in lines
    assert "B  windows/system(ログなし)" in lines
    assert "調べたイベント: 5 件(ログソース 1 種類)" in lines
    assert ["·×  高 前提不足 Event log cleared"] == [line for line in lines if line.endswith("cleared")]


def test_a_rule_without_log_is_not_blind_by_its_empty_list_too(tmp_path: Path) -> None:
    """Known documents are looked for in Zeek's files.log; a site with Windows alone has no such log."""
    security = tmp_path / "security.json"
    security.write_text(SECURITY * 5, encoding="utf-8")
    document = orjson.loads(run("rules", "health", "--events", str(security), "--format", "json")[1])
    (rule,) = (one for one in document["rules"] if one["title"] == "Known Emotet document downloaded")
    assert ("not-applicable", []) == (rule["state"], rule["sources"])
    assert ["source", "list_empty"] == [reason["why"] for reason in rule["reasons"]]


PROSE = re.compile(r"\b(?:and|of|or|the|with|too|any|other|gateway|servers?|log|trace|tracking|audit)\b")


@pytest.mark.parametrize("lists", [(), ("--lists", "lists")])
def test_the_japanese_table_speaks_japanese(day: Path, lists: tuple[str, ...]) -> None:
    """Prerequisites, log sources, reasons, spans of time: names of products stay, English words do not."""
    given = [str(day / part) if part == "lists" else part for part in lists]
    told = []
    for events in (day / "logs" / "windows", day / "logs" / "mail", day / "logs" / "waf", day / "logs"):
        _, output = run("rules", "health", "--events", str(events), *given, "--lang", "ja")
        told.append(output)
        assert [] == PROSE.findall(output)
        assert [] == re.findall(r"\b\d+[dhms]\b", output)
    assert "前提ログ設定: " in told[0]


def test_prerequisites_of_a_rule_in_its_readers_language() -> None:
    """`rules show` reads the same words."""
    shown = {lang: run("rules", "show", "vpn_password_spraying", "--lang", lang)[1] for lang in ("en", "ja")}
    assert "VPN gateway (FortiGate, GlobalProtect" in shown["en"]
    assert "VPN 装置(FortiGate、GlobalProtect" in shown["ja"]
