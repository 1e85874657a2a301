"""TweetFeed: a CSV without header, and its API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.collect.feeds import run
from tests.collect.provider import Provider, Reply

if TYPE_CHECKING:
    from noroshi.store.store import Store

ROW = b"2026-03-02 09:00:00,sample,url,http://bad.example/a,#Emotet #c2,https://x.com/sample/status/1\n"


def test_the_account_is_the_source_and_the_post_the_reference(provider: Provider, store: Store) -> None:
    """The account is the source and the post the reference; a seventh column costs its row."""
    provider.answer = lambda _: Reply(ROW + ROW.replace(b"#c2,", b"#c2,x,") + b"2026-03-02 09:0")
    health = run("tweetfeed", provider, store)
    found = store.indicators.get("http://bad.example/a", "url")
    assert found is not None
    assert ("tweetfeed:sample", "https://x.com/sample/status/1") == found.claims[0].identity[:2]
    assert (1, 2) == (health.new, health.rejected)
    assert {("has 7 columns instead of 6", 1), ("has 1 column instead of 6", 1)} == set(health.reasons)
    assert "/week.csv" == provider.asked[0].path


def test_the_api_says_the_same(provider: Provider, store: Store) -> None:
    """The API says the same as objects."""
    row = {"date": "2026-03-02 09:00:00", "user": "sample", "type": "domain", "value": "c2.example",
           "tags": ["#Emotet", "#c2"], "tweet": "https://x.com/sample/status/2"}  # fmt: skip
    provider.answer = lambda _: Reply(json.dumps([row]).encode())
    health = run("tweetfeed", provider, store, format="api")
    found = store.indicators.get("c2.example", "domain")
    assert found is not None
    assert ("tweetfeed:sample",) == found.sources
    assert ("Emotet", "c2") == found.tags
    assert ("2026-03-02T09:00:00+00:00", ()) == (health.newest, health.drift)
    assert "/v1/week" == provider.asked[0].path


def test_an_error_as_json_is_an_error(provider: Provider, store: Store) -> None:
    """An error as JSON is an error."""
    provider.answer = lambda _: Reply(b'{"message":"rate limit"}')
    assert "sends no list" in run("tweetfeed", provider, store, format="api").error
