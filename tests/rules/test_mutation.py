"""Mutants: every value of a rule once, at its line."""

from __future__ import annotations

from textwrap import dedent

import pytest

from noroshi.rules.documents import RuleFile, documents
from noroshi.rules.mutation import OTHER_TEXT, mutants


def changes(text: str) -> list[tuple[int, str]]:
    """Line and text of every mutant."""
    file = RuleFile("rule.yml", "rule.yml", dedent(text).encode())
    errors: list[object] = []
    (document,) = documents(file, errors)  # type: ignore[arg-type]
    return [(one.line, one.what) for one in mutants(document)]


def test_every_value_of_a_detection_is_changed_once() -> None:
    """Single values, list entries, maps in lists, keywords; nothing else."""
    found = changes("""\
        title: a
        level: high
        detection:
          one:
            A: x
            B|endswith:
              - y
              - z
          two:
            - C: 1
            - word
          three: [k]
          condition: one and two
        """)
    other = f"'{OTHER_TEXT}'"
    assert [
        (5, f"one.A: 'x' → {other}"),
        (7, f"one.B|endswith: 'y' → {other}"),
        (8, f"one.B|endswith: 'z' → {other}"),
        (10, f"two.C: 1 → {other}"),
        (11, f"two: 'word' → {other}"),
        (12, f"three: 'k' → {other}"),
    ] == found


@pytest.mark.parametrize(
    ("key", "value", "other"),
    [
        ("A|exists", "true", "False"),
        ("A|cidr", "10.0.0.0/8", "'255.255.255.255/32'"),
        ("A|gte", "5", str(1 << 62)),
        ("A|lt", "5", str(-(1 << 62))),
        ("A|hour", "5", "-1"),
        ("A|expand", "'%a%'", f"'%{OTHER_TEXT}%'"),
        ("A|re|i", "a+", f"'{OTHER_TEXT}'"),
        ("A|fieldref", "B", f"'{OTHER_TEXT}'"),
        ("A", "null", f"'{OTHER_TEXT}'"),
    ],
)
def test_a_value_becomes_one_that_the_modifier_takes(key: str, value: str, other: str) -> None:
    """So that the mutant is a rule, but never matches by accident."""
    ((_, what),) = changes(f"title: a\ndetection:\n  s:\n    {key}: {value}\n  condition: s\n")
    assert what.endswith(f" → {other}")


def test_bounds_go_up_and_down_and_the_timespan_is_halved_and_doubled() -> None:
    """Each bound by one, at its line."""
    found = changes("""\
        title: a
        correlation:
          type: event_count
          rules: [x]
          timespan: 10m
          condition:
            gte: 3
            lt: 9
        """)
    assert [
        (8, "condition.lt: 9 → 10"),
        (8, "condition.lt: 9 → 8"),
        (7, "condition.gte: 3 → 4"),
        (7, "condition.gte: 3 → 2"),
        (5, "timespan: '10m' → '5m'"),
        (5, "timespan: '10m' → '20m'"),
    ] == found


def test_an_odd_timespan_is_halved_in_a_smaller_unit() -> None:
    """An hour is sixty minutes."""
    found = changes("title: a\ncorrelation: {type: temporal, rules: [x], timespan: 1h}\n")
    assert ["timespan: '1h' → '30m'", "timespan: '1h' → '120m'"] == [what for _, what in found]


def test_what_can_make_no_difference_is_not_changed() -> None:
    """One hit is enough: neither fewer nor another timespan would be noticed."""
    text = "title: a\ncorrelation: {type: event_count, rules: [x], timespan: 1h, condition: {gte: 1}}\n"
    assert ["condition.gte: 1 → 2"] == [what for _, what in changes(text)]
