"""Saved sets (``%NAME%`` in rules) and what feeds remember between two runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import delete, insert, select, update

from noroshi.errors import Sentence
from noroshi.indicators.query import Query
from noroshi.store.rows import json_text, to_micros, to_time
from noroshi.store.schema import SAVED_SET, STATE
from noroshi.store.transactions import reading, writing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Table

_NAME: Final = re.compile(r"[\w.-]{1,100}")
_QUERY: Final = msgspec.json.Decoder(Query)


@dataclass(frozen=True, slots=True)
class SavedSet:
    """A query with a name. Rules reach what it means at that moment as ``%name%``.

    Attributes:
        name: Letters, digits, ``_``, ``-`` and ``.``, as the names of lists.
        query: What it holds.
        description: For people.
        changed_at: Aware UTC.
        changed_by: Who saved it last.
    """

    name: str
    query: Query
    description: str
    changed_at: datetime
    changed_by: str


class SavedSets:
    """The saved sets of one store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, name: str, query: Query, description: str = "", *, at: datetime, who: str) -> None:
        """Save a query, replacing one of the same name.

        Raises:
            ValueError: The name cannot stand in a rule.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(
                Sentence(
                    "`{name}` is no name of a set: use letters, digits, `_`, `-` and `.`", name=name[:80]
                )
            )
        values = {
            "query": json_text(query),
            "description": description,
            "changed_at": to_micros(at),
            "changed_by": who,
        }
        with writing(self._engine) as connection:
            _put(connection, SAVED_SET, {"name": name}, values)

    def get(self, name: str) -> SavedSet | None:
        """The set of this name, or None."""
        return next((one for one in self.all() if one.name == name), None)

    def all(self) -> tuple[SavedSet, ...]:
        """All sets by name."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(SAVED_SET).order_by(SAVED_SET.c.name)).all()
        return tuple(
            SavedSet(
                row.name, _QUERY.decode(row.query), row.description, to_time(row.changed_at), row.changed_by
            )
            for row in rows
        )

    def remove(self, name: str) -> bool:
        """Remove a set; whether there was one."""
        with writing(self._engine) as connection:
            return connection.execute(delete(SAVED_SET).where(SAVED_SET.c.name == name)).rowcount > 0


class StateStore:
    """Small JSON values by owner (a feed) and name: cursors, ETags, counts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, owner: str, name: str, default: Any = None) -> Any:
        """A value, or the default where there is none."""
        return self.all(owner).get(name, default)

    def all(self, owner: str) -> dict[str, Any]:
        """All values of an owner."""
        with reading(self._engine) as connection:
            return state_of(connection, owner)

    def owners(self) -> tuple[str, ...]:
        """Who remembers anything, sorted."""
        with reading(self._engine) as connection:
            return tuple(connection.scalars(select(STATE.c.owner).distinct().order_by(STATE.c.owner)))

    def put(self, owner: str, *, at: datetime, **values: Any) -> None:
        """Remember values by name, all in one transaction; others of the owner stay."""
        with writing(self._engine) as connection:
            put_state(connection, owner, at, values)


def put_state(connection: Connection, owner: str, at: datetime, values: Mapping[str, Any]) -> None:
    """Remember values by name inside the caller's transaction."""
    for name, value in values.items():
        row = {"value": json_text(value), "at": to_micros(at)}
        _put(connection, STATE, {"owner": owner, "name": name}, row)


def state_of(connection: Connection, owner: str) -> dict[str, Any]:
    """All values of an owner, inside the caller's transaction."""
    chosen = select(STATE.c.name, STATE.c.value).where(STATE.c.owner == owner).order_by(STATE.c.name)
    return {name: msgspec.json.decode(value) for name, value in connection.execute(chosen)}


def _put(connection: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Update or insert; safe because `writing` lets one writer in at a time."""
    same = [table.c[name] == value for name, value in key.items()]
    if not connection.execute(update(table).where(*same).values(values)).rowcount:
        connection.execute(insert(table).values(key | values))
