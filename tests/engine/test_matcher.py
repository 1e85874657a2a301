from __future__ import annotations

from datetime import UTC
from types import MappingProxyType
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noroshi.engine.matcher import CompiledRules, Matcher
from noroshi.engine.predicates import _by_regex, _walk, pattern_matches
from noroshi.engine.reference import Context, evaluate
from noroshi.events.model import Event, Kind, LogSource, Source
from noroshi.events.traits import Table, TableTraits
from noroshi.indicators.lists import Entry, ListSnapshot
from noroshi.indicators.sets import build_set
from noroshi.rules.model import (
    AllOf,
    AnyOf,
    Condition,
    Exists,
    Expand,
    Not,
    Null,
    Number,
    Pattern,
    Rule,
    RuleLogSource,
    RuleMeta,
    RuleSet,
    Text,
    TimePart,
    Wildcard,
)
from tests.engine.strategies import CONDITIONS, EVENTS

MANY = Wildcard.MANY
SOURCE = Source("sample.log", "sample", zone=UTC)
LISTS = ListSnapshot(
    [
        build_set("texts", "text", [Entry("ab"), Entry("É*"), Entry("1")], {}),
        build_set("nets", "ip", [Entry("10.0.0.0/8")], {}),
        build_set("pairs", "ip:port", [Entry("10.1.2.3:7")], {"A": "B"}),
        build_set("urls", "url", [Entry("http://a.b/x")], {}),
        build_set("empty", "text", [], {}),
    ]
)


def kind(constants: dict[str, Any] | None = None, source: LogSource | None = None) -> Kind:
    """A kind of event with these constants."""
    return Kind("test", source or LogSource(), MappingProxyType(constants or {}), TableTraits(Table()))


def rule(condition: Condition, name: str = "r", source: RuleLogSource | None = None) -> Rule:
    """A rule with this condition."""
    return Rule(name, "", name, source or RuleLogSource(), condition, RuleMeta(name))


def matched(
    conditions: list[Condition], fields: dict[str, Any], constants: dict[str, Any] | None = None
) -> set[str]:
    """Numbers of the conditions that match."""
    rules = RuleSet(tuple(rule(condition, str(at)) for at, condition in enumerate(conditions)))
    event = Event(kind(constants), {**fields, **(constants or {})}, SOURCE, 1)
    return {hit.rule_id for hit in Matcher(rules, LISTS).match(event)}


@settings(max_examples=600, deadline=None)
@given(CONDITIONS, EVENTS)
def test_matcher_agrees_with_the_reference(condition: Condition, fields: dict[str, Any]) -> None:
    """Fast matcher ≡ reference evaluator over generated rules and events."""
    expected = evaluate(condition, fields, Context(LISTS, None, SOURCE))

    assert expected == bool(matched([condition], fields))


@settings(max_examples=200, deadline=None)
@given(CONDITIONS, EVENTS)
def test_evaluation_in_advance_changes_nothing(condition: Condition, fields: dict[str, Any]) -> None:
    """What all events of a kind share may be decided once for the kind."""
    constants = {name: value for name, value in fields.items() if name in {"A", "deep.er"}}
    expected = evaluate(condition, fields, Context(LISTS, None, SOURCE))

    assert expected == bool(matched([condition], fields, constants))


@settings(max_examples=100, deadline=None)
@given(CONDITIONS, EVENTS, EVENTS)
def test_the_cache_keeps_like_values_apart(
    condition: Condition, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """A matcher that has seen one event judges the next as a fresh one would."""
    rules = RuleSet((rule(condition),))
    one = Matcher(rules, LISTS)
    shared = kind()
    for fields in (first, second, first):
        expected = evaluate(condition, fields, Context(LISTS, None, SOURCE))

        assert expected == bool(one.match(Event(shared, fields, SOURCE, 1)))


def test_true_one_and_a_float_are_not_the_same_value() -> None:
    """1, 1.0 and true are equal in Python but not in a log."""
    one = Matcher(RuleSet((rule(Number("A", 1)),)))
    shared = kind()

    assert [True, False, True, True] == [
        bool(one.match(Event(shared, {"A": value}, SOURCE, 1))) for value in (1, True, 1.0, "1")
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (RuleLogSource("windows", "sysmon", None), True),
        (RuleLogSource("windows", None, "registry_event"), True),
        (RuleLogSource(None, None, "registry_set"), True),
        (RuleLogSource("windows", "security", None), False),
        (RuleLogSource("linux", None, "registry_set"), False),
        (RuleLogSource(None, None, "process_creation"), False),
    ],
)
def test_a_rule_applies_only_to_its_own_log_source(source: RuleLogSource, *, expected: bool) -> None:
    """Every dimension that the rule names must be in the event."""
    sysmon = LogSource("windows", "sysmon", frozenset({"registry_set", "registry_event"}))
    event = Event(kind({"EventID": 13}, sysmon), {"EventID": 13}, SOURCE, 1)

    assert expected == bool(Matcher(RuleSet((rule(Number("EventID", 13), source=source),))).match(event))


def test_null_matches_missing_and_null_but_exists_tells_them_apart() -> None:
    """Semantics: null matches both; exists looks at the key."""
    conditions: list[Condition] = [Null("A"), Exists("A", expected=True), Exists("A", expected=False)]

    assert {"0", "2"} == matched(conditions, {})
    assert {"0", "1"} == matched(conditions, {"A": None})
    assert {"1"} == matched(conditions, {"A": ""})


def test_a_literal_key_with_dots_wins_over_the_path() -> None:
    """Semantics: dotted names."""
    conditions: list[Condition] = [Text("a.b", ("x",)), Text("a.b", ("y",))]

    assert {"0"} == matched(conditions, {"a.b": "x", "a": {"b": "y"}})
    assert {"1"} == matched(conditions, {"a": {"b": "y"}})
    assert {"0", "1"} == matched(conditions, {"a": [{"b": "y"}, {"b": "x"}]})


def test_new_lists_need_no_new_compilation() -> None:
    """The compiled rules serve any snapshot of lists; an ip:port set needs both fields."""
    compiled = CompiledRules(RuleSet((rule(Expand("dst_ip", "c2")),)))
    event = Event(kind(), {"dst_ip": "192.0.2.7", "dst_port": 8080}, SOURCE, 1)
    pairs = ListSnapshot([build_set("c2", "ip:port", [Entry("192.0.2.7:8080")], {"dst_ip": "dst_port"})])
    other = ListSnapshot([build_set("c2", "ip:port", [Entry("192.0.2.7:443")], {"dst_ip": "dst_port"})])
    addresses = ListSnapshot([build_set("c2", "ip", [Entry("192.0.2.0/24")], {})])

    assert [0, 1, 0, 1] == [
        len(Matcher(compiled, lists).match(event)) for lists in (ListSnapshot(), pairs, other, addresses)
    ]


def test_a_hidden_url_is_a_host_match() -> None:
    """Where the log shows the host only, a URL set answers by host; another page of it does not match."""
    urls = ListSnapshot([build_set("urls", "url", [Entry("http://www.shop.example/a/b.exe")], {})])
    one = Matcher(RuleSet((rule(Expand("c-uri", "urls")),)), urls)
    shared = kind()

    assert [1, 0, 1] == [
        len(one.match(Event(shared, {"c-uri": uri}, SOURCE, 1)))
        for uri in ("www.shop.example:443", "http://www.shop.example/", "http://WWW.shop.example/a/b.exe")
    ]


def test_hits_carry_the_evidence_without_what_stands_under_a_negation() -> None:
    """The evidence names field, value and pattern of the true predicates."""
    condition = AllOf(
        (
            Text("Image", (MANY, "\\powershell.exe")),
            AnyOf((Text("CommandLine", (MANY, " -enc ", MANY)), Text("CommandLine", (MANY, "zzz", MANY)))),
            Not(Text("User", ("SYSTEM",))),
        )
    )
    fields = {"Image": "C:\\Windows\\PowerShell.exe", "CommandLine": "x -ENC y", "User": "bob"}
    (hit,) = Matcher(RuleSet((rule(condition),))).match(Event(kind(), fields, SOURCE, 7))

    assert [
        ("Image", "C:\\Windows\\PowerShell.exe", "*\\powershell.exe"),
        ("CommandLine", "x -ENC y", "* -enc *"),
    ] == [(e.field, e.value, e.pattern) for e in hit.evidence]


def test_serialised_databases_give_the_same_matches() -> None:
    """What `serialised` gives can stand in for compiling."""
    rules = RuleSet((rule(Text("A", (MANY, "b", Wildcard.ONE, "d", MANY))),))
    compiled = CompiledRules(rules)
    again = CompiledRules(rules, {compiled.fingerprint: compiled.serialised()}.get)

    assert [True, False] == [
        bool(Matcher(again).match(Event(kind(), {"A": text}, SOURCE, 1))) for text in ("aB\u00e9Dz", "abdz")
    ]


def test_caches_and_routes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of ever new values and kinds keeps the memory where it is."""
    monkeypatch.setattr("noroshi.engine.routes.CACHED_PROJECTIONS", 8)
    monkeypatch.setattr("noroshi.engine.fields.CACHED_VALUES", 8)
    monkeypatch.setattr("noroshi.engine.matcher.MAX_ROUTES", 4)
    one = Matcher(RuleSet((rule(Text("A", (MANY, "x"))),)))
    shared = kind()
    for at in range(100):
        one.match(Event(shared, {"A": f"{at}"}, SOURCE, at))
        one.match(Event(kind({"EventID": at}), {"A": "x"}, SOURCE, at))
    route = one.route(shared)

    assert route is not None
    assert len(route._verdicts) <= 8
    assert len(one._routes) <= 4


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "ab", MANY]), max_size=5).map(tuple), st.text("ab", max_size=7))
def test_runs_in_order_are_what_the_walk_finds(pattern: Pattern, text: str) -> None:
    """Patterns without ``?`` take a shorter way to the same answer."""
    assert _walk(pattern, text) == pattern_matches(pattern, text)


_WILD = st.lists(st.sampled_from(["a", "b", "\u65e5", "\n", ".", MANY, Wildcard.ONE]), max_size=6).map(tuple)


@settings(max_examples=500, deadline=None)
@given(_WILD, st.text("ab\u65e5\n.", max_size=7))
def test_the_expression_for_long_texts_is_the_walk(pattern: Pattern, text: str) -> None:
    """RE2 takes over where the walk would be slow, with the same answer."""
    assert _walk(pattern, text) == _by_regex(pattern, text)


def test_many_wildcards_over_a_long_text_stay_quick() -> None:
    """A hundred ``?`` and ``*`` over a text of 200,000 letters end at once, and rightly."""
    pattern: Pattern = (*(MANY, Wildcard.ONE, "a") * 50, MANY, "b")

    assert pattern_matches((*pattern, MANY), "a" * 200_000 + "b")
    assert not pattern_matches(pattern, "a" * 200_000 + "c")


def test_all_caches_together_are_bounded_by_their_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many long values that never come back do not fill the memory."""
    monkeypatch.setattr("noroshi.engine.caches.MAX_LETTERS", 10_000)
    one = Matcher(RuleSet((rule(Text("A", (MANY, "x"))), rule(Text("B", (MANY, "x")), "s"))))
    shared = kind()
    for at in range(500):
        one.match(Event(shared, {"A": f"{at:01000}", "B": f"{at:01000}"}, SOURCE, at))

    kept = [key for cache in one._builder.caches._all for key in cache if key is not None]
    assert sum(len(text) for key in kept for text in ([key] if isinstance(key, str) else key)) <= 12_000


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (("a", MANY, "a"), "a", False),
        (("a", MANY, "a"), "aa", True),
        ((MANY, "ab", MANY, "b"), "ab", False),
        ((MANY, "\n", Wildcard.ONE), "x\n\u65e5", True),
        ((), "", True),
        ((), "x", False),
        ((MANY,), "", True),
        ((Wildcard.ONE,), "", False),
    ],
)
def test_patterns_match_whole_texts(pattern: Pattern, text: str, *, expected: bool) -> None:
    """Hand-worked: overlapping ends, line ends, one code point, nothing at all."""
    assert expected == pattern_matches(pattern, text)


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("see MimiKatz run", b'{"a":"see MimiKatz run"}'),
        ("mimikatz", b'{"a":"\\u006dimikatz"}'),
        ("mimi\u212aatz", '{"a":"mimi\u212aatz"}'.encode()),
        ("\u65e5\u672cmimikatz", '{"a":"\u65e5\u672cmimikatz"}'.encode()),
    ],
)
def test_no_spelling_hides_a_keyword(text: str, raw: bytes) -> None:
    """Escapes, the Kelvin sign and other scripts do not hide a keyword from the scan of the bytes."""
    one = Matcher(RuleSet((rule(Text(None, ("mimikatz",))),)))

    assert 1 == len(one.match(Event(kind(), {"a": text}, SOURCE, 1, raw)))
    assert 1 == len(one.match(Event(kind(), {"a": text}, SOURCE, 1)))
    assert 0 == len(one.match(Event(kind(), {"a": "mimi katz"}, SOURCE, 1, b'{"a":"mimi katz"}')))


@settings(max_examples=200, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=4), st.lists(EVENTS, min_size=3, max_size=8))
def test_new_witnesses_change_no_verdict(conditions: list[Condition], events: list[dict[str, Any]]) -> None:
    """However often witnesses are chosen anew, the same rules match."""
    rules = RuleSet(tuple(rule(condition, str(at)) for at, condition in enumerate(conditions)))
    shared = kind()
    with patch.multiple("noroshi.engine.alarm", FIRST_REVIEW=1, SAMPLED=0, OFTEN=10**9):
        one = Matcher(rules, LISTS)
        for fields in events:
            found = {hit.rule_id for hit in one.match(Event(shared, fields, SOURCE, 1))}

            assert {
                str(at)
                for at, condition in enumerate(conditions)
                if evaluate(condition, fields, Context(LISTS, None, SOURCE))
            } == found


def test_a_rule_woken_in_vain_gets_a_rarer_witness() -> None:
    """A long literal that stands everywhere gives way to a short one that does not."""
    condition = AllOf((Text("A", (MANY, "very long and very common")), Text("B", (MANY, "x", MANY))))
    one = Matcher(RuleSet((rule(condition),)))
    shared = kind()
    route = one.route(shared)
    assert route is not None
    common = one.compiled.known.ids[Text("A", (MANY, "very long and very common"))]
    for _ in range(300):
        route._alarm.woken(frozenset([common]))

    assert [["B"]] == [[one.compiled.known.nodes[pid].field] for pid in route._alarm._by_pid]
    assert 1 == len(one.match(Event(shared, {"A": "very long and very common", "B": "x"}, SOURCE, 1)))


def test_a_field_in_utc_is_read_so_whatever_the_zone_of_the_source() -> None:
    """Semantics: Windows' UtcTime is the truth; the zone configured for the log is for its local times."""
    tokyo = Source("sample.log", "sample", zone=ZoneInfo("Asia/Tokyo"))
    one = Matcher(
        RuleSet((rule(TimePart("UtcTime", "hour", 4)), rule(TimePart("EventTime", "hour", 4), "local")))
    )
    fields = {"UtcTime": "2020-07-22 04:12:09.123", "EventTime": "2020-07-22 13:12:09"}

    assert ["local", "r"] == sorted(hit.rule_id for hit in one.match(Event(kind(), fields, tokyo, 1)))
