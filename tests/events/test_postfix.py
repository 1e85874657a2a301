# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import Envelope, Head, UnreadableRecordError
from noroshi.events.formats import postfix
from noroshi.events.formats.postfix import PostfixFormat
from noroshi.events.model import Entities, Event, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import detect

INCOMING = """\
Jul 22 13:05:01 mx01 postfix/smtpd[2101]: connect from mail.partner.example[198.51.100.25]
Jul 22 13:05:01 mx01 postfix/smtpd[2101]: 4BBQZ16fz3z1xV: client=mail.partner.example[198.51.100.25]
Jul 22 13:05:01 mx01 postfix/cleanup[2103]: 4BBQZ16fz3z1xV: message-id=<20200722040459.AB12@partner.example>
Jul 22 13:05:01 mx01 postfix/cleanup[2103]: 4BBQZ16fz3z1xV: warning: header Subject: =?ISO-2022-JP?B?UmU6IBskQkBBNWE9cSRON28bKEI=?= from mail.partner.example[198.51.100.25]; from=<h.sato@partner.example> to=<t.suzuki@minato-works.example> proto=ESMTP helo=<mail.partner.example>
Jul 22 13:05:01 mx01 postfix/qmgr[1201]: 4BBQZ16fz3z1xV: from=<h.sato@partner.example>, size=187344, nrcpt=1 (queue active)
Jul 22 13:05:02 mx01 postfix/lmtp[2104]: 4BBQZ16fz3z1xV: to=<t.suzuki@minato-works.example>, orig_to=<suzuki@minato-works.example>, relay=mx01.minato-works.example[private/dovecot-lmtp], delay=0.51, delays=0.3/0.01/0.01/0.19, dsn=2.0.0, status=sent (250 2.0.0 <t.suzuki@minato-works.example> Saved)
Jul 22 13:05:02 mx01 postfix/qmgr[1201]: 4BBQZ16fz3z1xV: removed
Jul 22 13:05:02 mx01 postfix/smtpd[2101]: disconnect from mail.partner.example[198.51.100.25] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5
"""
BOUNCING = """\
Jul 22 15:00:02 mx01 postfix/submission/smtpd[2301]: 9A1B2C3D4E: client=pc-014.minato-works.example[10.20.4.114], sasl_method=LOGIN, sasl_username=MINATO\\t.suzuki
Jul 22 15:00:02 mx01 postfix/qmgr[1201]: 9A1B2C3D4E: from=<T.Suzuki@minato-works.example>, size=91234, nrcpt=1 (queue active)
Jul 22 15:00:04 mx01 postfix/smtp[2302]: 9A1B2C3D4E: to=<info@nowhere.example>, relay=mx.nowhere.example[203.0.113.77]:25, delay=2.1, delays=0.1/0/1/1, dsn=5.1.1, status=bounced (host mx.nowhere.example[203.0.113.77] said: 550 5.1.1 <info@nowhere.example>: User unknown (in reply to RCPT TO command))
Jul 22 15:00:04 mx01 postfix/bounce[2303]: 9A1B2C3D4E: sender non-delivery notification: AB12CD34EF
Jul 22 15:00:04 mx01 postfix/qmgr[1201]: AB12CD34EF: from=<>, size=2000, nrcpt=1 (queue active)
Jul 22 15:00:05 mx01 postfix/local[2305]: AB12CD34EF: to=<t.suzuki@minato-works.example>, relay=local, delay=0.02, delays=0.01/0/0/0.01, dsn=2.0.0, status=sent (delivered to mailbox)
"""
REJECTED = """\
Jul 22 15:01:00 mx01 postfix/smtpd[2306]: NOQUEUE: reject: RCPT from unknown[192.0.2.66]: 554 5.7.1 <x@y.example>: Relay access denied; from=<spam@z.example> to=<x@y.example> proto=ESMTP helo=<evil>
Jul 22 15:01:01 mx01 postfix/cleanup[2103]: 5D5D5D5D5D: milter-reject: END-OF-MESSAGE from unknown[192.0.2.66]: 5.7.1 virus found; from=<spam@z.example> to=<t.suzuki@minato-works.example> proto=ESMTP helo=<evil>
Jul 22 15:01:02 mx01 postfix/smtpd[2306]: NOQUEUE: reject_warning: RCPT from unknown[192.0.2.66]: 450 4.1.8 <a@b.example>: Sender address rejected; from=<a@b.example> to=<x@y.example> proto=ESMTP helo=<evil>
Jul 22 15:01:03 mx01 postfix/anvil[2105]: statistics: max connection rate 1/60s for (smtp:198.51.100.25) at Jul 22 13:05:01
Jul 22 15:01:04 mx01 postfix/smtpd[2306]: warning: hostname evil.example does not resolve to address 192.0.2.66
"""


def read(text: str) -> list[Event]:
    """The events of these syslog lines."""
    reader = PostfixFormat().reader(
        Source("mail.log", "s", zone=ZoneInfo("Asia/Tokyo"), newest=datetime(2020, 8, 1, tzinfo=UTC))
    )
    events: list[Event] = []
    for at, line in enumerate(text.splitlines()):
        head, _, rest = line.partition("]: ")
        program = head.split()[4].partition("[")[0]
        events += reader.feed(rest, Envelope(host="mx01", program=program, time=line[:15]), at)
    return events


def test_a_mail_log_fulfils_the_contract() -> None:
    """Recognised under syslog, repeatable, damaged copies give located errors."""
    events = check_format("syslog", (INCOMING + BOUNCING + REJECTED).encode())
    assert {"postfix"} == {event.kind.format for event in events}


def test_a_delivery_holds_what_the_queue_said() -> None:
    """Sender, client, message id, size and the decoded subject stand on the delivery of the same queue id."""
    delivery = read(INCOMING)[5]
    expected = {
        "mail_event": "delivery",
        "queue_id": "4BBQZ16fz3z1xV",
        "mail_from": "h.sato@partner.example",
        "mail_to": "t.suzuki@minato-works.example",
        "orig_to": "suzuki@minato-works.example",
        "mail_subject": "Re: 請求書の件",
        "message_id": "20200722040459.AB12@partner.example",
        "size": 187344,
        "src_ip": "198.51.100.25",
        "src_host": "mail.partner.example",
        "status": "sent",
        "dsn": "2.0.0",
        "response": "250 2.0.0 <t.suzuki@minato-works.example> Saved",
    }
    assert expected == {name: delivery.fields[name] for name in expected}
    assert ("postfix", "mail", frozenset({"mail"})) == (
        delivery.logsource.product,
        delivery.logsource.service,
        delivery.logsource.categories,
    )
    assert datetime(2020, 7, 22, 4, 5, 2, tzinfo=UTC) == delivery.time.at
    assert Outcome.ALLOWED == delivery.outcome
    assert Entities(mailbox="t.suzuki@minato-works.example") == delivery.entities


def test_every_line_is_an_event_of_its_own_kind() -> None:
    """The kinds are what rules can name."""
    expected = ["connect", "client", "message", "header", "queued", "delivery", "removed", "disconnect"]
    assert expected == [event.kind.constants["mail_event"] for event in read(INCOMING)]


def test_a_bounce_is_about_the_sender() -> None:
    """Mail from an inside machine that cannot be delivered: the sender, its machine and account are watched."""
    events = read(BOUNCING)
    who = Entities(
        host="pc-014", user="t.suzuki", address="10.20.4.114", mailbox="t.suzuki@minato-works.example"
    )
    assert [who, who] == [events[2].entities, events[3].entities]
    assert [Outcome.FAILED, Outcome.FAILED] == [events[2].outcome, events[3].outcome]
    assert ("203.0.113.77", "25") == (events[2].fields["dst_ip"], events[2].fields["dst_port"])
    notice = events[5]
    assert ("", "9A1B2C3D4E") == (notice.fields["mail_from"], notice.fields["bounced_queue_id"])
    assert Entities(mailbox="t.suzuki@minato-works.example") == notice.entities


def test_what_was_not_accepted_is_blocked() -> None:
    """Rejected by restriction or filter; a warning only is detected."""
    rejected, milter, warned, statistics, warning = read(REJECTED)
    assert [Outcome.BLOCKED, Outcome.BLOCKED, Outcome.DETECTED] == [
        e.outcome for e in (rejected, milter, warned)
    ]
    expected = (
        "192.0.2.66",
        "spam@z.example",
        "x@y.example",
        "554 5.7.1 <x@y.example>: Relay access denied",
        "evil",
    )
    names = ("src_ip", "mail_from", "mail_to", "reason", "helo")
    assert expected == tuple(rejected.fields[name] for name in names)
    assert "t.suzuki@minato-works.example" == milter.entities.mailbox
    assert ["other", "other"] == [e.fields["mail_event"] for e in (statistics, warning)]


def test_mail_through_a_filter_keeps_its_client_and_subject() -> None:
    """A filter on the loopback hands the mail in again under another queue id and names the first one."""
    reader = PostfixFormat().reader(Source("mail.log", "s"))
    lines = (
        (
            "cleanup",
            "AAAAAA01: info: header Subject: Re: order from mail.partner.example[198.51.100.25]; from=<h.sato@partner.example> to=<t.suzuki@minato-works.example> proto=ESMTP helo=<m>",
        ),
        (
            "smtpd",
            "AAAAAA02: client=localhost[127.0.0.1], orig_queue_id=AAAAAA01, orig_client=mail.partner.example[198.51.100.25]",
        ),
        ("qmgr", "AAAAAA01: removed"),
        (
            "local",
            "AAAAAA02: to=<t.suzuki@minato-works.example>, relay=local, delay=1, status=sent (delivered to mailbox)",
        ),
    )
    events = [
        e
        for at, (name, line) in enumerate(lines)
        for e in reader.feed(line, Envelope(program=f"postfix/{name}"), at)
    ]
    expected = ("198.51.100.25", "mail.partner.example", "Re: order", "h.sato@partner.example")
    names = ("src_ip", "src_host", "mail_subject", "mail_from")
    assert expected == tuple(events[-1].fields.get(name) for name in names)


def test_queues_are_joined_in_whatever_order_the_lines_are() -> None:
    """Newest first and shuffled, although many lines of a queue are of one second."""
    lines = (INCOMING + BOUNCING).splitlines(keepends=True)
    orders = [lines, lines[::-1], *(random.Random(seed).sample(lines, len(lines)) for seed in range(20))]  # noqa: S311 - a seed, no secret
    given = [sorted(told(event) for event in from_file("".join(order))) for order in orders]
    assert [given[0]] * len(orders) == given
    assert any("bounced_queue_id" in one and "AB12CD34EF: to" in one for one in given[0])


def from_file(text: str) -> list[Event]:
    """The events of a mail log that ends."""
    source = Source(
        "mail.log", "s", zone=ZoneInfo("Asia/Tokyo"), newest=datetime(2020, 8, 1, tzinfo=UTC), ends=True
    )
    raw = text.encode()
    found = detect(Head(raw, tuple(text.splitlines()), "mail.log", complete=True)).format
    assert found is not None
    return list(found.decode(io.BytesIO(raw), source, Problems()))


def told(event: Event) -> str:
    """What an event says, whatever its position."""
    return str(sorted((name, str(value)) for name, value in event.fields.items() if name != "pid"))


def test_a_screened_client_is_named() -> None:
    """Postscreen writes address and port, no name, and commas between the pairs."""
    line = "NOQUEUE: reject: RCPT from [192.0.2.66]:53124: 550 5.7.1 Service unavailable; client [192.0.2.66] blocked; from=<a@b.example>, to=<t.suzuki@minato-works.example>, proto=ESMTP, helo=<h>"
    (event,) = (
        PostfixFormat().reader(Source("mail.log", "s")).feed(line, Envelope(program="postfix/postscreen"), 1)
    )
    expected = ("reject", "192.0.2.66", "53124", "a@b.example", "t.suzuki@minato-works.example")
    names = ("mail_event", "src_ip", "src_port", "mail_from", "mail_to")
    assert expected == tuple(event.fields[name] for name in names)
    assert "550 5.7.1 Service unavailable; client [192.0.2.66] blocked" == event.fields["reason"]


def test_queue_ids_of_two_servers_are_kept_apart() -> None:
    """The same id on another host is another mail."""
    reader = PostfixFormat().reader(Source("mail.log", "s"))
    queued, sent = (
        "ABCDEF12: from=<a@a.example>, size=1, nrcpt=1 (queue active)",
        "ABCDEF12: to=<b@b.example>, relay=local, status=sent (ok)",
    )
    list(reader.feed(queued, Envelope(host="mx01", program="postfix/qmgr"), 1))
    (here,) = reader.feed(sent, Envelope(host="mx01", program="postfix/local"), 2)
    (there,) = reader.feed(sent, Envelope(host="mx02", program="postfix/local"), 3)
    assert ("a@a.example", None) == (here.fields.get("mail_from"), there.fields.get("mail_from"))


def test_the_queue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail that was silent longest is forgotten first."""
    monkeypatch.setattr(postfix, "MAX_QUEUE", 2)
    reader = PostfixFormat().reader(Source("mail.log", "s"))
    assert isinstance(reader, postfix.PostfixReader)
    for name in ("AAAAAA01", "AAAAAA02", "AAAAAA01", "AAAAAA03"):
        list(
            reader.feed(
                f"{name}: message-id=<{'x' * 9000}@a.example>", Envelope(program="postfix/cleanup"), 1
            )
        )
    assert [("", "AAAAAA01"), ("", "AAAAAA03")] == list(reader.queue)
    assert postfix.MAX_TEXT == len(reader.queue["", "AAAAAA03"]["message_id"])


@pytest.mark.parametrize(
    "line",
    [
        "4BBQZ16fz3z1xV: to=<t.suzuki@minato-works.exa",
        "9A1B2C3D4E: to=<a@b.example>, relay=local, delay=0.02",
    ],
)
def test_a_delivery_that_is_cut_off_says_so(line: str) -> None:
    """No status, no event."""
    reader = PostfixFormat().reader(Source("mail.log", "s"))
    with pytest.raises(UnreadableRecordError):
        reader.feed(line, Envelope(program="postfix/lmtp"), 1)


def test_a_sender_cannot_forge_fields() -> None:
    """What a stranger writes into his addresses and headers does not become the server's word."""
    forged = "9A1B2C3D4E: warning: header Subject: x from y[10.0.0.1]; from=<a> status=sent from evil[192.0.2.9]; from=<e@e.example> to=<v@v.example> proto=ESMTP helo=<h>"
    reader = PostfixFormat().reader(Source("mail.log", "s"))
    (event,) = reader.feed(forged, Envelope(program="postfix/cleanup"), 1)
    assert ("192.0.2.9", "e@e.example", None) == tuple(
        event.fields.get(n) for n in ("src_ip", "mail_from", "status")
    )
    assert "x from y[10.0.0.1]; from=<a> status=sent" == event.fields["subject"]
