from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.suricata import SuricataFormat
from noroshi.events.model import Entities, Event, Outcome, Source
from noroshi.events.values import lookup

SHA256 = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
COMMON: dict[str, Any] = {
    "timestamp": "2020-07-22T13:20:31.123456+0900",
    "flow_id": 586497171462735,
    "in_iface": "ens192",
    "src_ip": "10.20.4.114",
    "src_port": 50096,
    "dest_ip": "203.0.113.5",
    "dest_port": 8080,
    "proto": "TCP",
}
HTTP: dict[str, Any] = COMMON | {
    "event_type": "http",
    "tx_id": 0,
    "http": {
        "hostname": "203.0.113.5",
        "http_port": 8080,
        "url": "/mult/balloon/",
        "http_user_agent": "Mozilla/5.0 (Windows NT 10.0; WOW64)",
        "http_content_type": "text/html",
        "http_refer": "http://203.0.113.5/mult/balloon/",
        "http_method": "POST",
        "protocol": "HTTP/1.1",
        "status": 200,
        "length": 148,
    },
}
ALERT: dict[str, Any] = COMMON | {
    "event_type": "alert",
    "alert": {
        "action": "allowed",
        "gid": 1,
        "signature_id": 2018358,
        "rev": 10,
        "signature": "SAMPLE HUNTING POST to dotted quad",
        "category": "Potentially Bad Traffic",
        "severity": 2,
    },
    "http": HTTP["http"],
    "app_proto": "http",
}
DNS1: dict[str, Any] = COMMON | {
    "event_type": "dns",
    "dest_port": 53,
    "dns": {"type": "query", "id": 1, "rrname": "www.shop.example", "rrtype": "A", "tx_id": 0},
}
DNS2: dict[str, Any] = COMMON | {
    "event_type": "dns",
    "src_ip": "10.20.0.53",
    "src_port": 53,
    "dest_ip": "10.20.4.114",
    "dest_port": 50096,
    "dns": {
        "version": 2,
        "type": "answer",
        "id": 1,
        "rrname": "www.shop.example",
        "rrtype": "A",
        "rcode": "NOERROR",
        "answers": [
            {"rrname": "www.shop.example", "rrtype": "CNAME", "ttl": 60, "rdata": "shop.example"},
            {"rrname": "shop.example", "rrtype": "A", "ttl": 60, "rdata": "198.51.100.80"},
        ],
    },
}
DNS3: dict[str, Any] = COMMON | {
    "event_type": "dns",
    "dns": {
        "version": 3,
        "type": "response",
        "id": 2,
        "rcode": "NXDOMAIN",
        "queries": [{"rrname": "nowhere.example", "rrtype": "AAAA"}],
    },
}
TLS: dict[str, Any] = COMMON | {
    "event_type": "tls",
    "dest_port": 443,
    "tls": {"sni": "www.bank.example", "version": "TLS 1.2", "ja3": {"hash": "e" * 32}},
}
FLOW: dict[str, Any] = COMMON | {
    "event_type": "flow",
    "flow": {
        "pkts_toserver": 5,
        "pkts_toclient": 4,
        "state": "closed",
        "reason": "shutdown",
        "alerted": True,
    },
}
FILE: dict[str, Any] = COMMON | {
    "event_type": "fileinfo",
    "src_ip": "198.51.100.80",
    "src_port": 8000,
    "dest_ip": "10.20.4.114",
    "dest_port": 50096,
    "http": {"hostname": "www.shop.example", "url": "/wp/a.exe", "http_method": "GET", "status": 200},
    "fileinfo": {"filename": "/wp/a.exe", "state": "CLOSED", "sha256": SHA256, "size": 360448},
}
SMTP: dict[str, Any] = COMMON | {
    "event_type": "smtp",
    "src_ip": "198.51.100.25",
    "dest_ip": "10.20.0.25",
    "dest_port": 25,
    "smtp": {
        "helo": "mail.partner.example",
        "mail_from": "<h.sato@partner.example>",
        "rcpt_to": ["<T.Suzuki@minato-works.example>"],
    },
    "email": {
        "status": "PARSE_DONE",
        "from": "=?UTF-8?B?5L2Q6Jek?= <h.sato@partner.example>",
        "subject": "=?ISO-2022-JP?B?UmU6IBskQkBBNWE9cSRON28bKEI=?=",
        "attachment": ["請求書.doc"],
    },
}
DROP: dict[str, Any] = COMMON | {"event_type": "drop", "drop": {"len": 60, "reason": "rules"}}
DHCP: dict[str, Any] = COMMON | {
    "event_type": "dhcp",
    "dhcp": {
        "type": "reply",
        "dhcp_type": "ack",
        "client_mac": "00:15:5D:0A:04:72",
        "assigned_ip": "10.20.4.114",
        "client_ip": "0.0.0.0",
        "lease_time": 28800,
        "hostname": "PC-014",
    },
}
ANOMALY: dict[str, Any] = COMMON | {
    "event_type": "anomaly",
    "anomaly": {"type": "applayer", "event": "INVALID_RECORD", "app_proto": "tls"},
}


def read(record: dict[str, Any]) -> Event:
    """The event of one record."""
    (event,) = SuricataFormat().reader(Source("eve.json", "s")).feed(json.dumps(record), BARE, 1)
    return event


def test_a_file_of_all_types_fulfils_the_contract() -> None:
    """Recognised by content, repeatable, damaged copies give located errors."""
    records = [HTTP, ALERT, DNS1, DNS2, DNS3, TLS, FLOW, FILE, SMTP, DROP, DHCP, ANOMALY]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    assert len(records) == len(check_format("suricata", lines.encode()))


def test_http_has_the_web_fields_of_a_proxy() -> None:
    """A path, a host and a port become the URL that was asked for, and both normalised URLs are equal."""
    event = read(HTTP)
    expected = {
        "c-uri": "http://203.0.113.5:8080/mult/balloon/",
        "cs-method": "POST",
        "cs-host": "203.0.113.5",
        "cs-referer": "http://203.0.113.5/mult/balloon/",
        "c-uri-norm": "203.0.113.5/mult/balloon/",
        "cs-referer-norm": "203.0.113.5/mult/balloon/",
        "c-useragent": "Mozilla/5.0 (Windows NT 10.0; WOW64)",
        "sc-status": 200,
        "c-ip": "10.20.4.114",
        "dst_ip": "203.0.113.5",
        "dst_port": 8080,
    }
    assert expected == {name: event.fields.get(name) for name in expected}
    assert frozenset({"proxy"}) == event.logsource.categories
    assert "/mult/balloon/" == lookup(event.fields, "http.url")
    assert Outcome.ALLOWED == event.outcome


def test_the_client_behind_a_proxy_is_kept() -> None:
    """Under the name that the header has, for identity to join."""
    assert "10.20.4.9" == read(HTTP | {"http": HTTP["http"] | {"xff": "10.20.4.9"}}).fields["x-forwarded-for"]


def test_the_record_states_its_zone() -> None:
    """13:20:31 at +0900 is 04:20:31 UTC."""
    assert datetime(2020, 7, 22, 4, 20, 31, 123456, UTC) == read(HTTP).time.at


def test_a_request_to_an_inside_server_is_of_a_web_server_too() -> None:
    """Attacks on our own servers are seen by webserver rules; requests to our proxy are not."""
    inside = HTTP | {"src_ip": "203.0.113.9", "dest_ip": "10.20.0.30"}
    event = read(inside)
    assert frozenset({"proxy", "webserver"}) == event.logsource.categories
    assert "10.20.0.30" == event.entities.address
    http = HTTP["http"] | {
        "url": "http://www.shop.example/a?u=http://b.example/",
        "hostname": "www.shop.example",
    }
    proxied = read(HTTP | {"dest_ip": "10.20.0.8", "dest_port": 3128, "http": http})
    assert frozenset({"proxy"}) == proxied.logsource.categories
    assert "http://www.shop.example/a?u=http://b.example/" == proxied.fields["c-uri"]


@pytest.mark.parametrize(("action", "outcome"), [("allowed", Outcome.DETECTED), ("blocked", Outcome.BLOCKED)])
def test_an_alert_is_detected_or_blocked(action: str, outcome: Outcome) -> None:
    """What the sensor let through is detected only, even when the server answered 200."""
    event = read(ALERT | {"alert": ALERT["alert"] | {"action": action}})
    assert outcome == event.outcome
    assert frozenset({"ids"}) == event.logsource.categories
    assert {"event_type": "alert"} == dict(event.kind.constants)
    assert "SAMPLE HUNTING POST to dotted quad" == lookup(event.fields, "alert.signature")


def test_an_alert_on_an_answer_is_about_the_client() -> None:
    """The packet goes from the server to the client; the client stays the watched side."""
    turned = ALERT | {"src_ip": "203.0.113.5", "dest_ip": "10.20.4.114"}
    assert "10.20.4.114" == read(turned | {"direction": "to_client"}).entities.address
    flow = {"src_ip": "10.20.4.114", "dest_ip": "203.0.113.5"}
    assert "10.20.4.114" == read(turned | {"flow": flow}).entities.address
    assert "10.20.4.114" == read(turned | {"src_port": 8080, "dest_port": 50096}).entities.address


@pytest.mark.parametrize(
    ("record", "query", "record_type", "answer", "outcome"),
    [
        (DNS1, "www.shop.example", "A", None, Outcome.UNKNOWN),
        (DNS2, "www.shop.example", "A", ["shop.example", "198.51.100.80"], Outcome.ALLOWED),
        (DNS3, "nowhere.example", "AAAA", None, Outcome.FAILED),
    ],
)
def test_dns_of_all_versions_has_sigmas_names(
    record: dict[str, Any], query: str, record_type: str, answer: list[str] | None, outcome: Outcome
) -> None:
    """Query and answers, whichever version of the record; the client is the watched side of an answer."""
    event = read(record)
    fields = event.fields
    assert (query, record_type, answer) == (fields["query"], fields["record_type"], fields.get("answer"))
    assert (outcome, "10.20.4.114") == (event.outcome, event.entities.address)
    assert frozenset({"dns"}) == event.logsource.categories


def test_an_alert_brings_the_names_of_its_protocol() -> None:
    """The question is there for indicators, also where the alert alone is logged."""
    alert = {name: value for name, value in ALERT.items() if name != "http"}
    event = read(alert | {"dns": {"query": [{"type": "query", "rrname": "bad.example", "rrtype": "A"}]}})
    assert ("bad.example", Outcome.DETECTED) == (event.fields["query"], event.outcome)
    assert "bank.example" == read(alert | {"tls": {"sni": "bank.example"}}).fields["server_name"]


def test_mail_has_both_sides_and_a_readable_subject() -> None:
    """The recipient is the watched mailbox of mail from outside; Japanese is decoded beside the original."""
    event = read(SMTP)
    assert "Re: 請求書の件" == event.fields["mail_subject"]
    assert "h.sato@partner.example" == event.fields["mail_from"]
    assert Entities(mailbox="t.suzuki@minato-works.example") == event.entities
    sender = read(SMTP | {"src_ip": "10.20.4.114", "dest_ip": "203.0.113.25"}).entities
    assert Entities(address="10.20.4.114", mailbox="h.sato@partner.example") == sender
    assert frozenset({"mail"}) == event.logsource.categories


def test_the_other_types_say_what_became_of_them() -> None:
    """A drop is blocked, a closed flow went through, a TLS record shows the host only."""
    assert Outcome.BLOCKED == read(DROP).outcome
    assert Outcome.ALLOWED == read(FLOW).outcome
    assert Outcome.BLOCKED == read(FLOW | {"flow": FLOW["flow"] | {"action": "drop"}}).outcome
    assert "www.bank.example" == read(TLS).fields["server_name"]
    assert ("domain", "www.bank.example") in {(o.type, o.value) for o in read(TLS).observables}
    assert ("sha256", SHA256) in {(o.type, o.value) for o in read(FILE).observables}
    assert "10.20.4.114" == read(FILE).entities.address
    assert "http://www.shop.example:8000/wp/a.exe" == read(FILE).fields["c-uri"]


def test_a_lease_has_the_uniform_fields() -> None:
    """EVE's DHCP reply as identity wants it."""
    fields = read(DHCP).fields
    expected = ("assign", "10.20.4.114", "00:15:5d:0a:04:72", "PC-014", 28800)
    assert expected == tuple(fields[n] for n in ("dhcp_action", "ip", "mac", "hostname", "lease_seconds"))
    offered = read(DHCP | {"src_ip": "10.20.0.67", "dest_ip": "255.255.255.255"})
    assert Entities(host="pc-014", address="10.20.4.114") == offered.entities


@pytest.mark.parametrize("line", ['{"event_type": "al', "[1]", '{"timestamp": "x"}', "[" * 100_000, '"text"'])
def test_damaged_lines_say_so(line: str) -> None:
    """No traceback, one reason."""
    with pytest.raises(UnreadableRecordError):
        SuricataFormat().reader(Source("eve.json", "s")).feed(line, BARE, 1)


def test_strange_values_are_handled() -> None:
    """NaN is null, a lone surrogate is replaced, wrong types are left alone, unknown types share one kind."""
    line = (
        '{"event_type":"http","timestamp":NaN,"http":{"url":"/\\ud800x","hostname":[1]},'
        '"dns":7,"src_ip":{},"n":1e999}'
    )
    (event,) = SuricataFormat().reader(Source("eve.json", "s")).feed(line, BARE, 1)
    assert "/�x" == lookup(event.fields, "http.url")
    assert event.fields["timestamp"] is None
    assert event.fields["n"] is None
    assert event.entities.address is None
    first, second = read(COMMON | {"event_type": "one"}), read(COMMON | {"event_type": "two"})
    assert first.kind is second.kind


def test_a_dns_answer_is_told_from_the_side_that_asked() -> None:
    """Query and answer have the same client, so that rules count by it; the server is the destination."""
    ends = {"src_ip": "10.20.0.53", "src_port": 53, "dest_ip": "10.20.4.114", "dest_port": 50096}
    dns = {"type": "answer", "rrname": "no.example", "rrtype": "A", "rcode": "NXDOMAIN"}
    answer = json.dumps(COMMON | ends | {"event_type": "dns", "dns": dns})
    (event,) = check_format("suricata", answer.encode())
    assert ("10.20.4.114", "10.20.0.53", 53) == tuple(
        event.fields[name] for name in ("src_ip", "dst_ip", "dst_port")
    )
    assert "10.20.4.114" == event.entities.address
