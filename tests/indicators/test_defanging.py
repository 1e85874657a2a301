"""What people read cannot be followed by accident, and can be read back."""

from __future__ import annotations

import pytest

from noroshi.indicators import extract
from noroshi.indicators.defanging import defang


@pytest.mark.parametrize(
    ("shown", "type_", "value"),
    [
        ("evil[.]example", "domain", "evil.example"),
        ("www.evil[.]example", "domain", "www.evil.example"),
        ("192.0.2[.]1", "ip", "192.0.2.1"),
        ("192.0.2[.]1:443", "ip:port", "192.0.2.1:443"),
        ("192.0.2[.]0/24", "cidr", "192.0.2.0/24"),
        ("2001[:]db8::1", "ip", "2001:db8::1"),
        ("hxxp://evil[.]example/a.php?b=1.2", "url", "http://evil.example/a.php?b=1.2"),
        ("hxxps://evil[.]example", "url", "https://evil.example"),
        (
            "hxxp://evil[.]example/?u=hxxps://other.example/",
            "url",
            "http://evil.example/?u=https://other.example/",
        ),
        ("fxp://evil[.]example/a", "url", "ftp://evil.example/a"),
        ("tcp://192.0.2[.]1:4444", "url", "tcp://192.0.2.1:4444"),
        ("evil[.]example/a.php", "url", "evil.example/a.php"),
        ("user[@]evil[.]example", "email", "user@evil.example"),
        ("Order at hxxp://evil[.]example/a", "mail_subject", "Order at http://evil.example/a"),
        ("請求書の件", "mail_subject", "請求書の件"),
        ("invoice.doc", "file_name", "invoice.doc"),
        ("d41d8cd98f00b204e9800998ecf8427e", "md5", "d41d8cd98f00b204e9800998ecf8427e"),
    ],
)
def test_defanged(shown: str, type_: str, value: str) -> None:
    """Hosts and schemes; paths, names and digits stay readable."""
    assert shown == defang(type_, value)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("domain", "www.evil.example"),
        ("ip", "192.0.2.1"),
        ("ip", "2001:db8::1"),
        ("ip:port", "192.0.2.1:443"),
        ("url", "http://evil.example/a.php?b=1"),
        ("url", "http://evil.example:8080/a"),
        ("email", "user@evil.example"),
    ],
)
def test_what_we_defang_we_extract_again(type_: str, value: str) -> None:
    """There and back."""
    (found,) = extract(f"see {defang(type_, value)} now")
    assert (type_, value, True) == (found.type, found.value, found.defanged)
