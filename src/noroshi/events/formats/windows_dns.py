"""Windows DNS server, debug log (``dns.log``).

Format: Microsoft documentation, "DNS logging and diagnostics" and the key that the file itself begins with
("Message logging key"): date and time in the server's regional format, thread, context, internal packet
identifier, protocol, direction, remote address, transaction, query or response, operation, flags, question::

    7/22/2020 1:12:09 PM 0D48 PACKET  02A3B8F0 UDP Rcv 10.20.4.114 9b0e   Q [0001   D   NOERROR] A (3)www(0)

Log source: product ``windows``, service ``dns-server-debug``, category ``dns`` for packets. In Sigma's
words: ``query``, ``record_type``, ``rcode_name``, ``src_ip`` (who asks: the remote side of a received query
and of a sent response) or ``dst_ip`` (whom the server asks). Lines of details below a packet and the
heading are passed over. Times are without zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._local_times import REGIONAL, regional_time
from noroshi.events.formats._prose import passed_over
from noroshi.events.model import Event, Kind, LogSource, Timestamp
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "windows-dns"
_HEADING: Final = re.compile(
    rf"({REGIONAL}) ([0-9A-Fa-f]{{3,8}}) ([A-Z]{{4,8}})\s++",
    re.ASCII,
)
_PACKET: Final = re.compile(
    r"(?:([0-9A-Fa-f]{8,16})\s++)?(UDP|TCP)\s++(Rcv|Snd)\s++([0-9A-Fa-f.:%]{2,60})\s++([0-9A-Fa-f]{4})"
    r"\s++(?:(R)\s++)?([A-Z?])\s++"
    r"\[([0-9A-Fa-f]{4})\s++(?:([ATDR ]{1,12}?)\s++)?([A-Z]{2,12})\]\s++(\w{1,16})\s++(\S{1,2048})",
    re.ASCII,
)
_LABEL: Final = re.compile(r"\(\d{1,3}\)")


@dataclass(frozen=True, slots=True)
class DnsTraits(TableTraits):
    """A table, and times in the regional format."""

    def time(self, event: Event) -> Timestamp:
        """The line's own time."""
        return regional_time(event.fields.get("time"), event.source) or Timestamp.missing()


_TRAITS: Final = DnsTraits(load_table("windows_dns"))
_DNS: Final = LogSource("windows", "dns-server-debug", frozenset({"dns"}))
_KINDS: Final = {name: Kind(NAME, _DNS, {"dns_event": name}, _TRAITS) for name in ("query", "response")}
_OTHER: Final = Kind(NAME, LogSource("windows", "dns-server-debug"), {"dns_event": "other"}, _TRAITS)


def question(text: str) -> str:
    """``(3)www(7)example(0)`` as a name."""
    return _LABEL.sub(".", text).strip(".") or "."


class DnsReader:
    """Reads the lines of one input; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of a line that begins with a time; none for heading and details."""
        match = _HEADING.match(line)
        if match is None:
            if "PACKET" in line[:80] and line[:1].isdigit():
                raise UnreadableRecordError("the packet's heading cannot be read", "the line may be damaged")
            return passed_over(line)
        time, thread, context = match.groups()
        fields: Fields = {"time": time, "thread": thread, "context": context, "message": line[match.end() :]}
        if context != "PACKET":
            fields["dns_event"] = "other"
            return (Event(_OTHER, fields, self._source, position),)
        self._add_packet(fields, line, match.end())
        return (Event(_KINDS[fields["dns_event"]], fields, self._source, position),)

    def _add_packet(self, fields: Fields, line: str, at: int) -> None:
        packet = _PACKET.match(line, at)
        if packet is None:
            raise UnreadableRecordError("the packet cannot be read", "the line may be cut off")
        identifier, protocol, direction, remote, transaction, response = packet.group(1, 2, 3, 4, 5, 6)
        operation, flags, letters, rcode, kind, name = packet.group(7, 8, 9, 10, 11, 12)
        asks = (direction == "Rcv") != bool(response)
        fields |= {
            "dns_event": "response" if response else "query",
            "proto": protocol.lower(),
            "direction": direction,
            "src_ip" if asks else "dst_ip": remote,
            "xid": transaction,
            "opcode": operation,
            "flags": flags,
            "flag_letters": (letters or "").strip(),
            "record_type": kind,
            "query": question(name),
        }
        if identifier:
            fields["packet_id"] = identifier
        if response:
            fields["rcode_name"] = rcode

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class WindowsDns:
    """The debug log of Windows' DNS server."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """A packet, or the heading of the file."""
        if line.startswith(("DNS Server log file", "Message logging key")):
            return 1.0
        match = _HEADING.match(line) if line[:1].isdigit() else None
        return (
            0.95
            if match is not None and (match[3] in {"EVENT", "NOTE"} or _PACKET.match(line, match.end()))
            else 0.0
        )

    def reader(self, source: Source) -> DnsReader:
        """A reader for one input."""
        return DnsReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (WindowsDns(),)
