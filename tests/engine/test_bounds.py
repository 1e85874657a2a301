"""No input makes a rule slow or the memory full: what is asked how often, and what is kept.

An engine that backtracks would not finish these tests; nothing here looks at a clock.
"""

from __future__ import annotations

import sys
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from noroshi.engine import expressions
from noroshi.engine.correlate import Correlator, Limits
from noroshi.engine.expressions import Expressions, multiplies_states
from noroshi.engine.matcher import Matcher
from noroshi.engine.predicates import compiled_regex, pattern_matches
from noroshi.rules.model import Regex, RuleSet, Wildcard
from tests.engine.sigma import event, load, rule
from tests.engine.test_correlate import hit
from tests.engine.test_correlate import rule as correlation

if TYPE_CHECKING:
    from collections.abc import Callable

TEN_MILLION = 10_000_000
MANY, ONE = Wildcard.MANY, Wildcard.ONE

# What takes a backtracking matcher longer than the age of the universe over 'aaaa…!'.
EVIL = [
    "^(a+)+$",
    "^(a|aa)+$",
    "^(a|a)*$",
    "^(a*)*b",
    r"^(\w+\s?)*$",
    "(.*a){20}b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
]


@pytest.mark.parametrize("source", EVIL)
def test_an_evil_expression_is_linear(source: str) -> None:
    """Over 100,000 letters, by matcher and reference alike; it matches where it has to."""
    loaded = load(rule(f"sel: {{A|re: '{source}'}}\ncondition: sel"))
    matcher = Matcher(loaded.ruleset)
    texts = ["a" * 100_000 + "!", "a" * 100_000, "x" * 100_000 + "b"]
    by_reference = [compiled_regex(source, "").search(text) is not None for text in texts]

    assert () == loaded.errors
    assert by_reference == [bool(matcher.match(event({"A": text}))) for text in texts]
    assert not by_reference[0]


@pytest.mark.parametrize(
    "pattern",
    [
        (MANY, *("a", MANY) * 200, "b"),
        (MANY, *("a", ONE, MANY) * 50, "b"),
        (ONE, *("a", MANY) * 50, "b", ONE),
        (*(ONE,) * 500, MANY, "b"),
    ],
)
def test_an_evil_pattern_is_linear(pattern: tuple[Any, ...]) -> None:
    """Wildcards over a million letters that fit up to the last one."""
    assert not pattern_matches(pattern, "a" * 1_000_000)
    assert pattern_matches(pattern, "a" * 1_000_000 + ("b" if pattern[-1] == "b" else "bx")) == (
        pattern[0] is not ONE or pattern[-1] == "b" or pattern[-1] is ONE
    )


def test_what_multiplies_the_states_of_others_is_asked_alone() -> None:
    """Far counting and many gaps; ordinary expressions share one pass."""
    alone = [Regex("A", ".{1000,}"), Regex("A", "a.*" * 9 + "b"), Regex("A", r"(\w{1,90}z){9}")]
    together = [Regex("A", r"\s-e(nc)?\s"), Regex("A", "a.*b.+c"), Regex("A", "^[0-9a-f]{32}$", "i")]
    found = Expressions(list(enumerate([*alone, *together])))

    assert [True, True, True] == [multiplies_states(node) for node in alone]
    assert ((0, 1, 2), (3, 4, 5)) == (found.alone, found.together)
    assert [0, 3] == sorted(found.matching("x" * 1000 + " -enc y"))
    assert [3] == found.matching("x -e y")


def test_a_long_text_costs_one_search_an_expression(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the bound no automaton of all together is built: an attacker would choose its states."""
    nodes = [(at, Regex("A", source)) for at, source in enumerate(["a+b", "b+c", "[xy]{3}"])]
    index, searched = Expressions(nodes), list[str]()

    def counted(source: str, flags: str) -> Any:
        searched.append(source)
        return compiled_regex(source, flags)

    monkeypatch.setattr(expressions, "compiled_regex", counted)
    short, long = "aab xyx", "aab xyx" + "-" * TEN_MILLION

    assert [0, 2] == sorted(index.matching(short))
    assert [] == searched
    assert [0, 2] == index.matching(long)
    assert ["a+b", "b+c", "[xy]{3}"] == searched


def test_a_field_of_ten_megabytes_is_matched_and_not_kept() -> None:
    """By texts, wildcards, expressions, keywords and base64; nothing of it stays in any cache."""
    selections = [
        "{A|contains: needle}",
        "{A|endswith: needle}",
        "{A: '*nee?le'}",
        "{A|re: 'ne+dle$'}",
        "{A|windash|contains: ' -needle'}",
        "[needle]",
        "{A|startswith: needle}",
        "{A|re: '^needle'}",
    ]
    documents = [
        rule(f"sel: {one}\ncondition: sel").replace("A rule", f"R{at}") for at, one in enumerate(selections)
    ]
    loaded = load(*documents)
    matcher = Matcher(loaded.ruleset)
    titles = {one.id: one.meta.title for one in loaded.ruleset.rules}
    matcher.match(event({"A": "x"}))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    found = {titles[one.rule_id] for one in matcher.match(event({"A": "x" * TEN_MILLION + " /needle"}))}
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert () == loaded.errors
    assert {f"R{at}" for at in range(6)} == found
    assert kept < TEN_MILLION // 20


@pytest.fixture
def counter() -> Callable[..., Correlator]:
    """A correlator of one correlation."""

    def made(limits: Limits, **more: Any) -> Correlator:
        rules = (correlation("value_count", span=86_400, fields=("User",), **more),)
        return Correlator(RuleSet(rules=(), correlations=rules), limits)

    return made


def test_distinct_values_are_counted_within_bounds(counter: Callable[..., Correlator]) -> None:
    """Twenty times as many as there is room for: the alert fires, says partial, and the state stays small."""
    correlator = counter(Limits(entries=2_000, entries_per_key=1_000), gte=500)
    hits = [hit(at / 10, User=f"user-{at}") for at in range(20_000)]
    correlator.feed(hits[:2_000], hits[2_000].time)
    small = len(correlator.snapshot())
    late = correlator.feed(hits[2_000:], hits[-1].time)

    assert small * 1.1 > len(correlator.snapshot())
    assert [(1_000, True)] == [(alert.measure, alert.partial) for alert in late]


def test_long_values_of_a_group_are_kept_short(counter: Callable[..., Correlator]) -> None:
    """Thousands of groups named by 100,000 letters each; two that differ in the last one stay two."""
    names = [f"{'x' * 100_000}{at}" for at in range(100)]
    correlator = counter(Limits(), gte=2)
    correlator.feed([hit(at, Host=name, User="a") for at, name in enumerate(names)], hit(150).time)
    state = len(correlator.snapshot())
    fired = correlator.run([hit(200, Host=names[7].upper(), User="b"), hit(201, Host="other", User="b")])

    assert 100 * 100 < state < 100 * 2_048
    assert [2] == [one.count for one in fired]
    assert sys.getsizeof(fired[0].group[0][1]) < 2_048
