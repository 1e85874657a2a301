# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from noroshi.events.conformance import check_format
from noroshi.events.formats._keyvalue import key_values
from noroshi.events.model import Entities, Event, Observable, Outcome, Source, ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

HEADER = 'date=2020-07-22 time=13:12:09 devname="FW01" devid="FGT60E0000000001"'
DENY = (
    f'{HEADER} eventtime=1595391129123456789 tz="+0900" logid="0000000013" type="traffic" subtype="forward" level="notice" '
    'vd="root" srcip=10.20.4.114 srcname="PC-014" srcport=50123 srcintf="lan" srcintfrole="lan" dstip=192.0.2.9 '
    'dstport=7080 dstintf="wan1" dstintfrole="wan" sessionid=12 proto=6 action="deny" policyid=0 service="tcp/7080" '
    'dstcountry="Reserved" trandisp="noop" duration=0 sentbyte=0 rcvdbyte=0 unauthuser="T.SUZUKI"'
)
ACCEPT = DENY.replace('action="deny"', 'action="close"').replace("sessionid=12", "sessionid=13")
UTM_BLOCKED = ACCEPT + ' utmaction="block" countweb=1'
WEB = (
    f'{HEADER} eventtime=1595391130 tz="+0900" logid="0316013056" type="utm" subtype="webfilter" eventtype="ftgd_blk" '
    'level="warning" vd="root" policyid=1 user="MINATO\\\\t.suzuki" srcip=10.20.4.114 srcport=50124 dstip=198.51.100.7 '
    'dstport=8080 proto=6 service="HTTP" hostname="www.Shop.example" profile="default" action="blocked" reqtype="direct" '
    'url="/wp/a.exe?x=\\"1\\"" sentbyte=120 rcvdbyte=0 direction="outgoing" msg="URL belongs to a denied category" '
    'catdesc="悪意のあるサイト" agent="Mozilla/5.0" httpmethod="GET" referralurl="http://www.shop.example/wp/"'
)
IPS = (
    f'{HEADER} logid="0419016384" type="utm" subtype="ips" eventtype="signature" level="alert" vd="root" tz="+0900" '
    'severity="high" srcip=192.0.2.77 dstip=10.20.0.30 srcport=1 dstport=443 action="detected" attack="Test.Attack" '
)
DNS = (
    f'{HEADER} eventtime=1595391131000 logid="1501054802" type="utm" subtype="dns" eventtype="dns-response" level="notice" '
    'srcip=10.20.4.114 dstip=10.20.0.53 dstport=53 qname="www.shop.example" qtype="A" qclass="IN" '
    'ipaddr="198.51.100.7, 198.51.100.8" action="pass"'
)
VIRUS = (
    f'{HEADER} eventtime=1595391132 logid="0211008192" type="utm" subtype="virus" eventtype="infected" level="warning" '
    'srcip=10.20.4.114 dstip=198.51.100.7 action="passthrough" filename="a.exe" virus="W32/Test.A!tr" '
    'analyticscksum="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"'
)
ADMIN = (
    f'{HEADER} eventtime=1595391133 logid="0100044547" type="event" subtype="system" level="information" vd="root" '
    'logdesc="Object attribute configured" user="admin" ui="https(10.20.0.2)" action="Add" cfgpath="system.admin" '
    'cfgobj="new" msg="Add system.admin new"'
)
RECORDS = DENY, ACCEPT, UTM_BLOCKED, WEB, IPS, DNS, VIRUS, ADMIN
SAMPLE = "\n".join(RECORDS).encode()


def read(text: str, source: Source | None = None, name: str = "fortigate") -> tuple[list[Event], Problems]:
    """The events of this text."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(text.encode()), source or Source("fw.log", "s"), problems)), problems


def test_records_are_told_apart_and_named() -> None:
    """Each subtype has its category, outcome and Sigma's names beside FortiOS's own."""
    deny, accept, utm, web, ips, dns, virus, admin = check_format("fortigate", SAMPLE)
    assert deny.logsource.covers("fortigate", "traffic", "firewall")
    assert ("10.20.4.114", "192.0.2.9", "7080", "deny") == tuple(
        deny.fields[name] for name in ("src_ip", "dst_ip", "dst_port", "action")
    )
    assert "192.0.2.9" == deny.fields["dstip"]
    outcomes = [event.outcome for event in (deny, accept, utm, web, ips, dns, virus)]
    assert [
        Outcome.BLOCKED,
        Outcome.ALLOWED,
        Outcome.BLOCKED,
        Outcome.BLOCKED,
        Outcome.DETECTED,
        Outcome.ALLOWED,
        Outcome.DETECTED,
    ] == outcomes
    assert datetime(2020, 7, 22, 4, 12, 9, 123456, tzinfo=UTC) == deny.time.at
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == ips.time.at
    assert dns.logsource.covers("fortigate", "utm", "dns")
    assert ("www.shop.example", "A", ["198.51.100.7", "198.51.100.8"]) == (
        dns.fields["query"],
        dns.fields["record_type"],
        dns.fields["answer"],
    )
    assert Observable("ip", "198.51.100.8", "answer") in dns.observables
    assert virus.logsource.covers(None, None, "antivirus")
    assert ("W32/Test.A!tr", "a.exe") == (virus.fields["Signature"], virus.fields["Filename"])
    assert admin.logsource.covers("fortigate", "event", None)
    assert ("Add", "system.admin") == (admin.fields["action"], admin.fields["cfgpath"])


def test_a_web_filter_record_is_a_proxys_record() -> None:
    """Host and path make the URL; escapes in quotes are undone, Japanese stays."""
    (web,), _ = read(WEB)
    assert web.logsource.covers(None, None, "proxy")
    expected = {
        "c-uri": 'http://www.Shop.example:8080/wp/a.exe?x="1"',
        "c-uri-norm": "www.shop.example/wp/a.exe",
        "cs-referer-norm": "www.shop.example/wp/",
        "cs-host": "www.Shop.example",
        "cs-method": "GET",
        "cs-port": "8080",
        "c-useragent": "Mozilla/5.0",
        "cs-username": "MINATO\\t.suzuki",
        "catdesc": "悪意のあるサイト",
    }
    assert expected == {name: web.fields[name] for name in expected}
    whole, _ = read(WEB.replace('url="/wp/a.exe?x=\\"1\\""', 'url="https://www.shop.example/z"'))
    assert "www.shop.example/z" == whole[0].fields["c-uri-norm"]


def test_the_inner_end_is_the_watched_machine() -> None:
    """Outgoing: the source; an attack from outside: the destination; the device's own events: the device."""
    (deny,), _ = read(DENY)
    (ips,), _ = read(IPS)
    (admin,), _ = read(ADMIN)
    assert Entities(host="pc-014", user="t.suzuki", address="10.20.4.114") == deny.entities
    assert "10.20.0.30" == ips.entities.address
    assert Entities(host="fw01", user="admin") == admin.entities


def test_a_vpn_user_is_at_the_address_in_the_tunnel() -> None:
    """Not at the firewall, and not at the address at home."""
    text = (
        f'{HEADER} eventtime=1595391133 logid="0101039947" type="event" subtype="vpn" action="tunnel-up" '
        'remip=198.51.100.20 user="bob" tunnelip=10.212.134.200 tunneltype="ssl-tunnel"'
    )
    (event,), _ = read(text)
    assert Entities(user="bob", address="10.212.134.200") == event.entities
    assert (Outcome.ALLOWED, Observable("ip", "198.51.100.20", "remip")) == (
        event.outcome,
        event.observables[0],
    )


def test_without_eventtime_and_zone_the_sources_zone_is_used() -> None:
    """`date` and `time` are the device's local time."""
    (event,), _ = read(IPS.replace('tz="+0900"', ""), Source("fw.log", "s", zone=ZoneInfo("Asia/Tokyo")))
    assert (datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC), ZoneOrigin.SOURCE) == (
        event.time.at,
        event.time.zone,
    )


def test_syslog_around_it_is_taken_off() -> None:
    """As FortiOS sends it, with only the priority before it, and as rsyslog stores it."""
    text = f"<189>{DENY}\nJul 22 13:12:09 10.20.0.1 {ACCEPT}\nJul 22 13:12:09 mx1 postfix/smtpd[1]: unknown thing\n"
    events, problems = read(text, name="syslog")
    assert 0 == problems.total
    assert ["deny", "close"] == [
        event.fields["action"] for event in events if event.kind.format == "fortigate"
    ]


def test_cut_lines_are_errors() -> None:
    """A line cut before its type is named; an unclosed quote ends with the line."""
    events, problems = read(f"{DENY[:60]}\n{ACCEPT[:-3]}")
    assert ["line 1"] == [error.place for error in problems.errors]
    assert "T.SUZ" == events[0].fields["unauthuser"][:5]


def test_hostile_key_values_end() -> None:
    """Very long runs that could be keys, and of quotes, take linear time."""
    assert {} == key_values("a" * 200_000)
    assert {"a": '"' * 50_000} == key_values('a="' + '\\"' * 50_000)
    assert {"k": "", "l": "1"} == key_values('k="" l=1')
