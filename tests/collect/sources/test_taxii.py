"""TAXII 2.1: pages by ``more`` and ``next``, the next run after what was added last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.collect.feeds import run
from tests.collect.provider import Asked, Provider, Reply

if TYPE_CHECKING:
    from noroshi.store.store import Store


def _indicator(number: int, value: str) -> dict[str, Any]:
    return {
        "type": "indicator", "spec_version": "2.1",
        "id": f"indicator--0000000{number}-0000-4000-8000-000000000000",
        "created": "2026-03-01T00:00:00Z", "modified": "2026-03-01T00:00:00Z", "pattern_type": "stix",
        "pattern": f"[domain-name:value = '{value}']", "valid_from": "2026-03-01T00:00:00Z",
    }  # fmt: skip


def test_pages_are_followed_and_the_date_is_remembered(provider: Provider, store: Store) -> None:
    """Pages are followed and the date is remembered."""
    dates = ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")

    def answer(asked: Asked) -> Reply:
        last = "next" in asked.params
        page = {"more": not last, "next": "p2", "objects": [_indicator(last + 1, f"c{last + 1:d}.example")]}
        return Reply(json.dumps(page).encode(), headers={"X-TAXII-Date-Added-Last": dates[last]})

    provider.answer = answer
    assert 2 == run("taxii", provider, store, collection="abc").new
    run("taxii", provider, store, collection="abc")
    assert "2026-03-02T00:00:00Z" == provider.asked[2].params["added_after"]
    assert "/collections/abc/objects/" == provider.asked[0].path
    assert "application/taxii+json;version=2.1" == provider.asked[0].headers["accept"]


def test_a_failing_second_page_keeps_nothing(provider: Provider, store: Store) -> None:
    """A failing second page keeps nothing."""
    page = {"more": True, "next": "p2", "objects": [_indicator(1, "c1.example")]}

    def answer(asked: Asked) -> Reply:
        return Reply(status=500) if "next" in asked.params else Reply(json.dumps(page).encode())

    provider.answer = answer
    assert ("error",) == run("taxii", provider, store, collection="abc").failing
    assert store.indicators.get("c1.example", "domain") is None
    assert ["health"] == list(store.state.all("feed:taxii"))


def test_a_server_that_repeats_itself_is_an_error(provider: Provider, store: Store) -> None:
    """A server that repeats itself is an error."""
    provider.answer = lambda _: Reply(b'{"more":true,"next":"same","objects":[]}')
    assert "again and again" in run("taxii", provider, store, collection="abc").error
