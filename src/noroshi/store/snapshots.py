"""What live matching needs of the store: active indicators as records, and whether anything changed."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import func, select

from noroshi.indicators.indicator import Status
from noroshi.indicators.snapshot import SEARCHED, Record
from noroshi.store.rows import to_micros
from noroshi.store.schema import INDICATOR
from noroshi.store.transactions import reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Engine

_PAGE: Final = 10_000


class SnapshotSource:
    """The store as the source of snapshots (`noroshi.indicators.snapshot`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def version(self) -> str:
        """32 hexadecimal digits that change with every change of an indicator."""
        last, count = func.max(INDICATOR.c.changed_at), func.count()
        with reading(self._engine) as connection:
            changed, indicators = connection.execute(select(last, count).select_from(INDICATOR)).one()
        url = self._engine.url.render_as_string(hide_password=True)
        return blake2b(f"{url} {changed} {indicators}".encode(), digest_size=16).hexdigest()

    def records(self, changed_since: datetime | None = None) -> Iterator[Record]:
        """Active indicators of types that logs can show, as they lie in the database.

        Claims go over as the text that they are kept as; nothing is decoded, and nothing sorted.

        Args:
            changed_since: Only those that are new or changed since this moment (aware UTC).
        """
        wanted = [] if changed_since is None else [INDICATOR.c.changed_at >= to_micros(changed_since)]
        return self._chosen(wanted)

    def seen_records(self, unchanged_since: datetime) -> Iterator[Record]:
        """Likewise those that were seen in our own logs, and are neither new nor changed since a moment."""
        table = INDICATOR.c
        seen = table.sighted_last.is_not(None)
        return self._chosen([seen, table.changed_at < to_micros(unchanged_since)])

    def _chosen(self, wanted: list[ColumnElement[bool]]) -> Iterator[Record]:
        table = INDICATOR.c
        chosen = select(
            table.type,
            table.value,
            table.level,
            table.exempt,
            table.compromised_site,
            table.claims,
            table.sighted_last,
        ).where(table.status == Status.ACTIVE.value, table.type.in_(sorted(SEARCHED)), *wanted)
        with reading(self._engine) as connection:
            rows = connection.execution_options(yield_per=_PAGE).execute(chosen)
            for type_, value, level, exempt, compromised, claims, sighted in rows:
                raw = msgspec.Raw(claims.encode())
                yield Record(type_, value, level, bool(exempt), bool(compromised), raw, sighted)
