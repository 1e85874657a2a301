"""Requests are bounded, tried again, and never go to a private address unless that is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.collect.http import BusyError, Client, Limits, Pace
from noroshi.errors import LocatedError
from tests.collect.provider import Provider, Reply

if TYPE_CHECKING:
    from tests.collect.provider import Asked


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


def test_a_date_to_come_back_is_obeyed(provider: Provider) -> None:
    """A date to come back is obeyed (RFC 9110, 10.2.3), by the provider's own clock."""
    until, now = "Sun, 01 Mar 2026 10:00:20 GMT", "Sun, 01 Mar 2026 10:00:00 GMT"
    replies = [Reply(status=503, headers={"Retry-After": until, "Date": now}), Reply(b"ok")]
    provider.answer = lambda _: replies.pop(0)
    assert b"ok" == provider.client().ask("GET", provider.url, {}).body
    assert [20.0] == provider.waits


def test_a_long_wait_is_not_waited_for(provider: Provider) -> None:
    """A long wait is not waited for: the error says until when."""
    provider.answer = lambda _: Reply(status=429, headers={"Retry-After": "900"})
    with pytest.raises(BusyError, match="900 s") as caught:
        provider.client().ask("GET", provider.url, {})
    assert (900.0, 1, []) == (caught.value.seconds, len(provider.asked), provider.waits)


def test_the_limit_of_x_is_obeyed(provider: Provider) -> None:
    """The limit of X is obeyed, which says in a header of its own when its quarter of an hour is over."""
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": "1772360100"}
    date = "Sun, 01 Mar 2026 10:00:00 GMT"  # 1772359200
    provider.answer = lambda _: Reply(status=429, headers={**headers, "Date": date})
    with pytest.raises(BusyError) as caught:
        provider.client().ask("GET", provider.url, {})
    assert 900.0 == caught.value.seconds


def test_two_feeds_of_one_provider_share_its_pause(provider: Provider) -> None:
    """Two feeds of one provider share its pause; another provider is not waited for."""
    provider.answer = lambda _: Reply(b"ok")
    pace = Pace()
    clients = [
        Client(Limits(allow_private=True, pause=3.0), provider.waits.append, lambda: 10.0, pace)
        for _ in range(2)
    ]
    for client in clients:
        client.ask("GET", f"{provider.url}/x", {})
    clients[0].ask("GET", provider.url.replace("127.0.0.1", "localhost"), {})
    assert [3.0] == provider.waits
    for client in clients:
        client.close()


def test_redirects_end(provider: Provider) -> None:
    """Redirects end; a form is never sent elsewhere."""
    provider.answer = lambda _: Reply(status=302, headers={"Location": "/again"})
    with pytest.raises(LocatedError, match="redirects more than 5 times"):
        provider.client().ask("GET", provider.url, {})
    with pytest.raises(LocatedError, match="sends the request elsewhere"):
        provider.client().ask("POST", provider.url, {}, data={"a": "b"})


def test_a_redirect_to_another_scheme_is_refused(provider: Provider) -> None:
    """A redirect to another scheme is refused."""
    provider.answer = lambda _: Reply(status=302, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(LocatedError, match="no http or https address"):
        provider.client().ask("GET", provider.url, {})
