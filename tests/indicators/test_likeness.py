"""Domains that could be taken for one's own, and those that could not."""

from __future__ import annotations

import pytest

from noroshi.indicators.likeness import one_apart
from noroshi.indicators.model import Entry
from noroshi.indicators.sets import build_set

OWN = build_set("protected_domains", "near_domain", [Entry("minato-works.example"), Entry("abc.co.jp")])


@pytest.mark.parametrize(
    "domain",
    [
        "minato-work.example",
        "minatoworks.example",
        "minato-wroks.example",
        "rninato-works.example",
        "minat0-works.example",
        "mail.minato-vvorks.example",
        "minato-works.test",
        "minato-works-support.example",
        "xn--minto-works-0ij.example",
        "abc.com",
    ],
)
def test_what_an_eye_takes_for_ours_is_near(domain: str) -> None:
    """A letter left out, exchanged or replaced by a like one (Cyrillic too), an ending, an addition."""
    found = OWN.find(domain)
    assert found is not None
    assert "near" == found.precision


@pytest.mark.parametrize(
    "domain",
    [
        "minato-works.example",
        "MAIL.Minato-Works.example",
        "minato-shop.example",
        "works.example",
        "abd.co.jp",
        "example",
        "a b",
        "",
    ],
)
def test_ours_and_strangers_are_not(domain: str) -> None:
    """One's own domain and what is below it; other names; short names that are one letter apart."""
    assert OWN.find(domain) is None


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [
        ("abc", "abd", True),
        ("abc", "acb", True),
        ("abc", "abcd", True),
        ("bc", "abc", True),
        ("abc", "abc", False),
        ("abc", "cba", False),
        ("ab", "abcd", False),
        ("abcd", "badc", False),
    ],
)
def test_one_step_of_damerau_and_levenshtein(left: str, right: str, near: bool) -> None:  # noqa: FBT001 - a table
    """One insertion, deletion, substitution or exchange of neighbours, no more."""
    assert near is one_apart(left, right) is one_apart(right, left)


@pytest.mark.parametrize(
    ("type_", "entry", "value", "expected"),
    [
        ("host", "PC-ADMIN01", "pc-admin01.minato.example", True),
        ("host", "pc-admin01.minato.example", "PC-ADMIN01$", True),
        ("host", "PC-ADMIN*", r"\\PC-ADMIN07", True),
        ("host", "PC-ADMIN01", "PC-ADMIN010", False),
        ("host", "10.20.0.5", "10.20.0.50", False),
        ("user", r"MINATO\a.kato-adm", "a.kato-adm@minato.example", True),
        ("user", "*-adm", "MINATO\\A.Kato-ADM", True),
        ("user", "a.kato", "a.kato-adm", False),
    ],
)
def test_names_are_compared_without_their_domain(type_: str, entry: str, value: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Logs write machines and accounts with and without domain; a list must not miss one for that."""
    assert expected is (build_set("names", type_, [Entry(entry)]).find(value) is not None)
