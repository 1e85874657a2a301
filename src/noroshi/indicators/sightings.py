"""A sighting: an indicator that was seen in our own logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True)
class Sighting:
    """One indicator at one place.

    Attributes:
        type: Of the indicator.
        value: Of the indicator, in any spelling.
        place: The entity that was seen with it, as ``host pc-014``.
        first: Time of the first event, aware UTC.
        last: Time of the last event.
        count: Events.
        input: Identity of the input that shows it (`Source.id`): the same input again counts nothing twice.
            Empty for all inputs together.
    """

    type: str
    value: str
    place: str
    first: datetime
    last: datetime
    count: int = 1
    input: str = ""

    @property
    def day(self) -> date:
        """The day (UTC) that it is counted under."""
        return self.first.astimezone(UTC).date()


@dataclass(slots=True)
class _Span:
    first: datetime
    last: datetime
    count: int


class SightingTally:
    """Counts the events of one run that show indicators, by place, input and day; bounded.

    Attributes:
        left_out: Events beyond `limit`, which are told instead of kept.
    """

    def __init__(self, limit: int = 500_000) -> None:
        self._spans: dict[tuple[str, str, str, str, date], _Span] = {}
        self._limit = limit
        self.left_out = 0

    def add(self, one: Sighting) -> None:
        """Take events."""
        key = one.type, one.value, one.place, one.input, one.day
        span = self._spans.get(key)
        if span is not None:
            span.first, span.last = min(span.first, one.first), max(span.last, one.last)
            span.count += one.count
        elif len(self._spans) < self._limit:
            self._spans[key] = _Span(one.first, one.last, one.count)
        else:
            self.left_out += one.count

    def sightings(self) -> tuple[Sighting, ...]:
        """All of them."""
        return tuple(
            Sighting(type_, value, place, span.first, span.last, span.count, input_)
            for (type_, value, place, input_, _), span in self._spans.items()
        )
