# ruff: noqa: E501 - log lines are as long as the product writes them
"""Mail gateways of any maker: the same uniform fields, whatever the product calls them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.mailgateway import MailGateway
from noroshi.events.model import Entities, LogSource, Observable, Outcome, Source

SUBJECT = "=?ISO-2022-JP?B?GyRCQEE1YT1xGyhC?="
"""請求書, as RFC 2047 writes it."""
MD5 = "0123456789abcdef0123456789abcdef"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PAIRS = f"""\
Jul 22 13:12:09 gw mailgw[12]: from=<a@sender.example> to=<t.suzuki@corp.example>,<s.sato@corp.example> subject="{SUBJECT}" attachments="=?ISO-2022-JP?B?GyRCQEE1YT1xGyhC?=.doc,picture.png" sha256={HASH} verdict=malicious action=quarantine client=203.0.113.9 msgid=<1@sender.example>
Jul 22 13:12:10 gw mailgw[12]: from=<> to=<t.suzuki@corp.example> subject="Undelivered" verdict=clean action=deliver client=[203.0.113.25]
"""
FORTIMAIL = '<6>date=2020-07-22 time=13:12:09.120 device_id=FE100C log_id=0200025843 type=statistics pri=information session_id="06M4C9" client_name="mx.sender.example" client_ip="203.0.113.9" dst_ip="10.20.0.25" from="a@sender.example" to="t.suzuki@corp.example" direction="in" classifier="Attachment Filter" disposition="Reject" subject="Invoice" message_length="2345"\n'
PROOFPOINT = {
    "GUID": "26b6",
    "messageTime": "2020-07-22T04:12:09.000Z",
    "sender": "a@sender.example",
    "recipient": ["t.suzuki@corp.example"],
    "senderIP": "203.0.113.9",
    "subject": SUBJECT,
    "messageID": "<1@sender.example>",
    "messageParts": [
        {"filename": "invoice.doc", "sha256": HASH, "md5": MD5, "sandboxStatus": "THREAT"},
        {"filename": "text.html"},
    ],
    "threatType": "attachment",
    "disposition": "blocked",
}
OTHER = {
    "timestamp": "2020-07-22T13:12:09+09:00",
    "from": {"address": "t.suzuki@corp.example", "name": "鈴木"},
    "to": [{"address": "b@receiver.example"}],
    "direction": "outbound",
    "subject": "再送",
    "attachments": [{"file": {"name": "見積.xlsm", "hash": {"sha256": HASH}}}],
}


def test_pairs_behind_syslog() -> None:
    """Encoded words of subject and attachments are read; the recipient's mailbox is the watched one."""
    caught, bounced = check_format("syslog", PAIRS.encode())
    expected = {
        "mail_from": "a@sender.example",
        "mail_to": ["t.suzuki@corp.example", "s.sato@corp.example"],
        "mail_subject": "請求書",
        "mail_attachments": ["請求書.doc", "picture.png"],
        "mail_attachment_hashes": [HASH],
        "mail_verdict": "malicious",
        "mail_event": "hold",
        "src_ip": "203.0.113.9",
        "message_id": "1@sender.example",
    }
    assert expected == {name: caught.fields.get(name) for name in expected}
    assert LogSource("mailgw", "gateway", frozenset({"mail"})) == caught.logsource
    assert (Outcome.QUARANTINED, Entities(mailbox="t.suzuki@corp.example")) == (
        caught.outcome,
        caught.entities,
    )
    assert Observable("file_name", "請求書.doc", "mail_attachments") in caught.observables
    assert Observable("sha256", HASH, "mail_attachment_hashes") in caught.observables
    assert ("", "delivery", "203.0.113.25", Outcome.ALLOWED) == (
        *(bounced.fields[name] for name in ("mail_from", "mail_event", "src_ip")),
        bounced.outcome,
    )


def test_fortimail() -> None:
    """Its date and time are one; its classifier is the verdict, its disposition what was done."""
    (event,) = check_format("syslog", FORTIMAIL.encode())
    assert datetime(2020, 7, 22, 13, 12, 9, 120000, tzinfo=UTC) == event.time.at
    assert ("reject", "Attachment Filter", "Invoice", Outcome.BLOCKED) == (
        *(event.fields[name] for name in ("mail_event", "mail_verdict", "mail_subject")),
        event.outcome,
    )


def test_objects() -> None:
    """Names of parts and objects, hashes in them; of mail that leaves the sender's mailbox is the watched one."""
    blocked, sent = check_format("mailgateway", f"{json.dumps(PROOFPOINT)}\n{json.dumps(OTHER)}\n".encode())
    assert (["invoice.doc", "text.html"], [HASH, MD5], "attachment", "請求書") == tuple(
        blocked.fields[name]
        for name in ("mail_attachments", "mail_attachment_hashes", "mail_verdict", "mail_subject")
    )
    assert (Outcome.BLOCKED, "t.suzuki@corp.example") == (blocked.outcome, blocked.entities.mailbox)
    assert ("t.suzuki@corp.example", ["b@receiver.example"], ["見積.xlsm"], [HASH]) == tuple(
        sent.fields[name] for name in ("mail_from", "mail_to", "mail_attachments", "mail_attachment_hashes")
    )
    assert ("other", "t.suzuki@corp.example") == (sent.fields["mail_event"], sent.entities.mailbox)


def test_gateways_that_write_cef() -> None:
    """Two mail addresses make it mail, whoever the vendor is; ``msg`` is the subject."""
    line = (
        f"CEF:0|Maker|Mail Gate|1|7|Message quarantined|5|rt=Jul 22 2020 13:12:09 suser=a@sender.example "
        f"duser=t.suzuki@corp.example msg={SUBJECT.replace('=', chr(92) + '=')} fname=invoice.doc act=quarantine "
        "cs1=malicious cs1Label=verdict src=203.0.113.9\n"
    )
    (event,) = check_format("cef", line.encode())
    assert LogSource("maker", "mail gate", frozenset({"mail"})) == event.logsource
    assert ("請求書", ["invoice.doc"], "malicious", ["t.suzuki@corp.example"], "hold") == tuple(
        event.fields[name]
        for name in ("mail_subject", "mail_attachments", "mail_verdict", "mail_to", "mail_event")
    )
    assert (Outcome.QUARANTINED, "t.suzuki@corp.example") == (event.outcome, event.entities.mailbox)


def test_antivirus_that_writes_cef() -> None:
    """Malware in a file, whoever the vendor is, in the words of SigmaHQ's antivirus rules."""
    line = (
        "CEF:0|Maker|Endpoint Protection|14|Virus Found|Virus found|8|rt=Jul 22 2020 13:12:09 dhost=PC-014 "
        "fname=invoice.doc act=Cleaned by deletion cs1=Trojan.Emotet cs1Label=Virus Name\n"
    )
    (event,) = check_format("cef", line.encode())
    assert LogSource("maker", "endpoint protection", frozenset({"antivirus"})) == event.logsource
    assert ("Trojan.Emotet", "invoice.doc") == (event.fields["Signature"], event.fields["Filename"])
    assert (Outcome.QUARANTINED, Entities(host="pc-014")) == (event.outcome, event.entities)


@pytest.mark.parametrize(
    "line",
    [
        "from=<a@sender.example> size=3 nrcpt=1",
        '{"from": "a@sender.example", "subject": "x"}',
        '{"to": "a@sender.example", "from": "b", "event_type": "smtp", "subject": "x"}',
        "subject=a from=b to=c",
    ],
)
def test_what_is_no_record_of_a_mail(line: str) -> None:
    """One end only, no content, another format's names, no address at all."""
    assert 0.0 == MailGateway().recognise(line, BARE)


def test_a_line_without_both_ends_is_refused() -> None:
    """In a file of the gateway's, one line of something else is one error."""
    with pytest.raises(UnreadableRecordError, match="who wrote to whom"):
        list(MailGateway().reader(Source("s", "s")).feed("started version=7", BARE, 0))
