"""What a feed brings and what it remembers are one transaction, in either database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest

from noroshi.errors import UsageError
from noroshi.indicators.indicator import Indicator, SourceClaim
from noroshi.store.store import open_store

if TYPE_CHECKING:
    from noroshi.store.indicators import Upserted
    from noroshi.store.store import Store

AT: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLAIM: Final = SourceClaim("feed", last_seen=AT)


def _collect(store: Store, values: list[str], health: Any) -> Upserted:
    found = [Indicator.of(value, "domain", CLAIM) for value in values]
    return store.indicators.collect(found, "feed:a", {"cursor": "c"}, at=AT, who="feed:a", health=health)


def test_indicators_memory_and_health_come_together(store: Store) -> None:
    """Indicators, memory and health come together; health knows what became of the indicators."""
    done = _collect(store, ["one.example", "two.example"], lambda what: {"new": what.added, "rows": 2})
    assert 2 == done.added
    assert {"cursor": "c", "health": {"new": 2, "rows": 2}} == store.state.all("feed:a")
    again = _collect(store, ["one.example", "three.example"], lambda what: {"new": what.added})
    assert (1, 1) == (again.added, again.unchanged)
    assert {"new": 1} == store.state.get("feed:a", "health")


def test_all_of_it_or_nothing(store: Store) -> None:
    """All of it or nothing: what fails at the end leaves neither indicators nor a cursor."""

    def fail(_: Upserted) -> dict[str, Any]:
        raise UsageError("at the end")

    with pytest.raises(UsageError):
        _collect(store, ["one.example"], fail)
    assert store.indicators.get("one.example", "domain") is None
    assert {} == store.state.all("feed:a")


def test_two_stores_on_one_place_see_each_other(place: str) -> None:
    """Two stores on one place see each other's memory."""
    with open_store(place) as one, open_store(place) as two:
        _collect(one, ["one.example"], lambda _: {})
        assert "c" == two.state.get("feed:a", "cursor")
        assert 1 == _collect(two, ["one.example"], lambda _: {}).unchanged
