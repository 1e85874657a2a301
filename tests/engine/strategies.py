"""Generated conditions and events that often meet: few field names, few letters, all kinds of predicate."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from noroshi.rules.model import (
    TIME_PARTS,
    AllOf,
    AnyOf,
    Boolean,
    Cidr,
    Compare,
    Condition,
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

NAMES = ("A", "B", "deep.er", "when")
LETTERS = "aAbB.\\*?ßẞéÉİıſΣςσ日\n 1"
TEXTS = (
    st.text(alphabet=LETTERS, max_size=6)
    | st.sampled_from(("10.1.2.3", "::ffff:10.0.0.9", "2001:db8::1", "0x10", "7", "7.0", "true", "FALSE", ""))
    | st.sampled_from(("2020-07-22T13:12:09+09:00", "1595391129", "\ud800x"))
)
NUMBERS = st.sampled_from((0, 1, 7, 7.0, 7.5, -1, 16, 2**63))
SCALARS = TEXTS | NUMBERS | st.booleans() | st.none()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=4)
EVENTS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from((*NAMES, "C")), VALUES | st.dictionaries(st.just("er"), VALUES, max_size=1), max_size=4
) | st.fixed_dictionaries({"deep": st.dictionaries(st.just("er"), VALUES, max_size=1)})

_fields = st.sampled_from(NAMES)
_keyword_or_field = _fields | st.none()
_patterns = st.lists(
    st.text(alphabet=LETTERS, min_size=1, max_size=3) | st.sampled_from(list(Wildcard)), max_size=4
).map(tuple)
_regexes = st.sampled_from(("a+", "^b", "[A-Z]", "é.", r"\d", "a$", "日?", "(?:ab)+", ".*b"))
_networks = st.sampled_from(("10.0.0.0/8", "10.1.2.3/32", "2001:db8::/32", "0.0.0.0/0"))
_ops = st.sampled_from(("lt", "lte", "gt", "gte"))

PREDICATES: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Text, _keyword_or_field, _patterns, st.booleans()),
    st.builds(Number, _keyword_or_field, NUMBERS),
    st.builds(Boolean, _fields, st.booleans()),
    st.builds(Null, _fields),
    st.builds(Exists, _fields, st.booleans()),
    st.builds(Regex, _keyword_or_field, _regexes, st.sampled_from(("", "i", "m", "s", "is"))),
    st.builds(Cidr, _fields, _networks),
    st.builds(Compare, _fields, _ops, NUMBERS, st.none() | st.sampled_from(TIME_PARTS)),
    st.builds(
        TimePart, st.just("when"), st.sampled_from(TIME_PARTS), st.sampled_from((4, 7, 13, 12, 22, 30, 2020))
    ),
    st.builds(
        FieldRef,
        _fields,
        _fields,
        st.sampled_from(("equals", "startswith", "endswith", "contains")),
        st.booleans(),
    ),
    st.builds(
        Expand,
        _fields,
        st.sampled_from(("texts", "nets", "pairs", "urls", "empty", "unknown")),
        _patterns.filter(lambda parts: len(parts) < 2),
        st.just(()),
        st.booleans(),
    ),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    PREDICATES,
    lambda inner: st.one_of(
        st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)
