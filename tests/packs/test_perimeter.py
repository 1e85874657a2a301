"""The bundled perimeter pack: its own tests, many makers, and an ordinary day that must stay quiet."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from typer.testing import CliRunner

from noroshi.cli.main import app
from noroshi.indicators.lists import load_lists
from noroshi.rules import load_rules
from noroshi.rules.lint import lint
from noroshi.rules.testfile import read_tests
from noroshi.service.ruletests import rule_folders, run_tests

if TYPE_CHECKING:
    from noroshi.rules.loading import Loaded
    from noroshi.rules.model import Correlation, Rule

PACK: Final = Path(__file__).parents[2] / "rules" / "perimeter"
FOLDERS: Final = rule_folders([PACK])
MANY_MAKERS: Final = {
    "firewall": ("admin-port-sweep", 8),
    "IPS": ("ips-high-severity", 6),
    "WAF": ("waf-sql-injection", 7),
    "web server": ("web-attack-answered", 4),
    "proxy": ("executable-from-bare-address", 9),
    "DNS": ("dns-tunnel-shape", 6),
    "configuration": ("firewall-policy-changed", 4),
}


@cache
def _loaded() -> Loaded:
    lists, errors = load_lists([PACK / "lists"])
    assert () == errors
    return load_rules([PACK], lists=frozenset(lists.names), strict=True)


def test_the_pack_loads_strictly_with_its_own_lists() -> None:
    """No error, no inactive rule: every list that a rule names is bundled."""
    loaded = _loaded()
    every: list[Rule | Correlation] = [*loaded.ruleset.rules, *loaded.ruleset.correlations]
    assert () == loaded.errors
    assert [] == [rule.name for rule in every if rule.inactive]


def test_the_pack_is_as_broad_as_the_issue_asks() -> None:
    """At least 22 rules; counts of values, of events and sequences are among them."""
    assert len(FOLDERS) >= 22
    kinds = Counter(one.type for one in _loaded().ruleset.correlations)
    assert {"value_count", "event_count", "temporal_ordered", "value_sum"} <= kinds.keys()


def test_the_pack_is_clean_for_the_linter() -> None:
    """No error and no warning, in either language."""
    assert [] == [str(issue) for issue in lint([PACK])]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_rule_tests_and_mutation_tests_pass(folder: Path) -> None:
    """Every test of the rule passes, and every changed value is noticed by one."""
    (report,) = run_tests([folder])
    assert [] == [f"{test.name}: {test.what}" for test in report.tests if not test.passed]
    assert () == report.errors
    assert () == report.survivors
    assert report.mutants > 0


@pytest.mark.parametrize("kind", MANY_MAKERS)
def test_one_rule_fires_on_the_logs_of_many_makers(kind: str) -> None:
    """Its tests hold lines of that many formats that must match."""
    name, least = MANY_MAKERS[kind]
    file, errors = read_tests(PACK / name / "tests.yml")
    assert [] == errors
    formats = {event.format for test in file.tests if test.matches for event in test.events if event.raw}
    assert len(formats) >= least


def test_an_ordinary_day_stays_below_high() -> None:
    """The demo's background with all its look-alikes; and it is no silence: what was refused is counted."""
    shown = CliRunner().invoke(
        app, ["rules", "hits", "--background", "--rules", str(PACK), "--format", "ndjson"]
    )
    rows = [json.loads(line) for line in shown.output.splitlines() if line.startswith("{")]
    assert [] == [row["title"] for row in rows if row["level"] in {"high", "critical"}]
    refused = {row["title"]: row["level"] for row in rows}
    assert "low" == refused["SQL injection against a web application"]
