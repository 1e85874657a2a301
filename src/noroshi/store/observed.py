"""What was seen in logs: observables in compressed parts by input and day, and which source was read when.

An input (known by its content, never by its path) is replaced as a whole by whoever reads it again, unless
that reading had fewer events than the one that is kept. So reading twice changes nothing, and a log that has
grown is kept once. Kept size is bounded: the oldest days give their observables up first; what was covered
stays known, so that "not kept any more" is never taken for "not there".

What stands in a part is the business of `noroshi.service.remembering`; here it is bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, func, insert, or_, select, update

from noroshi.store.rows import to_micros, to_time
from noroshi.store.saved import put_state, state_of
from noroshi.store.schema import COVERED, OBSERVED
from noroshi.store.transactions import reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Engine, Row

OWNER: Final = "remembered"
"""Owner in the store's state of the bounds."""
DEFAULT_DAYS: Final = 90
DEFAULT_MEGABYTES: Final = 4_096
_DAY_MICROS: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept.

    Attributes:
        days: Days before the newest one that is kept.
        megabytes: Of compressed observables, all tenants together.
    """

    days: int = DEFAULT_DAYS
    megabytes: int = DEFAULT_MEGABYTES


@dataclass(frozen=True, slots=True)
class Part:
    """Observables of one input on one day, or a part of them.

    Attributes:
        day: Days since 1970-01-01 UTC.
        number: Of the part.
        first, last: Times of the first and last event, microseconds since 1970-01-01 UTC.
        observables: How many are in it.
        content: Compressed; None once it was forgotten for want of room.
        matched_at: Indicators that were known at this moment (microseconds) were matched against it.
    """

    input: str
    path: str
    day: int
    number: int
    first: int
    last: int
    observables: int
    content: bytes | None
    matched_at: int | None = None
    tenant: str = "default"


@dataclass(frozen=True, slots=True)
class Covered:
    """A log source in one input on one day.

    Attributes:
        source: Log source as people know it, ``squid/access (proxy)``.
        events: With a time.
        quarters: Bit *n* (of 96): there were events in the *n*-th quarter of an hour, UTC.
        shows: Kinds of values that were seen: ``domain``, ``ip``, ``url`` …
        dropped: Observables that found no room while it was read.
        kept: Whether its observables are still there.
    """

    input: str
    path: str
    day: int
    source: str
    first: int
    last: int
    events: int
    quarters: int
    shows: frozenset[str] = frozenset()
    dropped: int = 0
    kept: bool = True


@dataclass(frozen=True, slots=True)
class SeenInput:
    """Everything about one input."""

    input: str
    path: str
    covered: tuple[Covered, ...]
    parts: tuple[Part, ...]

    @property
    def events(self) -> int:
        """Events with a time."""
        return sum(one.events for one in self.covered)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of inputs.

    Attributes:
        inputs: New ones and replaced ones.
        observables: In them.
        older: Left as they were, because what was kept before has more events.
        forgotten: Parts that gave their room to newer ones.
    """

    inputs: int = 0
    observables: int = 0
    older: int = 0
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    parts: int
    observables: int
    bytes: int
    forgotten: int


class ObservedStore:
    """What one store knows of logs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(
        self,
        inputs: Iterable[SeenInput],
        *,
        tenant: str,
        at: datetime,
        matched_at: datetime | None,
    ) -> Kept:
        """Keep inputs, each in place of an earlier reading of it; then forget what is beyond the bounds.

        One transaction an input. With the same number of events as before, the moment up to which it was
        matched is not lost.
        """
        done = observables = older = 0
        for one in inputs:
            with writing(self._engine) as connection:
                if _put(connection, one, tenant, at, matched_at):
                    done += 1
                    observables += sum(part.observables for part in one.parts)
                else:
                    older += 1
        return Kept(done, observables, older, self.forget())

    def parts(
        self, tenant: str, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Part]:
        """Parts that are kept and touch a period, the oldest day first, streamed."""
        table = OBSERVED.c
        chosen = select(OBSERVED).where(table.tenant == tenant, table.content.is_not(None))
        if since is not None:
            chosen = chosen.where(table.last >= to_micros(since))
        if until is not None:
            chosen = chosen.where(table.first < to_micros(until))
        chosen = chosen.order_by(table.day, table.input, table.part)
        with reading(self._engine) as connection:
            for row in connection.execution_options(yield_per=8).execute(chosen):
                yield _part(row)

    def covered(self, tenant: str) -> tuple[Covered, ...]:
        """Everything that was ever read, by log source and day."""
        gone = (
            select(OBSERVED.c.input, OBSERVED.c.day)
            .where(OBSERVED.c.tenant == tenant, OBSERVED.c.content.is_(None))
            .distinct()
        )
        table = COVERED.c
        chosen = select(COVERED).where(table.tenant == tenant).order_by(table.source, table.day, table.input)
        with reading(self._engine) as connection:
            forgotten = {(input_, day) for input_, day in connection.execute(gone)}
            rows = connection.execute(chosen).all()
        return tuple(_covered(row, kept=(row.input, row.day) not in forgotten) for row in rows)

    def tenants(self) -> tuple[str, ...]:
        """Whose logs are known, sorted."""
        with reading(self._engine) as connection:
            return tuple(connection.scalars(select(COVERED.c.tenant).distinct().order_by(COVERED.c.tenant)))

    def oldest_match(self, tenant: str) -> tuple[bool, int | None]:
        """Whether any part was never matched, and the earliest moment up to which one was (microseconds)."""
        table = OBSERVED.c
        mine = and_(table.tenant == tenant, table.content.is_not(None))
        with reading(self._engine) as connection:
            never = connection.execute(select(func.count()).where(mine, table.matched_at.is_(None)))
            oldest = connection.execute(select(func.min(table.matched_at)).where(mine))
            return bool(never.scalar_one()), oldest.scalar_one()

    def matched(self, tenant: str, at: datetime) -> None:
        """Note that the indicators of a moment were matched against everything that was kept before it."""
        table, moment = OBSERVED.c, to_micros(at)
        earlier = or_(table.matched_at.is_(None), table.matched_at < moment)
        with writing(self._engine) as connection:
            mine = and_(table.tenant == tenant, table.at < moment, earlier)
            connection.execute(update(OBSERVED).where(mine).values(matched_at=moment))

    def size(self) -> Size:
        """How much is kept, all tenants together."""
        table = OBSERVED.c
        there, gone = table.content.is_not(None), table.content.is_(None)
        sums = func.count(), func.sum(table.observables), func.sum(table.size)
        with reading(self._engine) as connection:
            parts, observables, size = connection.execute(select(*sums).where(there)).one()
            forgotten = connection.execute(select(func.count()).where(gone)).scalar_one()
        return Size(parts, int(observables or 0), int(size or 0), forgotten)

    def bounds(self) -> Bounds:
        """The bounds that were set, else the defaults."""
        with reading(self._engine) as connection:
            said = state_of(connection, OWNER)
        return Bounds(said.get("days", DEFAULT_DAYS), said.get("megabytes", DEFAULT_MEGABYTES))

    def set_bounds(self, bounds: Bounds, at: datetime) -> int:
        """Set them, and forget what is beyond; how many parts that were."""
        with writing(self._engine) as connection:
            put_state(connection, OWNER, at, {"days": bounds.days, "megabytes": bounds.megabytes})
        return self.forget()

    def forget(self) -> int:
        """Take the content from the oldest parts until the bounds hold; how many gave it up."""
        bounds = self.bounds()
        table = OBSERVED.c
        with writing(self._engine) as connection:
            rows = connection.execute(
                select(table.tenant, table.input, table.day, table.part, table.size)
                .where(table.content.is_not(None))
                .order_by(table.day.desc(), table.at.desc())
            ).all()
            beyond = list(_beyond(rows, bounds))
            for row in beyond:
                mine = _named(row.tenant, row.input, table.day == row.day, table.part == row.part)
                connection.execute(update(OBSERVED).where(mine).values(content=None))
        return len(beyond)


def _beyond(rows: Sequence[Any], bounds: Bounds) -> Iterator[Any]:
    """Of parts from the newest to the oldest, those that the bounds leave no room for."""
    newest = rows[0].day if rows else 0
    room = bounds.megabytes * 1_000_000
    for row in rows:
        room -= row.size
        if room < 0 or newest - row.day >= bounds.days:
            yield row


def _named(tenant: str, input_: str, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(OBSERVED.c.tenant == tenant, OBSERVED.c.input == input_, *more)


def _put(
    connection: Connection, one: SeenInput, tenant: str, at: datetime, matched_at: datetime | None
) -> bool:
    mine = and_(COVERED.c.tenant == tenant, COVERED.c.input == one.input)
    before = connection.execute(select(func.sum(COVERED.c.events)).where(mine)).scalar_one() or 0
    if before > one.events:
        return False
    matched = None if matched_at is None else to_micros(matched_at)
    if before == one.events:
        matched = _later(matched, _matched_before(connection, tenant, one.input))
    connection.execute(delete(COVERED).where(mine))
    connection.execute(delete(OBSERVED).where(_named(tenant, one.input)))
    covered = [_covered_row(tenant, each) for each in one.covered]
    parts = [_part_row(tenant, part, to_micros(at), matched) for part in one.parts]
    for table, rows in ((COVERED, covered), (OBSERVED, parts)):
        if rows:
            connection.execute(insert(table), rows)
    return True


def _matched_before(connection: Connection, tenant: str, input_: str) -> int | None:
    """The moment up to which every part was matched; None if one never was."""
    moments = list(connection.scalars(select(OBSERVED.c.matched_at).where(_named(tenant, input_))))
    known = [moment for moment in moments if moment is not None]
    return min(known) if known and len(known) == len(moments) else None


def _later(one: int | None, two: int | None) -> int | None:
    return max((moment for moment in (one, two) if moment is not None), default=None)


def _part(row: Row[Any]) -> Part:
    return Part(
        row.input,
        row.path,
        row.day,
        row.part,
        row.first,
        row.last,
        row.observables,
        row.content,
        row.matched_at,
        row.tenant,
    )


def _part_row(tenant: str, part: Part, at: int, matched: int | None) -> Mapping[str, Any]:
    return {
        "tenant": tenant,
        "input": part.input,
        "day": part.day,
        "part": part.number,
        "path": part.path,
        "first": part.first,
        "last": part.last,
        "observables": part.observables,
        "size": len(part.content or b""),
        "content": part.content,
        "matched_at": matched,
        "at": at,
    }


def _covered(row: Row[Any], *, kept: bool) -> Covered:
    return Covered(
        row.input,
        row.path,
        row.day,
        row.source,
        row.first,
        row.last,
        row.events,
        int.from_bytes(row.quarters, "big"),
        frozenset(row.shows.split()),
        row.dropped,
        kept,
    )


def _covered_row(tenant: str, one: Covered) -> Mapping[str, Any]:
    return {
        "tenant": tenant,
        "input": one.input,
        "day": one.day,
        "source": one.source,
        "path": one.path,
        "first": one.first,
        "last": one.last,
        "events": one.events,
        "quarters": one.quarters.to_bytes(12, "big"),
        "shows": "\n".join(sorted(one.shows)),
        "dropped": one.dropped,
    }


def day_start(day: int) -> datetime:
    """The first moment of a day, aware UTC."""
    return to_time(day * _DAY_MICROS)
