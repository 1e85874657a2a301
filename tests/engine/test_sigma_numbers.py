"""Numbers, booleans, times, addresses and field references of Sigma 2.1, from YAML to the engine, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.sigma import ABSENT, HEAD, accepted, matches, refused, rule

NUMBERS: list[tuple[str, list[Any], list[Any]]] = [
    # A number equals the same value as text and the other way round.
    ("A: 4688", [4688, "4688", 4688.0], ["04688", "4688 ", "46880", 46880, True, "", ABSENT, None]),
    ("A: '4688'", [4688, "4688"], [46880, "x4688"]),
    ("A: 0", [0, "0", 0.0], [False, "", None, ABSENT, "00"]),
    ("A: -1", [-1, "-1"], [1, "1"]),
    ("A: 1.5", [1.5, "1.5"], [1, 15, "1,5"]),
    ("A: '1.5'", [1.5, "1.5"], [15]),
    ("A: 9223372036854775807", [9223372036854775807, "9223372036854775807"], [9223372036854775806]),
    ("A: 12345678901234567890", ["12345678901234567890"], ["12345678901234567891"]),
    ("A: 1.0e+20", [1e20, "100000000000000000000", "1e+20"], [1e21, "1"]),
    ("A: -1.0e+300", [-1e300], [1e300]),
    ("A|gt: 1.0e+20", [1e21, "1e21"], [1e20, 5]),
    ("A|lt: 100000000000000000000", [5, "99999999999999999999"], [1e21]),
    ("A: [1, 2]", [1, "2"], [3, 12]),
    ("A: [1, x]", [1, "1", "X"], [2]),
    # A boolean equals the same value as text in any case, and no number.
    ("A: true", [True, "true", "TRUE", "True"], [False, 1, "1", "yes", ABSENT, None]),
    ("A: false", [False, "false", "False"], [True, 0, "", None, ABSENT]),
    ("A: 'true'", [True, "TRUE"], [False, 1]),
    ("A: 1", [1, "1"], [True, "true"]),
    # Text modifiers on numbers in the log.
    ("A|contains: '68'", [4688, "4688"], [46, True]),
    ("A|startswith: '46'", [4688], [14688]),
    ("A|endswith: '88'", [4688], [880]),
    ("A: '46*'", [4688, "46"], [14688]),
    ("A|contains: 'ru'", [True], [False]),
    # Comparisons need something that reads as a number.
    (
        "A|lt: 5",
        [4, "4", 4.9, "4.9", -1, "-1", "0x4"],
        [5, "5", "x", "", True, False, None, ABSENT, "4x", [], {}],
    ),
    ("A|lte: 5", [5, "5", 5.0, "5.0", "0x5", "5e0"], [5.1, "6", "five", "٥"]),
    ("A|gt: 5", [6, "6", 5.5, "0xFF", "0Xff", "1e3", "+6"], [5, "5", "x", "0x", "0xg", True, "6,0", "1_0"]),
    ("A|gte: 5", [5, "5", 6], [4, "4", "NaN", "inf", "-inf"]),
    ("A|gt: 1.5", [2, "1.6"], [1, "1.5"]),
    ("A|lt: -3", [-4, "-4"], [-3, 3]),
    ("A|gt: 9007199254740991", [9007199254740992, "9007199254740992"], [9007199254740991]),
    ("A|gt: [100, 5]", [6], [5]),
    ("A|gt|all: [100, 5]", [101], [6]),
    ("A|gte|neq: 5", [4, "x", ABSENT], [5]),
]


@pytest.mark.parametrize(("line", "yes", "no"), NUMBERS, ids=[line for line, _, _ in NUMBERS])
def test_numbers_and_booleans(line: str, yes: list[Any], no: list[Any]) -> None:
    """Equality both ways, and what reads as a number."""
    found = accepted(line, [*yes, *no])

    assert [(type(value), value) for value in yes] == [(type(value), value) for value in found]


def test_a_number_between_two_bounds() -> None:
    """Two keys of one field are a conjunction."""
    between = "sel: {A|gte: 1024, A|lt: 49152}\ncondition: sel"

    assert [False, True, True, False] == matches(
        between, *({"A": value} for value in (1023, 1024, "49151", 49152))
    )


# 2020-07-22T04:12:09Z is a Wednesday, 13:12 in Tokyo; 2021-01-03 is the Sunday of ISO week 53 of 2020.
MIDDAY, NEW_YEAR, LATE = "2020-07-22T04:12:09Z", "2021-01-03T12:00:00Z", "2020-12-31T23:30:00Z"
TIMES: list[tuple[str, str, list[Any], list[Any]]] = [
    ("A|minute: 12", "", [MIDDAY], [LATE, "12", "x", ABSENT, None, ""]),
    ("A|hour: 4", "", [MIDDAY, "2020-07-22 04:59:59.999Z"], [NEW_YEAR]),
    ("A|day: 22", "", [MIDDAY], [LATE]),
    ("A|week: 30", "", [MIDDAY], [NEW_YEAR]),
    ("A|week: 53", "", [NEW_YEAR, LATE], [MIDDAY]),
    ("A|month: 7", "", [MIDDAY], [LATE]),
    ("A|year: 2020", "", [MIDDAY, LATE], [NEW_YEAR]),
    ("A|hour: [4, 23]", "", [MIDDAY, LATE], [NEW_YEAR]),
    ("A|hour|neq: 4", "", [LATE, "x", ABSENT], [MIDDAY]),
    ("A|hour|gte: 12", "", [NEW_YEAR, LATE], [MIDDAY, "x", ABSENT]),
    ("A|hour|lt: 12", "", [MIDDAY], [NEW_YEAR, LATE, ABSENT]),
    ("A|minute|lte: 12", "", [MIDDAY, NEW_YEAR], [LATE]),
    ("A|day|gt: 22", "", [LATE], [MIDDAY, NEW_YEAR]),
    # The offset in the value counts, then the rule's zone.
    ("A|hour: 4", "", ["2020-07-22T13:12:09+09:00"], ["2020-07-22T04:12:09+09:00"]),
    ("A|hour: 13", "Asia/Tokyo", [MIDDAY, "2020-07-22T13:12:09+09:00"], ["2020-07-22T13:12:09Z"]),
    ("A|day: 1", "Asia/Tokyo", [LATE], [MIDDAY]),
    ("A|month: 1", "Asia/Tokyo", [LATE], [MIDDAY]),
    ("A|year: 2021", "Asia/Tokyo", [LATE], ["2020-12-31T14:59:59Z"]),
    ("A|minute: 42", "Asia/Kolkata", [MIDDAY], [LATE]),
    # Summer time in New York (UTC-4), winter time in January (UTC-5).
    ("A|hour: 0", "America/New_York", [MIDDAY, "2020-01-22T05:00:00Z"], ["2020-01-22T04:00:00Z"]),
    ("A|hour|gte: 22", "Asia/Tokyo", ["2020-07-22T13:00:00Z"], ["2020-07-22T22:00:00Z"]),
]


@pytest.mark.parametrize(
    ("line", "zone", "yes", "no"), TIMES, ids=[f"{line} {zone}" for line, zone, _, _ in TIMES]
)
def test_parts_of_times(line: str, zone: str, yes: list[Any], no: list[Any]) -> None:
    """In UTC, or in the zone that ``noroshi.timezone`` names; weeks as ISO 8601 counts them."""
    head = f"{HEAD}noroshi: {{timezone: {zone}}}\n" if zone else HEAD

    assert yes == accepted(line, [*yes, *no], head=head)


CIDRS: list[tuple[str, list[Any], list[Any]]] = [
    (
        "A|cidr: 10.0.0.0/8",
        ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"],
        ["11.0.0.0", "9.255.255.255", "10.1.2", "x", "", ABSENT, None, 10, "2001:db8::1", "10.0.0.0/8"],
    ),
    ("A|cidr: 192.0.2.0/25", ["192.0.2.127"], ["192.0.2.128"]),
    ("A|cidr: 192.0.2.7/32", ["192.0.2.7"], ["192.0.2.8"]),
    ("A|cidr: 192.0.2.7", ["192.0.2.7"], ["192.0.2.70"]),
    ("A|cidr: 0.0.0.0/0", ["192.0.2.7", "::ffff:192.0.2.7"], ["2001:db8::1"]),
    ("A|cidr: ['10.0.0.0/8', '192.0.2.0/24']", ["10.1.1.1", "192.0.2.1"], ["198.51.100.1"]),
    (
        "A|cidr: 2001:db8::/32",
        ["2001:db8::1", "2001:DB8:0:0::1", "2001:0db8:ffff::"],
        ["2001:db9::", "10.0.0.1"],
    ),
    ("A|cidr: '::1/128'", ["::1", "0:0:0:0:0:0:0:1"], ["::2", "127.0.0.1"]),
    ("A|cidr: 'fe80::/10'", ["fe80::1", "fe80::1%eth0", "febf::"], ["fec0::"]),
    ("A|cidr: '::ffff:10.0.0.0/104'", ["10.1.2.3", "::ffff:10.1.2.3"], ["11.0.0.1", "2001:db8::1"]),
    ("A|cidr: '::ffff:0:0/96'", ["10.1.2.3", "::ffff:192.0.2.1"], ["2001:db8::1"]),
    ("A|cidr: '::/0'", ["2001:db8::1"], ["x"]),
]


@pytest.mark.parametrize(("line", "yes", "no"), CIDRS, ids=[line for line, _, _ in CIDRS])
def test_networks(line: str, yes: list[Any], no: list[Any]) -> None:
    """Version 4 and 6; a mapped address is the address of version 4 that it maps."""
    assert yes == accepted(line, [*yes, *no])


def test_a_number_reference_pairs() -> None:
    """Numbers and texts meet as elsewhere."""
    same = "sel: {A|fieldref: B}\ncondition: sel"

    assert [True, True, False] == matches(
        same, {"A": 5, "B": "5"}, {"A": True, "B": "TRUE"}, {"A": 5, "B": 6}
    )


REFERENCES: list[tuple[str, list[tuple[Any, Any]], list[tuple[Any, Any]]]] = [
    (
        "A|fieldref: B",
        [("x", "X"), ("", ""), (["a", "x"], "X"), ("ß", "ẞ")],
        [("x", "y"), ("x", ABSENT), (ABSENT, "x"), (ABSENT, ABSENT), (None, None), ("x", None)],
    ),
    ("A|fieldref|neq: B", [("x", "y"), ("x", ABSENT), (ABSENT, "x")], [("x", "X")]),
    ("A|neq|fieldref: B", [("x", "y"), (ABSENT, ABSENT)], [("x", "X")]),
    ("A|fieldref|startswith: B", [("xy", "X"), ("x", "x")], [("yx", "x"), ("x", "xy"), ("x", ABSENT)]),
    ("A|startswith|fieldref: B", [("xy", "X")], [("yx", "x")]),
    ("A|fieldref|endswith: B", [("yx", "X")], [("xy", "x"), (ABSENT, "x")]),
    ("A|endswith|fieldref: B", [("yx", "X")], [("xy", "x")]),
    ("A|fieldref|contains: B", [("axb", "X")], [("ab", "x"), ("x", "axb")]),
    ("A|contains|fieldref: B", [("axb", "X")], [("ab", "x")]),
    ("A|fieldref|contains|neq: B", [("ab", "x"), (ABSENT, "x")], [("axb", "X")]),
    ("A|fieldref|startswith|neq: B", [("ax", "x")], [("xa", "X")]),
    ("A|fieldref|cased: B", [("x", "x")], [("x", "X")]),
    ("A|cased|fieldref: B", [("x", "x")], [("x", "X")]),
    ("A|fieldref|startswith|cased: B", [("xy", "x")], [("xy", "X")]),
    ("A|fieldref: B.C", [("x", {"C": "X"})], [("x", {"D": "x"}), ("x", "x")]),
    ("A|fieldref: [B, Z]", [("x", "x")], [("x", "y")]),
]


@pytest.mark.parametrize(("line", "yes", "no"), REFERENCES, ids=[line for line, _, _ in REFERENCES])
def test_field_references(line: str, yes: list[tuple[Any, Any]], no: list[tuple[Any, Any]]) -> None:
    """Both present and equal under folding; one missing: false."""
    pairs = [*yes, *no]
    events = [
        {name: value for name, value in zip("AB", pair, strict=True) if value is not ABSENT} for pair in pairs
    ]
    found = matches(f"sel:\n  {line}\ncondition: sel", *events)

    assert yes == [pair for pair, holds in zip(pairs, found, strict=True) if holds]


def test_dotted_names() -> None:
    """A literal key with dots wins over the path; a path goes through lists; a container is no text."""
    one = "sel: {a.b: x}\ncondition: sel"

    assert [True, True, False, True, False, False, False] == matches(
        one,
        {"a.b": "x"},
        {"a": {"b": "X"}},
        {"a.b": "y", "a": {"b": "x"}},
        {"a": [{"b": "y"}, {"b": "x"}]},
        {"a": {"b": {"c": "x"}}},
        {"a": "x"},
        {"b": "x"},
    )
    assert [True, False] == matches(
        "sel: {a.b|exists: true}\ncondition: sel", {"a": {"b": None}}, {"a": {"c": 1}}
    )
    assert [False, True, True] == matches(
        "sel: {a.b: null}\ncondition: sel", {"a": {"b": ""}}, {"a": {"b": None}}, {"a": {}}
    )
    assert [True, False] == matches(
        "sel: {a.b.c: x}\ncondition: sel", {"a": {"b.c": "x"}, "a.b.c": "x"}, {"a.b": {"c": "y"}}
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("A|lt: x", "LessThan"),
        ("A|lt: '5'", "LessThan"),
        ("A|hour: x", "Hour"),
        ("A|hour: 100000000000000000000", "time"),
        ("A|year: 1.0e+300", "time"),
        ("A|cidr: 10.0.0.0/33", "10.0.0.0/33"),
        ("A|cidr: example.test", "example.test"),
        ("A|exists: perhaps", "Exists"),
        ("A|exists: 1", "Exists"),
        ("A|fieldref: 'B*'", "wildcards"),
        ("A|base64: 'a*'", "wildcards"),
        ("A|base64offset|contains: 'a?'", "wildcards"),
        ("A|windash: '-a -b -c -d'", "windash"),
        ("A|nosuch: x", "nosuch"),
        ("A|contains|nosuch: x", "nosuch"),
        ("A|: x", "modifier"),
        ("A: {b: c}", "A"),
        ("A: [[b]]", "A"),
        ("A: 2020-07-22", "date"),
        ("A|re: {a: b}", "no text"),
        ("A|re: null", "no text"),
        ("A|contains: null", "Contains"),
        ("A|base64|expand: '%hosts%'", "placeholder"),
        ("A|expand|wide|contains: ['x', '%hosts%']", "placeholder"),
        ("A|re|i|cased: ab", "contradict"),
    ],
)
def test_a_value_that_the_modifier_cannot_take_is_located(line: str, reason: str) -> None:
    """At its own line, with the reason, the rest of the rules unharmed."""
    ((_, place, what),) = refused(rule(f"sel:\n  B: x\n  {line}\ncondition: sel"))

    assert "line 6" == place
    assert reason.lower() in what.lower()
