"""X: pages, cursor, shortened links, retweets, long posts, soft errors and empty results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.collect.feeds import keyed, run
from tests.collect.provider import Asked, Provider, Reply

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from noroshi.store.store import Store


def _post(number: int, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "text": text,
        "author_id": "1",
        "created_at": "2026-03-02T09:00:00.000Z",
        **more,
    }


def _page(*posts: dict[str, Any], **more: Any) -> Reply:
    meta = {"newest_id": posts[0]["id"], "oldest_id": posts[-1]["id"], "result_count": len(posts)}
    users = {"users": [{"id": "1", "username": "sample"}]}
    meta |= more.pop("meta", {})
    return Reply(json.dumps({"data": posts, "includes": users, "meta": meta, **more}).encode())


def _run(provider: Provider, store: Store, folder: Path) -> Any:
    return run("x", provider, store, key_file=keyed(folder), accounts=("sample",), hashtags=("Emotet",))


def test_every_page_is_read_and_the_next_run_begins_at_the_newest(
    provider: Provider, store: Store, tmp_path: Path
) -> None:
    """Every page is read and the next run begins at the newest."""

    def answer(asked: Asked) -> Reply:
        if "next_token" in asked.params:
            return _page(_post(10, "件名：請求書 hxxp://two[.]example/b"))
        if "since_id" in asked.params:
            return Reply(b'{"meta":{"result_count":0}}')
        return _page(_post(20, "hxxp://one[.]example/a"), meta={"next_token": "n"})

    provider.answer = answer
    first, second = _run(provider, store, tmp_path), _run(provider, store, tmp_path)
    assert store.indicators.get("http://two.example/b", "url") is not None
    assert (0, ()) == (second.rows, second.failing)
    assert first.new >= 2
    assert ["20"] == [one.params["since_id"] for one in provider.asked if "since_id" in one.params]
    assert "from:sample OR #Emotet" == provider.asked[0].params["query"]
    assert "Bearer k-123" == provider.asked[0].headers["authorization"]


def test_the_real_link_the_whole_text_and_the_original_are_read(
    provider: Provider, store: Store, tmp_path: Path
) -> None:
    """The real link the whole text and the original are read."""
    links = {"urls": [{"url": "https://t.co/q", "expanded_url": "http://real.example/x"}]}
    cut = _post(3, "RT @a: cut of", referenced_tweets=[{"type": "retweeted", "id": "2"}])
    long = _post(4, "short", note_tweet={"text": "long hxxp://long[.]example/y"})
    whole = _post(2, "whole hxxp://orig[.]example/z")
    page = {
        "data": [long, cut, _post(1, "see https://t.co/q", entities=links)],
        "includes": {"tweets": [whole]},
        "errors": [{"resource_id": "77", "detail": "gone"}],
        "meta": {"newest_id": "4", "oldest_id": "1"},
    }
    provider.answer = lambda _: Reply(json.dumps(page).encode())
    health = _run(provider, store, tmp_path)
    for url in ("http://real.example/x", "http://long.example/y", "http://orig.example/z"):
        assert store.indicators.get(url, "url") is not None, url
    assert (("gone", 1),) == health.reasons


def test_a_run_that_ends_early_goes_on_downwards(
    provider: Provider, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ends early goes on downwards."""
    monkeypatch.setattr("noroshi.collect.sources.x.MAX_PAGES", 1)
    provider.answer = lambda _: _page(_post(50, "hxxp://a[.]example/"), meta={"next_token": "n"})
    _run(provider, store, tmp_path)
    provider.answer = lambda _: _page(_post(40, "hxxp://b[.]example/"))
    _run(provider, store, tmp_path)
    _run(provider, store, tmp_path)
    asked = [(one.params.get("until_id"), one.params.get("since_id")) for one in provider.asked]
    assert [(None, None), ("50", None), (None, "50")] == asked


def test_a_refused_token_is_an_error_without_the_token(
    provider: Provider, store: Store, tmp_path: Path
) -> None:
    """A refused token is an error without the token."""
    provider.answer = lambda _: Reply(status=401)
    health = _run(provider, store, tmp_path)
    assert "check the key" in health.error
    assert "k-123" not in health.error
