"""The audit log of Windows' DHCP server, ``DhcpSrvLog-*.log`` (Microsoft: "Analyze DHCP server log files").

Log source: product ``windows``, service ``dhcp``, category ``dhcp``. Comma-separated under a header of text;
date and time are local (``MM/DD/YY``). Columns keep their names (``ID``, ``Description``, ``Host Name`` …);
uniform fields: see `_dhcp`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._dhcp import add_lease, csv_row
from noroshi.events.formats._prose import passed_over
from noroshi.events.model import Event, Kind, LogSource, Timestamp
from noroshi.events.times import with_zone
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineReader
    from noroshi.events.model import Fields, Source

NAME: Final = "windows-dhcp"
_COLUMNS: Final = [
    "ID",
    "Date",
    "Time",
    "Description",
    "IP Address",
    "Host Name",
    "MAC Address",
    "User Name",
    "TransactionID",
    "QResult",
    "Probationtime",
    "CorrelationID",
    "Dhcid",
    "VendorClass(Hex)",
    "VendorClass(ASCII)",
    "UserClass(Hex)",
    "UserClass(ASCII)",
    "RelayAgentInformation",
    "DnsRegError",
]
_ROW: Final = re.compile(r"(\d{2,5}),(\d{1,2})/(\d{1,2})/(\d{2}|\d{4}),(\d{1,2}:\d\d:\d\d),", re.ASCII)
_HEADER: Final = re.compile(r"ID ?,Date,Time,Description,IP(?:v6)? Address,")
_ACTIONS: Final = {
    "10": "assign",
    "11": "renew",
    "12": "release",
    "13": "decline",
    "14": "deny",
    "15": "deny",
    "16": "expire",
    "17": "expire",
    "18": "expire",
    "20": "assign",
    "21": "assign",
    "23": "expire",
}


@dataclass(frozen=True, slots=True)
class AuditTraits(TableTraits):
    """The table, and the log's date: month first, unless that cannot be."""

    def time(self, event: Event) -> Timestamp:
        """Date and time, local to the server."""
        match = _ROW.match(f"10,{event.fields.get('Date')},{event.fields.get('Time')},")
        if match is None:
            return Timestamp.missing()
        first, second, year = int(match[2]), int(match[3]), int(match[4])
        month, day = (first, second) if first <= 12 else (second, first)
        try:
            naive = datetime.strptime(  # noqa: DTZ007 - the zone is added below
                f"{year if year > 99 else 2000 + year}-{month}-{day} {match[5]}", "%Y-%m-%d %H:%M:%S"
            )
        except ValueError:
            return Timestamp.missing()
        return with_zone(naive, None, event.source) or Timestamp.missing()


TRAITS: Final = AuditTraits(load_table("windows_dhcp"))
KIND: Final = Kind(NAME, LogSource("windows", "dhcp", frozenset({"dhcp"})), {}, TRAITS)


@dataclass(slots=True)
class AuditReader:
    """Reads the rows; the header's text is passed over."""

    source: Source
    columns: list[str]

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this row; none for the header."""
        if _HEADER.match(line):
            self.columns = [name.strip(" .") for name in line.split(",")[:100]]
            return ()
        if _ROW.match(line) is None:
            if line[:1].isdigit() and line.count(",") > 2:
                raise UnreadableRecordError("the row has no readable date and time", "it may be damaged")
            return passed_over(line)
        values = csv_row(line)
        if len(values) < 7:
            raise UnreadableRecordError("the row has fewer than seven columns", "it may be cut off")
        fields: Fields = {name: value for name, value in zip(self.columns, values, strict=False) if value}
        _add(fields)
        return (Event(KIND, fields, self.source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


def _add(fields: Fields) -> None:
    action = _ACTIONS.get(str(fields["ID"]))
    if action is None:
        return
    add_lease(
        fields,
        action,
        ip=fields.get("IP Address", fields.get("IPv6 Address")),
        mac=fields.get("MAC Address"),
        hostname=fields.get("Host Name"),
    )


@dataclass(frozen=True, slots=True)
class WindowsDhcpFormat:
    """The audit log."""

    name: str = NAME

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """The log's title, its column names, or a row."""
        if (
            "DHCP Service Activity Log" in line
            or "DHCPv6 Service Activity Log" in line
            or _HEADER.match(line)
        ):
            return 1.0
        return 0.9 if _ROW.match(line) else 0.0

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return AuditReader(source, list(_COLUMNS))


FORMATS: Final = (WindowsDhcpFormat(),)
