"""What is kept of logs: replaced as a whole, bounded, and never silently gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from noroshi.store.observed import Bounds, Covered, Kept, Part, SeenInput

if TYPE_CHECKING:
    from noroshi.store.store import Store

AT = datetime(2020, 7, 23, tzinfo=UTC)
DAY = 18_465  # 2020-07-22
MICROS = 86_400_000_000


def seen(
    name: str, events: int = 10, day: int = DAY, content: bytes = b"packed", parts: int = 1
) -> SeenInput:
    """An input of one log source on one day."""
    begin = day * MICROS
    covered = Covered(name, f"{name}.log", day, "squid/access (proxy)", begin, begin + 1, events, 1 << 95)
    packed = [Part(name, f"{name}.log", day, at, begin, begin + 1, 5, content) for at in range(parts)]
    return SeenInput(name, f"{name}.log", (covered,), tuple(packed))


def keep(store: Store, *inputs: SeenInput, matched_at: datetime | None = None, at: datetime = AT) -> Kept:
    """Keep inputs for the default tenant."""
    return store.observed.keep(inputs, tenant="default", at=at, matched_at=matched_at)


def contents(store: Store) -> list[bytes | None]:
    """Everything that is kept."""
    return [part.content for part in store.observed.parts("default")]


def test_an_input_is_kept_once_however_often_it_is_read(store: Store) -> None:
    """A log that has grown takes the place of what it was; a shorter copy does not."""
    assert Kept(inputs=1, observables=10) == keep(store, seen("a", parts=2))
    assert [b"packed", b"packed"] == contents(store)
    assert Kept(inputs=1, observables=5) == keep(store, seen("a", events=20, content=b"grown"))
    assert [b"grown"] == contents(store)
    assert Kept(older=1) == keep(store, seen("a", events=19, content=b"cut"))
    assert [b"grown"] == contents(store)
    (covered,) = store.observed.covered("default")
    assert (20, 1 << 95, True) == (covered.events, covered.quarters, covered.kept)


def test_tenants_do_not_see_each_other(store: Store) -> None:
    """The same input of two customers is kept for each."""
    keep(store, seen("a"))
    store.observed.keep([seen("a", content=b"theirs")], tenant="other", at=AT, matched_at=None)
    assert [b"packed"] == contents(store)
    assert [b"theirs"] == [part.content for part in store.observed.parts("other")]
    assert ("default", "other") == store.observed.tenants()


def test_up_to_when_indicators_were_matched(store: Store) -> None:
    """By a scan, by a check; reading the same again does not lose it, new events do."""
    assert (False, None) == store.observed.oldest_match("default")
    keep(store, seen("a"))
    assert (True, None) == store.observed.oldest_match("default")
    later = AT + timedelta(hours=1)
    store.observed.matched("default", later)
    known = int(later.timestamp() * 1_000_000)
    assert (False, known) == store.observed.oldest_match("default")
    keep(store, seen("a"))
    assert (False, known) == store.observed.oldest_match("default")
    keep(store, seen("a", events=11))
    assert (True, None) == store.observed.oldest_match("default")


def test_what_came_during_a_check_is_not_settled_by_it(store: Store) -> None:
    """Another process may keep a log while a check runs."""
    keep(store, seen("a"), at=AT + timedelta(minutes=5))
    store.observed.matched("default", AT)
    assert (True, None) == store.observed.oldest_match("default")


def test_the_oldest_days_give_their_room_up(store: Store) -> None:
    """Their observables go; that they were read stays known."""
    keep(store, *(seen(f"day{at}", day=DAY + at, content=b"x" * 400_000) for at in range(4)))
    assert 2 == store.observed.set_bounds(Bounds(days=90, megabytes=1), AT)
    assert Bounds(90, 1) == store.observed.bounds()
    assert [DAY + 2, DAY + 3] == [part.day for part in store.observed.parts("default")]
    kept = {one.day: one.kept for one in store.observed.covered("default")}
    assert {DAY: False, DAY + 1: False, DAY + 2: True, DAY + 3: True} == kept
    assert 1 == store.observed.set_bounds(Bounds(days=1, megabytes=1), AT)
    size = store.observed.size()
    assert (1, 5, 400_000, 3) == (size.parts, size.observables, size.bytes, size.forgotten)


def test_only_parts_of_a_period(store: Store) -> None:
    """From one moment on, and before another."""
    keep(store, *(seen(f"day{at}", day=DAY + at) for at in range(3)))
    since, until = datetime(2020, 7, 23, tzinfo=UTC), datetime(2020, 7, 24, tzinfo=UTC)
    assert [DAY + 1] == [part.day for part in store.observed.parts("default", since, until)]
