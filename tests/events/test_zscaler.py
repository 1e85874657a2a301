# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.zscaler import Zscaler
from noroshi.events.model import Entities, LogSource, Observable, Outcome, Source

PAIRS = (
    "2020-07-22 04:12:09\treason=Not allowed to browse this category\tevent_id=6851\tprotocol=HTTPS\taction=Blocked\ttransactionsize=1200"
    "\tresponsesize=800\trequestsize=400\turlcategory=Spyware\tserverip=198.51.100.7\trequestmethod=POST\trefererURL=www.example/start?x=1"
    "\tuseragent=Mozilla/5.0\tproduct=NSS\tlocation=本社\tClientIP=10.20.4.114\tstatus=403\tuser=t.suzuki@minato-works.example"
    "\turl=www.shop.example:8443/wp/a.exe?q=1\tvendor=Zscaler\thostname=www.shop.example\tthreatname=None\tmd5=None\n"
    "2020-07-22 04:12:10\treason=Allowed\tprotocol=HTTPS\taction=Allowed\trequestmethod=CONNECT\tuseragent=None\tproduct=NSS\tClientIP=10.20.4.115"
    "\tstatus=200\turl=mail.example:443\tvendor=Zscaler\thostname=mail.example\n"
).encode()
ROW = b'"Mon Jun 20 15:29:11 2022","t.suzuki@minato-works.example","HTTP","shop.example/","Blocked","Ebay","Consumer Apps","72","14061","0","0","Productivity Loss","Shopping and Auctions","Online Shopping","None","None","0","None","None","new-gre","Default Department","172.17.3.49","198.51.100.229","GET","403","curl/7.68.0","None","FwFilter","Firewall_1","Other","None","NA","PC-014","N/A"\n'
JSON = b"".join(
    json.dumps({"sourcetype": f"zscalernss-{feed}", "event": event}).encode() + b"\n"
    for feed, event in (
        (
            "web",
            {
                "datetime": "Wed Jul 22 04:12:09 2020",
                "action": "Allowed",
                "url": "www.example/a",
                "protocol": "HTTP",
                "requestmethod": "GET",
                "ClientIP": "10.20.4.114",
                "useragent": "curl",
                "status": "200",
            },
        ),
        (
            "dns",
            {
                "datetime": "Wed Jul 22 04:12:10 2020",
                "reqaction": "REQ_BLOCK",
                "resaction": "Block",
                "dns_req": "c2.example",
                "dns_reqtype": "A record",
                "clt_sip": "10.20.4.114",
            },
        ),
        (
            "fw",
            {
                "datetime": "Wed Jul 22 04:12:11 2020",
                "action": "Drop",
                "csip": "10.20.4.114",
                "cdip": "198.51.100.9",
                "cdport": "7080",
                "csport": "50112",
            },
        ),
    )
)


def test_key_value_feed() -> None:
    """Names of the feed for Splunk; the URL gets its scheme from the protocol."""
    blocked, tunnel = check_format("zscaler", PAIRS)
    expected = {
        "c-ip": "10.20.4.114",
        "dst_ip": "198.51.100.7",
        "cs-method": "POST",
        "c-uri": "https://www.shop.example:8443/wp/a.exe?q=1",
        "c-uri-query": "q=1",
        "c-uri-extension": "exe",
        "c-uri-norm": "www.shop.example/wp/a.exe",
        "cs-host": "www.shop.example",
        "cs-referer": "www.example/start?x=1",
        "c-useragent": "Mozilla/5.0",
        "sc-status": "403",
        "location": "本社",
    }
    assert expected == {name: blocked.fields.get(name) for name in expected}
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == blocked.time.at
    assert "threatname" not in blocked.fields
    assert Entities(user="t.suzuki", address="10.20.4.114") == blocked.entities
    assert ("mail.example:443", "443", "") == tuple(
        tunnel.fields[name] for name in ("c-uri", "cs-port", "c-useragent")
    )
    assert "c-uri-norm" not in tunnel.fields
    assert (Outcome.BLOCKED, Outcome.ALLOWED) == (blocked.outcome, tunnel.outcome)


def test_csv_feed_in_the_order_of_the_manuals_sample() -> None:
    """The row of Zscaler's help, with names and addresses of documentation."""
    (event,) = check_format("zscaler", ROW)
    expected = {
        "c-ip": "172.17.3.49",
        "dst_ip": "198.51.100.229",
        "cs-method": "GET",
        "c-uri": "http://shop.example/",
        "rulelabel": "Firewall_1",
    }
    assert expected == {name: event.fields.get(name) for name in expected}
    assert ("pc-014", Outcome.BLOCKED) == (event.entities.host, event.outcome)


def test_json_feeds() -> None:
    """Each feed has its category."""
    web, dns, firewall = check_format("zscaler", JSON)
    assert [frozenset({name}) for name in ("proxy", "dns", "firewall")] == [
        event.logsource.categories for event in (web, dns, firewall)
    ]
    assert LogSource("zscaler", "nss", frozenset({"dns"})) == dns.logsource
    assert Observable("domain", "c2.example", "query") in dns.observables
    assert ("198.51.100.9", "7080", Outcome.BLOCKED) == (
        firewall.fields["dst_ip"],
        firewall.fields["dst_port"],
        firewall.outcome,
    )
    assert (Outcome.ALLOWED, Outcome.BLOCKED) == (web.outcome, dns.outcome)


@pytest.mark.parametrize(
    "line", ['"Mon Jun 20 15:29:11 2022","a"', "reason", '{"sourcetype": "zscalernss-web", "event": 1}']
)
def test_damaged_lines_are_refused(line: str) -> None:
    """Too few columns, no pairs, no event."""
    with pytest.raises(UnreadableRecordError):
        list(Zscaler().reader(Source("s", "s")).feed(line, BARE, 0))
