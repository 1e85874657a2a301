"""AWS CloudTrail (AWS CloudTrail user guide, "CloudTrail record contents", event versions 1.0 to 1.11).

Read are log files (one document ``{"Records": [...]}`` in one line), one record a line (as exporters write
it), and records that CloudWatch Logs or EventBridge wrapped in ``detail``. Fields are the record's own,
nested (``userIdentity.type``), as SigmaHQ's rules for product ``aws``, service ``cloudtrail`` name them;
``src_ip`` and ``c-useragent`` stand beside them. The position of a record in a log file is
``offset:number``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._json_lines import json_object
from noroshi.events.model import Event, Kind, LogSource, Outcome
from noroshi.events.observables import as_ip
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "cloudtrail"
_BEGINNING: Final = 4_096


@dataclass(frozen=True, slots=True)
class CloudTrailTraits(TableTraits):
    """A table, and the rule of the user guide: a call without ``errorCode`` succeeded."""

    def outcome(self, event: Event) -> Outcome:
        """What the table says, else allowed."""
        found = TableTraits.outcome(self, event)
        return Outcome.ALLOWED if found is Outcome.UNKNOWN else found


_TRAITS: Final = CloudTrailTraits(load_table(NAME))
_SOURCE: Final = LogSource("aws", NAME)


@lru_cache(maxsize=4096)
def _kind(event_source: str, event_name: str) -> Kind:
    return Kind(NAME, _SOURCE, {"eventSource": event_source, "eventName": event_name}, _TRAITS)


def cloudtrail_event(record: Any, source: Source, position: int | str) -> Event:
    """The event of one record.

    Raises:
        UnreadableRecordError: It lacks what every CloudTrail record has.
    """
    if isinstance(record, dict) and isinstance(record.get("detail"), dict):
        record = record["detail"]
    if not isinstance(record, dict):
        raise UnreadableRecordError("a CloudTrail record is an object", "the file may be damaged")
    event_source, event_name = record.get("eventSource"), record.get("eventName")
    if not isinstance(event_source, str) or not isinstance(event_name, str):
        raise UnreadableRecordError(
            "a CloudTrail record has eventSource and eventName", "it may be another log"
        )
    fields: Fields = dict(record)
    address, agent = record.get("sourceIPAddress"), record.get("userAgent")
    if isinstance(address, str) and as_ip(address):
        fields["src_ip"] = address
    if isinstance(agent, str):
        fields["c-useragent"] = agent
    return Event(_kind(event_source, event_name), fields, source, position)


class CloudTrailReader:
    """Reads documents and records; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The events of this line, all of a log file's records."""
        document = json_object(line)
        records = document.get("Records")
        if not isinstance(records, list):
            return (cloudtrail_event(document, self._source, position),)
        return self._all(records, position)

    def _all(self, records: list[Any], position: int | str) -> Iterator[Event]:
        damaged = 0
        for number, record in enumerate(records):
            try:
                yield cloudtrail_event(record, self._source, f"{position}:{number}")
            except UnreadableRecordError:
                damaged += 1
        if damaged:
            raise UnreadableRecordError(
                Sentence("{damaged:|record lacks|records lack} eventSource or eventName", damaged=damaged),
                "the others were read",
            )

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class CloudTrail:
    """CloudTrail's JSON."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By the names that every record has, wherever they stand in its beginning."""
        if not line.startswith("{"):
            return 0.0
        head = line[:_BEGINNING]
        named = '"eventVersion"' in head or '"eventTime"' in head
        return 0.97 if named and '"eventSource"' in head and '"awsRegion"' in line[: 4 * _BEGINNING] else 0.0

    def reader(self, source: Source) -> CloudTrailReader:
        """A reader for one input."""
        return CloudTrailReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (CloudTrail(),)
