"""Recorded answers and real posts, served again on loopback and read as feeds."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from noroshi.collect.columns import Columns
from noroshi.collect.config import Settings
from noroshi.collect.run import Feed, Health, run_feed
from noroshi.collect.sources import SOURCES
from noroshi.store.store import open_store
from tests.collect.provider import Provider, Reply, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from noroshi.store.store import Store

pytestmark = pytest.mark.real_data

AT: Final = datetime(2026, 8, 11, tzinfo=UTC)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider on loopback."""
    with serving() as there:
        yield there


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with open_store(tmp_path / "noroshi.db") as kept:
        yield kept


@pytest.fixture(scope="module")
def posts(real_data: Path) -> bytes:
    """The posts that TweetFeed gathered, as its CSV."""
    (file,) = (real_data / "tweetfeed").glob("posts-*.csv.gz")
    return gzip.decompress(file.read_bytes())


def _run(
    name: str, provider: Provider, store: Store, body: bytes, at: datetime = AT, **settings: Any
) -> Health:
    provider.answer = lambda _: Reply(body)
    feed = Feed(name, SOURCES[name], Settings(base_url=provider.url, **settings))
    return run_feed(feed, store, at, provider.client())


def test_the_recorded_answer_of_threatfox(
    real_data: Path, provider: Provider, store: Store, tmp_path: Path
) -> None:
    """Every row of ThreatFox's recorded answer becomes the indicator that it names, `ip:port` included."""
    cassette = yaml.safe_load((real_data / "osint" / "threatfox-api.yml").read_bytes())
    body = cassette["http_interactions"][0]["response"]["body"]["string"]
    rows = json.loads(body)["data"]
    key = tmp_path / "key"
    key.write_text("k")
    at = datetime(2022, 1, 2, 5, 31, 44, tzinfo=UTC)
    health = _run("threatfox", provider, store, body.encode(), at, format="api", key_file=str(key))
    assert (len(rows), 0, ()) == (health.rows, health.rejected, health.drift)
    assert len({(row["ioc_type"], row["ioc"]) for row in rows}) == health.new
    assert 50 < Counter(row["ioc_type"] for row in rows)["ip:port"]
    newest = max(row["first_seen"] for row in rows)
    assert newest.removesuffix(" UTC") == datetime.fromisoformat(health.newest).strftime("%Y-%m-%d %H:%M:%S")
    for row in rows[::20]:
        found = store.indicators.get(row["ioc"], row["ioc_type"].removesuffix("_hash"))
        assert found is not None
        claim = found.claims[0]
        assert (row["confidence_level"], row["id"], set(row["tags"] or ())) == (
            claim.confidence, claim.external_id, set(claim.tags),
        )  # fmt: skip


def test_the_posts_as_tweetfeed_serves_them(posts: bytes, provider: Provider, store: Store) -> None:
    """Seven months of posts are read: every line is counted, and what is refused is no indicator."""
    lines = posts.decode().splitlines()
    health = _run("tweetfeed", provider, store, posts)
    assert len(lines) == health.rows
    assert health.rejected < len(lines) / 500, health.reasons
    assert max(line[:19] for line in lines) == health.newest[:19].replace("T", " ")


def test_the_posts_through_a_mapping_are_the_same(posts: bytes, provider: Provider, tmp_path: Path) -> None:
    """The same posts through a mapping of their columns give the same indicators."""
    some = b"\n".join(posts.splitlines()[::10])
    header = ("time", "account", "kind", "what", "tags", "post")
    columns = Columns(
        header=header, value="what", type="kind", first_seen="time", tags="tags", reference="post"
    )
    found = []
    feeds: dict[str, dict[str, Any]] = {"tweetfeed": {}, "table": {"columns": columns}}
    for name, settings in feeds.items():
        with open_store(tmp_path / f"{name}.db") as store:
            health = _run(name, provider, store, some, **settings)
            found.append((health.rows, health.rejected, health.new, health.newest))
    assert found[0] == found[1]
