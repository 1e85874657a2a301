"""Sysmon for Linux: its XML events in syslog or in a file, one a line.

Format: Sysinternals, "Sysmon for Linux" (events are written to syslog as XML with the schema of Windows'
Sysmon)::

    <Event><System><Provider Name="Linux-Sysmon" …/>…</System><EventData><Data Name="Image">…

Log source: product ``linux``, service ``sysmon``, categories as of Windows' Sysmon (``process_creation``,
``network_connection``, ``file_event`` …), and the outcome as well. Fields have Sysmon's names; numbers stay
texts, as it writes them, but ``EventID``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.windows.catalogue import categories_of, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "sysmon-linux"
CHANNEL: Final = "Linux-Sysmon/Operational"
MAX_CHARS: Final = 1_048_576
_PROVIDER: Final = re.compile(r"<Provider Name=[\"']Linux-Sysmon[\"']")
_EVENT_ID: Final = re.compile(r"<EventID(?: [^>]{0,100})?>(\d{1,5})</EventID>")
_SYSTEM: Final = re.compile(
    r"<(Version|Level|Task|Opcode|Keywords|EventRecordID|Channel|Computer)>([^<]{0,1000})</\1>"
)
_CREATED: Final = re.compile(r"<TimeCreated SystemTime=[\"']([^\"']{10,40})[\"']")
_DATA: Final = re.compile(r"<Data Name=[\"']([^\"'<>]{1,128})[\"'](?:/>|>([^<]*+)</Data>)")
_TABLE: Final = load_table("sysmon_linux")


@lru_cache(maxsize=512)
def _kind(event_id: int) -> Kind:
    logsource = LogSource("linux", "sysmon", categories_of("sysmon", event_id))
    traits = TableTraits(_TABLE, otherwise=outcome_of("sysmon", event_id))
    return Kind(NAME, logsource, {"EventID": event_id}, traits)


class SysmonReader:
    """Reads events; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        if len(line) > MAX_CHARS:
            raise UnreadableRecordError(
                "the event is too long", Sentence("at most {max_chars:,} characters", max_chars=MAX_CHARS)
            )
        head, _, data = line.partition("</System>")
        event_id = _EVENT_ID.search(head)
        if event_id is None or not line.rstrip().endswith("</Event>"):
            raise UnreadableRecordError(
                "the event is not complete", "syslog may have cut it off: raise its line limit"
            )
        fields: Fields = {name: unescape(value) for name, value in _SYSTEM.findall(head)}
        if (created := _CREATED.search(head)) is not None:
            fields["TimeCreated"] = created[1]
        for name, value in _DATA.findall(data):
            fields.setdefault(name, unescape(value))
        fields |= {"EventID": int(event_id[1]), "Channel": CHANNEL, "Provider_Name": "Linux-Sysmon"}
        if envelope.host:
            fields.setdefault("Computer", envelope.host)
        if "DestinationIp" in fields:
            fields.setdefault("dst_ip", fields["DestinationIp"])
        return (Event(_kind(fields["EventID"]), fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class SysmonLinux:
    """Sysmon for Linux."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By the provider."""
        return 1.0 if line.startswith("<Event>") and _PROVIDER.search(line[:300]) else 0.0

    def reader(self, source: Source) -> SysmonReader:
        """A reader for one input."""
        return SysmonReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (SysmonLinux(),)
