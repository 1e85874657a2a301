# ruff: noqa: E501 - one case a line
from __future__ import annotations

import pytest

from noroshi.events.observables import MAX_CHARS, as_domain, as_ip, typed

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def found(kind: str, text: str) -> list[tuple[str, str]]:
    """Type and value of what is found."""
    result = typed(kind, text, "f")
    assert all(one.field == "f" for one in result)
    return [(one.type, one.value) for one in result]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("domain", "WWW.Example.com.", [("domain", "www.example.com")]),
        ("domain", "xn--wgv71a.example", [("domain", "xn--wgv71a.example")]),
        ("domain", "日本.example", [("domain", "日本.example")]),
        ("domain", "_ldap._tcp.dc.minato.example", [("domain", "_ldap._tcp.dc.minato.example")]),
        ("ip", "192.0.2.1", [("ip", "192.0.2.1")]),
        ("ip", "[2001:DB8::1]", [("ip", "2001:db8::1")]),
        ("ip", "fe80::1%eth0", [("ip", "fe80::1")]),
        ("ip", "::ffff:192.0.2.1", [("ip", "192.0.2.1")]),
        ("host-or-ip", "192.0.2.1:8080", [("ip", "192.0.2.1")]),
        ("host-or-ip", "www.example.com:443", [("domain", "www.example.com")]),
        ("ip:port", "192.0.2.1:080", [("ip:port", "192.0.2.1:80"), ("ip", "192.0.2.1")]),
        ("ip:port", "[2001:db8::1]:443", [("ip:port", "[2001:db8::1]:443"), ("ip", "2001:db8::1")]),
        ("ip:port", "192.0.2.1:99999", [("ip", "192.0.2.1")]),
        ("url", "http://www.example.com/a?b", [("url", "http://www.example.com/a?b"), ("domain", "www.example.com")]),
        ("url", "http://192.0.2.9:8080/", [("url", "http://192.0.2.9:8080/"), ("ip", "192.0.2.9")]),
        ("url", "http://[2001:db8::1]/", [("url", "http://[2001:db8::1]/"), ("ip", "2001:db8::1")]),
        ("md5", MD5.upper(), [("md5", MD5)]),
        ("sha1", SHA1, [("sha1", SHA1)]),
        ("sha256", "0x" + SHA256, [("sha256", SHA256)]),
        ("hash", SHA1, [("sha1", SHA1)]),
        ("ja3", MD5, [("ja3", MD5)]),
        (
            "hashes",
            f"SHA1={SHA1.upper()}, MD5={MD5},SHA256={SHA256},IMPHASH={MD5}",
            [("sha1", SHA1), ("md5", MD5), ("sha256", SHA256), ("imphash", MD5)],
        ),
        ("file_name", "C:\\Users\\bob\\a.exe", [("file_name", "a.exe")]),
        ("file_name", "/tmp/請求書.doc", [("file_name", "請求書.doc")]),
        ("file_path", '"C:\\a b\\c.exe"', [("file_path", "C:\\a b\\c.exe"), ("file_name", "c.exe")]),
        ("file_path", "c.exe", [("file_name", "c.exe")]),
        ("registry_key", "HKLM\\Software\\X", [("registry_key", "HKLM\\Software\\X")]),
        ("mail_address", "Bob <Bob@Minato-Works.example>", [("mail_address", "bob@minato-works.example")]),
        (
            "mail_address",
            "a@x.example, b@y.example",
            [("mail_address", "a@x.example"), ("mail_address", "b@y.example")],
        ),
        ("mail_subject", "Re: 請求書", [("mail_subject", "Re: 請求書")]),
        ("user_agent", " Mozilla/5.0 ", [("user_agent", "Mozilla/5.0")]),
        ("mutex", "Global\\I98B68E3C", [("mutex", "Global\\I98B68E3C")]),
    ],
)  # fmt: skip
def test_real_values_are_typed(kind: str, text: str, expected: list[tuple[str, str]]) -> None:
    """Canonical values, and what a value holds besides itself."""
    assert expected == found(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("domain", "192.0.2.1"), ("domain", "localhost"), ("domain", "com"), ("domain", "co.jp"), ("domain", "a..b"),
        ("domain", "-a.example"), ("domain", "a b.example"), ("domain", "x" * 64 + ".example"), ("domain", "."),
        ("domain", "a." * 200 + "example"), ("domain", "1.2.3"), ("ip", "192.0.2.256"), ("ip", "192.0.2"),
        ("ip", "3221225985"), ("ip", "0x7f.1"), ("ip", ""), ("ip", "-"), ("url", "/path"), ("url", "http://"),
        ("url", "javascript:alert(1)"), ("url", "http://localhost/"), ("md5", "xyz"), ("md5", SHA1),
        ("md5", "0" * 32), ("sha256", "f" * 64), ("hashes", "MD5"), ("hashes", "=,=,="), ("hashes", "CRC32=00"),
        ("file_name", "C:\\dir\\"), ("file_name", ".."), ("file_name", "x" * 256), ("registry_key", "C:\\x"),
        ("mail_address", "bob"), ("mail_address", "a@b"), ("mail_address", "<>"), ("user_agent", "-"),
        ("mutex", "(null)"), ("user_agent", "x" * (MAX_CHARS + 1)), ("ip:port", ":80"), ("host-or-ip", "[::"),
    ],
)  # fmt: skip
def test_garbage_is_no_observable(kind: str, text: str) -> None:
    """What only looks like one, placeholders, and texts of hostile length give nothing and never raise."""
    assert [] == found(kind, text)


def test_an_unknown_kind_is_a_mistake_in_a_table() -> None:
    """It must be seen by the test of the format."""
    with pytest.raises(KeyError):
        typed("colour", "red", "f")


def test_public_suffixes_are_no_domains() -> None:
    """The bundled list knows suffixes of two labels, wildcards and private names need one more label."""
    assert as_domain("tokyo.jp") is None
    assert "minato.tokyo.jp" != as_domain("minato.tokyo.jp")
    assert "x.minato.tokyo.jp" == as_domain("x.minato.tokyo.jp")


def test_addresses_in_octal_are_refused() -> None:
    """Leading zeros are read differently by different programs, so they are no address."""
    assert as_ip("010.0.0.1") is None
