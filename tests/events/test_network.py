from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.events.formats._network import Request, add_request, is_inside, watched

if TYPE_CHECKING:
    from noroshi.events.model import Fields


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.0.0.1", True),
        ("172.15.0.1", False),
        ("172.16.0.1", True),
        ("172.31.255.255", True),
        ("172.32.0.1", False),
        ("192.168.1.1", True),
        ("100.64.0.1", True),
        ("100.128.0.1", False),
        ("203.0.113.1", False),
        ("fd00::1", True),
        ("fe80::1", True),
        ("2001:db8::1", False),
        ("::1", True),
        (None, False),
    ],
)
def test_private_ranges_are_inside(address: str | None, inside: object) -> None:
    """RFC 1918, 6598, 4193; documentation ranges stand for the outside."""
    assert inside == is_inside(address)


def test_the_watched_side_is_ours() -> None:
    """The client, unless only the server is inside."""
    assert "10.0.0.1" == watched("10.0.0.1", "203.0.113.1")
    assert "10.0.0.1" == watched("10.0.0.1", "10.0.0.2")
    assert "10.0.0.2" == watched("203.0.113.1", "10.0.0.2")
    assert "203.0.113.1" == watched("203.0.113.1", "203.0.113.2")
    assert "10.0.0.2" == watched(None, "10.0.0.2")
    assert watched(None, 7) is None


@pytest.mark.parametrize(
    ("asked", "url"),
    [
        (Request(method="GET", target="/a", host="www.example", port=80), "http://www.example/a"),
        (Request(method="GET", target="/a", host="www.example", port=8080), "http://www.example:8080/a"),
        (Request(method="GET", target="/a", host="www.example:8080", port=80), "http://www.example:8080/a"),
        (
            Request(method="GET", target="/a", host="h.example", port=443, scheme="https"),
            "https://h.example/a",
        ),
        (Request(method="GET", target="/a", server="203.0.113.1", port=80), "http://203.0.113.1/a"),
        (Request(method="GET", target="/a", server="2001:db8::1", port=81), "http://[2001:db8::1]:81/a"),
        (Request(method="GET", target="/a"), "/a"),
        (
            Request(method="GET", target="/?u=http://b.example", host="w.example"),
            "http://w.example/?u=http://b.example",
        ),
        (Request(method="GET", target="http://b.example/", host="b.example", port=3128), "http://b.example/"),
        (Request(method="CONNECT", target="b.example:443", host="b.example"), "b.example:443"),
        (Request(method="GET", target=7), None),
    ],
)
def test_the_url_is_what_the_client_asked_for(asked: Request, url: str | None) -> None:
    """Rebuilt from its parts as they were on the wire."""
    assert url == asked.url


@pytest.mark.parametrize(
    ("asked", "host"),
    [
        (Request(method="CONNECT", target="b.example:443"), "b.example"),
        (Request(method="GET", target="/", host="W.example:8080"), "w.example"),
        (Request(method="GET", target="/"), None),
    ],
)
def test_the_host_is_named_without_port(asked: Request, host: str | None) -> None:
    """As proxies log it, for CONNECT too."""
    fields: Fields = {}
    add_request(fields, asked)
    assert host == fields.get("cs-host")
