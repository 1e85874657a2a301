"""Logons in uniform words: the same fields from Windows, VPN gateways, Linux and sensors."""

# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from typing import Any

import orjson
import pytest

from noroshi.events.logons import FIELDS, peer_address
from noroshi.events.model import Event, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

FORTIGATE = 'date=2020-07-22 time=13:12:09 devname="FW01" devid="FGT1" eventtime=1595391133 logid="0101039426" type="event" '
PALO = "1,2020/07/22 13:12:09,007,GLOBALPROTECT,0,2305,2020/07/22 13:12:09,vsys1,"


def read(format_name: str, text: str) -> list[Event]:
    """The events of this text."""
    entry, problems = format_named(format_name), Problems()
    assert entry is not None
    events = list(entry.decode(io.BytesIO(text.encode()), Source("log", "s"), problems))
    assert [] == list(problems.errors)
    return events


def uniform(event: Event) -> dict[str, Any]:
    """The uniform fields."""
    return {name: event.fields[name] for name in FIELDS if name in event.fields}


def windows(event_id: int, **data: object) -> Event:
    """An event of the Security log."""
    record = {
        "Channel": "Security",
        "EventID": event_id,
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "Hostname": "SRV01.minato.example",
        "EventTime": "2020-07-22T04:12:09Z",
        **data,
    }
    (event,) = read("windows-json", orjson.dumps(record).decode())
    return event


def test_a_failed_logon_of_windows() -> None:
    """4625: everything that the record knows; its own names stay."""
    event = windows(
        4625,
        TargetUserName="T.Suzuki",
        TargetDomainName="MINATO",
        LogonType=3,
        IpAddress="::ffff:10.20.4.114",
        WorkstationName="PC-014",
    )
    expected = {
        "logon_result": "failure",
        "logon_kind": "network",
        "logon_user": "t.suzuki",
        "logon_host": "srv01",
        "src_ip": "10.20.4.114",
        "src_host": "pc-014",
        "logon_origin": "10.20.4.114",
    }
    assert expected == uniform(event)
    assert event.logsource.covers("windows", "security", "authentication")
    assert "T.Suzuki" == event.fields["TargetUserName"]


@pytest.mark.parametrize(
    ("event_id", "data", "result", "kind", "origin"),
    [
        (4624, {"LogonType": "10", "IpAddress": "203.0.113.9"}, "success", "remote_desktop", "203.0.113.9"),
        (4624, {"LogonType": 5, "IpAddress": "-", "WorkstationName": "-"}, "success", "service", None),
        (4648, {"IpAddress": "10.0.0.1"}, None, "explicit", None),
        (4768, {"Status": "0x0", "IpAddress": "::ffff:10.20.4.114"}, "success", "kerberos", "10.20.4.114"),
        (4768, {"Status": "0x6", "IpAddress": "::1"}, "failure", "kerberos", None),
        (4771, {"Status": "0x18", "IpAddress": "10.20.4.114"}, "failure", "kerberos", "10.20.4.114"),
        (4776, {"Status": "0xc000006a", "Workstation": "PC-014"}, "failure", "ntlm", "pc-014"),
        (4776, {"Status": "0x0", "Workstation": r"\\PC-014"}, "success", "ntlm", "pc-014"),
    ],
)
def test_every_logon_event_of_windows(
    event_id: int, data: dict[str, object], result: str | None, kind: str, origin: str | None
) -> None:
    """Result, way and origin; NTLM on a controller knows the client's name only."""
    found = uniform(windows(event_id, TargetUserName="t.suzuki", **data))
    assert (result, kind, origin, "t.suzuki") == (
        found.get("logon_result"),
        found["logon_kind"],
        found.get("logon_origin"),
        found["logon_user"],
    )


def test_a_session_of_terminal_services() -> None:
    """21 of the local session manager is on where nobody configured an audit."""
    record = {
        "Channel": "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        "EventID": 21,
        "SourceName": "Microsoft-Windows-TerminalServices-LocalSessionManager",
        "Hostname": "SRV01",
        "EventTime": "2020-07-22T04:12:09Z",
        "User": "MINATO\\t.suzuki",
        "Address": "203.0.113.9",
    }
    (remote,) = read("windows-json", orjson.dumps(record).decode())
    (console,) = read("windows-json", orjson.dumps(record | {"Address": "LOCAL"}).decode())
    assert ("remote_desktop", "203.0.113.9", "t.suzuki") == tuple(
        remote.fields[name] for name in ("logon_kind", "src_ip", "logon_user")
    )
    assert ("interactive", None) == (console.fields["logon_kind"], console.fields.get("src_ip"))


VPN = {
    "FortiGate SSL-VPN, refused": ("fortigate", FORTIGATE + 'subtype="vpn" action="ssl-login-fail" tunneltype="ssl-web" remip=203.0.113.9 user="bob" reason="sslvpn_login_permission_denied"', "failure"),
    "FortiGate SSL-VPN, up": ("fortigate", FORTIGATE + 'subtype="vpn" action="tunnel-up" tunneltype="ssl-tunnel" remip=203.0.113.9 tunnelip=10.212.1.2 user="bob"', "success"),
    "GlobalProtect, refused": ("paloalto", PALO + "gateway-auth,login,RADIUS,,minato\\bob,JP,PC-014,203.0.113.9,0.0.0.0,0.0.0.0,0.0.0.0,id,,5.1,Windows,10,1,,Authentication failed: Invalid username or password,,failure,,0,,0,portal", "failure"),
    "GlobalProtect, connected": ("paloalto", PALO + "gateway-connected,connected,,IPSec,bob,JP,PC-014,203.0.113.9,0.0.0.0,10.1.0.7,0.0.0.0,id,,5.1,Windows,10,1,,,,success,,0,,0,gw", "success"),
    "GlobalProtect before 9.1.3": ("paloalto", '1,2020/07/22 13:12:09,007,SYSTEM,globalprotect,0,2020/07/22 13:12:09,,globalprotectgateway-auth-fail,GP,0,0,general,informational,"GlobalProtect gateway user authentication failed. Login from: 203.0.113.9, Source region: JP, User name: bob, Client OS version: Windows, Reason: Authentication failed: Invalid username or password, Auth type: profile",1,0x0', "failure"),
    "AnyConnect, refused": ("cisco-asa", "Jul 22 2020 13:12:09: %ASA-6-113005: AAA user authentication Rejected : reason = AAA failure : server = 10.0.0.5 : user = bob : user IP = 203.0.113.9", "failure"),
    "AnyConnect, session": ("cisco-asa", "Jul 22 2020 13:12:09: %ASA-6-113039: Group <GP> User <bob> IP <203.0.113.9> AnyConnect parent session started.", "success"),
    "Check Point, refused": ("checkpoint", 'time="1595391129" product="Mobile Access" action="Failed Log In" src="203.0.113.9" user="bob" origin="10.0.0.1" loguid="{1}"', "failure"),
}  # fmt: skip


@pytest.mark.parametrize("name", VPN)
def test_vpn_gateways_say_the_same(name: str) -> None:
    """User, public address and result under the same names, in the categories vpn and authentication."""
    format_name, line, result = VPN[name]
    (event,) = read(format_name, line)
    assert (result, "vpn", "bob", "203.0.113.9") == tuple(
        event.fields.get(field) for field in ("logon_result", "logon_kind", "logon_user", "src_ip")
    )
    assert event.logsource.categories >= {"vpn", "authentication"}


@pytest.mark.parametrize(
    "line",
    [
        FORTIGATE + 'subtype="vpn" action="ssl-new-con" remip=203.0.113.9 user="N/A"',
        FORTIGATE
        + 'subtype="vpn" action="tunnel-up" tunneltype="ipsec" remip=203.0.113.9 user="N/A" xauthuser="N/A"',
        FORTIGATE + 'subtype="vpn" action="tunnel-down" remip=203.0.113.9 user="bob"',
    ],
)
def test_what_is_no_logon_has_no_result(line: str) -> None:
    """A connection before the logon, a tunnel between two sites, the end of a session."""
    (event,) = read("fortigate", line)
    assert {} == uniform(event)
    assert frozenset({"vpn"}) == event.logsource.categories


def test_a_hidden_name_is_none() -> None:
    """The ASA hides names of unknown users; five stars are no account that was attacked."""
    (event,) = read(
        "cisco-asa",
        "Jul 22 2020 13:12:09: %ASA-6-113015: AAA user authentication Rejected : reason = Invalid password : local database : user = ***** : user IP = 203.0.113.9",
    )
    assert ("failure", None, "203.0.113.9") == (
        event.fields["logon_result"],
        event.fields.get("logon_user"),
        event.fields["src_ip"],
    )


def test_the_audit_log_of_linux() -> None:
    """USER_LOGIN is the result; PAM's USER_AUTH of sshd says the same again and counts for su and sudo only."""
    head = 'type={} msg=audit(1595391131.000:24289): pid=1 uid=0 auid=1000 ses=1 msg=\'op={} acct="root" exe="{}" hostname=? addr={} terminal=ssh res=failed\''
    login, auth, su = (
        read("auditd", line)[0]
        for line in (
            head.format("USER_LOGIN", "login", "/usr/sbin/sshd", "203.0.113.9"),
            head.format("USER_AUTH", "PAM:authentication", "/usr/sbin/sshd", "203.0.113.9"),
            head.format("USER_AUTH", "PAM:authentication", "/usr/bin/su", "?"),
        )
    )
    assert ("failure", "ssh", "root", "203.0.113.9") == tuple(
        login.fields[name] for name in ("logon_result", "logon_kind", "logon_user", "src_ip")
    )
    assert {} == uniform(auth)
    assert ("failure", "su", "1000", "root") == tuple(
        su.fields[name] for name in ("logon_result", "logon_kind", "logon_user", "target_user")
    )


def test_common_schemas_and_sensors() -> None:
    """ECS, OCSF and Zeek's guess."""
    ecs = {
        "@timestamp": "2020-07-22T04:12:09Z",
        "ecs": {"version": "8.0"},
        "event": {"category": ["authentication"], "outcome": "failure"},
        "user": {"name": "Bob"},
        "source": {"ip": "203.0.113.9"},
        "host": {"name": "web01"},
        "process": {"name": "sshd"},
    }
    ocsf = {
        "class_uid": 3002,
        "category_uid": 3,
        "activity_id": 1,
        "status_id": 2,
        "time": 1595391129000,
        "metadata": {"product": {"name": "x"}},
        "user": {"name": "Bob"},
        "src_endpoint": {"ip": "203.0.113.9"},
        "dst_endpoint": {"hostname": "web01"},
    }
    zeek = {
        "_path": "ssh",
        "ts": 1595391129.1,
        "uid": "C1",
        "id.orig_h": "203.0.113.9",
        "id.orig_p": 1,
        "id.resp_h": "10.20.0.30",
        "id.resp_p": 22,
        "auth_success": False,
    }
    for name, record in (("ecs", ecs), ("ocsf", ocsf), ("zeek", zeek)):
        (event,) = read(name, orjson.dumps(record).decode())
        assert ("failure", "203.0.113.9") == (event.fields["logon_result"], event.fields["src_ip"]), name
        assert "authentication" in event.logsource.categories, name


@pytest.mark.parametrize(
    ("text", "expected"),
    [("::ffff:192.0.2.7", "192.0.2.7"), ("[2001:db8::1]", "2001:db8::1"), ("fe80::1%eth0", "fe80::1")]
    + [(text, None) for text in ("-", "", "127.0.0.1", "::1", "0.0.0.0", "LOCAL", "PC-014", 7)],
)  # fmt: skip
def test_addresses_of_peers(text: object, expected: str | None) -> None:
    """One spelling; the machine itself is no peer."""
    assert expected == peer_address(text)
