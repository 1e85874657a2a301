# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from noroshi.events.conformance import check_format
from noroshi.events.model import Entities, Event, Observable, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

TRAFFIC = (
    "1,2020/07/22 13:12:10,001801000001,TRAFFIC,drop,2304,2020/07/22 13:12:09,10.20.4.114,192.0.2.9,203.0.113.10,192.0.2.9,deny-all,"
    "minato\\t.suzuki,,incomplete,vsys1,trust,untrust,ethernet1/2,ethernet1/1,forward,2020/07/22 13:12:10,33751,1,50123,7080,"
    "40123,7080,0x19,tcp,deny,74,74,0,1,2020/07/22 13:12:09,0,any,0,4711,0x0,10.0.0.0-10.255.255.255,United States,0,1,0,policy-deny,"
    "0,0,0,0,,PA-FW01,from-policy"
)
URL = (
    "1,2020/07/22 13:12:11,001801000001,THREAT,url,2305,2020/07/22 13:12:11,10.20.4.114,198.51.100.7,0.0.0.0,0.0.0.0,web,"
    "minato\\t.suzuki,,web-browsing,vsys1,trust,untrust,ethernet1/2,ethernet1/1,forward,2020/07/22 13:12:11,33752,1,50124,80,"
    '0,0,0xb000,tcp,block-url,"www.Shop.example/wp/a,b.exe?x=1",(9999),malware,informational,client-to-server,4712,0x0,'
    "10.0.0.0-10.255.255.255,Japan,0,text/html,0,,,1,Mozilla/5.0 (Windows NT 10.0),,,http://www.shop.example/wp/,,,,0,0,0,0,0,,"
    "PA-FW01,,,,get,0,,0,,N/A,unknown,AppThreat-0-0"
)
VIRUS = (
    "1,2020/07/22 13:12:12,001801000001,THREAT,virus,2305,2020/07/22 13:12:12,198.51.100.7,10.20.4.114,0.0.0.0,0.0.0.0,web,"
    ",minato\\t.suzuki,web-browsing,vsys1,untrust,trust,ethernet1/1,ethernet1/2,forward,2020/07/22 13:12:12,33753,1,80,50125,"
    '0,0,0x2000,tcp,alert,"請求書.doc",Virus/Win32.test(1234),any,medium,server-to-client,4713,0x0,Japan,10.0.0.0-10.255.255.255,0,,'
    "0,,,0,,,,,,,,0,0,0,0,0,,PA-FW01"
)
VPN_FAIL = (
    "1,2020/07/22 13:12:13,001801000001,GLOBALPROTECT,0,2305,2020/07/22 13:12:13,vsys1,gateway-auth,login,LDAP,,bob,JP,NOTE-007,"
    "198.51.100.20,0.0.0.0,0.0.0.0,0.0.0.0,aaaa-bbbb,SN1,5.2.6,Windows,Windows 10,1,,Authentication failed: Invalid username or password,"
    ",failure,,0,,0,GP-Gateway,4714,0x0,2020-07-22T13:12:13.456+09:00"
)
VPN_OK = (
    VPN_FAIL.replace("gateway-auth,login", "gateway-connected,connected")
    .replace(",failure,", ",success,")
    .replace("198.51.100.20,0.0.0.0,0.0.0.0", "198.51.100.20,0.0.0.0,10.212.134.200")
)
CONFIG = "1,2020/07/22 13:12:14,001801000001,CONFIG,0,2305,2020/07/22 13:12:14,10.20.0.2,,edit,admin,Web,Succeeded, config devices,,,4715,0x0"
SYSTEM = (
    "1,2020/07/22 13:12:15,001801000001,SYSTEM,general,0,2020/07/22 13:12:15,,general,,0,0,general,informational,"
    '"User admin logged in via Web from 10.20.0.2 using https",4716,0x0,0,0,0,0,,PA-FW01'
)
HIP = "1,2020/07/22 13:12:16,001801000001,HIPMATCH,0,2305,2020/07/22 13:12:16,bob,vsys1,NOTE-007"
SAMPLE = f"{TRAFFIC}\n{URL}\n{VIRUS}\n{VPN_FAIL}\n{VPN_OK}\n{CONFIG}\n{SYSTEM}\n{HIP}".encode()


def read(text: str, source: Source | None = None, name: str = "paloalto") -> tuple[list[Event], Problems]:
    """The events of this text."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(text.encode()), source or Source("pa.log", "s"), problems)), problems


def test_types_have_the_manuals_names_and_sigmas() -> None:
    """Each type is read by its own columns; each subtype has its category."""
    traffic, url, virus, failed, connected, config, system, hip = check_format("paloalto", SAMPLE)
    expected = {
        "src_ip": "10.20.4.114",
        "dst_ip": "192.0.2.9",
        "dst_port": "7080",
        "natsrc": "203.0.113.10",
        "action": "deny",
        "rule": "deny-all",
        "bytes_sent": "74",
        "session_end_reason": "policy-deny",
        "device_name": "PA-FW01",
        "action_source": "from-policy",
    }
    assert expected == {name: traffic.fields[name] for name in expected}
    assert traffic.logsource.covers("paloalto", "traffic", "firewall")
    assert url.logsource.covers("paloalto", "threat", "proxy")
    assert virus.logsource.covers(None, None, "antivirus")
    assert connected.logsource.covers("paloalto", "globalprotect", "vpn")
    assert ("edit", "admin", "Web") == tuple(config.fields[name] for name in ("cmd", "admin", "client"))
    assert "User admin logged in via Web from 10.20.0.2 using https" == system.fields["opaque"]
    assert "bob,vsys1,NOTE-007" == hip.fields["message"]
    assert [
        Outcome.BLOCKED,
        Outcome.BLOCKED,
        Outcome.DETECTED,
        Outcome.FAILED,
        Outcome.ALLOWED,
        Outcome.ALLOWED,
    ] == [event.outcome for event in (traffic, url, virus, failed, connected, config)]


def test_url_filtering_is_a_proxys_record() -> None:
    """A URL in quotes with a comma, made whole by its scheme."""
    (event,), _ = read(URL)
    expected = {
        "c-uri": "http://www.Shop.example/wp/a,b.exe?x=1",
        "c-uri-norm": "www.shop.example/wp/a,b.exe",
        "cs-referer-norm": "www.shop.example/wp/",
        "cs-host": "www.shop.example",
        "cs-method": "get",
        "c-useragent": "Mozilla/5.0 (Windows NT 10.0)",
    }
    assert expected == {name: event.fields[name] for name in expected}
    (alerted,), _ = read(URL.replace("block-url", "alert"))
    assert Outcome.ALLOWED == alerted.outcome


def test_the_inner_end_is_the_watched_one() -> None:
    """Outgoing the source, a download from outside its receiver, a VPN session its user in the tunnel."""
    traffic, _, virus, failed, connected, config, *_ = read(SAMPLE.decode())[0]
    assert Entities(user="t.suzuki", address="10.20.4.114") == traffic.entities
    assert Entities(user="t.suzuki", address="10.20.4.114") == virus.entities
    assert ("請求書.doc", "Virus/Win32.test(1234)") == (virus.fields["Filename"], virus.fields["Signature"])
    assert ("note-007", "bob", "10.212.134.200") == (
        connected.entities.host,
        connected.entities.user,
        connected.entities.address,
    )
    assert ("198.51.100.20", Observable("ip", "198.51.100.20", "public_ip")) == (
        failed.fields["src_ip"],
        failed.observables[0],
    )
    assert ("admin", "10.20.0.2") == (config.entities.user, config.fields["src_ip"])
    assert failed.entities.address is None


def test_times_are_local_or_have_their_zone() -> None:
    """`high_res_timestamp` has an offset; the others are in the source's zone."""
    events, _ = read(f"{TRAFFIC}\n{VPN_FAIL}", Source("pa.log", "s", zone=ZoneInfo("Asia/Tokyo")))
    assert [
        datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC),
        datetime(2020, 7, 22, 4, 12, 13, 456000, tzinfo=UTC),
    ] == [event.time.at for event in events]


def test_syslog_around_it_is_taken_off() -> None:
    """As PAN-OS sends it (BSD and IETF), among other programs."""
    text = (
        f"<14>Jul 22 13:12:10 PA-FW01 {TRAFFIC}\n<14>1 2020-07-22T13:12:10+09:00 PA-FW01 - - - - {URL}\n"
        "Jul 22 13:12:10 mx1 other[1]: a thing\n"
    )
    events, problems = read(text, name="syslog")
    assert (0, ["paloalto", "paloalto", "syslog"]) == (
        problems.total,
        [event.kind.format for event in events],
    )
    assert "PA-FW01" == events[0].fields["dvchost"]


def test_a_cut_line_is_one_error() -> None:
    """A line that ends before the action is damaged."""
    events, problems = read(f"{TRAFFIC[:200]}\n{TRAFFIC}")
    assert (1, ["line 1"]) == (len(events), [error.place for error in problems.errors])
