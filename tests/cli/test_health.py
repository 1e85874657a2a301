"""`rules health` as people and CI see it, and the mixed input of its page."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from noroshi.cli.health import united
from noroshi.cli.main import app
from noroshi.service.health import Reason, Why

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
