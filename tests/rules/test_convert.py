"""Sigma detections become the IR: every modifier and combination, worked by hand from the specification."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.rules.model import (
    AllOf,
    AnyOf,
    Boolean,
    Cidr,
    Compare,
    Exists,
    Expand,
    FieldRef,
    Not,
    Null,
    Number,
    Regex,
    Text,
    TimePart,
    Wildcard,
)

if TYPE_CHECKING:
    from noroshi.rules.model import Condition
    from tests.rules.conftest import Convert

MANY, ONE = Wildcard.MANY, Wildcard.ONE
F = "Field"
DASHES = ("-", "/", "–", "—", "―")

SINGLE: list[tuple[str, Condition]] = [
    ("Field: value", Text(F, ("value",))),
    ("Field: 'a*b?c'", Text(F, ("a", MANY, "b", ONE, "c"))),
    (r"Field: 'a\*b\?c'", Text(F, ("a*b?c",))),
    (r"Field: 'C:\Windows\System32'", Text(F, (r"C:\Windows\System32",))),
    (r"Field: '\\server'", Text(F, (r"\server",))),
    (r"Field: 'dir\\*'", Text(F, ("dir\\", MANY))),
    (r"Field: 'dir\\\*'", Text(F, (r"dir\*",))),
    ("Field: ''", Text(F, ())),
    ("Field: '*'", Text(F, (MANY,))),
    ("Field: null", Null(F)),
    ("Field: []", Null(F)),
    ("Field: 4688", Number(F, 4688)),
    ("Field: '4688'", Text(F, ("4688",))),
    ("Field: 1.5", Number(F, 1.5)),
    ("Field: 99999999999999999999", Text(F, ("99999999999999999999",))),
    ("Field: 9007199254740993", Text(F, ("9007199254740993",))),
    ("Field|gt: 99999999999999999999", Compare(F, "gt", 1e20)),
    ("Field: true", Boolean(F, value=True)),
    ("Field: [a, 2, null]", AnyOf((Text(F, ("a",)), Number(F, 2), Null(F)))),
    ("Field: [a, a]", Text(F, ("a",))),
    ("Field|contains: a", Text(F, (MANY, "a", MANY))),
    ("Field|contains: '*a'", Text(F, (MANY, "a", MANY))),
    ("Field|startswith: a", Text(F, ("a", MANY))),
    ("Field|endswith: a", Text(F, (MANY, "a"))),
    ("Field|contains|all: [a, b]", AllOf((Text(F, (MANY, "a", MANY)), Text(F, (MANY, "b", MANY))))),
    ("Field|all: [a, b]", AllOf((Text(F, ("a",)), Text(F, ("b",))))),
    ("Field|exists: true", Exists(F, expected=True)),
    ("Field|exists: false", Exists(F, expected=False)),
    ("Field|cased: Abc", Text(F, ("Abc",), cased=True)),
    ("Field|cased|contains: Abc", Text(F, (MANY, "Abc", MANY), cased=True)),
    ("Field|contains|cased: Abc", Text(F, (MANY, "Abc", MANY), cased=True)),
    ("Field|neq: a", Not(Text(F, ("a",)))),
    ("Field|neq: [a, b]", Not(AnyOf((Text(F, ("a",)), Text(F, ("b",)))))),
    ("Field|contains|all|neq: [a, b]", Not(AllOf((Text(F, (MANY, "a", MANY)), Text(F, (MANY, "b", MANY)))))),
    ("Field|neq: null", Not(Null(F))),
    ("Field|re: 'a.+b$'", Regex(F, "a.+b$")),
    ("Field|re|i: a", Regex(F, "a", "i")),
    ("Field|re|m|s|i: a", Regex(F, "a", "ims")),
    ("Field|re|ignorecase|multiline|dotall: a", Regex(F, "a", "ims")),
    ("Field|re: 5", Regex(F, "5")),
    (r"Field|re: 'a\*\?\\b'", Regex(F, r"a\*\?\\b")),
    ("Field|re|neq: a", Not(Regex(F, "a"))),
    ("Field|cidr: 10.20.0.0/16", Cidr(F, "10.20.0.0/16")),
    ("Field|cidr: 2001:db8::/32", Cidr(F, "2001:db8::/32")),
    ("Field|cidr: 192.0.2.7", Cidr(F, "192.0.2.7/32")),
    ("Field|cidr|neq: 10.0.0.0/8", Not(Cidr(F, "10.0.0.0/8"))),
    ("Field|lt: 5", Compare(F, "lt", 5)),
    ("Field|lte: 5", Compare(F, "lte", 5)),
    ("Field|gt: 5.5", Compare(F, "gt", 5.5)),
    ("Field|gte: -5", Compare(F, "gte", -5)),
    ("Field|gte|neq: 5", Not(Compare(F, "gte", 5))),
    ("Field|minute: 59", TimePart(F, "minute", 59)),
    ("Field|hour: [22, 23]", AnyOf((TimePart(F, "hour", 22), TimePart(F, "hour", 23)))),
    ("Field|day: 1", TimePart(F, "day", 1)),
    ("Field|week: 53", TimePart(F, "week", 53)),
    ("Field|month: 7", TimePart(F, "month", 7)),
    ("Field|year: 2020", TimePart(F, "year", 2020)),
    ("Field|hour|gte: 22", Compare(F, "gte", 22, "hour")),
    ("Field|hour|neq: 3", Not(TimePart(F, "hour", 3))),
    ("Field|fieldref: Other", FieldRef(F, "Other")),
    ("Field|fieldref|startswith: Other", FieldRef(F, "Other", "startswith")),
    ("Field|fieldref|endswith: Other", FieldRef(F, "Other", "endswith")),
    ("Field|fieldref|contains: Other", FieldRef(F, "Other", "contains")),
    ("Field|endswith|fieldref: Other", FieldRef(F, "Other", "endswith")),
    ("Field|fieldref|neq: Other", Not(FieldRef(F, "Other"))),
    ("Field|fieldref|cased: Other", FieldRef(F, "Other", "equals", cased=True)),
    ("Field|cased|fieldref|endswith: Other", FieldRef(F, "Other", "endswith", cased=True)),
    ("Field|expand: '%admins%'", Expand(F, "admins")),
    (r"Field|expand: '*\%admins%'", Expand(F, "admins", (MANY, "\\"))),
    ("Field|expand|cased: '%admins%'", Expand(F, "admins", cased=True)),
    ("Field|expand|neq: '%admins%'", Not(Expand(F, "admins"))),
    ("Field|contains|expand: '%admins%'", Expand(F, "admins", (MANY,), (MANY,))),
    ("Field|expand: '100%'", Text(F, ("100%",))),
    ("Field: '%admins%'", Text(F, ("%admins%",))),
    ("'|contains': word", Text(None, (MANY, "word", MANY))),
    ("'|all': [a, b]", AllOf((Text(None, ("a",)), Text(None, ("b",))))),
    ("'|re': 'a+'", Regex(None, "a+")),
    ("'|cased': Word", Text(None, ("Word",), cased=True)),
    ("'|expand': '%words%'", Expand(None, "words")),
    ("A: 1\n  B: 2", AllOf((Number("A", 1), Number("B", 2)))),
    ("- A: 1\n  - B: 2", AnyOf((Number("A", 1), Number("B", 2)))),
    ("- A: 1\n    B: 2\n  - word", AnyOf((AllOf((Number("A", 1), Number("B", 2))), Text(None, ("word",))))),
    ("- word\n  - 5\n  - true", AnyOf((Text(None, ("word",)), Number(None, 5), Text(None, ("true",))))),
]


@pytest.mark.parametrize(("selection", "expected"), SINGLE, ids=[item for item, _ in SINGLE])
def test_a_selection(convert: Convert, selection: str, expected: Condition) -> None:
    """One selection means what the specification says."""
    assert expected == convert(f"selection:\n  {selection}\ncondition: selection\n")


@pytest.mark.parametrize(
    ("modifiers", "encoded"),
    [
        # printf foobar | base64
        ("base64", "Zm9vYmFy"),
        # printf foobar | iconv -t UTF-16LE | base64, and so on
        ("wide|base64", "ZgBvAG8AYgBhAHIA"),
        ("utf16le|base64", "ZgBvAG8AYgBhAHIA"),
        ("utf16be|base64", "AGYAbwBvAGIAYQBy"),
        ("utf16|base64", "//5mAG8AbwBiAGEAcgA="),
    ],
)
def test_an_encoded_value(convert: Convert, modifiers: str, encoded: str) -> None:
    """Encodings give what the shell's tools give."""
    assert Text(F, (encoded,)) == convert(f"s:\n  Field|{modifiers}: foobar\ncondition: s")


def test_base64offset_gives_three_alternatives(convert: Convert) -> None:
    """The specification's example: the value at each of three offsets, without what its neighbours decide."""
    expected = AnyOf(tuple(Text(F, (MANY, part, MANY)) for part in ("Zm9v", "Zvb", "mb2")))
    assert expected == convert("s:\n  Field|base64offset|contains: foo\ncondition: s")


def test_base64offset_of_wide_text_under_all_stays_alternative(convert: Convert) -> None:
    """The expansion of one value is OR even where the values are AND."""
    found = convert("s:\n  Field|wide|base64offset|contains|all: [ab, cd]\ncondition: s")
    assert isinstance(found, AllOf)
    assert [3, 3] == [len(item.items) for item in found.items if isinstance(item, AnyOf)]


def test_windash_gives_every_dash_at_the_word_only(convert: Convert) -> None:
    """A dash before a word is any of five signs; one inside a word stays."""
    expected = AnyOf(tuple(Text(F, (MANY, f" {dash}no-profile", MANY)) for dash in DASHES))
    assert expected == convert("s:\n  Field|windash|contains: ' -no-profile'\ncondition: s")


def test_windash_keeps_cased(convert: Convert) -> None:
    """The order of cased and windash does not matter."""
    expected = AnyOf(tuple(Text(F, (f"{dash}E",), cased=True) for dash in DASHES))
    assert expected == convert("s:\n  Field|cased|windash: -E\ncondition: s")


A, B, C = Number("A", 1), Number("B", 1), Number("C", 1)
CONDITIONS: list[tuple[str, Condition]] = [
    ("sel_a and sel_b", AllOf((A, B))),
    ("sel_a or sel_b and other", AnyOf((A, AllOf((B, C))))),
    ("(sel_a or sel_b) and other", AllOf((AnyOf((A, B)), C))),
    ("not sel_a and sel_b", AllOf((Not(A), B))),
    ("not (sel_a and sel_b)", Not(AllOf((A, B)))),
    ("not not sel_a", Not(Not(A))),
    ("1 of sel_*", AnyOf((A, B))),
    ("any of sel_*", AnyOf((A, B))),
    ("all of sel_*", AllOf((A, B))),
    ("1 of *_a", A),
    ("1 of them", AnyOf((A, B, C))),
    ("all of them", AllOf((A, B, C))),
    ("not 1 of sel_*", Not(AnyOf((A, B)))),
    ("1 of sel_* and not other", AllOf((AnyOf((A, B)), Not(C)))),
    ("_hidden", Number("H", 1)),
    ("[sel_a, sel_b and other]", AnyOf((A, AllOf((B, C))))),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS, ids=[item for item, _ in CONDITIONS])
def test_a_condition(convert: Convert, condition: str, expected: Condition) -> None:
    """Precedence, brackets, quantifiers, patterns, and `_` names left out of them."""
    selections = "sel_a: {A: 1}\nsel_b: {B: 1}\nother: {C: 1}\n_hidden: {H: 1}\n"
    assert expected == convert(f"{selections}condition: {condition}\n")
