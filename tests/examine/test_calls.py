"""Which requests are calls to a C2 server, by the public descriptions of Emotet's traffic."""

from __future__ import annotations

import pytest

from noroshi.examine.calls import Call, call_of
from noroshi.examine.model import Effect, EffectKind


@pytest.mark.parametrize(
    ("method", "url", "referer", "call"),
    [
        (
            "POST",
            "http://198.51.100.77/a/b/",
            "http://198.51.100.77/a/b/",
            Call("198.51.100.77", 80, refers_to_itself=True),
        ),
        (
            "POST",
            "http://198.51.100.23:7080/a/",
            "http://198.51.100.23/a/",
            Call("198.51.100.23", 7080, refers_to_itself=True),
        ),
        ("POST", "http://198.51.100.23:7080/a/", "", Call("198.51.100.23", 7080, refers_to_itself=False)),
        ("POST", "http://198.51.100.23/a/", "http://198.51.100.23/login", None),
        ("POST", "http://www.shop.example/a/", "http://www.shop.example/a/", None),
        ("GET", "http://198.51.100.77/a/b/", "http://198.51.100.77/a/b/", None),
        ("POST", "http://198.51.100.77:x/a/", "", None),
    ],
)
def test_calls(method: str, url: str, referer: str, call: Call | None) -> None:
    """The Referer of 2019 left the port out; a form of a device refers to the page it stood on."""
    given = {"method": method, "url": url, "referer": referer}
    assert call == call_of(Effect(EffectKind.REQUEST, given, "http"))
