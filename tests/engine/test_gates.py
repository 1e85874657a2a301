"""Gates keep no rule from an event that it could match, and most rules from events that they cannot."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from noroshi.engine.gates import Gates, demands
from noroshi.engine.reference import evaluate
from noroshi.rules.model import (
    AllOf,
    AnyOf,
    Condition,
    Not,
    Number,
    Rule,
    RuleLogSource,
    RuleMeta,
    Text,
    Wildcard,
)
from tests.engine.strategies import CONDITIONS, EVENTS, NAMES, SCALARS

FOUR = Number("EventID", 4)
FIVE = Number("EventID", 5)
EXE = Text("Image", (Wildcard.MANY, "a.exe"))


def rule(condition: Condition) -> Rule:
    """A rule with this condition."""
    return Rule("r", "", "r", RuleLogSource(), condition, RuleMeta("r"))


def is_open(condition: Condition, constants: dict[str, Any]) -> bool:
    """Whether a rule with this condition is looked at for such events."""
    return bool(Gates([(rule(condition), demands(condition))]).open_to(constants))


@settings(max_examples=400, deadline=None)
@given(CONDITIONS, EVENTS, st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=3))
def test_what_holds_is_let_through(
    condition: Condition, fields: dict[str, Any], constants: dict[str, Any]
) -> None:
    """A condition that an event meets is open to the event's kind, whatever constants that has."""
    if evaluate(condition, {**fields, **constants}):
        assert is_open(condition, constants)


def test_another_value_closes_the_gate() -> None:
    """A rule for event 4 is not looked at for event 5; numbers and their texts are the same."""
    wanted = AllOf((FOUR, EXE))
    found = [is_open(wanted, {"EventID": value}) for value in (4, "4", 5, "5")]
    assert [True, True, False, False] == found


def test_each_alternative_must_demand_it() -> None:
    """Event 4 or 5 is closed to 6; event 4 or some image is open to all, and so is what is not event 4."""
    sixes = [is_open(one, {"EventID": 6}) for one in (AnyOf((FOUR, FIVE)), AnyOf((FOUR, EXE)), Not(FOUR))]
    assert [False, True, True] == sixes


def test_only_what_a_kind_shares_is_asked() -> None:
    """Without a constant in the field, or with a list in it, the gate is open."""
    assert [True, True] == [is_open(FOUR, {"Channel": "x"}), is_open(FOUR, {"EventID": [5]})]


def test_rules_keep_their_order() -> None:
    """Open rules and gated ones come as they stand in the rule set."""
    rules = [rule(one) for one in (FOUR, EXE, FIVE, FOUR)]
    gates = Gates([(one, demands(one.condition)) for one in rules])
    assert [rules[0], rules[1], rules[3]] == gates.open_to({"EventID": 4})
