# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.windows_dns import WindowsDns
from noroshi.events.model import Entities, Event, LogSource, Observable, Outcome, Source

WINDOWS = """\
DNS Server log file creation at 2020/07/22 13:00:00
Log file wrap at 2020/07/22 13:00:00

Message logging key (for packets - other items use a subset of these fields):
\tField #  Information         Values
2020/07/22 13:12:09 0D48 PACKET  0000000002A3B8F0 UDP Rcv 10.20.4.114     9b0e   Q [0001   D   NOERROR] A      (3)www(6)例え(7)example(0)
UDP question info at 0000000002A3B8F0
  Socket = 356
2020/07/22 13:12:09 0D48 PACKET  0000000002A3B8F0 UDP Snd 198.51.100.53   9b0e   Q [0001   D   NOERROR] A      (3)www(7)example(0)
7/22/2020 1:12:10 PM 0D48 PACKET  0000000002A3B8F0 UDP Snd 10.20.4.114     9b0e R Q [8381   DR NXDOMAIN] AAAA   (3)www(7)example(0)
22.07.2020 13:12:11 0D48 EVENT   The DNS server has started.
""".encode()


def test_windows_debug_log() -> None:
    """Who asks is the remote side of a received query and of a sent response; whom the server asks is not."""
    query, forwarded, response, started = check_format("windows-dns", WINDOWS)
    assert LogSource("windows", "dns-server-debug", frozenset({"dns"})) == query.logsource
    assert ("www.例え.example", "A", "10.20.4.114", "query") == tuple(
        query.fields[name] for name in ("query", "record_type", "src_ip", "dns_event")
    )
    assert ("198.51.100.53", None) == (forwarded.fields["dst_ip"], forwarded.entities.address)
    assert ("NXDOMAIN", "10.20.4.114", Outcome.FAILED) == (
        response.fields["rcode_name"],
        response.fields["src_ip"],
        response.outcome,
    )
    assert frozenset() == started.logsource.categories
    assert datetime(2020, 7, 22, 13, 12, 10, tzinfo=UTC) == response.time.at


TIME = "2020/07/22 13:12:09 0D48 PACKET  0000000002A3B8F0 "


def read(line: str, zone: ZoneInfo | None = None) -> Event:
    """The event of one line."""
    (event,) = WindowsDns().reader(Source("s", "s", zone=zone)).feed(line, BARE, 0)
    return event


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        ("UDP Rcv 2001:db8::7     9b0e   Q [0001   D   NOERROR] AAAA   (3)www(7)example(0)",
         {"src_ip": "2001:db8::7", "dns_event": "query", "record_type": "AAAA", "opcode": "Q"}),
        ("TCP Snd 10.20.4.114     9b0e R Q [8085 A DR  NOERROR] TXT    (3)www(7)example(0)",
         {"src_ip": "10.20.4.114", "dns_event": "response", "proto": "tcp", "flag_letters": "A DR"}),
        ("UDP Rcv 198.51.100.53   9b0e R Q [8281   DR SERVFAIL] A      (2)c2(7)example(0)",
         {"dst_ip": "198.51.100.53", "rcode_name": "SERVFAIL", "src_ip": None}),
        ("UDP Rcv 10.20.4.114     61b2   U [0028       NOERROR] SOA    (6)minato(4)test(0)",
         {"src_ip": "10.20.4.114", "opcode": "U", "record_type": "SOA", "query": "minato.test"}),
        ("UDP Rcv 10.20.4.114     61b2   Q [0001   D   NOERROR] NS     (0)", {"query": "."}),
    ],
)  # fmt: skip
def test_packets(packet: str, expected: dict[str, str | None]) -> None:
    """IPv6, TCP with flags, an answer that the server got itself, a dynamic update, the root."""
    event = read(TIME + packet)
    assert expected == {name: event.fields.get(name) for name in expected}
    assert frozenset({"dns"}) == event.logsource.categories


def test_whose_answer_it_is_decides_the_entity() -> None:
    """The server that was asked is no watched machine."""
    got = read(TIME + "UDP Rcv 198.51.100.53   9b0e R Q [8281   DR NOERROR] A      (2)c2(7)example(0)")
    sent = read(TIME + "UDP Snd 10.20.4.114     9b0e R Q [8281   DR NOERROR] A      (2)c2(7)example(0)")
    assert (Entities(), Entities(address="10.20.4.114")) == (got.entities, sent.entities)
    assert Observable("domain", "c2.example", "query") in sent.observables


def test_windows_2003_without_an_internal_identifier() -> None:
    """Older servers write shorter lines; the time is the server's."""
    line = "20200722 13:12:09"
    assert 0.0 == WindowsDns().recognise(line, BARE)
    event = read("7/22/2020 1:12:09 PM 0D48 PACKET  UDP Rcv 10.20.4.114 9b0e   Q [0001   D   NOERROR] A (3)www(0)",
                 ZoneInfo("Asia/Tokyo"))  # fmt: skip
    assert (datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC), "www") == (event.time.at, event.fields["query"])


@pytest.mark.parametrize(
    "line",
    [
        "2020/07/22 13:12:09 0D48 PACKET  0000000002A3B8F0 UDP Rcv 10.2",
        "2020/07/22 13:12 x PACKET ",
        "binary \x01\x02",
        "x" * 5_000,
    ],
)
def test_damaged_lines_are_refused(line: str) -> None:
    """A packet that is cut off, and what is no text of a heading."""
    assert 0.0 == WindowsDns().recognise(line, BARE)
    with pytest.raises(UnreadableRecordError):
        list(WindowsDns().reader(Source("s", "s")).feed(line, BARE, 0))
