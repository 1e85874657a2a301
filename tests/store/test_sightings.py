from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from noroshi.indicators.indicator import Indicator, Sightings, SourceClaim
from noroshi.indicators.kinds import key_of
from noroshi.indicators.sightings import Sighting, SightingTally
from noroshi.store.store import open_store
from tests.store.migrating import store_of_revision

if TYPE_CHECKING:
    from noroshi.store.store import Store

AT = datetime(2020, 7, 22, 3, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
NEXT_DAY = AT + timedelta(days=1)
CLAIM = SourceClaim("feed", last_seen=AT - timedelta(days=90))


def with_evil(store: Store) -> Store:
    """One indicator that a feed reported."""
    store.indicators.upsert_many([Indicator.of("evil.example", "domain", CLAIM)], at=AT, who="feed")
    return store


def seen(place: str, first: datetime, last: datetime, count: int = 1, input_: str = "") -> Sighting:
    """A sighting of it."""
    return Sighting("domain", "EVIL[.]example", place, first, last, count, input_)


def in_store(store: Store) -> Sightings:
    """What the indicator says of itself."""
    found = store.indicators.get("evil.example", "domain")
    assert found is not None
    return found.sightings


def test_the_same_input_again_counts_nothing_twice(store: Store) -> None:
    """A second scan of a file changes nothing; one that has grown brings only what is new."""
    first = [seen("host pc-014", AT, AT, 2, "log-1"), seen("host pc-037", AT, LATER, 3, "log-1")]
    for _ in range(2):
        assert 2 == with_evil(store).sightings.record(first)
        assert Sightings(5, AT, LATER) == in_store(store)
    store.sightings.record([seen("host pc-014", AT, LATER, 4, "log-1")])
    assert Sightings(7, AT, LATER) == in_store(store)


def test_inputs_and_days_add_up(store: Store) -> None:
    """What two logs show, or one log on two days, is not the same event."""
    with_evil(store).sightings.record([seen("host pc-014", AT, AT, 2, "log-1")])
    store.sightings.record([seen("host pc-014", LATER, LATER, 1, "log-2")])
    store.sightings.record([seen("host pc-014", NEXT_DAY, NEXT_DAY, 1, "log-2")])
    assert Sightings(4, AT, NEXT_DAY) == in_store(store)
    assert (Sighting("domain", "evil.example", "host pc-014", AT, NEXT_DAY, 4),) == store.sightings.of(
        "evil.example", "domain"
    )
    assert {key_of("domain", "evil.example"): NEXT_DAY} == store.sightings.latest()


def test_what_one_call_says_of_one_input_adds_up(store: Store) -> None:
    """Alerts of one run may tell of the same place in pieces; unknown indicators are left out."""
    pieces = [seen("host pc-014", AT, AT), seen("host pc-014", LATER, LATER, 3)]
    unknown = Sighting("domain", "unknown.example", "host pc-037", AT, AT)
    assert 1 == with_evil(store).sightings.record([*pieces, unknown])
    assert Sightings(4, AT, LATER) == in_store(store)


def test_a_feed_does_not_undo_sightings(store: Store) -> None:
    """The feed says it again; what we saw stays."""
    with_evil(store).sightings.record([seen("host pc-014", AT, AT, 2)])
    assert Sightings(2, AT, AT) == in_store(with_evil(store))


def test_nothing_to_record(store: Store) -> None:
    """No sighting is no error."""
    assert 0 == store.sightings.record([])
    assert () == store.sightings.of("evil.example", "domain")
    assert {} == store.sightings.latest()


def test_many_at_once(store: Store) -> None:
    """More than one statement can take."""
    names = [f"e{at}.example" for at in range(12_000)]
    store.indicators.upsert_many([Indicator.of(name, "domain", CLAIM) for name in names], at=AT, who="feed")
    assert 12_000 == store.sightings.record(Sighting("domain", name, "host a", AT, AT) for name in names)
    assert 12_000 == len(store.sightings.latest())


def test_sightings_of_an_older_store_are_kept(place: str) -> None:
    """The first schema knew no inputs: what it counted stays counted."""
    with store_of_revision(place, "0001") as connection:
        connection.execute(
            text(
                "INSERT INTO sighting (key, place, first, last, count) VALUES (:k, 'host pc-014', :f, :l, 7)"
            ),
            {"k": key_of("domain", "evil.example"), "f": 1_000_000, "l": 2_000_000},
        )
    with open_store(place) as opened:
        assert (
            Sighting(
                "domain",
                "evil.example",
                "host pc-014",
                datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
                datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC),
                7,
            ),
        ) == opened.sightings.of("evil.example", "domain")


def test_the_tally_is_bounded() -> None:
    """Beyond the limit events are counted, not kept."""
    tally = SightingTally(limit=1)
    for name in ("a.example", "b.example", "a.example"):
        tally.add(Sighting("domain", name, "host pc-014", AT, LATER, 2, "log-1"))
    assert (Sighting("domain", "a.example", "host pc-014", AT, LATER, 4, "log-1"),) == tally.sightings()
    assert 2 == tally.left_out
