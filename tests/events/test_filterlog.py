# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.model import Entities, Event, Observable, Outcome, Source, ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import detect, format_named, head_of

TCP = "5,,,1000000103,em0,match,block,in,4,0x0,,52,37017,0,DF,6,tcp,60,192.0.2.77,10.20.0.30,41882,22,0,S,2047613226,,64240,,mss;sackOK;TS;nop;wscale"
UDP = "62,,,fae559338f65e11c53669fc3642c93c2,em1,match,pass,out,4,0x0,,127,13422,0,none,17,udp,76,10.20.4.114,203.0.113.53,50123,53,56"
ICMP6 = "7,,,1000000107,em0,match,pass,in,6,0x00,0x00000,255,ICMPv6,58,32,2001:db8::1,2001:db8::2,neighsol"
CARP = "48,,,1000000201,em0,match,block,in,4,0x10,,255,53650,0,DF,112,carp,56,192.168.11.1,224.0.0.18,advertise,255,1,2,0,1"
SYSLOG = (
    f"Jul 22 13:12:09 fw1 filterlog[35431]: {TCP}\n"
    f'<134>1 2020-07-22T13:12:10+09:00 OPNsense.example filterlog 45678 - [meta sequenceId="1"] {UDP}\n'
    f"<134>Jul 22 13:12:11 filterlog[35431]: {ICMP6}\n"
    f"Jul 22 13:12:12 fw1 filterlog: {CARP}\n"
)


def read(text: str, name: str = "filterlog") -> tuple[list[Event], Problems]:
    """The events of this text."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(text.encode()), Source("filter.log", "s"), problems)), problems


def test_packets_are_read_by_version_and_protocol() -> None:
    """The manual's names by position, which differs between IPv4 and IPv6, and Sigma's."""
    tcp, udp, icmp, carp = check_format("syslog", SYSLOG.encode())
    assert ["filterlog"] * 4 == [event.kind.format for event in (tcp, udp, icmp, carp)]
    expected = {
        "tracker": "1000000103",
        "interface": "em0",
        "action": "block",
        "dir": "in",
        "protoname": "tcp",
        "src_ip": "192.0.2.77",
        "dst_ip": "10.20.0.30",
        "dst_port": "22",
        "tcpflags": "S",
        "options": "mss;sackOK;TS;nop;wscale",
        "dvchost": "fw1",
    }
    assert expected == {name: tcp.fields[name] for name in expected}
    assert ("pass", "53", "56") == tuple(udp.fields[name] for name in ("action", "dst_port", "datalen"))
    assert ("ICMPv6", "58", "2001:db8::2", "neighsol") == tuple(
        icmp.fields[name] for name in ("protoname", "protonum", "dst_ip", "icmptype")
    )
    assert ("224.0.0.18", "1") == (carp.fields["dst_ip"], carp.fields["vhid"])
    assert tcp.logsource.covers("pfsense", "filterlog", "firewall")
    assert [Outcome.BLOCKED, Outcome.ALLOWED] == [tcp.outcome, udp.outcome]
    assert [Entities(address="10.20.0.30"), Entities(address="10.20.4.114")] == [tcp.entities, udp.entities]
    assert Observable("ip", "203.0.113.53", "dst") in udp.observables
    assert ZoneOrigin.RECORD == udp.time.zone


@pytest.mark.parametrize("record", [TCP, UDP, ICMP6, CARP])
def test_bare_records_are_recognised(record: str) -> None:
    """Without syslog around it a record has no time."""
    found = detect(head_of(record.encode(), complete=True)).format
    (event,), problems = read(record)
    assert ("filterlog", 0, ZoneOrigin.MISSING) == (
        found and found.name,
        problems.total,
        event.time.zone,
    )


def test_cut_records_are_errors() -> None:
    """Before the addresses, and before the action."""
    events, problems = read(f"{TCP[:60]}\n{TCP[:20]}\n{UDP}\n")
    assert (1, ["line 1", "line 2"]) == (len(events), [error.place for error in problems.errors])
