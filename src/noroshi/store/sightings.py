"""Sightings: indicators that were seen in our own logs. They reset the age of an indicator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, ColumnElement, bindparam, case, insert, select, update

from noroshi.indicators.kinds import key_of, normal_form
from noroshi.store.rows import to_micros, to_time
from noroshi.store.schema import INDICATOR, SIGHTING
from noroshi.store.transactions import reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Engine


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
    """

    type: str
    value: str
    place: str
    first: datetime
    last: datetime
    count: int = 1


class SightingStore:
    """The sightings of one store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, sightings: Iterable[Sighting]) -> int:
        """Add sightings, all in one transaction; how many were of indicators that are in the store.

        The caller gives each event once: counts add up.

        Raises:
            ValueError: A value is none of its type.
        """
        together: dict[tuple[bytes, str], Sighting] = {}
        for one in sightings:
            key = key_of(*normal_form(one.type, one.value)), one.place
            together[key] = _united(together.get(key), one)
        with writing(self._engine) as connection:
            known = _known(connection, {key for key, _ in together})
            rows = [_row(key, one) for (key, _), one in together.items() if key in known]
            for row in rows:
                _add(connection, row)
            if rows:
                connection.execute(_SEEN, [_summary(row) for row in rows])
        return len(rows)

    def of(self, value: str, type_: str) -> tuple[Sighting, ...]:
        """Where an indicator was seen, the latest first.

        Raises:
            ValueError: The value is none of this type.
        """
        kind, normal = normal_form(type_, value)
        mine = SIGHTING.c.key == key_of(kind, normal)
        table = SIGHTING.c
        chosen = select(table.place, table.first, table.last, table.count)
        chosen = chosen.where(mine).order_by(table.last.desc(), table.place)
        with reading(self._engine) as connection:
            return tuple(
                Sighting(kind, normal, place, to_time(first), to_time(last), count)
                for place, first, last, count in connection.execute(chosen)
            )


def _united(known: Sighting | None, new: Sighting) -> Sighting:
    if known is None:
        return new
    first, last = min(known.first, new.first), max(known.last, new.last)
    return Sighting(known.type, known.value, known.place, first, last, known.count + new.count)


def _known(connection: Connection, keys: set[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    ordered = sorted(keys)
    for at in range(0, len(ordered), 5_000):
        some = ordered[at : at + 5_000]
        found.update(connection.scalars(select(INDICATOR.c.key).where(INDICATOR.c.key.in_(some))))
    return found


def _row(key: bytes, one: Sighting) -> dict[str, Any]:
    times = {"first": to_micros(one.first), "last": to_micros(one.last)}
    return {"key": key, "place": one.place, "count": one.count, **times}


def _add(connection: Connection, row: dict[str, Any]) -> None:
    table = SIGHTING.c
    mine = (table.key == row["key"], table.place == row["place"])
    known = connection.execute(select(table.first, table.last, table.count).where(*mine)).one_or_none()
    if known is None:
        connection.execute(insert(SIGHTING), row)
        return
    first, last, count = known
    values = {
        "first": min(first, row["first"]),
        "last": max(last, row["last"]),
        "count": count + row["count"],
    }
    connection.execute(update(SIGHTING).where(*mine).values(values))


def _summary(row: dict[str, Any]) -> dict[str, Any]:
    return {"at_key": row["key"], "by": row["count"], "from_time": row["first"], "to_time": row["last"]}


def _either(column: ColumnElement[int], name: str, *, later: bool) -> ColumnElement[int]:
    """The earlier or later of both; the databases have different functions for it, but the same `CASE`."""
    value: ColumnElement[int] = bindparam(name, type_=BigInteger)
    better = column < value if later else column > value
    return case((column.is_(None), value), (better, value), else_=column)


_SEEN: Final = (
    update(INDICATOR)
    .where(INDICATOR.c.key == bindparam("at_key"))
    .values(
        sighted_count=INDICATOR.c.sighted_count + bindparam("by", type_=BigInteger),
        sighted_first=_either(INDICATOR.c.sighted_first, "from_time", later=False),
        sighted_last=_either(INDICATOR.c.sighted_last, "to_time", later=True),
    )
)
