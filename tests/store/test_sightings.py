from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from noroshi.indicators.indicator import Indicator, Sightings, SourceClaim
from noroshi.store.sightings import Sighting

if TYPE_CHECKING:
    from noroshi.store.store import Store

AT = datetime(2020, 7, 22, 3, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def test_sightings_add_up(store: Store) -> None:
    """By place; the indicator knows how often and when, and a feed does not undo it."""
    feed = [Indicator.of("evil.example", "domain", SourceClaim("feed", last_seen=AT - timedelta(days=90)))]
    store.indicators.upsert_many(feed, at=AT, who="feed")
    store.sightings.record([Sighting("domain", "EVIL[.]example", "host pc-014", LATER, LATER, 2)])
    seen = [
        Sighting("domain", "evil.example", "host pc-014", AT, AT),
        Sighting("domain", "evil.example", "host pc-037", AT, LATER, 3),
        Sighting("domain", "evil.example", "host pc-037", LATER, LATER + timedelta(hours=1)),
        Sighting("domain", "unknown.example", "host pc-037", AT, AT),
    ]
    assert 2 == store.sightings.record(seen)
    store.indicators.upsert_many(feed, at=AT, who="feed")
    found = store.indicators.get("evil.example", "domain")
    assert found is not None
    assert Sightings(7, AT, LATER + timedelta(hours=1)) == found.sightings
    assert (
        Sighting("domain", "evil.example", "host pc-037", AT, LATER + timedelta(hours=1), 4),
        Sighting("domain", "evil.example", "host pc-014", AT, LATER, 3),
    ) == store.sightings.of("evil.example", "domain")


def test_nothing_to_record(store: Store) -> None:
    """No sighting is no error."""
    assert 0 == store.sightings.record([])
    assert () == store.sightings.of("evil.example", "domain")
