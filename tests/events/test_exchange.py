# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.exchange import Exchange
from noroshi.events.model import Entities, Event, LogSource, Observable, Outcome, Source

TRACKING = """\
#Software: Microsoft Exchange Server
#Version: 15.01.2044.004
#Log-type: Message Tracking Log
#Date: 2020-07-22T04:00:00.000Z
#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data
2020-07-22T04:05:00.123Z,10.20.0.20,MX01,10.20.0.25,EX01,;250 2.0.0 OK,,SMTP,DELIVER,42,<a1@partner.example>,1-2-3,t.suzuki@minato-works.example;k.sato@minato-works.example,,20480,2,,,"Re: 見積書, 7月分",takeda@partner.example,takeda@partner.example,,Incoming,,198.51.100.25,,S:x=1
2020-07-22T06:00:00.000Z,,,,EX01,,,ROUTING,FAIL,43,<b2@minato-works.example>,4-5-6,x@nowhere.example,550 5.1.1,100,1,,,RE: order,t.suzuki@minato-works.example,<>,,Originating,,10.20.4.114,,
""".encode()


RECEIVE = b"""\
#Software: Microsoft Exchange Server
#Log-type: SMTP Receive Protocol Log
#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context
2020-07-22T04:04:59.000Z,EX01\\Default,08D8,0,10.20.0.25:25,198.51.100.25:50000,<,EHLO mail.partner.example,
"""


def test_exchange_message_tracking() -> None:
    """Columns of "Fields in the message tracking log files"; whose mailbox is decided by the direction."""
    incoming, failed = check_format("exchange", TRACKING)
    expected = {
        "mail_event": "delivery",
        "mail_from": "takeda@partner.example",
        "mail_to": ["t.suzuki@minato-works.example", "k.sato@minato-works.example"],
        "mail_subject": "Re: 見積書, 7月分",
        "message_id": "a1@partner.example",
        "src_ip": "198.51.100.25",
        "dst_ip": "10.20.0.25",
        "size": "20480",
    }
    assert expected == {name: incoming.fields.get(name) for name in expected}
    assert LogSource("exchange", "message-tracking", frozenset({"mail"})) == incoming.logsource
    assert datetime(2020, 7, 22, 4, 5, 0, 123000, tzinfo=UTC) == incoming.time.at
    assert Entities(mailbox="t.suzuki@minato-works.example") == incoming.entities == failed.entities
    assert (Outcome.ALLOWED, Outcome.FAILED) == (incoming.outcome, failed.outcome)
    assert Observable("mail_address", "takeda@partner.example", "mail_from") in incoming.observables


def test_exchanges_other_logs_have_their_own_service() -> None:
    """The heading's log type names the service; they are no mail events."""
    (event,) = check_format("exchange", RECEIVE)
    assert LogSource("exchange", "smtp-receive-protocol") == event.logsource
    assert "EHLO mail.partner.example" == event.fields["data"]


HEAD = "#Log-type: Message Tracking Log\n#Fields: date-time,client-ip,server-ip,event-id,message-id,recipient-address,message-subject,sender-address,directionality,original-client-ip"


def read(row: str, head: str = HEAD) -> Event:
    """The event of one row behind a heading."""
    reader = Exchange().reader(Source("s", "s"))
    for line in head.split("\n"):
        assert [] == list(reader.feed(line, BARE, 0))
    (event,) = reader.feed(row, BARE, 1)
    return event


@pytest.mark.parametrize(
    ("event_id", "mail_event", "outcome"),
    [
        ("RECEIVE", "queued", Outcome.UNKNOWN),
        ("SUBMIT", "queued", Outcome.UNKNOWN),
        ("SENDEXTERNAL", "delivery", Outcome.ALLOWED),
        ("DEFER", "delivery", Outcome.FAILED),
        ("BADMAIL", "reject", Outcome.FAILED),
        ("DSN", "bounce", Outcome.FAILED),
        ("DROP", "discard", Outcome.BLOCKED),
        ("POISONMESSAGE", "hold", Outcome.QUARANTINED),
        ("AGENTINFO", "other", Outcome.UNKNOWN),
        ("deliver", "delivery", Outcome.ALLOWED),
    ],
)
def test_event_types(event_id: str, mail_event: str, outcome: Outcome) -> None:
    """As "Event types in the message tracking log" describes them."""
    event = read(f"2020-07-22T04:05:00Z,,,{event_id},<a@b.example>,c@d.example,x,a@b.example,Incoming,")
    assert (mail_event, outcome) == (event.fields["mail_event"], event.outcome)
    assert frozenset({"mail"}) == event.logsource.categories


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ('"見積書, ""至急"""', '見積書, "至急"'),
        ("=?iso-2022-jp?B?GyRCOCtAUT1xGyhC?=", "見積書"),
        ("=?Shift_JIS?B?jKmQz4+R?=", "見積書"),
        ("", None),
    ],
)
def test_subjects(subject: str, expected: str | None) -> None:
    """Commas and quotes inside, encoded words, and none at all."""
    event = read(f"2020-07-22T04:05:00Z,,,DELIVER,<a@b.example>,c@d.example,{subject},a@b.example,Incoming,")
    assert expected == event.fields.get("mail_subject")


@pytest.mark.parametrize(
    ("client", "original", "expected"),
    [
        ("10.20.0.20", "198.51.100.25", "198.51.100.25"),
        ("10.20.0.20", "", "10.20.0.20"),
        ("2001:db8::25", "", "2001:db8::25"),
        ("", "unknown", None),
    ],
)
def test_the_client_is_the_original_one(client: str, original: str, expected: str | None) -> None:
    """Behind a front end the client of the row is a server of ours."""
    row = (
        f"2020-07-22T04:05:00Z,{client},,DELIVER,<a@b.example>,c@d.example,x,a@b.example,Incoming,{original}"
    )
    assert expected == read(row).fields.get("src_ip")


def test_whose_mailbox_it_is() -> None:
    """The sender's of mail that originates here, else the first recipient's; nobody's for a report's empty sender."""
    row = "2020-07-22T04:05:00Z,,,SEND,<a@b.example>,C@d.example;e@f.example,x,{},{},"
    mailboxes = [
        read(row.format(sender, direction)).entities.mailbox
        for sender, direction in (
            ("A@b.example", "Originating"),
            ("a@b.example", "Incoming"),
            ("<>", "Originating"),
        )
    ]
    assert ["a@b.example", "c@d.example", None] == mailboxes


def test_a_heading_within_the_file_changes_the_columns() -> None:
    """Files that were put together have one heading each."""
    reader = Exchange().reader(Source("s", "s"))
    lines = [
        *HEAD.split("\n"),
        "#Fields: date-time,event-id,sender-address",
        "2020-07-22T04:05:00Z,SEND,a@b.example",
    ]
    *_, events = [list(reader.feed(line, BARE, at)) for at, line in enumerate(lines)]
    assert ["a@b.example"] == [event.fields["mail_from"] for event in events]


@pytest.mark.parametrize("row", ["2020-07-22T04:05:00Z,,,DELIVER", "a,b,c", '2020-07-22T04:05:00Z,"', ""])
def test_rows_that_do_not_fit_are_refused(row: str) -> None:
    """Cut off, or before any heading."""
    for head in (HEAD, ""):
        with pytest.raises(UnreadableRecordError):
            read(row, head)
    assert 0.0 == Exchange().recognise(row, BARE)
