"""Fast matcher ≡ reference evaluator: all rules over real events."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from noroshi.engine.matcher import Matcher
from noroshi.engine.reference import EMPTY_CONTEXT, evaluate
from noroshi.events.formats.windows_json import WindowsJsonLines
from noroshi.events.model import Source
from noroshi.events.problems import Problems
from noroshi.rules.loading import load_rules
from tests.conftest import windows_lines
from tests.real.test_regression import RULE_FOLDERS

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.events.model import Event
    from noroshi.rules.model import Rule, RuleSet

pytestmark = pytest.mark.real_data

EVERY = 100


def _by_reference(rules: RuleSet, event: Event) -> set[str]:
    def applies(rule: Rule) -> bool:
        source = rule.logsource
        return event.logsource.covers(source.product, source.service, source.category)

    return {
        rule.id
        for rule in rules.rules
        if applies(rule) and evaluate(rule.condition, event.fields, EMPTY_CONTEXT)
    }


def test_the_matcher_agrees_with_the_reference_on_real_events(real_data: Path, sigmahq: Path) -> None:
    """The same rules match the same events; every hundredth of 304,741 (`scripts/bench` takes more)."""
    rules = load_rules([sigmahq / folder for folder in RULE_FOLDERS]).ruleset
    matcher = Matcher(rules)
    stream = io.BytesIO(b"".join(windows_lines(real_data, EVERY)))
    problems = Problems()
    events = matched = 0
    for event in WindowsJsonLines().decode(stream, Source("windows", "windows"), problems):
        events += 1
        found = {hit.rule_id for hit in matcher.match(event)}
        matched += len(found)

        assert _by_reference(rules, event) == found

    assert problems.errors == []
    assert events > 3_000
    assert matched > 20
