"""Sightings: indicators that were seen in our own logs. They reset the age of an indicator.

A sighting is kept under indicator, place, input and day. Recording it again changes nothing: the period
widens, and of two counts the larger stays, because the same input read twice (or read again after it has
grown) shows the same events again, not new ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import BigInteger, ColumnElement, bindparam, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from noroshi.indicators.kinds import key_of, normal_form
from noroshi.indicators.sightings import Sighting
from noroshi.store.rows import to_day, to_micros, to_time
from noroshi.store.schema import INDICATOR, SIGHTING
from noroshi.store.transactions import reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

__all__ = ["Sighting", "SightingStore"]
_SOME: Final = 5_000
_Key = tuple[bytes, str, str, int]
"""Indicator, place, input, day."""


class SightingStore:
    """The sightings of one store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, sightings: Iterable[Sighting]) -> int:
        """Keep sightings, all in one transaction; how many were of indicators that are in the store.

        Those of one place, input and day in one call add up; what an earlier call recorded does not.

        Raises:
            ValueError: A value is none of its type.
        """
        together = _together(sightings)
        with writing(self._engine) as connection:
            known = _known(connection, sorted({key[0] for key in together}))
            rows = [_row(key, one) for key, one in together.items() if key[0] in known]
            for some in _in_pieces(rows):
                connection.execute(_upsert(connection), some)
            for keys in _in_pieces(sorted({row["key"] for row in rows})):
                _summarise(connection, keys)
        return len(rows)

    def of(self, value: str, type_: str) -> tuple[Sighting, ...]:
        """Where an indicator was seen, inputs and days together, the latest first.

        Raises:
            ValueError: The value is none of this type.
        """
        kind, normal = normal_form(type_, value)
        table = SIGHTING.c
        first, last, count = func.min(table.first), func.max(table.last), func.sum(table.count)
        chosen = (
            select(table.place, first, last, count)
            .where(table.key == key_of(kind, normal))
            .group_by(table.place)
            .order_by(last.desc(), table.place)
        )
        with reading(self._engine) as connection:
            return tuple(
                Sighting(kind, normal, place, to_time(begin), to_time(end), int(events))
                for place, begin, end, events in connection.execute(chosen)
            )

    def latest(self) -> dict[bytes, datetime]:
        """Key of every indicator that was ever seen → when last. Few were: snapshots need not hold it."""
        chosen = select(SIGHTING.c.key, func.max(SIGHTING.c.last)).group_by(SIGHTING.c.key)
        with reading(self._engine) as connection:
            return {key: to_time(last) for key, last in connection.execute(chosen)}


def _together(sightings: Iterable[Sighting]) -> dict[_Key, Sighting]:
    found: dict[_Key, Sighting] = {}
    for one in sightings:
        key = key_of(*normal_form(one.type, one.value)), one.place, one.input, to_day(one.first)
        found[key] = _united(found.get(key), one)
    return found


def _united(known: Sighting | None, new: Sighting) -> Sighting:
    if known is None:
        return new
    first, last = min(known.first, new.first), max(known.last, new.last)
    return replace(known, first=first, last=last, count=known.count + new.count)


_Item = TypeVar("_Item")


def _in_pieces(rows: list[_Item]) -> Iterator[list[_Item]]:
    return (rows[at : at + _SOME] for at in range(0, len(rows), _SOME))


def _known(connection: Connection, keys: list[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for some in _in_pieces(keys):
        found.update(connection.scalars(select(INDICATOR.c.key).where(INDICATOR.c.key.in_(some))))
    return found


def _row(key: _Key, one: Sighting) -> dict[str, Any]:
    indicator, place, input_, day = key
    times = {"first": to_micros(one.first), "last": to_micros(one.last)}
    return {"key": indicator, "place": place, "input": input_, "day": day, "count": one.count, **times}


def _upsert(connection: Connection) -> Any:
    """Both databases say ``ON CONFLICT``, but SQLAlchemy has a statement of its own for each."""
    new: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(SIGHTING)
    given, there = new.excluded, SIGHTING.c
    return new.on_conflict_do_update(
        index_elements=["key", "place", "input", "day"],
        set_={
            "first": _lesser(there.first, given.first),
            "last": _greater(there.last, given.last),
            "count": _greater(there.count, given.count),
        },
    )


def _lesser(one: ColumnElement[int], two: ColumnElement[int]) -> ColumnElement[int]:
    """The databases have different functions for it, but the same ``CASE``."""
    return case((two < one, two), else_=one)


def _greater(one: ColumnElement[int], two: ColumnElement[int]) -> ColumnElement[int]:
    return case((two > one, two), else_=one)


def _summarise(connection: Connection, keys: list[bytes]) -> None:
    """What the indicators' own rows say of their sightings, anew from all of these."""
    table = SIGHTING.c
    counted = func.sum(table.count), func.min(table.first), func.max(table.last)
    rows = connection.execute(select(table.key, *counted).where(table.key.in_(keys)).group_by(table.key))
    told = [
        {"at_key": key, "seen": int(count), "from_time": first, "to_time": last}
        for key, count, first, last in rows
    ]
    if told:
        connection.execute(_SEEN, told)


_SEEN: Final = (
    update(INDICATOR)
    .where(INDICATOR.c.key == bindparam("at_key"))
    .values(
        sighted_count=bindparam("seen", type_=BigInteger),
        sighted_first=bindparam("from_time", type_=BigInteger),
        sighted_last=bindparam("to_time", type_=BigInteger),
    )
)
