"""Conditions, keywords and list documents of Sigma 2.1, from YAML to the engine, worked by hand."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from noroshi.engine.matcher import Matcher
from tests.engine.sigma import event, fired, load, matches, refused, rule

NAMES = "abc"


def holds(condition: str, *, selections: tuple[str, ...] = ("a", "b", "c")) -> set[str]:
    """The events, named by the selections that hold, on which the condition holds."""
    lines = "\n".join(f"{name}: {{F{at}: 1}}" for at, name in enumerate(selections))
    text = f"{lines}\ncondition: {condition}"
    rows = list(product((False, True), repeat=len(selections)))
    found = matches(text, *({f"F{at}": 1 for at, on in enumerate(row) if on} for row in rows))
    return {
        "".join(name for name, on in zip(NAMES, row, strict=False) if on) or "-"
        for row, hit in zip(rows, found, strict=True)
        if hit
    }


CONDITIONS: list[tuple[str, str]] = [
    ("a", "a ab ac abc"),
    ("not a", "- b c bc"),
    ("a and b", "ab abc"),
    ("a or b", "a b ab ac bc abc"),
    # not before and before or
    ("a or b and c", "a ab ac bc abc"),
    ("a and b or c", "ab c ac bc abc"),
    ("(a or b) and c", "ac bc abc"),
    ("a and (b or c)", "ab ac abc"),
    ("not a and b", "b bc"),
    ("not (a and b)", "- a b c ac bc"),
    ("not a or b", "- b c ab bc abc"),
    ("not (a or b)", "- c"),
    ("a and not b", "a ac"),
    ("a and not b and not c", "a"),
    ("a and not (b or c)", "a"),
    ("not not a", "a ab ac abc"),
    ("not a and not b and not c", "-"),
    ("a or b or c", "a b c ab ac bc abc"),
    ("((((a)))) and (((b)))", "ab abc"),
    ("(a and (b or (c and not b)))", "ab ac abc"),
    # x of, with and without patterns
    ("1 of them", "a b c ab ac bc abc"),
    ("any of them", "a b c ab ac bc abc"),
    ("all of them", "abc"),
    ("not 1 of them", "-"),
    ("not all of them", "- a b c ab ac bc"),
    ("all of them or a", "a ab ac abc"),
    ("1 of a* and b", "ab abc"),
    ("1 of a*", "a ab ac abc"),
    ("['a and b', 'c']", "c ab ac bc abc"),
    ("[a]", "a ab ac abc"),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS, ids=[one for one, _ in CONDITIONS])
def test_conditions(condition: str, expected: str) -> None:
    """Truth tables over three selections."""
    assert set(expected.split()) == holds(condition)


PATTERNS: list[tuple[str, tuple[str, str, str], str]] = [
    ("1 of sel*", ("sel_x", "selection", "filter"), "a b ab ac bc abc"),
    ("all of sel*", ("sel_x", "selection", "filter"), "ab abc"),
    ("1 of sel_*", ("sel_x", "selection", "filter"), "a ab ac abc"),
    ("all of *_x", ("one_x", "two_x", "three"), "ab abc"),
    ("1 of *e*", ("one", "two", "three"), "a c ab ac bc abc"),
    ("all of s*_x", ("s1_x", "s2_x", "x_s"), "ab abc"),
    ("sel and not 1 of filter*", ("sel", "filter_1", "filter_2"), "a"),
    ("sel and not all of filter_*", ("sel", "filter_1", "filter_2"), "a ab ac"),
    ("1 of s*", ("S", "sa", "x"), "b ab bc abc"),
    # A name that begins with _ is left out of them and of patterns that do not ask for it.
    ("1 of them", ("_a", "b", "c"), "b c ab ac bc abc"),
    ("all of them", ("_a", "b", "c"), "bc abc"),
    ("all of *", ("_a", "b", "c"), "bc abc"),
    ("1 of *a", ("_a", "xa", "c"), "b ab bc abc"),
    ("_a and b", ("_a", "b", "c"), "ab abc"),
    ("1 of _*", ("_a", "b", "c"), "a ab ac abc"),
    # Names that begin like operators or hold signs.
    ("notepad and not android", ("notepad", "android", "order"), "a ac"),
    ("order or allof", ("x", "order", "allof"), "b c ab ac bc abc"),
    ("not nothing", ("nothing", "b", "c"), "- b c bc"),
    ("sel-1 and sel_2", ("sel-1", "sel_2", "c"), "ab abc"),
    ("1 of 1*", ("1a", "2b", "c"), "a ab ac abc"),
    ("1 and 2", ("'1'", "'2'", "c"), "ab abc"),
]


@pytest.mark.parametrize(
    ("condition", "names", "expected"), PATTERNS, ids=[f"{one} {names}" for one, names, _ in PATTERNS]
)
def test_patterns_of_names(condition: str, names: tuple[str, str, str], expected: str) -> None:
    """``1 of`` and ``all of`` choose by name, with the asterisk anywhere."""
    assert set(expected.split()) == holds(condition, selections=names)


@pytest.mark.parametrize(
    "condition",
    [
        "d",
        "a and d",
        "1 of d*",
        "not 1 of filter*",
        "a and",
        "and a",
        "a b",
        "(a",
        "a)",
        "()",
        "''",
        "2 of them",
        "none of them",
        "a | count() > 5",
        "[a, d]",
        "[]",
        "{a: b}",
        "5",
        "null",
        "[[a]]",
    ],
)
def test_a_wrong_condition_is_located(condition: str) -> None:
    """At the line of the condition, in one error."""
    ((_, place, what),) = refused(rule(f"a: {{A: 1}}\nb: {{A: 2}}\ncondition: {condition}"))

    assert "line 6" == place
    assert what


@pytest.mark.parametrize(
    "condition",
    [
        "not " * 1000 + "a",
        "(a or " * 1000 + "b" + ")" * 1000,
        "(" * 1000 + "a",
        "(" * 6000 + "a" + ")" * 6000,
    ],
)
def test_what_nests_too_deep_is_one_located_error(condition: str) -> None:
    """No stack overflows, and nobody waits."""
    ((_, place, _),) = refused(rule(f"a: {{A: 1}}\nb: {{A: 2}}\ncondition: {condition}"))

    assert "line 6" == place


@pytest.mark.parametrize("depth", [20, 1000])
def test_brackets_around_brackets_change_nothing(depth: int) -> None:
    """They leave no trace in the tree."""
    deep = "a: {A: 1}\ncondition: " + "(" * depth + "a" + ")" * depth

    assert [True, False] == matches(deep, {"A": 1}, {})


def test_a_condition_that_names_large_lists_too_often_is_refused() -> None:
    """Two hundred times ten thousand values would be copied otherwise."""
    values = ", ".join(f"v{at}" for at in range(10_000))
    ((_, place, what),) = refused(rule(f"a: {{A: [{values}]}}\ncondition: {' and '.join(['a'] * 202)}"))

    assert ("line 5", True) == (place, "1000000" in what)


KEYWORDS: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]] = [
    ("kw: abc", [{"A": "xABCx"}, {"B": "abc"}], [{"abc": "x"}, {"A": "ab", "B": "c"}, {}]),
    ("kw: [abc, def]", [{"A": "abc"}, {"A": "xdef"}], [{"A": "ab"}]),
    ("kw:\n  - abc\n  - def", [{"A": "abc"}], [{"A": "ab"}]),
    (
        "kw: {'|all': [abc, def]}",
        [{"A": "abc def"}, {"A": "abc", "B": "DEF"}],
        [{"A": "abc"}, {"def": "abc"}],
    ),
    ("kw: {'|contains|all': [abc, def]}", [{"A": "abc def"}], [{"A": "abc"}]),
    ("kw: ['a*c']", [{"A": "xaaacx"}, {"A": "a\nc"}], [{"A": "ca"}, {"A": "a", "B": "c"}]),
    ("kw: ['a?c']", [{"A": "xabcx"}, {"A": "a😀c"}], [{"A": "ac"}]),
    (r"kw: ['a\*c']", [{"A": "xa*cx"}], [{"A": "abc"}]),
    (r"kw: ['\\*\x']", [{"A": r"\a\x"}], [{"A": r"*\x"}]),
    ("kw: [4625]", [{"A": 4625}, {"A": "id 4625."}], [{"A": 462}, {"4625": "x"}]),
    ("kw: ['4625']", [{"A": 4625}], [{"A": "462 5"}]),
    ("kw: ['true']", [{"A": True}], [{"A": False}]),
    ("kw: ['null']", [{"A": "null"}], [{"A": None}, {}]),
    ("kw: [abc]", [{"A": {"B": ["x", {"C": "abc"}]}}, {"A": ["abc"]}], [{"A": {"abc": {"abc": "x"}}}]),
    ("kw: {'|re': 'a[bc]+d'}", [{"A": "xabcdx"}], [{"A": "ABCD"}]),
    ("kw: {'|re|i': 'a[bc]+d'}", [{"A": "xABCDx"}], [{"A": "ad"}]),
    ("kw: {'|cased': Abc}", [{"A": "xAbcx"}], [{"A": "abc"}]),
    ("kw: {'|windash': ' -enc'}", [{"A": "x /enc"}], [{"A": "x enc"}]),
    ("kw: {'|base64': foobar}", [{"A": "xZm9vYmFyx"}], [{"A": "foobar"}]),
    ("kw: {'|base64offset|contains': foobar}", [{"A": "xZm9vYmFyx"}], [{"A": "foobar"}]),
    ("kw: [日本]", [{"A": "x日本語"}], [{"A": "日 本"}]),
    ("kw: [straße]", [{"A": "STRAẞE"}], [{"A": "strasse"}]),
    ("kw: ['kiosk']", [{"A": "\u212aIO\u017fK"}], [{"A": "kio sk"}]),
    ("kw:\n  - abc\n  - A: x\n    B: y", [{"C": "abc"}, {"A": "x", "B": "y"}], [{"A": "x"}]),
    ("kw: {'|neq': abc}", [{"A": "x"}, {}], [{"A": "xabc"}]),
]


@pytest.mark.parametrize(("keywords", "yes", "no"), KEYWORDS, ids=[one for one, _, _ in KEYWORDS])
def test_keywords(keywords: str, yes: list[dict[str, Any]], no: list[dict[str, Any]]) -> None:
    """Anywhere in any value, nested ones too, in no key."""
    events = [*yes, *no]
    found = matches(f"{keywords}\ncondition: kw", *events)

    assert yes == [fields for fields, hit in zip(events, found, strict=True) if hit]


@pytest.mark.parametrize("condition", ["kw and sel", "sel and not kw", "not kw", "kw or sel"])
def test_keywords_beside_fields(condition: str) -> None:
    """As any other selection; an event that has been seen does not speak for one that looks alike."""
    loaded = load(rule(f"kw: [abc]\nsel: {{A: x}}\ncondition: {condition}"))
    verdict = {
        "kw and sel": [False, True, False, False],
        "sel and not kw": [True, False, False, False],
        "not kw": [True, False, False, True],
        "kw or sel": [True, True, True, False],
    }[condition]
    events = [{"A": "x", "B": "q"}, {"A": "x", "B": "abc"}, {"A": "y", "B": "abc"}, {"A": "y", "B": "q"}]
    matcher = Matcher(loaded.ruleset)
    shared = event({})

    assert verdict == [bool(fired(loaded, fields)) for fields in events]
    for fields in (*events, *reversed(events)):
        shared.fields = fields
        assert verdict[events.index(fields)] == bool(matcher.match(shared))


def test_several_documents_in_one_file_are_rules_of_their_own() -> None:
    """Separated by ``---``; empty ones do not count."""
    loaded = load(
        "---\n" + rule("sel: {A: x}\ncondition: sel") + "---\n---\n" + rule("sel: {A: y}\ncondition: sel")
    )

    assert (2, ()) == (len(loaded.ruleset.rules), loaded.errors)


def test_a_wrong_document_does_not_stop_the_next_one() -> None:
    """Its line is counted from the top of the file."""
    good = rule("sel: {A: x}\ncondition: sel")
    loaded = load(
        good
        + "---\n"
        + rule("sel: {A|nosuch: x}\ncondition: sel")
        + "---\n"
        + rule("sel: {B: x}\ncondition: sel")
    )
    (error,) = loaded.errors

    assert "line 10" == error.place
    assert 2 == len(loaded.ruleset.rules)


def test_log_sources_of_rules() -> None:
    """Each dimension that the rule names must be the event's."""
    where = {
        "{product: windows}": True,
        "{product: linux}": False,
        "{product: windows, service: sysmon}": False,
        "{category: process_creation}": False,
        "{product: windows, definition: Needs auditing}": True,
    }
    for text, expected in where.items():
        head = f"title: A rule\nlogsource: {text}\n"
        loaded = load(rule("sel: {A: x}\ncondition: sel", head))
        assert () == loaded.errors
        assert expected == bool(Matcher(loaded.ruleset).match(event({"A": "x"})))


@pytest.mark.parametrize("empty", ["sel: {}", "sel: []", "sel:", "sel: [{}]"])
def test_what_is_empty_is_refused(empty: str) -> None:
    """A selection without values is a mistake, it does not match everything."""
    loaded = load(rule(f"{empty}\ncondition: sel"))

    assert (1, 0) == (len(loaded.errors), len(loaded.ruleset.rules))
