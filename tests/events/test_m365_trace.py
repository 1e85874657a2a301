# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.m365_trace import MessageTrace
from noroshi.events.model import Entities, Event, LogSource, Outcome, Source

REPORT = """\
\ufeff"origin_timestamp_utc","sender_address","recipient_status","message_subject","total_bytes","message_id","network_message_id","original_client_ip","directionality","connector_id","delivery_priority"
"2020-07-22T04:05:00.1234567Z","takeda@partner.example","t.suzuki@minato-works.example##Receive, Deliver","Re: 見積書","20480","<a1@partner.example>","1-2","198.51.100.25","Incoming","","Normal"
"2020-07-22T04:06:00.1234567Z","t.suzuki@minato-works.example","x@nowhere.example##Receive, Fail","RE: order","100","<b2@minato-works.example>","3-4","10.20.4.114","Originating","","Normal"
""".encode()


CMDLET = b"""\
"PSComputerName","RunspaceId","Organization","MessageId","Received","SenderAddress","RecipientAddress","Subject","Status","ToIP","FromIP","Size","MessageTraceId"
"outlook","0","minato","<a1@partner.example>","7/22/2020 4:05:00 AM","takeda@partner.example","t.suzuki@minato-works.example","Re: x","FilteredAsSpam","","198.51.100.25","20480","9"
"""


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


HEAD = '"date_time_utc","sender_address","recipient_status","message_subject","message_id","original_client_ip","directionality"'


def read(row: str, head: str = HEAD) -> Event:
    """The event of one row behind a heading."""
    reader = MessageTrace().reader(Source("s", "s", zone=ZoneInfo("Asia/Tokyo")))
    if head:
        assert [] == list(reader.feed(head, BARE, 0))
    (event,) = reader.feed(row, BARE, 1)
    return event


@pytest.mark.parametrize(
    ("states", "recipients", "status", "outcome"),
    [
        ("c@d.example##Receive, Deliver", ["c@d.example"], "Deliver", Outcome.ALLOWED),
        ("c@d.example##Receive, Fail", ["c@d.example"], "Fail", Outcome.FAILED),
        ("c@d.example##Receive, Resolve, Expand", ["c@d.example"], "Expand", Outcome.ALLOWED),
        (
            "c@d.example##Receive, Deliver;e@f.example##Receive, Deliver",
            ["c@d.example", "e@f.example"],
            "Deliver",
            Outcome.ALLOWED,
        ),
        ("c@d.example", ["c@d.example"], None, Outcome.UNKNOWN),
    ],
)
def test_states_of_recipients(
    states: str, recipients: list[str], status: str | None, outcome: Outcome
) -> None:
    """``address##events``: the last event counts."""
    event = read(f'"2020-07-22T04:05:00Z","a@b.example","{states}","x","<1@b.example>","","Incoming"')
    assert (recipients, status, outcome) == (
        event.fields["mail_to"],
        event.fields.get("status"),
        event.outcome,
    )


def test_recipients_that_fared_differently_keep_all_states() -> None:
    """One failed, one got it: the mail came in."""
    states = "c@d.example##Receive, Fail;e@f.example##Receive, Deliver"
    event = read(f'"2020-07-22T04:05:00Z","a@b.example","{states}","x","<1@b.example>","","Incoming"')
    assert (["Fail", "Deliver"], Outcome.ALLOWED) == (event.fields["status"], event.outcome)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("Delivered", Outcome.ALLOWED),
        ("Quarantined", Outcome.QUARANTINED),
        ("FilteredAsSpam", Outcome.QUARANTINED),
        ("Failed", Outcome.FAILED),
        ("Pending", Outcome.UNKNOWN),
        ("GettingStatus", Outcome.UNKNOWN),
    ],
)
def test_states_of_the_cmdlet(status: str, outcome: Outcome) -> None:
    """As ``Get-MessageTrace`` documents its ``Status``."""
    head = '"Received","SenderAddress","RecipientAddress","Subject","Status","FromIP"'
    event = read(f'"2020-07-22 04:05:00","a@b.example","c@d.example","x","{status}","198.51.100.25"', head)
    assert (outcome, "198.51.100.25") == (event.outcome, event.fields["src_ip"])


def test_times_are_utc_whatever_the_zone() -> None:
    """The columns say so by name, and so does the manual of the cmdlet."""
    event = read('"2020-07-22T04:05:00.5","a@b.example","c@d.example","x","<1@b.example>","",""')
    assert datetime(2020, 7, 22, 4, 5, 0, 500_000, tzinfo=UTC) == event.time.at
    head = '"Received","SenderAddress","RecipientAddress","Subject","Status"'
    event = read('"7/22/2020 4:05:00 PM","a@b.example","c@d.example","x","Delivered"', head)
    assert datetime(2020, 7, 22, 16, 5, tzinfo=UTC) == event.time.at


def test_the_sender_of_a_report_is_empty() -> None:
    """``<>`` is nobody's mailbox."""
    event = read(
        '"2020-07-22T04:05:00Z","<>","c@d.example##Receive, Deliver","x","<1@b.example>","","Originating"'
    )
    assert ("", None) == (event.fields["mail_from"], event.entities.mailbox)


@pytest.mark.parametrize("row", ['"2020-07-22T04:05:00Z","a@b.example"', '{"SenderAddress"', '{"a": 1}'])
def test_rows_that_do_not_fit_are_refused(row: str) -> None:
    """Cut off, no JSON, or another object."""
    with pytest.raises(UnreadableRecordError):
        read(row)


def test_rows_before_any_heading_are_refused() -> None:
    """A file that begins in the middle says nothing about its columns."""
    assert 0.0 == MessageTrace().recognise("a,b,c", BARE)
    with pytest.raises(UnreadableRecordError):
        read("a,b,c", "")
