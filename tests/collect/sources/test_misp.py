"""A MISP feed: only events that are new or changed are fetched, and a missing one is asked for again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.collect.feeds import run
from tests.collect.provider import Asked, Provider, Reply

if TYPE_CHECKING:
    from noroshi.store.store import Store

ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def test_news_only_and_missing_events_again(provider: Provider, store: Store) -> None:
    """News only and missing events again."""
    manifest = {ONE: {"timestamp": "10"}, TWO: {"timestamp": "11"}, "../../x": {"timestamp": "12"}}
    attribute = {"type": "domain", "value": "c2.example", "to_ids": True, "timestamp": "1772400000"}
    event = {"Event": {"uuid": ONE, "info": "i", "Orgc": {"name": "Org"}, "Attribute": [attribute]}}

    def answer(asked: Asked) -> Reply:
        bodies = {"/manifest.json": manifest, f"/{ONE}.json": event}
        found = bodies.get(asked.path)
        return Reply(status=404) if found is None else Reply(json.dumps(found).encode())

    provider.answer = answer
    health = run("misp", provider, store)
    assert (1, 2) == (health.new, health.rejected)
    run("misp", provider, store)
    fetched = [one.path for one in provider.asked if one.path != "/manifest.json"]
    assert [f"/{ONE}.json", f"/{TWO}.json", f"/{TWO}.json"] == fetched
