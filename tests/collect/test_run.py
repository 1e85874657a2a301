"""A feed is failing when it is stale, and due when its time has come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from noroshi.collect.config import Settings
from noroshi.collect.run import Feed, health_of, is_due
from noroshi.collect.sources import SOURCES
from tests.collect.feeds import AT, run
from tests.collect.provider import Provider, Reply
from tests.collect.sources.test_urlhaus import HEAD, ROW

if TYPE_CHECKING:
    from noroshi.store.store import Store

FEED = Feed("urlhaus", SOURCES["urlhaus"], Settings())


def test_a_feed_without_fresh_items_becomes_stale_by_itself(provider: Provider, store: Store) -> None:
    """A feed without fresh items becomes stale by itself."""
    provider.answer = lambda _: Reply(HEAD + ROW)
    run("urlhaus", provider, store)
    memory = store.state.all(FEED.owner)
    assert () == health_of(FEED, memory, AT).failing
    assert ("stale",) == health_of(FEED, memory, AT + timedelta(hours=24)).failing


def test_a_feed_is_due_when_its_time_has_come(provider: Provider, store: Store) -> None:
    """A feed is due when its time has come."""
    assert is_due(FEED, store.state.all(FEED.owner), AT)
    run("urlhaus", provider, store)
    memory = store.state.all(FEED.owner)
    assert [False, True] == [is_due(FEED, memory, AT + timedelta(minutes=one)) for one in (59, 60)]


def test_an_error_keeps_what_was_known(provider: Provider, store: Store) -> None:
    """An error keeps what was known."""
    provider.answer = lambda _: Reply(HEAD + ROW)
    run("urlhaus", provider, store)
    provider.answer = lambda _: Reply(status=404)
    health = run("urlhaus", provider, store)
    assert (1, ("error",)) == (health.rows, health.failing)
    provider.answer = lambda _: Reply(HEAD + ROW)
    assert () == run("urlhaus", provider, store).failing


def test_a_list_that_stands_still_turns_stale_although_it_gives_no_times(
    provider: Provider, store: Store
) -> None:
    """A list that stands still turns stale although it gives no times and is read well every hour."""
    provider.answer = lambda _: Reply(b"http://one.example/a\n")
    healths = [
        run("urlhaus", provider, store, AT + timedelta(hours=hours), format="text") for hours in (0, 20, 25)
    ]
    assert [(), (), ("stale",)] == [health.failing for health in healths]
    assert {AT.isoformat()} == {health.newest for health in healths}
    provider.answer = lambda _: Reply(b"http://one.example/a\nhttp://two.example/b\n")
    assert () == run("urlhaus", provider, store, AT + timedelta(hours=26), format="text").failing


def test_a_feed_that_nobody_runs_is_failing(provider: Provider, store: Store) -> None:
    """A configured feed that nobody runs any more is failing; one that was read by hand once is not."""
    provider.answer = lambda _: Reply(HEAD + ROW)
    run("urlhaus", provider, store)
    memory = store.state.all(FEED.owner)
    configured = Feed("urlhaus", SOURCES["urlhaus"], Settings(every_minutes=60), configured=True)
    later = [AT + timedelta(minutes=minutes) for minutes in (180, 181)]
    assert [(), ("overdue",)] == [health_of(configured, memory, at).failing for at in later]
    assert () == health_of(FEED, memory, later[1]).failing
    off = Feed("urlhaus", SOURCES["urlhaus"], Settings(enabled=False), configured=True)
    assert () == health_of(off, memory, later[1]).failing


def test_a_provider_that_wants_to_be_left_alone_is(provider: Provider, store: Store) -> None:
    """A provider that wants to be left alone is, in the following runs too."""
    provider.answer = lambda _: Reply(status=429, headers={"Retry-After": "7200"})
    assert "7200 s" in run("urlhaus", provider, store).error
    memory = store.state.all(FEED.owner)
    due = [is_due(FEED, memory, AT + timedelta(minutes=minutes)) for minutes in (61, 119, 120)]
    assert [False, False, True] == due
    provider.answer = lambda _: Reply(HEAD + ROW)
    assert "" == run("urlhaus", provider, store, AT + timedelta(hours=2)).not_before


def test_the_memory_of_an_older_version_is_read(store: Store) -> None:
    """The memory of an older or newer version is read as far as it is known."""
    store.state.put(FEED.owner, at=AT, health={"last_read": AT.isoformat(), "rows": 5, "colour": "red"})
    health = health_of(FEED, store.state.all(FEED.owner), AT)
    assert (5, (), ()) == (health.rows, health.left_out, health.failing)


def test_an_unknown_format_is_an_error(provider: Provider, store: Store) -> None:
    """An unknown format is an error that names those there are, and nobody is asked."""
    error = run("urlhaus", provider, store, format="xml").error
    assert "`xml` is none of this source; use one of csv, text, api" in error
    assert [] == provider.asked
