"""Indicators in the database: many at once, one at a time, and what ever became of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import bindparam, func, insert, or_, select, update

from noroshi.indicators.changes import FieldChange, changes, is_routine, only_times_moved
from noroshi.indicators.indicator import NEVER_SIGHTED, Indicator, Status
from noroshi.indicators.kinds import key_of, normal_form
from noroshi.store.rows import from_row, json_text, to_micros, to_row, to_time, to_times
from noroshi.store.saved import put_state
from noroshi.store.schema import CHANGE, HISTORY, INDICATOR
from noroshi.store.transactions import reading, writing
from noroshi.store.where import where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Update

    from noroshi.indicators.ageing import Lifetimes
    from noroshi.indicators.query import Query

BATCH: Final = 5_000
"""Indicators of one transaction; SQLite takes at most 32,766 parameters in one statement."""
_PAGE: Final = 2_000
_Moved = dict[bytes, tuple[Indicator, Indicator]]
"""Key → before and after."""
_CHANGES: Final = msgspec.json.Decoder(tuple[FieldChange, ...])


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of indicators that came in; `changed` counts those whose times alone moved too."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def plus(self, other: Upserted) -> Upserted:
        """Both together."""
        return Upserted(
            self.added + other.added, self.changed + other.changed, self.unchanged + other.unchanged
        )


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """What happened to one indicator.

    Attributes:
        at: Aware UTC.
        who: The user or feed.
        what: In which piece of work: a command, a file, a feed's run.
        action: ``added``, ``changed``, ``refused``.
        changes: Field by field; empty for what was added.
    """

    at: datetime
    who: str
    what: str
    action: str
    changes: tuple[FieldChange, ...]


class IndicatorStore:
    """The indicators of one store. Every method is one transaction, or one for each batch."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def upsert_many(
        self, indicators: Iterable[Indicator], *, at: datetime, who: str, what: str = "", batch: int = BATCH
    ) -> Upserted:
        """Add indicators, or merge them into those that are there already (`Indicator.merged`).

        The iterable is consumed batch by batch, each one transaction: what was counted is kept, whatever
        comes after it. Sightings of what comes in are left out; those belong to `sighted`.
        """
        total = Upserted()
        waiting = iter(indicators)
        while some := list(islice(waiting, batch)):
            with writing(self._engine) as connection:
                total = total.plus(_Batch(connection, at, who, what).upsert(some))
        return total

    def collect(  # noqa: PLR0913 - two things that belong together are written at once
        self,
        indicators: Sequence[Indicator],
        owner: str,
        memory: Mapping[str, Any],
        *,
        at: datetime,
        who: str,
        health: Callable[[Upserted], Mapping[str, Any]],
    ) -> Upserted:
        """What a feed brought and what it remembers afterwards: one transaction, all of it or nothing.

        ``health`` makes what is kept under that name of what became of the indicators.
        """
        total = Upserted()
        waiting = iter(indicators)
        with writing(self._engine) as connection:
            while some := list(islice(waiting, BATCH)):
                total = total.plus(_Batch(connection, at, who, "collect").upsert(some))
            put_state(connection, owner, at, {**memory, "health": dict(health(total))})
        return total

    def get(self, value: str, type_: str) -> Indicator | None:
        """One indicator by its value in any spelling, or None.

        Raises:
            ValueError: The value is none of this type.
        """
        kind, normal = normal_form(type_, value)
        with reading(self._engine) as connection:
            return _fetch(connection, key_of(kind, normal))

    def iterate(self, query: Query, at: datetime, lifetimes: Lifetimes | None = None) -> Iterator[Indicator]:
        """All indicators that a query means at this moment, by type and value, streamed."""
        chosen = select(INDICATOR).where(where(query, at)).order_by(INDICATOR.c.type, INDICATOR.c.value)
        with reading(self._engine) as connection:
            rows = connection.execution_options(yield_per=_PAGE).execute(chosen)
            for row in rows:
                indicator = from_row(row)
                if query.matches(indicator, at, lifetimes):
                    yield indicator

    def edit(
        self, value: str, type_: str, change: Callable[[Indicator], Indicator], *, at: datetime, who: str
    ) -> Indicator | None:
        """Replace one indicator by what `change` makes of it; None if it is not there.

        Raises:
            ValueError: The value is none of this type, or `change` made another indicator of it.
        """
        kind, normal = normal_form(type_, value)
        with writing(self._engine) as connection:
            old = _fetch(connection, key_of(kind, normal))
            if old is None:
                return None
            new = change(old)
            if new.key != old.key:
                raise ValueError(f"{new.value!r} is another indicator than {old.value!r}")
            _Batch(connection, at, who, "edit").replace(old, new)
            return new

    def retire(self, value: str, type_: str, reason: str, *, at: datetime, who: str) -> Indicator | None:
        """Take an indicator out of use, with the reason; it stays in the store. None if it is not there.

        Raises:
            ValueError: The value is none of this type.
        """
        retired = Status.RETIRED
        return self.edit(
            value, type_, lambda old: replace(old, status=retired, reason=reason), at=at, who=who
        )

    def alerting_since(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Since when indicators alert (microseconds since 1970-01-01 UTC): added, made active, or exempted.

        What a feed says anew of an indicator that was known does not count.
        """
        found: dict[bytes, int] = {}
        added = select(INDICATOR.c.key, INDICATOR.c.added_at)
        decided = (
            select(HISTORY.c.key, func.max(CHANGE.c.at))
            .join_from(HISTORY, CHANGE)
            .where(or_(*(HISTORY.c.detail.contains(f'"field":"{name}"') for name in ("status", "exempt"))))
            .group_by(HISTORY.c.key)
        )
        with reading(self._engine) as connection:
            for at in range(0, len(keys), BATCH):
                some = keys[at : at + BATCH]
                for chosen, column in ((added, INDICATOR.c.key), (decided, HISTORY.c.key)):
                    for key, moment in connection.execute(chosen.where(column.in_(some))):
                        found[key] = max(moment, found.get(key, moment))
        return found

    def history(self, value: str, type_: str) -> tuple[HistoryEntry, ...]:
        """Everything that happened to one indicator, the oldest first.

        Raises:
            ValueError: The value is none of this type.
        """
        kind, normal = normal_form(type_, value)
        chosen = (
            select(CHANGE.c.at, CHANGE.c.who, CHANGE.c.what, HISTORY.c.action, HISTORY.c.detail)
            .join_from(HISTORY, CHANGE)
            .where(HISTORY.c.key == key_of(kind, normal))
            .order_by(HISTORY.c.id)
        )
        with reading(self._engine) as connection:
            return tuple(
                HistoryEntry(to_time(at), who, what, action, _CHANGES.decode(detail))
                for at, who, what, action, detail in connection.execute(chosen)
            )


def _fetch(connection: Connection, key: bytes) -> Indicator | None:
    row = connection.execute(select(INDICATOR).where(INDICATOR.c.key == key)).one_or_none()
    return None if row is None else from_row(row)


class _Batch:
    """The statements of one transaction."""

    def __init__(self, connection: Connection, at: datetime, who: str, what: str) -> None:
        self._connection = connection
        self._at = to_micros(at)
        self._who = who
        self._what = what

    def upsert(self, indicators: list[Indicator]) -> Upserted:
        incoming: dict[bytes, Indicator] = {}
        for one in indicators:
            key = one.key
            known = incoming.get(key)
            incoming[key] = one if known is None else known.merged(one)
        existing = self._existing(list(incoming))
        added = {key: one for key, one in incoming.items() if key not in existing}
        pairs = {key: (old, _merged(old, incoming[key])) for key, old in existing.items()}
        moved = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
        counts = Upserted(len(added), len(moved), len(pairs) - len(moved))
        self._write(added, moved, counts)
        return counts

    def replace(self, old: Indicator, new: Indicator) -> None:
        moved = {} if old == new else {new.key: (old, new)}
        self._write({}, moved, Upserted(0, len(moved), 1 - len(moved)))

    def _existing(self, keys: list[bytes]) -> dict[bytes, Indicator]:
        rows = self._connection.execute(select(INDICATOR).where(INDICATOR.c.key.in_(keys)))
        return {row.key: from_row(row) for row in rows}

    def _write(self, added: dict[bytes, Indicator], moved: _Moved, counts: Upserted) -> None:
        change_id = self._change(counts)
        if added:
            times = {"added_at": self._at, "changed_at": self._at}
            rows = [{**to_row(key, one), **times} for key, one in added.items()]
            self._connection.execute(insert(INDICATOR), rows)
            self._record(change_id, [(key, "added", "[]") for key in added])
        later = {key: new for key, (old, new) in moved.items() if only_times_moved(old, new)}
        if later:
            rows = [_renamed({**to_times(key, one), "changed_at": self._at}) for key, one in later.items()]
            self._connection.execute(_UPDATE_TIMES, rows)
        if others := {key: pair for key, pair in moved.items() if key not in later}:
            rows = [
                _renamed({**to_row(key, new), "changed_at": self._at}) for key, (_, new) in others.items()
            ]
            self._connection.execute(_UPDATE, rows)
            self._record(change_id, list(_recorded(others)))

    def _change(self, counts: Upserted) -> Any:
        values = {"at": self._at, "who": self._who, "what": self._what}
        counted = {"added": counts.added, "changed": counts.changed, "unchanged": counts.unchanged}
        new = insert(CHANGE).values(values | counted).returning(CHANGE.c.id)
        return self._connection.execute(new).scalar_one()

    def _record(self, change_id: Any, entries: list[tuple[bytes, str, str]]) -> None:
        rows = [
            {"change_id": change_id, "key": key, "action": action, "detail": detail}
            for key, action, detail in entries
        ]
        if rows:
            self._connection.execute(insert(HISTORY), rows)


def _merged(old: Indicator, new: Indicator) -> Indicator:
    return old.merged(new if new.sightings is NEVER_SIGHTED else replace(new, sightings=NEVER_SIGHTED))


def _recorded(moved: _Moved) -> Iterator[tuple[bytes, str, str]]:
    for key, (old, new) in moved.items():
        found = changes(old, new)
        if not is_routine(found):
            yield key, "changed", json_text(found)


def _renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"at_key" if name == "key" else f"new_{name}": value for name, value in row.items()}


def _update(names: Iterable[str]) -> Update:
    """The statement that gives an indicator new values in these columns."""
    there = update(INDICATOR).where(INDICATOR.c.key == bindparam("at_key"))
    return there.values({name: bindparam(f"new_{name}") for name in names})


_UPDATE: Final = _update(column.name for column in INDICATOR.c if column.name not in {"key", "added_at"})
_UPDATE_TIMES: Final = _update(("claims", "first_seen", "last_seen", "changed_at"))
"""What a feed that says the same again moves: nearly every row of its next publication."""
