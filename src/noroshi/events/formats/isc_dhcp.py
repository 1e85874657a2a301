"""ISC DHCP: dhcpd's syslog lines and its lease file.

Format: the manual pages dhcpd(8) and dhcpd.leases(5) of ISC DHCP 4.

Log source: product ``isc_dhcp``, service ``dhcp``, category ``dhcp``. Uniform fields: see `_dhcp`. In the
lease file times are UTC, as the manual says; one ``lease { }`` block is one event. ``DHCPACK`` is ``assign``:
the line does not tell a renewal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._daemon import line_fields
from noroshi.events.formats._dhcp import add_lease, lease_seconds
from noroshi.events.formats._prose import passed_over
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineReader
    from noroshi.events.model import Fields, Source

NAME: Final = "isc-dhcp"
LEASES: Final = "isc-dhcp-leases"
MAX_STATEMENTS: Final = 200
"""Statements of one lease that are kept."""
MAX_STATEMENT: Final = 2_000
"""Characters of a statement that is kept; longer ones are passed over."""
_ACTIONS: Final = {
    "ACK": "assign",
    "RELEASE": "release",
    "EXPIRE": "expire",
    "DECLINE": "decline",
    "NAK": "deny",
    "OFFER": "offer",
    "REQUEST": "request",
    "DISCOVER": "request",
    "INFORM": "request",
}
_IP: Final = r"(?P<ip>\d{1,3}(?:\.\d{1,3}){3})"
_MAC: Final = r"(?P<mac>[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5,19})"
_LINE: Final = re.compile(rf"DHCP(?P<message>[A-Z]{{3,12}})\b(?: (?:on|of|for|to|from) {_IP})?", re.ASCII)
_FROM: Final = re.compile(
    rf"(?: \([\d.]{{7,15}}\))?(?: (?:to|from))? \(?{_MAC}\)?(?: \((?P<host>[^()]{{1,255}})\))?", re.ASCII
)
_VIA: Final = re.compile(r" via (\S{1,64})")
_DURATION: Final = re.compile(r" lease-duration (\d{1,10})", re.ASCII)

TRAITS: Final = TableTraits(load_table("isc_dhcp"))
_LOGSOURCE: Final = LogSource("isc_dhcp", "dhcp", frozenset({"dhcp"}))
LINE_KIND: Final = Kind(NAME, _LOGSOURCE, {}, TRAITS)
LEASE_KIND: Final = Kind(LEASES, _LOGSOURCE, {}, TRAITS)


@dataclass(frozen=True, slots=True)
class DhcpdReader:
    """Reads dhcpd's syslog lines; holds nothing."""

    source: Source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this line."""
        fields = line_fields(line, envelope)
        if (match := _LINE.match(line)) is not None:
            self._add(fields, match, line)
        return (Event(LINE_KIND, fields, self.source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()

    def _add(self, fields: Fields, match: re.Match[str], line: str) -> None:
        message, ip = match["message"], match["ip"]
        who = _FROM.match(line, match.end())
        if message in {"ACK", "RELEASE", "EXPIRE"} and (ip is None or who is None):
            raise UnreadableRecordError(
                Sentence("DHCP{message} without its address or its client", message=message),
                "the line may be cut off",
            )
        duration, via = _DURATION.search(line, match.end()), _VIA.search(line, match.end())
        fields["dhcp_message"] = f"DHCP{message}"
        if via is not None:
            fields["via"] = via[1].rstrip(":")
        add_lease(
            fields,
            _ACTIONS.get(message, "other"),
            ip=ip,
            mac=who["mac"] if who else None,
            hostname=who["host"] if who else None,
            lease_seconds=lease_seconds(duration[1]) if duration else None,
        )


@dataclass(frozen=True, slots=True)
class DhcpdFormat:
    """dhcpd under syslog."""

    name: str = NAME
    splittable: bool = True

    def recognise(self, line: str, envelope: Envelope) -> float:
        """The program's name, or the line's first word."""
        if envelope.program == "dhcpd":
            return 0.95 if _LINE.match(line) else 0.8
        return 0.6 if _LINE.match(line) else 0.0

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return DhcpdReader(source)


_LEASE: Final = re.compile(r"\s*lease (\S{2,45}) \{\s*$", re.ASCII)
_STATEMENT: Final = re.compile(
    r"\s*(starts|ends|cltt|tstp|tsfp|atsfp|(?:next |rewind )?binding state|hardware ethernet|uid"
    r"|client-hostname"
    r"|set [\w-]{1,64} ="
    r"|vendor-class-identifier|option [\w.-]{1,64}|on \w{1,16})\s+(.*?);?\s*$",
    re.ASCII,
)
_DATE: Final = re.compile(r"\d (\d{4})/(\d\d)/(\d\d) (\d\d:\d\d:\d\d)", re.ASCII)
_STATES: Final = {
    "active": "assign",
    "released": "release",
    "free": "expire",
    "expired": "expire",
    "abandoned": "decline",
    "reset": "release",
    "backup": "expire",
    "bootp": "assign",
}


def _date(text: str | None) -> str | None:
    """A date (``3 2020/07/22 04:05:06`` or ``epoch 1595390706``) as ISO 8601 or epoch seconds, UTC."""
    if text is None:
        return None
    if text.startswith("epoch "):
        return text[6:].partition(";")[0].strip() or None
    match = _DATE.match(text)
    return f"{match[1]}-{match[2]}-{match[3]}T{match[4]}Z" if match else None


@dataclass(slots=True)
class LeaseReader:
    """Reads ``lease`` blocks; other statements of the file are passed over."""

    source: Source
    address: str | None = None
    statements: Fields = field(default_factory=dict)
    position: int | str = 0

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the block that this line closes."""
        if (match := _LEASE.match(line)) is not None:
            return self._open(match[1], position)
        if self.address is None:
            return passed_over(line)
        if line.strip() == "}":
            return (self._close(),)
        if len(line) > MAX_STATEMENT or len(self.statements) >= MAX_STATEMENTS:
            return ()
        if (statement := _STATEMENT.match(line)) is not None:
            self.statements[statement[1].removesuffix(" =")] = statement[2].strip('"')
        return ()

    def finish(self) -> Iterable[Event]:
        """A block that the end of the file cuts off is damaged.

        Raises:
            UnreadableRecordError: The last block is not closed.
        """
        if self.address is not None:
            self.address = None
            raise UnreadableRecordError("the last lease has no end", "the file may be cut off")
        return ()

    def _open(self, address: str, position: int | str) -> Iterable[Event]:
        cut, self.address, self.statements, self.position = self.address, address, {}, position
        if cut is not None:
            raise UnreadableRecordError("the lease before this one has no end", "the file may be damaged")
        return ()

    def _close(self) -> Event:
        fields = self.statements
        state = str(fields.get("binding state", ""))
        action = _STATES.get(state, "other")
        start, end = _date(fields.get("starts")), _date(fields.get("ends"))
        fields["time"] = (
            (end if action in {"release", "expire"} else start) or _date(fields.get("cltt")) or start
        )
        add_lease(
            fields,
            action,
            ip=self.address,
            mac=fields.get("hardware ethernet"),
            hostname=fields.get("client-hostname"),
            lease_start=start,
            lease_end=end,
        )
        self.address = None
        return Event(LEASE_KIND, fields, self.source, self.position)


@dataclass(frozen=True, slots=True)
class LeaseFormat:
    """The lease file."""

    name: str = LEASES

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """A block's first line, or a statement of one."""
        if _LEASE.match(line) or "dhcpd.leases(5)" in line:
            return 0.95
        if line.strip() == "}":
            return 0.5
        indented = len(line) <= MAX_STATEMENT and line[:1] in " \t" and line.rstrip().endswith(";")
        return 0.9 if indented and _STATEMENT.match(line) else 0.0

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return LeaseReader(source)


FORMATS: Final = (DhcpdFormat(), LeaseFormat())
