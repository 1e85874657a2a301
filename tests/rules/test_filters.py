"""Filters by pySigma's meaning: ``(rule) and (filter condition)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.rules.model import AllOf, AnyOf, Not, Number, Text, Wildcard

if TYPE_CHECKING:
    from tests.rules.conftest import Load

ONE = "11111111-1111-4111-8111-111111111111"
RULE = f"""\
title: One
id: {ONE}
name: one
logsource: {{product: windows, category: process_creation}}
detection:
  selection: {{A: 1}}
  condition: selection
---
title: Two
name: two
logsource: {{product: windows, category: process_creation}}
detection:
  selection: {{B: 1}}
  condition: [selection, selection]
---
title: Other log source
name: other
logsource: {{product: linux}}
detection:
  selection: {{C: 1}}
  condition: selection
"""
FILTER = """\
title: Leave out the administrators
logsource: {product: windows}
filter:
  rules: RULES
  selection_1: {User: adm}
  selection_2: {Host|startswith: ADM}
  condition: not 1 of selection_*
"""
LEFT_OUT = Not(AnyOf((Text("User", ("adm",)), Text("Host", ("ADM", Wildcard.MANY)))))
A, B, C = Number("A", 1), Number("B", 1), Number("C", 1)


def test_a_filter_narrows_the_rules_that_it_names(load: Load) -> None:
    """By id or by name, as one; the others stay."""
    for reference in (ONE, "one", f"[{ONE}]", "[one]"):
        loaded = load(a=RULE, b=FILTER.replace("RULES", reference))
        assert () == loaded.errors
        assert [AllOf((A, LEFT_OUT)), B, C] == [rule.condition for rule in loaded.ruleset.rules]
        assert 1 == loaded.counts["filters"]


def test_a_filter_for_any_rule_goes_by_log_source(load: Load) -> None:
    """`any` and an empty list mean every rule whose log source the filter's covers."""
    for reference in ("any", "[]"):
        loaded = load(a=RULE, b=FILTER.replace("RULES", reference))
        expected = [AllOf((A, LEFT_OUT)), AllOf((B, LEFT_OUT)), C]
        assert expected == [rule.condition for rule in loaded.ruleset.rules]


def test_them_means_the_filters_own_selections(load: Load) -> None:
    """The rule's selections are not among `them`."""
    loaded = load(a=RULE, b=FILTER.replace("RULES", "one").replace("1 of selection_*", "1 of them"))
    assert AllOf((A, LEFT_OUT)) == loaded.ruleset.rules[0].condition


def test_a_positive_filter_keeps_what_it_matches(load: Load) -> None:
    """PySigma takes the condition literally."""
    loaded = load(a=RULE, b=FILTER.replace("RULES", "one").replace("not 1 of selection_*", "selection_1"))
    assert AllOf((A, Text("User", ("adm",)))) == loaded.ruleset.rules[0].condition


def test_loading_twice_gives_the_same_hash(load: Load) -> None:
    """Filter names are not random; and a filter changes the rule's identity."""
    plain = load(a=RULE).ruleset
    first = load(a=RULE, b=FILTER.replace("RULES", "one")).ruleset
    second = load(a=RULE, b=FILTER.replace("RULES", "one")).ruleset
    assert (first.hash, first.rules[0].hash) == (second.hash, second.rules[0].hash)
    assert plain.rules[0].hash != first.rules[0].hash
    assert plain.rules[1].hash == first.rules[1].hash


def test_an_unknown_rule_is_an_error_and_the_known_ones_are_filtered(load: Load) -> None:
    """The line is that of the reference."""
    loaded = load(a=RULE, b=FILTER.replace("RULES", "\n    - one\n    - nobody"))
    assert ["line 6"] == [error.place for error in loaded.errors]
    assert "'nobody'" in loaded.errors[0].what
    assert AllOf((A, LEFT_OUT)) == loaded.ruleset.rules[0].condition


def test_a_filter_that_cannot_apply_is_an_error(load: Load) -> None:
    """A log source that does not cover the named rule's would silently do nothing."""
    loaded = load(a=RULE, b=FILTER.replace("RULES", "other"))
    assert ["line 2"] == [error.place for error in loaded.errors]
    assert "does not cover" in loaded.errors[0].what


def test_a_broken_filter_is_located(load: Load) -> None:
    """Its selections are checked like a rule's."""
    loaded = load(a=RULE, b=FILTER.replace("RULES", "one").replace("Host|startswith", "Host|nonsense"))
    assert ["line 6"] == [error.place for error in loaded.errors]
    assert A == loaded.ruleset.rules[0].condition


def test_a_filter_with_a_broken_condition_is_refused(load: Load) -> None:
    """An undefined selection in its condition: one error, and the rule runs without it."""
    loaded = load(a=RULE, b=FILTER.replace("RULES", "one").replace("not 1 of selection_*", "not nothing"))
    assert [("b.yml", "line 7")] == [(error.path.rpartition("/")[2], error.place) for error in loaded.errors]
    assert A == loaded.ruleset.rules[0].condition
