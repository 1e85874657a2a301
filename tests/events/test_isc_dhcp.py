# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, Envelope, UnreadableRecordError
from noroshi.events.formats.isc_dhcp import DhcpdFormat
from noroshi.events.model import Entities, Event, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

UNIFORM = ("dhcp_action", "ip", "mac", "hostname")
LINES = """\
<30>Jul 22 09:00:00 dhcp01 dhcpd[812]: DHCPDISCOVER from 00:15:5d:0a:04:72 (PC-014) via eth0
<30>Jul 22 09:00:00 dhcp01 dhcpd[812]: DHCPOFFER on 10.20.4.114 to 00:15:5d:0a:04:72 (PC-014) via eth0
<30>Jul 22 09:00:00 dhcp01 dhcpd[812]: DHCPREQUEST for 10.20.4.114 (10.20.0.67) from 00:15:5d:0a:04:72 (PC-014) via eth0
<30>Jul 22 09:00:00 dhcp01 dhcpd[812]: DHCPACK on 10.20.4.114 to 00:15:5D:0A:04:72 (PC-014) via eth0
<30>Jul 22 09:00:01 dhcp01 dhcpd[812]: DHCPACK on 10.20.4.115 to 00:15:5d:0a:04:73 via 10.20.4.1 lease-duration 28800
<30>Jul 22 09:00:02 dhcp01 dhcpd[812]: DHCPACK to 10.20.4.116 (00:15:5d:0a:04:74) via eth0
<30>Jul 22 12:30:00 dhcp01 dhcpd[812]: DHCPRELEASE of 10.20.4.114 from 00:15:5d:0a:04:72 (PC-014) via eth0 (found)
<30>Jul 22 12:31:00 dhcp01 dhcpd[812]: DHCPEXPIRE on 10.20.4.115 to 00:15:5d:0a:04:73
<30>Jul 22 12:32:00 dhcp01 dhcpd[812]: DHCPNAK on 10.20.4.117 to 00:15:5d:0a:04:75 via eth0
<30>Jul 22 12:33:00 dhcp01 dhcpd[812]: Wrote 44 leases to leases file.
"""
LEASES = """\
# The format of this file is documented in the dhcpd.leases(5) manual page.
# This lease file was written by isc-dhcp-4.4.1

# authoring-byte-order entry is generated, DO NOT DELETE
authoring-byte-order little-endian;

lease 10.20.4.114 {
  starts 3 2020/07/22 03:30:00;
  ends 3 2020/07/22 11:30:00;
  cltt 3 2020/07/22 03:30:00;
  binding state active;
  next binding state free;
  rewind binding state free;
  hardware ethernet 00:15:5d:0a:04:72;
  uid "\\001\\000\\025]\\012\\004r";
  set vendor-class-identifier = "MSFT 5.0";
  client-hostname "PC-014";
}
server-duid "\\000\\001\\000\\001%>";
lease 10.20.4.114 {
  starts 2 2020/07/21 23:30:00;
  ends 3 2020/07/22 03:20:00;
  binding state released;
  hardware ethernet 00:15:5d:0a:04:70;
  client-hostname "PC-009";
}
lease 10.20.4.118 {
  starts epoch 1595390706; # Wed Jul 22 13:05:06 2020
  ends never;
  binding state active;
  hardware ethernet 00:15:5d:0a:04:76;
}
"""


def uniform(event: Event) -> tuple[str | None, ...]:
    """The uniform fields of an event."""
    return tuple(event.fields.get(name) for name in UNIFORM)


def test_syslog_lines_have_the_uniform_fields() -> None:
    """Each message by hand; hardware addresses in lower case."""
    events = check_format("syslog", LINES.encode())
    expected = [
        ("request", None, "00:15:5d:0a:04:72", "PC-014"),
        ("offer", "10.20.4.114", "00:15:5d:0a:04:72", "PC-014"),
        ("request", "10.20.4.114", "00:15:5d:0a:04:72", "PC-014"),
        ("assign", "10.20.4.114", "00:15:5d:0a:04:72", "PC-014"),
        ("assign", "10.20.4.115", "00:15:5d:0a:04:73", None),
        ("assign", "10.20.4.116", "00:15:5d:0a:04:74", None),
        ("release", "10.20.4.114", "00:15:5d:0a:04:72", "PC-014"),
        ("expire", "10.20.4.115", "00:15:5d:0a:04:73", None),
        ("deny", "10.20.4.117", "00:15:5d:0a:04:75", None),
        (None, None, None, None),
    ]
    assert expected == [uniform(event) for event in events]
    assert 28800 == events[4].fields["lease_seconds"]
    assert ("dhcp", frozenset({"dhcp"})) == (events[3].logsource.service, events[3].logsource.categories)
    assert Entities(host="pc-014", address="10.20.4.114") == events[3].entities
    assert [Outcome.ALLOWED, Outcome.BLOCKED] == [events[3].outcome, events[8].outcome]


@pytest.mark.parametrize("line", ["DHCPACK on 10.20.4.", "DHCPACK on 10.20.4.114 to 00:15", "DHCPRELEASE of"])
def test_a_line_that_is_cut_off_says_so(line: str) -> None:
    """A lease without address or client cannot be joined to anybody."""
    with pytest.raises(UnreadableRecordError):
        DhcpdFormat().reader(Source("dhcpd.log", "s")).feed(line, Envelope(program="dhcpd"), 1)


def test_the_lease_file_gives_validity_intervals() -> None:
    """One block is one event; its times are UTC; a lease that ended has the time of its end."""
    active, released, endless = check_format("isc-dhcp-leases", LEASES.encode())
    assert ("assign", "10.20.4.114", "00:15:5d:0a:04:72", "PC-014") == uniform(active)
    assert ("2020-07-22T03:30:00Z", "2020-07-22T11:30:00Z") == (
        active.fields["lease_start"],
        active.fields["lease_end"],
    )
    assert datetime(2020, 7, 22, 3, 30, tzinfo=UTC) == active.time.at
    assert ("release", "10.20.4.114", "00:15:5d:0a:04:70", "PC-009") == uniform(released)
    assert datetime(2020, 7, 22, 3, 20, tzinfo=UTC) == released.time.at
    assert datetime(2020, 7, 22, 4, 5, 6, tzinfo=UTC) == endless.time.at
    assert "lease_end" not in endless.fields


def test_a_lease_file_that_is_cut_off_is_one_error() -> None:
    """The complete leases are kept, the last one is counted; so is one that another one cuts off."""
    reader, problems = format_named("isc-dhcp-leases"), Problems()
    assert reader is not None
    cut = LEASES[: LEASES.rindex("}")].replace("}\nserver", "server")
    events = list(reader.decode(io.BytesIO(cut.encode()), Source("dhcpd.leases", "s"), problems))
    assert ["PC-009"] == [event.fields["hostname"] for event in events]
    assert ["the lease before this one has no end", "the last lease has no end"] == [
        e.what for e in problems.errors
    ]


def test_statements_of_a_lease_are_bounded() -> None:
    """A hostile file neither grows memory nor takes long."""
    reader = format_named("isc-dhcp-leases")
    assert reader is not None
    many = "".join(f"  set a{at} = 1;\n" for at in range(1000)) + f"  uid{' ' * 200_000}x;\n"
    data = f"lease 10.0.0.1 {{\n{many}  starts 3 2020/07/22 03:30:00;\n}}\n"
    (event,) = reader.decode(io.BytesIO(data.encode()), Source("dhcpd.leases", "s"), Problems())
    assert 210 > len(event.fields)


def test_lines_without_syslog_are_known_by_their_first_word() -> None:
    """A file that somebody cut the headers off."""
    assert 0.5 <= DhcpdFormat().recognise("DHCPACK on 10.0.0.1 to 00:15:5d:0a:04:72 via eth0", BARE)
