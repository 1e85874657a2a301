# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.kea import KeaFormat, LeasesFormat
from noroshi.events.model import Entities, Source

LINES = """\
2020-07-22 13:05:06.123 INFO  [kea-dhcp4.leases/1234.140345] DHCP4_LEASE_ALLOC [hwtype=1 00:15:5d:0a:04:72], cid=[01:00:15:5d:0a:04:72], tid=0x4e6ff12: lease 10.20.4.114 has been allocated for 3600 seconds
2020-07-22 13:05:07.123 INFO  [kea-dhcp4.leases.0x3cbfd6817b00] DHCP4_LEASE_REUSE [hwtype=1 00:15:5d:0a:04:72], cid=[no info], tid=0x1: lease 10.20.4.114 has been reused for 1800 seconds
2020-07-22 13:06:06.123 INFO  [kea-dhcp4.leases/1234.140345] DHCP4_RELEASE [hwtype=1 00:15:5d:0a:04:72], cid=[no info], tid=0x1: address 10.20.4.114 was released properly.
2020-07-22 13:07:06.123 INFO  [kea-dhcp4.alloc-engine/1234.140345] ALLOC_ENGINE_V4_LEASE_RECLAIM [hwtype=1 00:15:5d:0a:04:72], cid=[01:00], tid=0x0: reclaiming expired lease for address 10.20.4.114
2020-07-22 13:08:06.123 INFO  [kea-dhcp4.dhcp4/1234.140345] DHCP4_STARTED Kea DHCPv4 server version 2.4.1 started
"""
SYSLOG = "Jul 22 13:05:06 dhcp01 kea-dhcp4[29529]: " + LINES.splitlines()[0][24:] + "\n"
CSV = """\
address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context
10.20.4.114,00:15:5d:0a:04:72,01:00:15:5d:0a:04:72,28800,1595421000,1,0,0,pc-014.minato-works.example.,0,{ "a": 1&#x2c "b": 2 }
10.20.4.114,00:15:5d:0a:04:72,01:00:15:5d:0a:04:72,0,1595392200,1,0,0,pc-014.minato-works.example.,0,
10.20.4.115,00:15:5d:0a:04:73,,3600,1595392200,1,0,0,,2,
"""


def test_log_lines_have_the_uniform_fields() -> None:
    """Each message by hand; other messages are events without a lease."""
    events = check_format("kea", LINES.encode())
    names = ("dhcp_action", "ip", "mac", "lease_seconds")
    expected = [
        ("assign", "10.20.4.114", "00:15:5d:0a:04:72", 3600),
        ("renew", "10.20.4.114", "00:15:5d:0a:04:72", 1800),
        ("release", "10.20.4.114", "00:15:5d:0a:04:72", None),
        ("expire", "10.20.4.114", "00:15:5d:0a:04:72", None),
        (None, None, None, None),
    ]
    assert expected == [tuple(event.fields.get(name) for name in names) for event in events]
    assert "DHCP4_STARTED" == events[-1].fields["message_id"]
    assert datetime(2020, 7, 22, 13, 5, 6, 123000, UTC) == events[0].time.at


def test_the_further_lines_of_a_debug_message_are_no_errors() -> None:
    """Packets are printed over several lines; after another message such a line is damage again."""
    reader = KeaFormat().reader(Source("kea.log", "s"))
    debug = "2020-07-22 13:05:06.123 DEBUG [kea-dhcp4.packets/1.1] DHCP4_QUERY_DATA [hwtype=1 00:15:5d:0a:04:72], packet details: "
    assert ["DHCP4_QUERY_DATA"] == [event.fields["message_id"] for event in reader.feed(debug, BARE, 1)]
    assert [] == list(reader.feed("options:", BARE, 2))
    assert 1 == len(list(reader.feed(LINES.splitlines()[4], BARE, 3)))
    with pytest.raises(UnreadableRecordError):
        reader.feed("options:", BARE, 4)


def test_lines_under_syslog_take_its_time() -> None:
    """Kea's syslog output leaves its own time out."""
    (event,) = check_format("syslog", SYSLOG.encode())
    assert ("kea", "assign") == (event.kind.format, event.fields["dhcp_action"])


def test_the_lease_file_gives_validity_intervals() -> None:
    """Begin is end minus lifetime: 1595421000 is 12:30 UTC, eight hours before it 04:30."""
    active, ended, expired = check_format("kea-leases", CSV.encode())
    expected = (
        "assign",
        28800,
        "2020-07-22T04:30:00Z",
        "2020-07-22T12:30:00Z",
        "pc-014.minato-works.example",
    )
    names = ("dhcp_action", "lease_seconds", "lease_start", "lease_end", "hostname")
    assert expected == tuple(active.fields[name] for name in names)
    assert '{ "a": 1, "b": 2 }' == active.fields["user_context"]
    assert Entities(host="pc-014", address="10.20.4.114") == active.entities
    assert datetime(2020, 7, 22, 4, 30, tzinfo=UTC) == active.time.at == ended.time.at
    assert ["release", "expire"] == [ended.fields["dhcp_action"], expired.fields["dhcp_action"]]


@pytest.mark.parametrize(
    "line",
    [
        "INFO  [kea-dhcp4.leases/1.1] DHCP4_LEASE_ALLOC [hwtype=1 00:15:5d:0a:04:72], cid=[01:00], tid=0x4e6ff12: lea",
        "something else",
    ],
)
def test_damaged_lines_say_so(line: str) -> None:
    """No traceback, one reason."""
    with pytest.raises(UnreadableRecordError):
        KeaFormat().reader(Source("kea.log", "s")).feed(line, BARE, 1)


@pytest.mark.parametrize("row", ["10.20.4.114,00:15:5d:0a:04:72,01:00,288", "a,b,c,d,e,f", '"', ""])
def test_damaged_rows_say_so(row: str) -> None:
    """No traceback, one reason."""
    with pytest.raises(UnreadableRecordError):
        LeasesFormat().reader(Source("leases.csv", "s")).feed(row, BARE, 1)
