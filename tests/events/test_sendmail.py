# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, Envelope
from noroshi.events.formats.sendmail import SendmailFormat
from noroshi.events.model import Entities, Event, Outcome, Source

SENDMAIL = b"""\
Jul 22 13:05:00 MX01 sm-mta[123]: 06M450ab000123: from=<takeda@partner.example>, size=20480, class=0, nrcpts=1, msgid=<a1@partner.example>, proto=ESMTP, daemon=MTA, relay=mail.partner.example [198.51.100.25]
Jul 22 13:05:01 MX01 sm-mta[124]: 06M450ab000123: to=<t.suzuki@minato-works.example>,<k.sato@minato-works.example>, delay=00:00:01, xdelay=00:00:00, mailer=esmtp, pri=120, relay=mbox.minato-works.example. [10.20.0.25], dsn=2.0.0, stat=Sent (OK, queued as 1)
Jul 22 13:05:02 MX01 sm-mta[125]: 06M450ab000124: ruleset=check_rcpt, arg1=<nobody@minato-works.example>, relay=[198.51.100.66], reject=550 5.7.1 <nobody@minato-works.example>... Relaying denied
Jul 22 13:05:03 MX01 sendmail[126]: 06M450ab000125: from=t.suzuki, size=10, nrcpts=1, msgid=<c3@minato-works.example>, relay=pc-014.minato-works.example [10.20.4.114]
Jul 22 13:05:04 MX01 sendmail[126]: 06M450ab000125: to=x@nowhere.example, delay=00:00:01, mailer=esmtp, relay=mx.nowhere.example [198.51.100.77], dsn=5.1.1, stat=User unknown
Jul 22 13:05:05 MX01 sendmail[126]: 06M450ab000125: 06M450ac000125: DSN: User unknown
"""


def sendmail() -> list[Event]:
    """The sample's events; in a file of syslog the format is found line by line."""
    events = check_format("syslog", SENDMAIL)
    assert {"sendmail"} == {event.kind.format for event in events}
    return events


def test_sendmail_lines_are_joined() -> None:
    """A delivery holds what the sender's line said."""
    queued, sent, rejected, _, failed, bounce = sendmail()
    assert ("queued", "198.51.100.25", "mail.partner.example") == tuple(
        queued.fields[name] for name in ("mail_event", "src_ip", "src_host")
    )
    expected = {
        "mail_from": "takeda@partner.example",
        "mail_to": ["t.suzuki@minato-works.example", "k.sato@minato-works.example"],
        "message_id": "a1@partner.example",
        "dst_ip": "10.20.0.25",
        "dst_host": "mbox.minato-works.example",
        "stat": "Sent (OK, queued as 1)",
        "size": "20480",
    }
    assert expected == {name: sent.fields.get(name) for name in expected}
    assert [Outcome.ALLOWED, Outcome.BLOCKED, Outcome.FAILED] == [
        sent.outcome,
        rejected.outcome,
        failed.outcome,
    ]
    assert (["nobody@minato-works.example"], "198.51.100.66") == (
        rejected.fields["mail_to"],
        rejected.fields["src_ip"],
    )
    assert Entities(mailbox="t.suzuki@minato-works.example") == sent.entities
    assert Entities(mailbox="t.suzuki", address="10.20.4.114") == failed.entities
    assert "bounce" == bounce.fields["mail_event"]


def test_hostile_sendmail_lines() -> None:
    """Endless pairs cost linear time."""
    envelope = Envelope(program="sendmail")
    for piece in (", a", "=<", ", a=", "a=b, "):
        (event,) = (
            SendmailFormat().reader(Source("s", "s")).feed("06M450ab000125: " + piece * 100_000, envelope, 0)
        )
        assert "mail_event" in event.fields


def read(*lines: str) -> list[Event]:
    """The events of lines of one queue id under syslog."""
    reader, envelope = SendmailFormat().reader(Source("s", "s")), Envelope(host="MX01", program="sm-mta")
    return [
        event
        for at, line in enumerate(lines)
        for event in reader.feed(f"06M450ab000123: {line}", envelope, at)
    ]


FROM = "from=<{}>, size=9, nrcpts=1, msgid=<a1@partner.example>, relay={}"
TO = "to=<t.suzuki@minato-works.example>, delay=00:00:01, mailer=esmtp, relay=[10.20.0.25], dsn={}, stat={}"


@pytest.mark.parametrize(
    ("dsn", "stat", "outcome"),
    [
        ("2.0.0", "Sent", Outcome.ALLOWED),
        ("2.0.0", "Sent (<a@b> [InternalId=1] Queued mail for delivery)", Outcome.ALLOWED),
        ("4.0.0", "Deferred: Connection refused by mx.partner.example.", Outcome.FAILED),
        ("5.1.1", "User unknown", Outcome.FAILED),
        ("5.0.0", "Service unavailable", Outcome.FAILED),
        ("5.1.2", "Host unknown (Name server: nowhere.example: host not found)", Outcome.FAILED),
        ("", "queued", Outcome.ALLOWED),
    ],
)
def test_states_of_a_delivery(dsn: str, stat: str, outcome: Outcome) -> None:
    """As the guide lists them."""
    (event,) = read(TO.format(dsn, stat))
    assert ("delivery", outcome, stat) == (event.fields["mail_event"], event.outcome, event.fields["stat"])


def test_a_bounce_has_an_empty_sender() -> None:
    """``<>`` is the sender of delivery reports; nobody's domain."""
    queued, _ = read(FROM.format("", "localhost [127.0.0.1]"), TO.format("2.0.0", "Sent"))
    assert ("", "127.0.0.1") == (queued.fields["mail_from"], queued.fields["src_ip"])
    assert "mail_from_domain" not in queued.fields
    assert Entities() == queued.entities


@pytest.mark.parametrize(
    ("relay", "host", "address"),
    [
        ("mail.partner.example [198.51.100.25] (may be forged)", "mail.partner.example", "198.51.100.25"),
        ("[198.51.100.25]", None, "198.51.100.25"),
        ("mx.partner.example [IPv6:2001:db8::25]", "mx.partner.example", "2001:db8::25"),
        ("local", None, None),
    ],
)
def test_relays(relay: str, host: str | None, address: str | None) -> None:
    """With and without a name, forged, IPv6, and mail of this machine."""
    (event,) = read(FROM.format("takeda@partner.example", relay))
    assert (host, address) == (event.fields.get("src_host"), event.fields.get("src_ip"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Milter: from=<x@bad.example>, reject=550 5.7.1 rejected by policy",
            {"mail_event": "reject", "mail_from": "x@bad.example", "mail_from_domain": "bad.example"},
        ),
        (
            "Milter (clamav): to=<k.sato@minato-works.example>, reject=451 4.3.2 Please try again later",
            {"mail_event": "reject", "mail_to": ["k.sato@minato-works.example"]},
        ),
        (
            "ruleset=check_mail, arg1=<x@bad.example>, relay=[198.51.100.66], reject=553 5.1.8 Domain does not exist",
            {"mail_event": "reject", "mail_from": "x@bad.example", "src_ip": "198.51.100.66"},
        ),
        (
            "ruleset=check_rcpt, arg1=<n@minato-works.example>, relay=[198.51.100.66], discard",
            {"mail_event": "other"},
        ),
        ("Milter: data, quarantine=held for review", {"mail_event": "hold"}),
        ("06M450ac000125: sender notify: Warning: could not send message", {"mail_event": "bounce"}),
        ("lost input channel from [198.51.100.66] to MTA after rcpt", {"mail_event": "other"}),
    ],
)
def test_refusals(line: str, expected: dict[str, object]) -> None:
    """Filters (milters), rule sets, and what only looks like one."""
    (event,) = read(line)
    assert expected == {name: event.fields.get(name) for name in expected}


def test_queue_ids_of_two_servers_are_two_mails() -> None:
    """What the line before said is joined by server and id, and forgotten when there are too many."""
    reader = SendmailFormat().reader(Source("s", "s"))
    sent = FROM.format("takeda@partner.example", "[198.51.100.25]")
    list(reader.feed(f"06M450ab000123: {sent}", Envelope(host="MX01", program="sm-mta"), 0))
    there = Envelope(host="MX02", program="sm-mta")
    (other,) = reader.feed(f"06M450ab000123: {TO.format('2.0.0', 'Sent')}", there, 1)
    assert "mail_from" not in other.fields


def test_its_lines_are_known_by_the_program() -> None:
    """Debian's names too; the same text of another program is not Sendmail's."""
    line = FROM.format("a@b.example", "local")
    marks = [
        SendmailFormat().recognise(line, Envelope(program=name)) for name in ("sm-mta", "sendmail", "exim")
    ]
    assert [0.95, 0.95, 0.0] == marks
    assert [0, 1] == [SendmailFormat().rank(f"06M450ab000123: {text}", BARE) for text in (line, TO)]
