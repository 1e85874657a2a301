"""One open store and what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from noroshi.store.alone import alone
from noroshi.store.audit import Audit
from noroshi.store.indicators import IndicatorStore
from noroshi.store.observed import ObservedStore
from noroshi.store.opening import open_engine
from noroshi.store.saved import SavedSets, StateStore
from noroshi.store.sightings import SightingStore
from noroshi.store.snapshots import SnapshotSource

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from sqlalchemy import Engine


class Store:
    """The state database, open. Threads and processes may each have one open on the same place.

    Attributes:
        indicators: Indicators with their history.
        observed: What was seen in logs, and which were covered when.
        sightings: Where indicators were seen in our own logs.
        audit: What was done and what was refused.
        sets: Saved queries, ``%NAME%`` in rules.
        state: What feeds remember.
        snapshots: Indicators for live matching.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.indicators = IndicatorStore(engine)
        self.observed = ObservedStore(engine)
        self.sightings = SightingStore(engine)
        self.audit = Audit(engine)
        self.sets = SavedSets(engine)
        self.state = StateStore(engine)
        self.snapshots = SnapshotSource(engine)

    def alone(self, work: str) -> AbstractContextManager[bool]:
        """Whether nobody else does this piece of work on this store; true for as long as the block lasts."""
        return alone(self._engine, work)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(place: str | Path) -> Store:
    """The store at a path (SQLite, created if absent) or a ``postgresql://`` URL, in the newest schema.

    Raises:
        LocatedError: It cannot be opened, is no store, or was written by a newer Noroshi.
    """
    return Store(open_engine(place))
