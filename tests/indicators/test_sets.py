from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.indicators.model import Entry
from noroshi.indicators.sets import ValueSet, build_set


def made(type_: str, *values: str) -> ValueSet:
    """A set of these values."""
    return build_set("sample", type_, [Entry(value) for value in values])


def precision(values: ValueSet, value: str) -> str | None:
    """How a value is in the set."""
    found = values.find(value)
    return None if found is None else found.precision


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        ("10.1.2.3", "10.1.0.0/16"),
        ("10.2.2.2", "10.0.0.0/8"),
        ("::ffff:10.2.2.2", "10.0.0.0/8"),
        ("2001:DB8:0::1", "2001:db8::/32"),
        ("[2001:db8::1]", "2001:db8::/32"),
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.10", None),
        ("192.0.2.1:80", None),
        ("11.0.0.0", None),
        ("", None),
        ("10.1.2", None),
        ("\udcff", None),
        ("10.1.2.3\0", None),
    ],
)
def test_addresses_are_in_networks_longest_prefix_first(value: str, entry: str | None) -> None:
    """IPv4-mapped IPv6 counts as IPv4; a text that is no address is in no network."""
    networks = made("ip", "10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "192.0.2.1")
    assert entry == networks.matches(value)


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        ("shop.example", "shop.example"),
        ("WWW.Shop.Example.", "shop.example"),
        ("a.b.www.shop.example:443", "shop.example"),
        ("notshop.example", None),
        ("shop.example.org", None),
        ("example", None),
        ("www.xn--wgv71a119e.example", "日本語.example"),
        ("www.日本語.example", "日本語.example"),
        ("", None),
        ("..", None),
        ("http://shop.example/", None),
    ],
)
def test_domains_match_by_suffix_at_label_borders(value: str, entry: str | None) -> None:
    """Upper case, a final dot, a port and either spelling of an international name make no difference."""
    assert entry == made("domain", "shop.example", "日本語.example").matches(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://www.shop.example/wp/a.php?id=1", "full"),
        ("HTTP://WWW.SHOP.EXAMPLE:80/wp/a.php?id=1#top", "full"),
        ("http://www.shop.example/%77p/a.php?id=1", "full"),
        ("http://www.shop.example/wp/a.php", "without-query"),
        ("http://www.shop.example/wp/a.php?", "without-query"),
        ("http://www.shop.example/wp/a.php?id=2", "without-query"),
        ("https://www.shop.example/wp/a.php", "host-path"),
        ("www.shop.example/wp/a.php", "host-path"),
        ("http://www.shop.example:8080/wp/a.php", None),
        ("http://www.shop.example/wp/A.php", None),
        ("http://www.shop.example/", None),
        ("www.shop.example:443", None),
        ("/wp/a.php", None),
        ("http://user:pass@www.shop.example/wp/a.php", "without-query"),
        ("http://club.example/?pid=7", "full"),
        ("http://club.example/?", "without-query"),
        ("http://club.example/", None),
        ("http://club.example/?pid=8", None),
        ("http://192.0.2.7:8080/abc/def/", "full"),
        ("192.0.2.7:8080/abc/def/", "host-path"),
        ("192.0.2.7/abc/def/", None),
        ("https://[2001:db8::7]/x", "host-path"),
        ("", None),
        ("http://", None),
        ("http://[::1/x", None),
        ("h" * 9000, None),
    ],
)
def test_urls_match_at_three_precisions(value: str, expected: str | None) -> None:
    """In full, without queries, in host and path; a query under ``/`` is not the home page."""
    urls = made(
        "url",
        "http://www.shop.example/wp/a.php?id=1",
        "http://club.example/?pid=7",
        "http://192.0.2.7:8080/abc/def/",
        "http://[2001:db8::7]/x",
    )
    assert expected == precision(urls, value)


def test_where_https_hides_the_url_its_host_matches() -> None:
    """CONNECT, SNI and DNS name the host, with or without a port; only URL sets answer."""
    urls = made("url", "https://www.shop.example/wp/a.php")
    found = urls.host_match("WWW.shop.example:443")
    assert found is not None
    assert ("host", "https://www.shop.example/wp/a.php") == (found.precision, found.entry.value)
    assert None is urls.host_match("shop.example")
    assert None is made("domain", "shop.example").host_match("shop.example")


def test_texts_equal_as_in_sigma() -> None:
    r"""Simple folding, wildcards over everything, ``\*`` for a star; `cased` is exact."""
    texts = made("text", "PC-ADMIN*", "MINATO\\svc-backup", r"five\*", "s?n", "ΣΊΣΥΦΟΣ")
    cases = {
        "pc-admin07": "PC-ADMIN*",
        "minato\\SVC-BACKUP": "MINATO\\svc-backup",
        "five*": r"five\*",
        "fivefold": None,
        "s\nn": "s?n",
        "sn": None,
        "s\U0001f525n": "s?n",
        "σίσυφος": "ΣΊΣΥΦΟΣ",
        "strasse": None,
        "my pc-admin": None,
        "\ud800": None,
    }
    assert cases == {value: texts.matches(value) for value in cases}
    assert (None, "PC-ADMIN*") == (
        texts.matches("pc-admin1", cased=True),
        texts.matches("PC-ADMIN1", cased=True),
    )


LETTERS = "aAbB*?.\\K[]İ\N{KELVIN SIGN}\n"


@given(
    st.lists(st.text(alphabet="aAbB*?.[]K", min_size=1, max_size=6), min_size=1, max_size=4),
    st.text(LETTERS, max_size=6),
)
def test_wildcards_match_like_a_regular_expression(entries: list[str], value: str) -> None:
    """A second implementation decides: Python's own expressions over folded text."""
    expected = any(
        re.fullmatch(_as_regex(entry.lower()), value.lower().replace("i\u0307", "İ"), re.DOTALL)
        for entry in entries
    )
    assert expected == (made("text", *entries).matches(value) is not None)


def _as_regex(entry: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(letter) or re.escape(letter) for letter in entry)


def test_many_wildcards_stay_linear() -> None:
    """A pattern that ruins backtracking matchers ends at once."""
    assert None is made("text", "*a" * 40 + "b").matches("a" * 50_000)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("D41D8CD98F00B204E9800998ECF8427E", "md5"),
        (f"SHA1={'0' * 40},MD5=D41D8CD98F00B204E9800998ECF8427E", "md5"),
        (f"SHA256={'A' * 64},IMPHASH={'b' * 32}", "sha256"),
        (f"IMPHASH={'b' * 32}", "imphash"),
        ("IMPHASH=d41d8cd98f00b204e9800998ecf8427e", None),
        ("b" * 32, None),
        ("", None),
        ("MD5=", None),
    ],
)
def test_hashes_match_by_kind_also_inside_sysmon_fields(value: str, kind: str | None) -> None:
    """An IMPHASH has as many digits as an MD5 and is none."""
    entries = (
        Entry("d41d8cd98f00b204e9800998ecf8427e"),
        Entry("a" * 64),
        Entry("b" * 32, kind="imphash"),
    )
    kinds = dict(zip((entry.value for entry in entries), ("md5", "sha256", "imphash"), strict=True))
    found = build_set("h", "hash", entries).matches(value)
    assert kind == (found and kinds[found])


def test_an_imphash_set_takes_bare_values() -> None:
    """Defender and EDR products log the hash in a field of its own."""
    values = made("imphash", "b" * 32)
    assert ["b" * 32] * 2 == [values.matches("B" * 32), values.matches(f"IMPHASH={'B' * 32}")]
    assert None is values.matches(f"MD5={'b' * 32}")


def test_pairs_need_address_and_port() -> None:
    """One field with both is enough; another port is another service."""
    pairs = made("ip:port", "192.0.2.7:8080", "[2001:db8::7]:443")
    assert [True, False, True, True, False] == [
        pairs.has_pair("192.0.2.7", "8080"),
        pairs.has_pair("192.0.2.7", "80"),
        pairs.has_pair("2001:DB8::7", "443"),
        pairs.has_pair("::ffff:192.0.2.7", "8080"),
        pairs.has_pair("x", "8080"),
    ]
    assert "192.0.2.7:8080" == pairs.matches("192.0.2.7:8080")
    assert "cs-port" == pairs.port_field("cs-host")
    assert not made("ip", "192.0.2.7").has_pair("192.0.2.7", "8080")


def test_every_character_can_stand_beside_a_wildcard() -> None:
    """None of them means anything to the expression underneath."""
    for letter in [*map(chr, range(1, 128)), "é", "日", "\U0001f525"]:
        if letter in "*?\\":
            continue
        texts = made("text", f"{letter}1*{letter}2")
        assert texts.matches(f"{letter}1--{letter}2") is not None, letter
        assert texts.matches("x1--x2" if letter not in "xX" else "y1--y2") is None, letter


ANYTHING = st.text(st.characters(), max_size=40) | st.sampled_from(
    [
        "http://[::1",
        "[",
        "]:80",
        "://",
        "a..b",
        "=",
        "=,=",
        "::ffff:",
        "\udcff",
        "xn--",
        "http://a:b:c/",
        "%",
        "١.١.١.١",
    ]
)


@given(ANYTHING)
def test_no_value_breaks_a_set(value: str) -> None:
    """Log values are hostile; a set says yes or no."""
    for values in (
        made("text", "a*", "b"),
        made("ip", "10.0.0.0/8"),
        made("domain", "shop.example"),
        made("url", "http://shop.example/a"),
        made("hash", "d41d8cd98f00b204e9800998ecf8427e"),
        made("ip:port", "192.0.2.7:8080"),
    ):
        assert values.matches(value) in {None, *(entry.value for entry in values.entries)}
        assert not values.has_pair(value, value)
        values.host_match(value)
