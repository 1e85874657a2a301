# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime

from noroshi.events.conformance import check_format
from noroshi.events.model import Entities, Event, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

TAIL = "[Classification: A Network Trojan was detected] [Priority: 1]"
FAST = f"07/22/20-13:12:09.123456  [**] [1:2019401:3] TEST TROJAN [beacon] to 日本 [**] {TAIL} {{TCP}} 10.20.4.114:50123 -> 192.0.2.9:7080"
SNORT3 = f'07/22/20-13:12:10.000001 [drop] [**] [1:7:1] "TEST exploit" [**] {TAIL} {{UDP}} 2001:db8::77:4711 -> fd00::30:53'
SURICATA = f"07/22/2020-13:12:11.123456  [wDrop] [**] [1:2019401:3] TEST [**] {TAIL} {{ICMP}} 192.0.2.77 -> 10.20.0.30"
FULL = (
    "[**] [1:2019401:3] TEST TROJAN beacon [**]\n[Classification: A Network Trojan was detected] [Priority: 1] \n"
    "07/22/20-13:12:12.123456 10.20.4.114:50123 -> 192.0.2.9:7080\nTCP TTL:128 TOS:0x0 ID:1 IpLen:20 DgmLen:52 DF\n"
    "******S* Seq: 0x1  Ack: 0x0  Win: 0x2000  TcpLen: 20\n[Xref => http://example.test/a][Xref => cve 2020-0001]\n\n"
)


def read(text: str, name: str = "snort", source: Source | None = None) -> tuple[list[Event], Problems]:
    """The events of this text."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(text.encode()), source or Source("alert", "s"), problems)), problems


def test_fast_alerts_are_read() -> None:
    """Snort 2 and 3, Suricata; with what was done; the text may hold brackets."""
    plain, dropped, watched = check_format("snort", f"{FAST}\n{SNORT3}\n{SURICATA}\n".encode())
    expected = {
        "gid": "1",
        "sid": "2019401",
        "rev": "3",
        "msg": "TEST TROJAN [beacon] to 日本",
        "class": "A Network Trojan was detected",
        "priority": "1",
        "proto": "TCP",
        "src_ip": "10.20.4.114",
        "src_port": "50123",
        "dst_ip": "192.0.2.9",
        "dst_port": "7080",
    }
    assert expected == {name: plain.fields[name] for name in expected}
    assert ("TEST exploit", "2001:db8::77", "4711", "fd00::30", "53") == tuple(
        dropped.fields[name] for name in ("msg", "src_ip", "src_port", "dst_ip", "dst_port")
    )
    assert ("192.0.2.77", "10.20.0.30") == (watched.fields["src_ip"], watched.fields["dst_ip"])
    assert [Outcome.DETECTED, Outcome.BLOCKED, Outcome.DETECTED] == [
        event.outcome for event in (plain, dropped, watched)
    ]
    assert [
        Entities(address="10.20.4.114"),
        Entities(address="fd00::30"),
        Entities(address="10.20.0.30"),
    ] == [event.entities for event in (plain, dropped, watched)]
    assert plain.logsource.covers("snort", None, "ids")
    assert watched.logsource.covers("suricata", None, "ids")
    assert [
        datetime(2020, 7, 22, 13, 12, 9, 123456, tzinfo=UTC),
        datetime(2020, 7, 22, 13, 12, 10, 1, tzinfo=UTC),
        datetime(2020, 7, 22, 13, 12, 11, 123456, tzinfo=UTC),
    ] == [event.time.at for event in (plain, dropped, watched)]


def test_full_alerts_are_read_over_their_lines() -> None:
    """Each ends where the next begins, or with the input."""
    first, second = check_format("snort", (FULL + FULL.replace("2019401", "8")).encode())
    assert ("2019401", "8") == (first.fields["sid"], second.fields["sid"])
    expected = {
        "msg": "TEST TROJAN beacon",
        "class": "A Network Trojan was detected",
        "proto": "TCP",
        "src_ip": "10.20.4.114",
        "dst_port": "7080",
        "references": ["http://example.test/a"],
    }
    assert expected == {name: first.fields[name] for name in expected}
    assert datetime(2020, 7, 22, 13, 12, 12, 123456, tzinfo=UTC) == second.time.at


def test_a_time_without_year_is_the_last_such_day() -> None:
    """The year is the newest that is not after the input."""
    source = Source("alert", "s", newest=datetime(2021, 1, 3, tzinfo=UTC))
    (event,), _ = read(FAST.replace("07/22/20-", "07/22-"), source=source)
    assert datetime(2020, 7, 22, 13, 12, 9, 123456, tzinfo=UTC) == event.time.at


def test_syslog_alerts_have_syslogs_time() -> None:
    """Without the asterisks, with and without a colon after the priority, with an interface."""
    text = (
        f"<33>Jul 22 13:12:09 ids1 snort[123]: [1:7:1] TEST {TAIL} {{TCP}} 10.20.4.114:1 -> 192.0.2.9:2\n"
        f"<33>Jul 22 13:12:10 ids1 snort: [1:8:1] TEST two {TAIL}: <eth0> {{TCP}} 10.20.4.114:1 -> 192.0.2.9:2\n"
    )
    events = check_format("syslog", text.encode())
    assert ["snort", "snort"] == [event.kind.format for event in events]
    assert ["TEST", "TEST two"] == [event.fields["msg"] for event in events]
    assert ["ids1", "192.0.2.9"] == [events[0].fields["dvchost"], events[1].fields["dst_ip"]]


def test_damaged_alerts() -> None:
    """A cut fast alert is one error, and so is the rest of a full alert whose beginning is lost."""
    events, problems = read(f"TCP TTL:128 TOS:0x0\n{FAST[:70]}\n{SNORT3}\n")
    assert (1, ["line 1", "line 2"]) == (len(events), [error.place for error in problems.errors])
