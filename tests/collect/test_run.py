"""A feed is failing when it is stale, and due when its time has come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from noroshi.collect.config import Settings
from noroshi.collect.run import Feed, health_of, is_due
from noroshi.collect.sources import SOURCES
from tests.collect.conftest import Provider, Reply
from tests.collect.feeds import AT, run
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
