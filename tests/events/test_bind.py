# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.bind import BindFormat
from noroshi.events.model import Event, Outcome, Source, ZoneOrigin

OWN = """\
22-Jul-2020 13:12:09.123 queries: info: client @0x7f8c3c0a1b20 10.20.4.114#53124 (www.shop.example): query: www.shop.example IN A +E(0)K (10.20.0.53)
22-Jul-2020 13:12:10.000 client 10.20.4.115#1024 (a.example): view internal: query: a.example IN AAAA -EDC (10.20.0.53)
22-Jul-2020 13:12:11.500 rpz: info: client @0x7f8c3c0a1b20 10.20.4.114#53125 (bad.example): rpz QNAME NXDOMAIN rewrite bad.example/A/IN via bad.example.rpz.minato-works.example
22-Jul-2020 13:12:11.600 rpz: info: client @0x7f8c3c0a1b20 10.20.4.114#53125 (bad.example): disabled rpz QNAME NXDOMAIN rewrite bad.example/A/IN via bad.example.rpz.minato-works.example
22-Jul-2020 13:12:11.700 rpz: info: client @0x7f8c3c0a1b20 10.20.4.114#53125 (ok.example): rpz QNAME PASSTHRU rewrite ok.example/A/IN via ok.example.rpz.minato-works.example
22-Jul-2020 13:12:12.500 security: info: client @0x7f8c 203.0.113.4#53125 (bad.example): query (cache) 'bad.example/A/IN' denied
22-Jul-2020 13:12:12.600 query-errors: info: client @0x7f8c 2001:db8::4#53125 (bad.example): query failed (SERVFAIL) for bad.example/IN/A at query.c:7836
22-Jul-2020 13:12:12.700 responses: info: client @0x7f8c 10.20.4.114#53124 (no.example): view internal: response: no.example IN A NXDOMAIN 0 1 1 +E(0)K (10.20.0.53)
22-Jul-2020 13:12:13.500 general: info: zone minato-works.example/IN: loaded serial 2020072201
"""
SYSLOG = """\
<30>1 2020-07-22T13:12:09.123+09:00 ns01 named 812 - - client @0x7f8c 10.20.4.114#53124 (www.shop.example): query: www.shop.example IN A + (10.20.0.53)
<30>1 2020-07-22T13:12:10.123+09:00 ns01 named 812 - - queries: info: client @0x7f8c 10.20.4.114#53124 (日本.example): query: 日本.example IN TXT + (10.20.0.53)
"""


def read(text: str) -> list[Event]:
    """The events of these lines, written in Japan."""
    reader = BindFormat().reader(Source("query.log", "s", zone=ZoneInfo("Asia/Tokyo")))
    return [event for at, line in enumerate(text.splitlines()) for event in reader.feed(line, BARE, at)]


def test_own_times_and_syslog_fulfil_the_contract() -> None:
    """Recognised by content, repeatable, damaged copies give located errors."""
    assert 9 == len(check_format("bind", OWN.encode()))
    events = check_format("syslog", SYSLOG.encode())
    assert ["www.shop.example", "日本.example"] == [event.fields["query"] for event in events]
    assert ZoneOrigin.RECORD == events[0].time.zone


def test_a_query_has_sigmas_names() -> None:
    """Name, type, client and server; the time is local to the server."""
    event = read(OWN)[0]
    expected = {
        "query": "www.shop.example",
        "record_type": "A",
        "query_class": "IN",
        "query_flags": "+E(0)K",
        "src_ip": "10.20.4.114",
        "src_port": 53124,
        "dst_ip": "10.20.0.53",
        "log_category": "queries",
    }
    assert expected == {name: event.fields[name] for name in expected}
    assert datetime(2020, 7, 22, 4, 12, 9, 123000, UTC) == event.time.at
    assert ("10.20.4.114", frozenset({"dns"})) == (event.entities.address, event.logsource.categories)
    assert ("domain", "www.shop.example") in {(o.type, o.value) for o in event.observables}


def test_every_line_is_told_apart() -> None:
    """Queries with and without view, policies, refusals, failures, answers; the rest is no DNS event."""
    events = read(OWN)
    expected = ["query", "query", *["policy"] * 3, "denied", "failed", "response", "other"]
    assert expected == [event.kind.constants["dns_event"] for event in events]
    assert "internal" == events[1].fields["view"]
    assert frozenset() == events[-1].logsource.categories
    assert "2001:db8::4" == events[6].fields["src_ip"]
    answer = events[7].fields
    assert ("NXDOMAIN", 0, "+E(0)K", "10.20.0.53", "internal") == tuple(
        answer[name] for name in ("rcode_name", "answer_count", "query_flags", "dst_ip", "view")
    )


def test_what_the_server_did() -> None:
    """A rewritten answer is blocked, a disabled policy only detected, a query alone says nothing."""
    expected = [
        Outcome.UNKNOWN,
        Outcome.UNKNOWN,
        Outcome.BLOCKED,
        Outcome.DETECTED,
        Outcome.ALLOWED,
        Outcome.BLOCKED,
        Outcome.FAILED,
        Outcome.FAILED,
        Outcome.UNKNOWN,
    ]
    assert expected == [event.outcome for event in read(OWN)]


@pytest.mark.parametrize(
    "line",
    [
        "22-Jul-2020 13:12:14.500 queries: info: client @0x7f8c 10.20.4.114#53125 (bad.ex): query: bad.ex",
        "client 10.20.4.1#port (x): query: x IN A + (10.0.0.1)",
    ],
)
def test_damaged_queries_say_so(line: str) -> None:
    """No traceback, one reason."""
    with pytest.raises(UnreadableRecordError):
        read(line)
