"""Requests are bounded, tried again, and never go to a private address unless that is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.errors import LocatedError
from tests.collect.conftest import Provider, Reply

if TYPE_CHECKING:
    from tests.collect.conftest import Asked


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_private_addresses_are_refused_by_number_and_by_name(provider: Provider, host: str) -> None:
    """Private addresses are refused by number and by name."""
    url = provider.url.replace("127.0.0.1", host)
    with pytest.raises(LocatedError, match="no public address"):
        provider.client(allow_private=False).ask("GET", url, {})
    assert [] == provider.asked


def test_a_busy_server_is_asked_again_after_what_it_says(provider: Provider) -> None:
    """A busy server is asked again after what it says."""
    replies = [Reply(status=429, headers={"Retry-After": "7"}), Reply(status=503), Reply(b"ok")]
    provider.answer = lambda _: replies.pop(0)
    assert b"ok" == provider.client().ask("GET", provider.url, {}).body
    assert [7.0, 2.0] == provider.waits


def test_a_body_that_is_cut_off_is_no_answer(provider: Provider) -> None:
    """A body that is cut off is no answer."""
    provider.answer = lambda _: Reply(b"0123456789", cut=4)
    with pytest.raises(LocatedError, match="4 tries"):
        provider.client().ask("GET", provider.url, {})


def test_too_large_a_body_is_refused(provider: Provider) -> None:
    """Too large a body is refused."""
    provider.answer = lambda _: Reply(b"0123456789")
    with pytest.raises(LocatedError, match="more than 9 bytes"):
        provider.client(max_bytes=9).ask("GET", provider.url, {})


def test_keys_do_not_follow_a_redirect_abroad(provider: Provider) -> None:
    """Keys do not follow a redirect abroad."""

    def answer(asked: Asked) -> Reply:
        there = provider.url.replace("127.0.0.1", "localhost")
        return Reply(b"ok") if asked.path == "/b" else Reply(status=302, headers={"Location": f"{there}/b"})

    provider.answer = answer
    provider.client().ask("GET", f"{provider.url}/a", {"Auth-Key": "k"})
    assert [True, False] == ["auth-key" in one.headers for one in provider.asked]
