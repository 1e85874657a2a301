"""Evidence of a hit on a list: which indicator, how well it fits, and what its source says."""

from __future__ import annotations

from typing import Any

import pytest

from noroshi.engine import listed as listed_module
from noroshi.engine import predicates as p
from noroshi.engine.hits import Evidence, Listed
from noroshi.engine.listed import affixed
from noroshi.engine.reference import Context, evidence
from noroshi.indicators.lists import Entry, ListSnapshot
from noroshi.indicators.sets import build_set
from noroshi.rules.model import Expand, Wildcard
from tests.engine.sigma import load, rule

MANY, ONE = Wildcard.MANY, Wildcard.ONE
MD5 = "d41d8cd98f00b204e9800998ecf8427e"
URL = "http://shop.example/a/b.exe?id=1"
LISTS = ListSnapshot(
    [
        build_set(
            "urls",
            "url",
            [Entry(URL, "download", "Emotet", "feed.example", "2020-07-21", 90, compromised_site=True)],
        ),
        build_set("nets", "ip", [Entry("192.0.2.0/24"), Entry("192.0.2.7", "c2")]),
        build_set("zones", "domain", [Entry("bad.example")]),
        build_set("pairs", "ip:port", [Entry("[2001:db8::7]:8080", "c2")], {"A": "P"}),
        build_set("hashes", "hash", [Entry(MD5, family="Emotet", kind="md5")]),
        build_set("names", "text", [Entry("other"), Entry("PC-ADM*")]),
    ]
)


def seen(selection: str, fields: dict[str, Any]) -> Evidence:
    """The evidence of a rule with one predicate."""
    (one,) = load(rule(f"sel:\n  {selection}\ncondition: sel"), lists=LISTS).ruleset.rules
    (found,) = evidence(one.condition, fields, Context(LISTS))
    return found


def listed(selection: str, value: Any, **more: Any) -> Listed | None:
    """What the evidence says about the list."""
    return seen(f"A|{selection}", {"A": value, **more}).listed


@pytest.mark.parametrize(
    ("written", "value", "entry", "precision"),
    [
        ("expand: '%urls%'", "http://SHOP.example/a/b.exe?id=1", URL, "full"),
        (
            "expand: '%urls%'",
            "http://shop.example/a/b.exe?id=2",
            URL,
            "without-query",
        ),
        ("expand: '%urls%'", "https://shop.example/a/b.exe", URL, "host-path"),
        ("expand: '%urls%'", "shop.example:443", URL, "host"),
        ("expand: '%nets%'", "192.0.2.9", "192.0.2.0/24", "network"),
        ("expand: '%nets%'", "192.0.2.7", "192.0.2.7", "exact"),
        ("expand: '%zones%'", "www.bad.example", "bad.example", "suffix"),
        ("expand: '%zones%'", "bad.example", "bad.example", "exact"),
        ("expand: '%hashes%'", f"SHA1=00,MD5={MD5.upper()}", MD5, "exact"),
        ("expand: '%names%'", "pc-adm7", "PC-ADM*", "pattern"),
        ("expand|contains: '%names%'", "MINATO\\PC-ADM7", "PC-ADM*", "part"),
    ],
)
def test_the_indicator_and_its_precision_are_named(
    written: str, value: str, entry: str, precision: str
) -> None:
    """As the list writes it, and how exactly it was met."""
    found = listed(written, value)
    assert found is not None
    assert (entry, precision) == (found.entry, found.precision)


def test_an_address_with_its_port_is_one_indicator() -> None:
    """Two fields of the event together."""
    found = listed("expand: '%pairs%'", "2001:db8::7", P=8080)
    assert Listed("pairs", "[2001:db8::7]:8080", "exact", "c2") == found


def test_what_the_source_says_comes_with_it() -> None:
    """Threat, family, source, first report, confidence, compromised site."""
    expected = Listed(
        "urls",
        URL,
        "full",
        "download",
        "Emotet",
        "feed.example",
        "2020-07-21",
        90,
        compromised_site=True,
    )
    assert expected == listed("expand: '%urls%'", URL)


def test_other_conditions_name_no_indicator() -> None:
    """Only lists have any."""
    assert Evidence("A", "xy", "*x*") == seen("A|contains: x", {"A": "xy"})


def test_many_entries_with_something_around_them_are_asked_in_one_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As one by one: wildcards, escapes, folding, the first that fits; a long value asks none by itself."""
    tools = (f"tool{at}.exe" for at in range(500))
    entries = [Entry(value) for value in (r"a\*b", "h?st", "straße", "x*y", "Zz", *tools)]
    many = build_set("many", "text", entries)
    texts = [
        "-a*b-",
        "-acb-",
        "HOST",
        "hoost",
        "STRAẞE",
        "xqqy",
        "zZ",
        "run tool77.EXE now",
        "tool.exe",
        "",
        "é",
    ]
    nodes = [
        Expand("A", "many", prefix, suffix, cased)
        for prefix, suffix in (((MANY,), (MANY,)), (("run ",), (MANY,)), ((MANY,), ()), ((ONE,), (ONE,)))
        for cased in (False, True)
    ]
    asked = [[affixed(node, many, text) for text in texts] for node in nodes]
    monkeypatch.setattr(listed_module, "FEW", 1_000)
    assert asked == [[affixed(node, many, text) for text in texts] for node in nodes]
    assert "tool77.exe" == asked[0][7].value  # type: ignore[union-attr]  # it is there, or the test fails

    monkeypatch.setattr(listed_module, "FEW", 32)
    monkeypatch.setattr(p, "text_matches", None)
    assert affixed(nodes[0], many, "-" * 10_000_000 + "tool499.exe") == Entry("tool499.exe")
