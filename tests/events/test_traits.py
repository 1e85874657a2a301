from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from noroshi.events.model import (
    Entities,
    Event,
    Kind,
    LogSource,
    Observable,
    Outcome,
    Source,
    Timestamp,
)
from noroshi.events.traits import OutcomeRule, Table, TableTraits, load_table, short_host, short_user

TABLE = Table(
    time=("when", "nested.when"),
    outcome=(
        OutcomeRule(("verdict",), {"drop": Outcome.BLOCKED}, ((re.compile("^ok"), Outcome.ALLOWED),)),
        OutcomeRule(("status",), {"5": Outcome.FAILED}),
    ),
    host=("host",),
    user=("user", "other"),
    address=("ip",),
    mailbox=("mail",),
    observables={"url": "url", "ips": "ip"},
)


def event(**fields: Any) -> Event:
    """An event of that table."""
    return Event(Kind("t", LogSource(), {}, TableTraits(TABLE)), fields, Source("a", "a"), 0)


def test_the_first_readable_time_counts() -> None:
    """Unreadable ones are passed over; none at all is marked."""
    found = event(when="soon", nested={"when": "2020-07-22T04:12:09Z"})
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == found.time.at
    assert Timestamp.missing() == event(when=None).time


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"verdict": "DROP"}, Outcome.BLOCKED),
        ({"verdict": "ok then"}, Outcome.ALLOWED),
        ({"verdict": "other", "status": 5}, Outcome.FAILED),
        ({"verdict": "-", "status": "5"}, Outcome.FAILED),
        ({"verdict": ["drop"]}, Outcome.BLOCKED),
        ({"verdict": {"a": 1}}, Outcome.UNKNOWN),
        ({}, Outcome.UNKNOWN),
    ],
)
def test_the_first_outcome_rule_that_answers_counts(fields: dict[str, Any], outcome: Outcome) -> None:
    """Values without case, then patterns, then the next rule."""
    assert outcome is event(**fields).outcome


def test_entities_are_short_folded_names() -> None:
    """Domain parts go; dashes and nulls are nobody."""
    found = event(
        host="PC-014.minato.example.",
        user="-",
        other="MINATO\\T.Suzuki",
        ip="192.0.2.1",
        mail="<A@B.example>",
    )
    assert Entities("pc-014", "t.suzuki", "192.0.2.1", "a@b.example") == found.entities


def test_garbage_is_no_entity() -> None:
    """Names of hostile length, and addresses that are none."""
    assert Entities() == event(host="x" * 5000, user=["", None], ip="www.example", mail={}).entities


def test_addresses_are_canonical() -> None:
    """IPv6 in its shortest form, IPv4 in IPv6 as IPv4."""
    assert "2001:db8::1" == event(ip="2001:0DB8:0::0001").entities.address
    assert "192.0.2.1" == event(ip="::ffff:192.0.2.1").entities.address


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PC-014", "pc-014"),
        ("PC-014$", "pc-014"),
        ("\\\\FS01", "fs01"),
        ("dc01.minato.example", "dc01"),
        ("192.0.2.1", "192.0.2.1"),
        ("fe80::1", "fe80::1"),
        (" ", ""),
    ],
)
def test_host_names(name: str, expected: str) -> None:
    """Machine accounts, UNC names, full names and addresses."""
    assert expected == short_host(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("MINATO\\Bob", "bob"), ("bob@minato.example", "bob"), ("NT AUTHORITY\\SYSTEM", "system"), ("", "")],
)
def test_user_names(name: str, expected: str) -> None:
    """Down-level and principal names."""
    assert expected == short_user(name)


def test_observables_are_typed_once_each() -> None:
    """Lists give each element; the same value of the same field is given once."""
    found = event(url="http://www.example/a", ips=["192.0.2.1", "192.0.2.1", "x", 5]).observables
    assert (
        Observable("url", "http://www.example/a", "url"),
        Observable("domain", "www.example", "url"),
        Observable("ip", "192.0.2.1", "ips"),
    ) == found


def test_a_table_is_read_from_toml() -> None:
    """The example's table, by hand."""
    table = load_table("example")
    assert (("time",), ("cs-username",), ("c-ip",)) == (table.time, table.user, table.address)
    assert {"open": Outcome.ALLOWED, "shut": Outcome.BLOCKED} == table.outcome[0].values
    assert {"c-uri": "url"} == table.observables
