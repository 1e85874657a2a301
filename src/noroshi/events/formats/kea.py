"""Kea DHCP: log lines of kea-dhcp4 and kea-dhcp6, and the lease file of the memfile backend.

Sources: Kea Administrator Reference Manual, "Logging" and "Memfile"; Kea Messages Manual. Log source: product
``kea``, service ``dhcp``, category ``dhcp``. Uniform fields: see `_dhcp`; ``message_id`` is Kea's name of the
message (``DHCP4_LEASE_ALLOC``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._daemon import line_fields
from noroshi.events.formats._dhcp import add_lease, csv_row, lease_seconds
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineReader
    from noroshi.events.model import Fields, Source

NAME: Final = "kea"
LEASES: Final = "kea-leases"
_HEAD: Final = re.compile(
    r"(?:(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) )?(?P<severity>FATAL|ERROR|WARN|INFO|DEBUG) +"
    r"\[(?P<logger>kea-[\w.-]{1,80})[^\]]{0,80}\] (?P<message_id>[A-Z][A-Z0-9_]{3,80})\b",
    re.ASCII,
)
_HARDWARE: Final = re.compile(r"\[hwtype=\d{1,3} ([0-9a-fA-F:]{2,64})\]", re.ASCII)
_ADDRESS: Final = re.compile(
    r"\b(?:lease|leases|address|addr)(?: for address)? ([0-9A-Fa-f:.]{2,45})(?=[\s,.]|$)", re.ASCII
)
_SECONDS: Final = re.compile(r"\bfor (\d{1,10}) seconds", re.ASCII)
_ACTIONS: Final = {
    "LEASE_ALLOC": "assign",
    "LEASE_REUSE": "renew",
    "LEASE_RENEW": "renew",
    "RELEASE": "release",
    "RELEASE_DELETED": "release",
    "RELEASE_EXPIRED": "release",
    "RELEASE_NA": "release",
    "LEASE_RECLAIM": "expire",
    "DECLINE_LEASE": "decline",
    "LEASE_OFFER": "offer",
    "LEASE_ADVERT": "offer",
}
_FAMILY: Final = re.compile(r"(?:DHCP[46]|ALLOC_ENGINE_V[46])_")

TRAITS: Final = TableTraits(load_table("kea"))
_LOGSOURCE: Final = LogSource("kea", "dhcp", frozenset({"dhcp"}))
LINE_KIND: Final = Kind(NAME, _LOGSOURCE, {}, TRAITS)
LEASE_KIND: Final = Kind(LEASES, _LOGSOURCE, {}, TRAITS)


@dataclass(slots=True)
class KeaReader:
    """Reads Kea's log lines; debug messages may run over several, which are passed over."""

    source: Source
    in_debug: bool = False

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this line."""
        head = _HEAD.match(line)
        if head is None and self.in_debug:
            return ()
        if head is None:
            raise UnreadableRecordError("the line does not begin like one of Kea's", "it may be cut off")
        self.in_debug = head["severity"] == "DEBUG"
        fields = line_fields(line, envelope)
        fields |= {name: value for name, value in head.groupdict().items() if value}
        action = _ACTIONS.get(_FAMILY.sub("", head["message_id"]))
        if action is not None:
            _add(fields, action, line, head.end())
        return (Event(LINE_KIND, fields, self.source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


def _add(fields: Fields, action: str, line: str, at: int) -> None:
    hardware, address = _HARDWARE.search(line, at), _ADDRESS.search(line, at)
    if address is None:
        raise UnreadableRecordError(
            Sentence("{fields} without its address", fields=fields["message_id"]), "the line may be cut off"
        )
    seconds = _SECONDS.search(line, address.end())
    add_lease(
        fields,
        action,
        ip=address[1].rstrip("."),
        mac=hardware[1] if hardware else None,
        lease_seconds=lease_seconds(seconds[1]) if seconds and action in {"assign", "renew"} else None,
    )


@dataclass(frozen=True, slots=True)
class KeaFormat:
    """Kea's log."""

    name: str = NAME

    def recognise(self, line: str, envelope: Envelope) -> float:
        """Severity, logger and message id."""
        if _HEAD.match(line):
            return 0.95
        return 0.6 if envelope.program.startswith("kea-dhcp") else 0.0

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return KeaReader(source)


_COLUMNS4: Final = [
    "address",
    "hwaddr",
    "client_id",
    "valid_lifetime",
    "expire",
    "subnet_id",
    "fqdn_fwd",
    "fqdn_rev",
    "hostname",
    "state",
    "user_context",
    "pool_id",
]
_HEADERS: Final = ("address,hwaddr,client_id,valid_lifetime,", "address,duid,valid_lifetime,expire,")
_ROW: Final = re.compile(
    r"[0-9A-Fa-f.:]{2,45},[0-9a-fA-F:]{0,64},[0-9a-fA-F:]{0,800},\d{1,10},\d{1,20},\d{1,10},[01],[01],",
    re.ASCII,
)
_STATES: Final = {"0": "assign", "1": "decline", "2": "expire", "3": "release"}


def _iso(seconds: int) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None


@dataclass(slots=True)
class LeasesReader:
    """Reads the lease file; every change of a lease is a row, a lifetime of 0 ends it."""

    source: Source
    columns: list[str]

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this row; none for the header."""
        if line.startswith(_HEADERS):
            self.columns = line.split(",")[:100]
            return ()
        values = csv_row(line)
        fields: Fields = {
            name: value.replace("&#x2c", ",")
            for name, value in zip(self.columns, values, strict=False)
            if value
        }
        expire, lifetime = lease_seconds(fields.get("expire")), lease_seconds(fields.get("valid_lifetime"))
        if expire is None or lifetime is None or "address" not in fields:
            raise UnreadableRecordError("the row has no address, lifetime or end", "the file may be cut off")
        _add_row(fields, expire, lifetime)
        return (Event(LEASE_KIND, fields, self.source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


def _add_row(fields: Fields, expire: int, lifetime: int) -> None:
    state = fields.get("state", "0")
    action = "release" if lifetime == 0 else _STATES.get(state, "other")
    start, end = _iso(expire - lifetime), _iso(expire)
    fields["time"] = end if action in {"expire", "release"} else start
    add_lease(
        fields,
        action,
        ip=fields["address"],
        mac=fields.get("hwaddr"),
        hostname=str(fields.get("hostname", "")).rstrip("."),
        lease_seconds=lifetime or None,
        lease_start=start,
        lease_end=end,
    )


@dataclass(frozen=True, slots=True)
class LeasesFormat:
    """Kea's lease file (memfile)."""

    name: str = LEASES

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """The header, or a row."""
        if line.startswith(_HEADERS):
            return 1.0
        return 0.9 if _ROW.match(line) else 0.0

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return LeasesReader(source, list(_COLUMNS4))


FORMATS: Final = (KeaFormat(), LeasesFormat())
