"""SigmaHQ's own regression cases: each rule must match its recording, with all rules loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from noroshi.engine.matcher import Matcher
from noroshi.events.problems import Problems
from noroshi.events.registry import detect
from noroshi.intake import open_inputs
from noroshi.rules.loading import load_rules

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real_data

RULE_FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting")


@dataclass(frozen=True)
class Case:
    """One recording and the rule that must match it at least `count` times."""

    folder: Path
    rule_id: str
    count: int


def _documents(folder: Path) -> list[Any]:
    return list(yaml.safe_load_all((folder / "info.yml").read_text(encoding="utf-8")))


def cases(root: Path) -> tuple[list[Case], list[Path]]:
    """The cases, and the folders without an active test."""
    found, inactive = [], []
    for info in sorted((root / "regression_data").rglob("info.yml")):
        document = _documents(info.parent)[0]
        tests = document.get("regression_tests_info") or []
        if not tests:
            inactive.append(info.parent)
            continue
        rule_id = document["rule_metadata"][0]["id"]
        found.append(Case(info.parent, rule_id, max(1, *(test.get("match_count") or 1 for test in tests), 1)))
    return found, inactive


@pytest.fixture(scope="module")
def all_rules(sigmahq: Path) -> Matcher:
    """All 3,754 rules."""
    loaded = load_rules([sigmahq / folder for folder in RULE_FOLDERS])

    assert len(loaded.ruleset.rules) == 3_754
    assert loaded.errors == ()

    return Matcher(loaded.ruleset)


def hits(matcher: Matcher, path: Path, rule_id: str) -> int:
    """How often a rule matches in a file."""
    problems = Problems()
    count = 0
    for opened in open_inputs([path], problems=problems):
        found = detect(opened.head).format
        assert found is not None, path
        for event in found.decode(opened.stream, opened.source, problems):
            count += sum(hit.rule_id == rule_id for hit in matcher.match(event))
    assert problems.errors == []
    return count


@pytest.mark.parametrize("suffix", [".evtx", ".json"])
def test_every_windows_case_matches(sigmahq: Path, all_rules: Matcher, suffix: str) -> None:
    """All 87 Windows cases match, from the EVTX file and from its JSON twin."""
    missed, count = [], 0
    for case in cases(sigmahq)[0]:
        for path in case.folder.glob(f"*{suffix}"):
            count += 1
            if hits(all_rules, path, case.rule_id) < case.count:
                missed.append(path.name)

    assert [] == missed
    assert 87 == count


def test_the_cisco_case_is_not_covered(sigmahq: Path) -> None:
    """The one raw case has its test block commented out: it is no case of ours."""
    _, inactive = cases(sigmahq)

    assert 1 == len(inactive)
