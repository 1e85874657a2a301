"""Senders and attachments in uniform words, from every log of mail that has them."""

# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from typing import Any

import orjson
import pytest

from noroshi.events.formats._mail import add_sender, domain_of, named_files
from noroshi.events.model import Event, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named


def read(format_name: str, text: str) -> list[Event]:
    """The events of this text."""
    entry, problems = format_named(format_name), Problems()
    assert entry is not None
    return list(entry.decode(io.BytesIO(text.encode()), Source("mail.log", "s"), problems))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"Suzuki Taro" <t.suzuki@Partner.Example>', {"mail_header_from": "t.suzuki@Partner.Example", "mail_header_domain": "partner.example", "mail_from_name": "Suzuki Taro"}),
        ('"t.suzuki@minato-works.example" <info@shop.example>', {"mail_header_from": "info@shop.example", "mail_header_domain": "shop.example", "mail_from_name": "t.suzuki@minato-works.example", "mail_name_domain": "minato-works.example"}),
        ("=?UTF-8?B?6Yi05pyo?= <a@b.example>", {"mail_header_from": "a@b.example", "mail_header_domain": "b.example", "mail_from_name": "鈴木"}),
        ("a@b.example", {"mail_header_from": "a@b.example", "mail_header_domain": "b.example"}),
        ("<>", {}),
        ("", {}),
        (None, {}),
        (7, {}),
    ],
)  # fmt: skip
def test_the_from_header_is_taken_apart(header: Any, expected: dict[str, str]) -> None:
    """The address that answers go to, and the name that people see, encoded words read."""
    fields: dict[str, Any] = {"mail_from": "bounce@list.example"}
    add_sender(fields, header)
    assert expected | {"mail_from": "bounce@list.example", "mail_from_domain": "list.example"} == fields


@pytest.mark.parametrize(
    ("text", "expected"),
    [("A@B.Example", "b.example"), ("a@b@c.example", "c.example"), ("", None), ("root", None), (None, None)],
)
def test_domains_of_addresses(text: Any, expected: str | None) -> None:
    """What stands behind the last at sign."""
    assert expected == domain_of(text)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('application/msword; name="invoice.doc"', ["invoice.doc"]),
        ("attachment; filename=a.iso", ["a.iso"]),
        ('application/zip; name="=?UTF-8?B?6KuL5rGC5pu4LnppcA==?="', ["請求書.zip"]),
        ("attachment; filename*=UTF-8''%E8%AB%8B%E6%B1%82.lzh", ["請求.lzh"]),
        ('x; name="a.doc"; filename="a.doc"', ["a.doc"]),
        ("text/plain; charset=utf-8", []),
    ],
)
def test_file_names_of_headers(header: str, expected: list[str]) -> None:
    """Quoted, bare, encoded as RFC 2047 and as RFC 2231."""
    assert expected == named_files(header)


POSTFIX = """\
Jul 22 13:05:01 mx01 postfix/cleanup[1]: 4BBQZ16fz3z1xV: warning: header From: "t.suzuki@minato-works.example" <info@shop.example> from mail.shop.example[198.51.100.25]; from=<info@shop.example> to=<h.abe@minato-works.example> proto=ESMTP helo=<h>
Jul 22 13:05:01 mx01 postfix/cleanup[1]: 4BBQZ16fz3z1xV: warning: mime-header Content-Type: application/msword; name="a.doc" from mail.shop.example[198.51.100.25]; from=<info@shop.example> to=<h.abe@minato-works.example> proto=ESMTP helo=<h>
Jul 22 13:05:01 mx01 postfix/cleanup[1]: 4BBQZ16fz3z1xV: warning: header Content-Disposition: attachment; filename="b.iso" from mail.shop.example[198.51.100.25]; from=<info@shop.example> to=<h.abe@minato-works.example> proto=ESMTP helo=<h>
Jul 22 13:05:02 mx01 postfix/lmtp[2]: 4BBQZ16fz3z1xV: to=<h.abe@minato-works.example>, relay=l[private/l], delay=0.5, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)
"""


def test_postfix_joins_sender_and_attachments_to_the_delivery() -> None:
    """What header checks logged line by line stands on the record that says the mail was delivered."""
    *_, delivery = read("syslog", POSTFIX)
    assert ["a.doc", "b.iso"] == delivery.fields["mail_attachments"]
    named = ("mail_from_domain", "mail_header_domain", "mail_name_domain", "outcome")
    assert ("shop.example", "shop.example", "minato-works.example") == tuple(
        delivery.fields[name] for name in named[:3]
    )
    assert "allowed" == delivery.outcome


def test_zeek_tells_the_sender() -> None:
    """Smtp has the header."""
    line = '{"_path":"smtp","ts":1595391129.1,"uid":"C1","id.orig_h":"198.51.100.25","id.orig_p":1,"id.resp_h":"10.20.0.25","id.resp_p":25,"trans_depth":1,"helo":"h","mailfrom":"info@shop.example","rcptto":["h.abe@minato-works.example"],"from":"\\"Abe\\" <x@evil.example>"}'
    (smtp,) = read("zeek", line)
    named = ("mail_from_domain", "mail_header_domain", "mail_from_name")
    assert ["shop.example", "evil.example", "Abe"] == [smtp.fields[name] for name in named]


def test_zeek_tells_attachments_from_other_files() -> None:
    """A file that came by mail is a record of mail; one from the web is not."""
    line = '{"_path":"files","ts":1595391129.1,"fuid":"F1","analyzers":[],"conn_uids":["C1"],"filename":"a.docm","source":"SMTP"}'
    (attached,) = read("zeek", line)
    (fetched,) = read("zeek", line.replace("SMTP", "HTTP"))
    mail = (attached.fields["mail_attachments"], attached.logsource.categories)
    assert (["a.docm"], frozenset({"mail"})) == mail
    assert frozenset() == fetched.logsource.categories


def test_gateways_suricata_and_traces() -> None:
    """The same names from products that log the sender in their own way."""
    gateway = '{"time":"2020-07-22T04:12:09Z","envelope_from":"b@list.example","header_from":"\\"A\\" <a@near.example>","recipients":["c@d.example"],"subject":"x","attachments":["a.iso"],"action":"delivered"}'
    (event,) = read("mailgateway", gateway)
    assert ("list.example", "near.example", "A") == tuple(
        event.fields[name] for name in ("mail_from_domain", "mail_header_domain", "mail_from_name")
    )
    eve = {
        "timestamp": "2020-07-22T04:12:09.000000+0000",
        "event_type": "smtp",
        "src_ip": "198.51.100.25",
        "dest_ip": "10.20.0.25",
        "smtp": {"mail_from": "<b@list.example>", "rcpt_to": ["<c@d.example>"]},
        "email": {"from": "A <a@near.example>"},
    }
    (event,) = read("suricata", orjson.dumps(eve).decode())
    assert ("list.example", "near.example") == (
        event.fields["mail_from_domain"],
        event.fields["mail_header_domain"],
    )
    tracking = "#Software: Microsoft Exchange Server\n#Log-type: Message Tracking Log\n#Fields: date-time,client-ip,event-id,sender-address,recipient-address,message-subject\n2020-07-22T04:12:09.000Z,198.51.100.25,DELIVER,b@list.example,c@d.example,x\n"
    (event,) = read("exchange", tracking)
    assert "list.example" == event.fields["mail_from_domain"]


def test_the_spam_filter_of_a_fortigate() -> None:
    """An emailfilter record is a record of mail like others."""
    line = 'date=2020-07-22 time=13:12:09 devname="FW01" devid="FGT1" eventtime=1595391133 logid="0508020503" type="utm" subtype="emailfilter" eventtype="smtp" srcip=198.51.100.25 dstip=10.20.0.25 from="Abe <x@near.example>" to="c@d.example,e@d.example" subject="=?UTF-8?B?6Yi05pyo?=" action="blocked"'
    (event,) = read("fortigate", line)
    named = ("mail_from", "mail_to", "mail_subject", "mail_header_domain", "mail_from_name")
    assert ["x@near.example", ["c@d.example", "e@d.example"], "鈴木", "near.example", "Abe"] == [
        event.fields[name] for name in named
    ]
    assert ("blocked", frozenset({"mail"})) == (event.outcome, event.logsource.categories)
