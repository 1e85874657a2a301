"""Indicators against what is kept of logs: the same look-ups as for live events, one a kept value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from noroshi.engine.hits import Evidence, Hit, IndicatorRef
from noroshi.engine.indicator_matches import is_same_port
from noroshi.events.model import Outcome, event_id_of
from noroshi.identity import Joined
from noroshi.indicators.model import PORT_FIELDS
from noroshi.indicators.snapshot import key_of_record
from noroshi.service.remembering.segment import decode_segment
from noroshi.service.remembering.settling import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from noroshi.engine.indicators import IndicatorMatcher
    from noroshi.events.model import LogSource
    from noroshi.indicators.snapshot import Record
    from noroshi.service.remembering.segment import Column, Context, Row, Segment
    from noroshi.store.observed import Part


@dataclass(frozen=True, slots=True)
class Found:
    """An indicator in a kept row.

    Attributes:
        precision: As in `noroshi.engine.indicators`.
        field: Which field shows it.
        value: What the field held.
        port: Of the same end; None where there is none.
        first, last: Microseconds since 1970-01-01 UTC.
        count: Events.
        position: Of the first.
    """

    record: Record
    precision: str
    part: Part
    logsource: LogSource
    context: Context
    field: str
    value: str
    port: str | None
    first: int
    last: int
    count: int
    position: int | str

    @property
    def who(self) -> Joined:
        """Whom it is about."""
        return Joined(self.context.entities, self.context.joins)

    @property
    def first_time(self) -> datetime:
        """Of the first event, aware UTC."""
        return moment_of(self.first)

    @property
    def last_time(self) -> datetime:
        """Of the last event, aware UTC."""
        return moment_of(self.last)

    def hit(self) -> Hit:
        """The hit that the live scan would have made of the first of these events.

        Of the event's fields it holds the one that was kept (and the port).
        """
        fields: dict[str, Any] = {self.field: self.value}
        if self.port is not None:
            fields[PORT_FIELDS[self.field]] = self.port
        record, part = self.record, self.part
        return Hit(
            event_id=event_id_of(part.tenant, part.input, self.position),
            tenant=part.tenant,
            time=moment_of(self.first),
            zone=self.context.zone,
            rule_id=f"indicator:{key_of_record(record).hex()}",
            rule_hash="",
            logsource=self.logsource,
            entities=self.context.entities,
            outcome=Outcome(self.context.outcome),
            evidence=(Evidence(self.field, self.value, record.value),),
            fields=fields,
            path=part.path,
            position=self.position,
            indicator=IndicatorRef(record.type, record.value, self.precision, part.input),
        )


def search(parts: Iterable[Part], matcher: IndicatorMatcher) -> Iterator[Found]:
    """All indicators in kept parts.

    Raises:
        LocatedError: A part cannot be read.
    """
    for part in parts:
        if part.content is None:
            continue
        segment = decode_segment(part.content, part.path)
        for column in segment.columns:
            yield from _in_column(part, segment, column, matcher)


def _in_column(part: Part, segment: Segment, column: Column, matcher: IndicatorMatcher) -> Iterator[Found]:
    look = matcher.looking(column.type)
    if look is None:
        return
    for row in column.rows:
        for record, precision in look(row[0]):
            found = _found(part, segment, column, row, (record, precision))
            if found is not None:
                yield found


def _found(
    part: Part, segment: Segment, column: Column, row: Row, matched: tuple[Record, str]
) -> Found | None:
    record, precision = matched
    value, port, number, first, last, count, position = row
    context = segment.contexts[number]
    if precision == "host" and context.url_visible:
        return None
    if precision == "pair":
        if not is_same_port(record, port):
            return None
        precision = "exact"
    source = segment.sources[context.source]
    return Found(
        record, precision, part, source, context, column.field, value, port, first, last, count, position
    )
