"""How the tests run one feed against the loopback provider."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.config import Settings
from noroshi.collect.run import Feed, Health, run_feed
from noroshi.collect.sources import SOURCES

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.store.store import Store
    from tests.collect.provider import Provider

AT: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)


def keyed(folder: Path) -> str:
    """A file with the key ``k-123``."""
    file = folder / "key"
    file.write_text("k-123\n")
    return str(file)


def run(name: str, provider: Provider, store: Store, at: datetime = AT, **settings: Any) -> Health:
    """One run."""
    feed = Feed(name, SOURCES[name], Settings(base_url=provider.url, **settings))
    return run_feed(feed, store, at, provider.client())
