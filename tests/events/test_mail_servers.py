# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, Envelope, UnreadableRecordError
from noroshi.events.formats.exchange import Exchange
from noroshi.events.formats.m365_trace import MessageTrace
from noroshi.events.formats.sendmail import SendmailFormat
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
REPORT = """\
\ufeff"origin_timestamp_utc","sender_address","recipient_status","message_subject","total_bytes","message_id","network_message_id","original_client_ip","directionality","connector_id","delivery_priority"
"2020-07-22T04:05:00.1234567Z","takeda@partner.example","t.suzuki@minato-works.example##Receive, Deliver","Re: 見積書","20480","<a1@partner.example>","1-2","198.51.100.25","Incoming","","Normal"
"2020-07-22T04:06:00.1234567Z","t.suzuki@minato-works.example","x@nowhere.example##Receive, Fail","RE: order","100","<b2@minato-works.example>","3-4","10.20.4.114","Originating","","Normal"
""".encode()
CMDLET = b"""\
"PSComputerName","RunspaceId","Organization","MessageId","Received","SenderAddress","RecipientAddress","Subject","Status","ToIP","FromIP","Size","MessageTraceId"
"outlook","0","minato","<a1@partner.example>","7/22/2020 4:05:00 AM","takeda@partner.example","t.suzuki@minato-works.example","Re: x","FilteredAsSpam","","198.51.100.25","20480","9"
"""
SENDMAIL = b"""\
Jul 22 13:05:00 MX01 sm-mta[123]: 06M450ab000123: from=<takeda@partner.example>, size=20480, class=0, nrcpts=1, msgid=<a1@partner.example>, proto=ESMTP, daemon=MTA, relay=mail.partner.example [198.51.100.25]
Jul 22 13:05:01 MX01 sm-mta[124]: 06M450ab000123: to=<t.suzuki@minato-works.example>,<k.sato@minato-works.example>, delay=00:00:01, xdelay=00:00:00, mailer=esmtp, pri=120, relay=mbox.minato-works.example. [10.20.0.25], dsn=2.0.0, stat=Sent (OK, queued as 1)
Jul 22 13:05:02 MX01 sm-mta[125]: 06M450ab000124: ruleset=check_rcpt, arg1=<nobody@minato-works.example>, relay=[198.51.100.66], reject=550 5.7.1 <nobody@minato-works.example>... Relaying denied
Jul 22 13:05:03 MX01 sendmail[126]: 06M450ab000125: from=t.suzuki, size=10, nrcpts=1, msgid=<c3@minato-works.example>, relay=pc-014.minato-works.example [10.20.4.114]
Jul 22 13:05:04 MX01 sendmail[126]: 06M450ab000125: to=x@nowhere.example, delay=00:00:01, mailer=esmtp, relay=mx.nowhere.example [198.51.100.77], dsn=5.1.1, stat=User unknown
Jul 22 13:05:05 MX01 sendmail[126]: 06M450ab000125: 06M450ac000125: DSN: User unknown
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


def test_message_trace_reports() -> None:
    """Columns of the enhanced report; the recipient's last state counts."""
    delivered, failed = check_format("m365-message-trace", REPORT)
    assert (["t.suzuki@minato-works.example"], "Deliver") == (
        delivered.fields["mail_to"],
        delivered.fields["status"],
    )
    assert ("Re: 見積書", "198.51.100.25") == (delivered.fields["mail_subject"], delivered.fields["src_ip"])
    assert (Outcome.ALLOWED, Outcome.FAILED) == (delivered.outcome, failed.outcome)
    assert Entities(mailbox="t.suzuki@minato-works.example") == failed.entities
    assert LogSource("m365", "message-trace", frozenset({"mail"})) == failed.logsource


def test_message_trace_of_powershell() -> None:
    """The cmdlet's names, in CSV and in JSON, times as the United States write them."""
    (event,) = check_format("m365-message-trace", CMDLET)
    assert (Outcome.QUARANTINED, "a1@partner.example") == (event.outcome, event.fields["message_id"])
    assert datetime(2020, 7, 22, 4, 5, tzinfo=UTC) == event.time.at
    line = json.dumps(
        {
            "MessageTraceId": "9",
            "Received": "2020-07-22T04:05:00",
            "SenderAddress": "a@b.example",
            "RecipientAddress": "c@d.example",
            "Status": "Delivered",
        }
    )
    (event,) = check_format("m365-message-trace", line.encode())
    assert (["c@d.example"], Outcome.ALLOWED) == (event.fields["mail_to"], event.outcome)


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


@pytest.mark.parametrize("entry", [Exchange(), MessageTrace()])
def test_rows_without_heading_are_refused(entry: Exchange | MessageTrace) -> None:
    """A file that begins in the middle says nothing about its columns."""
    assert 0.0 == entry.recognise("a,b,c", BARE)
    with pytest.raises(UnreadableRecordError):
        list(entry.reader(Source("s", "s")).feed("a,b,c", BARE, 0))
