# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, Envelope
from noroshi.events.formats.unbound import Unbound
from noroshi.events.model import Event, Outcome, Source

UNBOUND = b"""\
[1595391129] unbound[123:0] info: 10.20.4.114 www.example. A IN
[1595391129] unbound[123:0] info: 10.20.4.114 www.example. A IN NXDOMAIN 0.012000 0 56
[1595391130] unbound[123:0] info: bad.example. always_nxdomain 10.20.4.114@50112 c2.bad.example. AAAA IN
[1595391130] unbound[123:1] info: rpz: applied [emotet] c2.example. rpz-nxdomain 2001:db8::7@50113 c2.example. A IN
[1595391131] unbound[123:0] notice: init module 0: validator
"""


def test_unbound_lines() -> None:
    """Queries, replies, local zones and response policy zones."""
    query, reply, local, policy, other = check_format("unbound", UNBOUND)
    assert ("www.example", "A", "10.20.4.114", "query") == tuple(
        query.fields[name] for name in ("query", "record_type", "src_ip", "dns_event")
    )
    assert ("NXDOMAIN", Outcome.FAILED) == (reply.fields["rcode_name"], reply.outcome)
    assert ("c2.bad.example", "bad.example", Outcome.BLOCKED) == (
        local.fields["query"],
        local.fields["zone"],
        local.outcome,
    )
    assert ("emotet", "2001:db8::7", Outcome.BLOCKED) == (
        policy.fields["rpz_name"],
        policy.fields["src_ip"],
        policy.outcome,
    )
    assert "other" == other.fields["dns_event"]
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == query.time.at


def test_unbound_in_syslog() -> None:
    """Syslog's tag takes the program off."""
    line, envelope = "[123:0] info: 10.0.0.5 www.example. A IN", Envelope(program="unbound")
    (event,) = Unbound().reader(Source("s", "s")).feed(line, envelope, 0)
    assert "www.example" == event.fields["query"]


def read(line: str, envelope: Envelope = BARE) -> Event:
    """The event of one line."""
    (event,) = Unbound().reader(Source("s", "s")).feed(line, envelope, 0)
    return event


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("[1595391129]", datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC)),
        ("2020-07-22T13:12:09.500+09:00", datetime(2020, 7, 22, 4, 12, 9, 500_000, tzinfo=UTC)),
        ("Jul 22 04:12:09 2020", datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC)),
    ],
)
def test_its_three_notations_of_time(time: str, expected: datetime) -> None:
    """Epoch seconds, ``log-time-iso`` and ``log-time-ascii``."""
    line = f"{time} unbound[123:0] info: 10.20.4.114 www.example. A IN"
    assert 0.95 == Unbound().recognise(line, BARE)
    assert (expected, "10.20.4.114") == (read(line).time.at, read(line).fields["src_ip"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # log-tag-queryreply
        ("query: 2001:db8::7 www.example. AAAA IN", ("query", "www.example", "AAAA", None)),
        ("reply: 10.0.0.5 www.example. A IN SERVFAIL 0.000000 1 41", ("response", "www.example", "A", "SERVFAIL")),
        # log-destaddr adds where the query came in
        ("10.0.0.5 www.example. A IN NOERROR 0.1 0 56 on udp 10.20.0.53 53", ("response", "www.example", "A", "NOERROR")),
        ("10.0.0.5 . NS IN NOERROR 0.000000 1 811", ("response", ".", "NS", "NOERROR")),
        ("10.0.0.5 www.example. TYPE65 IN", ("query", "www.example", "TYPE65", None)),
        ("SERVFAIL <c2.example. A IN>: all the configured stub or forward servers failed, at zone .",
         ("response", "c2.example", "A", "SERVFAIL")),
    ],
)  # fmt: skip
def test_further_lines(text: str, expected: tuple[str, str, str, str | None]) -> None:
    """As unbound.conf(5) describes them."""
    fields = read(f"[1595391129] unbound[123:0] info: {text}").fields
    assert expected == tuple(fields.get(name) for name in ("dns_event", "query", "record_type", "rcode_name"))


@pytest.mark.parametrize(
    ("action", "outcome"),
    [("inform", Outcome.DETECTED), ("always_transparent", Outcome.ALLOWED), ("redirect", Outcome.BLOCKED)],
)
def test_a_local_zone_does_what_its_type_says(action: str, outcome: Outcome) -> None:
    """``inform`` only logs, a transparent zone lets through, everything else is not the world's answer."""
    event = read(f"[1595391129] unbound[1:0] info: bad.example. {action} 10.0.0.5@50112 c2.bad.example. A IN")
    assert (outcome, "50112") == (event.outcome, event.fields["src_port"])


def test_rpz_passthru_and_log_are_no_blocks() -> None:
    """The response policy lets the name through, or only notes it."""
    text = "rpz: applied [list] c2.example. {} 10.0.0.5@50112 c2.example. A IN"
    outcomes = [read(f"[1595391129] unbound[1:0] info: {text.format(action)}").outcome
                for action in ("rpz-passthru", "rpz-log", "rpz-drop")]  # fmt: skip
    assert [Outcome.ALLOWED, Outcome.DETECTED, Outcome.BLOCKED] == outcomes


def test_other_programs_are_not_taken() -> None:
    """The name inside a text, or another program with the same shape, is not Unbound."""
    for line in ("[1595391129] named[123:0] info: 10.0.0.5 a. A IN", "see unbound[1:0] for details", ""):
        assert 0.0 == Unbound().recognise(line, BARE)
