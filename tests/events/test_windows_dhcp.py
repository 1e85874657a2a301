# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.windows_dhcp import WindowsDhcpFormat
from noroshi.events.model import Entities, Event, Source

LOG = """\
\t\tMicrosoft DHCP Service Activity Log\r
\r
\r
Event ID  Meaning\r
00\tThe log was started.\r
01\tThe log was stopped.\r
10\tA new IP address was leased to a client.\r
11\tA lease was renewed by a client.\r
12\tA lease was released by a client.\r
50+\tCodes above 50 are used for Rogue Server Detection information.\r
\r
QResult: 0: NoQuarantine, 1:Quarantine, 2:Drop Packet, 3:Probation,6:No Quarantine Information ProbationTime:Year-Month-Day Hour:Minute:Second:MilliSecond.\r
\r
ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name, TransactionID, QResult,Probationtime, CorrelationID,Dhcid,VendorClass(Hex),VendorClass(ASCII),UserClass(Hex),UserClass(ASCII),RelayAgentInformation,DnsRegError.\r
00,07/22/20,00:00:05,Started,,,,,0,6,,,,,,,,,0\r
11,07/22/20,08:45:10,Renew,10.20.4.114,PC-009.minato-works.example,00155D0A0470,,3142,0,,,,0x4D53465420352E30,MSFT 5.0,,,,0\r
12,07/22/20,12:20:00,Release,10.20.4.114,PC-009.minato-works.example,00155D0A0470,,3143,0,,,,,,,,,0\r
10,07/22/20,12:30:00,Assign,10.20.4.114,PC-014.minato-works.example,00155D0A0472,,3144,0,,,,0x4D53465420352E30,MSFT 5.0,,,,0\r
17,07/22/20,13:00:00,DNS record not deleted,10.20.4.115,,,,0,6,,,,,,,,,0\r
30,07/22/20,13:00:01,DNS Update Request,114.4.20.10,PC-014.minato-works.example,,,0,6,,,,,,,,,0\r
"""


def read(row: str) -> list[Event]:
    """The events of one row, written in Japan."""
    reader = WindowsDhcpFormat().reader(Source("DhcpSrvLog-Wed.log", "s", zone=ZoneInfo("Asia/Tokyo")))
    return list(reader.feed(row, BARE, 1))


def test_rows_have_the_uniform_fields() -> None:
    """Each id by hand; the text above the columns is no event; rows that are no lease have no action."""
    events = check_format("windows-dhcp", LOG.encode())
    names = ("dhcp_action", "ip", "mac", "hostname")
    expected = [
        (None, None, None, None),
        ("renew", "10.20.4.114", "00:15:5d:0a:04:70", "PC-009.minato-works.example"),
        ("release", "10.20.4.114", "00:15:5d:0a:04:70", "PC-009.minato-works.example"),
        ("assign", "10.20.4.114", "00:15:5d:0a:04:72", "PC-014.minato-works.example"),
        ("expire", "10.20.4.115", None, None),
        (None, None, None, None),
    ]
    assert expected == [tuple(event.fields.get(name) for name in names) for event in events]
    assert Entities(host="pc-014", address="10.20.4.114") == events[3].entities
    assert ("PC-014.minato-works.example", "MSFT 5.0") == (
        events[3].fields["Host Name"],
        events[3].fields["VendorClass(ASCII)"],
    )
    assert ("windows", "dhcp", frozenset({"dhcp"})) == (
        events[3].logsource.product,
        events[3].logsource.service,
        events[3].logsource.categories,
    )


def test_utf_16_is_read_too() -> None:
    """As a text editor saves it."""
    assert 6 == len(check_format("windows-dhcp", b"\xff\xfe" + LOG.encode("utf-16-le")))


@pytest.mark.parametrize("date", ["07/22/20", "07/22/2020", "22/07/20"])
def test_times_are_local_and_month_first(date: str) -> None:
    """12:30 in Japan is 03:30 UTC; a first number beyond 12 is the day."""
    (event,) = read(f"10,{date},12:30:00,Assign,10.20.4.114,PC-014,00155D0A0472,,1,0")
    assert datetime(2020, 7, 22, 3, 30, tzinfo=UTC) == event.time.at


@pytest.mark.parametrize(
    "row", ["10,07/22,12:30:00,Assign", "10,07/22/20,12:30:00,Assign", "10,07/22/20,12:3,x,y"]
)
def test_damaged_rows_say_so(row: str) -> None:
    """No traceback, one reason."""
    with pytest.raises(UnreadableRecordError):
        read(row)
