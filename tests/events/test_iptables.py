# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime

from noroshi.events.conformance import check_format
from noroshi.events.model import Entities, Event, Outcome, Source, ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import detect, format_named, head_of

MAC = "MAC=00:16:3e:00:00:01:00:16:3e:00:00:02:08:00"
DROP = f"INPUT-DROP: IN=eth0 OUT= {MAC} SRC=192.0.2.77 DST=10.20.0.30 LEN=60 TOS=0x00 PREC=0x00 TTL=52 ID=1 DF PROTO=TCP SPT=4711 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0"
UFW = f"[UFW ALLOW] IN= OUT=eth0 {MAC} SRC=10.20.4.114 DST=203.0.113.53 LEN=76 TOS=0x00 PREC=0x00 TTL=64 ID=2 PROTO=UDP SPT=50123 DPT=53 LEN=56 UID=1000 GID=1000"
ICMP = f"rule 7 IN=eth0 OUT=eth1 {MAC} SRC=10.20.4.114 DST=198.51.100.7 LEN=88 TOS=0x00 PREC=0xC0 TTL=63 ID=3 PROTO=ICMP TYPE=3 CODE=3 [SRC=198.51.100.7 DST=10.20.4.115 LEN=60 PROTO=UDP SPT=53 DPT=50123 LEN=40 ] MARK=0x1"
DMESG = f"[Wed Jul 22 13:12:09 2020] {DROP}\n[Wed Jul 22 13:12:10 2020] {UFW}\n[Wed Jul 22 13:12:11 2020] {ICMP}\n"
SYSLOG = f"Jul 22 13:12:09 web1 kernel: [12345.678901] {DROP}\n<4>Jul 22 13:12:10 web1 kernel: {UFW}\nJul 22 13:12:11 fw1 {ICMP}\n"


def read(text: str, name: str = "iptables") -> tuple[list[Event], Problems]:
    """The events of this text."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(text.encode()), Source("kern.log", "s"), problems)), problems


def test_packets_have_the_kernels_names_and_sigmas() -> None:
    """Keys are names, words are flags, UDP's own length and a quoted packet do not overwrite anything."""
    drop, ufw, icmp = check_format("iptables", DMESG.encode())
    expected = {
        "prefix": "INPUT-DROP",
        "IN": "eth0",
        "src_ip": "192.0.2.77",
        "dst_ip": "10.20.0.30",
        "dst_port": "22",
        "PROTO": "TCP",
        "flags": ["DF", "SYN"],
    }
    assert expected == {name: drop.fields[name] for name in expected}
    assert ("[UFW ALLOW]", "76", "1000") == tuple(ufw.fields[name] for name in ("prefix", "LEN", "UID"))
    assert ("10.20.4.114", "198.51.100.7") == (icmp.fields["SRC"], icmp.fields["DST"])
    assert drop.logsource.covers("linux", "iptables", "firewall")
    assert [Outcome.BLOCKED, Outcome.ALLOWED, Outcome.UNKNOWN] == [
        event.outcome for event in (drop, ufw, icmp)
    ]
    assert [Entities(address="10.20.0.30"), Entities(address="10.20.4.114")] == [drop.entities, ufw.entities]
    assert datetime(2020, 7, 22, 13, 12, 9, tzinfo=UTC) == drop.time.at


def test_syslogs_time_and_host_are_kept() -> None:
    """With the kernel's seconds since the start, without them, and from ulogd, which writes no program."""
    events = check_format("syslog", SYSLOG.encode())
    assert ["iptables"] * 3 == [event.kind.format for event in events]
    assert ["INPUT-DROP", "[UFW ALLOW]", "rule 7"] == [event.fields["prefix"] for event in events]
    assert ["web1", "web1", "fw1"] == [event.fields["dvchost"] for event in events]


def test_a_bare_line_of_the_ring_buffer_has_no_time() -> None:
    """Seconds since the start are no time."""
    line = f"[12345.678901] {DROP}"
    found = detect(head_of(line.encode(), complete=True)).format
    (event,), _ = read(line)
    assert ("iptables", ZoneOrigin.MISSING) == (found and found.name, event.time.zone)


def test_a_cut_line_is_one_error() -> None:
    """Before the addresses nothing is known."""
    events, problems = read(f"{DROP[:60]}\n{UFW}\n")
    assert (1, ["line 1"]) == (len(events), [error.place for error in problems.errors])
