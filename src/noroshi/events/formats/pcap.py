"""Packet captures, PCAP and PCAPNG: what was said over TCP and UDP, as events.

Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng; RFC 9112 (HTTP), RFC 1035 (DNS), RFC 8446 (TLS).

Log source: product ``pcap``, service by what happened, with the names of Suricata's EVE: ``http`` (category
``proxy``, and ``webserver`` for an inside server), ``fileinfo`` (each body, with its hashes), ``dns``
(category ``dns``), ``tls`` (name of the server, JA3), ``flow`` (category ``firewall``). Times are those of
the packets, UTC. Positions are the number of the connection's first packet and a number behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.events.capture.packets import CaptureError, is_capture
from noroshi.events.capture.reading import Reading
from noroshi.events.format import is_broken
from noroshi.events.formats.suricata import CATEGORIES, TRAITS, add_names
from noroshi.events.model import Event, Kind, LogSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.capture.reading import Record
    from noroshi.events.format import ByteSource, Head
    from noroshi.events.model import Source
    from noroshi.events.problems import Problems

NAME: Final = "pcap"
_TYPES: Final = ("http", "fileinfo", "dns", "tls", "flow")


def _kind(event_type: str, *, inward: bool) -> Kind:
    categories = CATEGORIES.get(event_type, frozenset()) | ({"webserver"} if inward else set())
    return Kind(NAME, LogSource(NAME, event_type, categories), {"event_type": event_type}, TRAITS)


_KINDS: Final = {
    (event_type, inward): _kind(event_type, inward=inward)
    for event_type in _TYPES
    for inward in (False, True)
}


@dataclass(frozen=True, slots=True)
class PcapFormat:
    """PCAP and PCAPNG files."""

    name: str = NAME

    def sniff(self, head: Head) -> float:
        """By magic number."""
        return 1.0 if is_capture(head.data) else 0.0

    def decode(self, stream: ByteSource, source: Source, problems: Problems) -> Iterator[Event]:
        """The events, each when its last byte was seen; damage ends the file with one located error."""
        reading = Reading(stream)
        try:
            for record in reading.records():
                yield _event(record, source)
        except CaptureError as damage:
            if not (damage.cut and is_broken(stream)):
                mend = "capture again; what could be read was read"
                problems.add(LocatedError(source.path, f"byte {damage.at}", damage.what, mend))
        for link, count in reading.unknown.items():
            what = Sentence(
                "{count:,|packet|packets} of link layer {link} cannot be read", count=count, link=link
            )
            problems.add(LocatedError(source.path, "", what, "capture on an Ethernet or IP interface"))


def _event(record: Record, source: Source) -> Event:
    fields = dict(record.fields)
    inward = add_names(fields, record.event_type)
    return Event(_KINDS[record.event_type, inward], fields, source, record.position)


FORMATS: Final = (PcapFormat(),)
