"""One run of one feed: fetch, keep indicators and the feed's memory together, and say how the feed is."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.config import Settings
from noroshi.collect.http import Client, Limits
from noroshi.collect.session import Session
from noroshi.collect.sources import SOURCES
from noroshi.errors import LocatedError, UsageError
from noroshi.indicators.exchange.format import Defaults
from noroshi.indicators.indicator import Indicator, SourceClaim

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.collect.session import Source
    from noroshi.store.store import Store

MAX_ROWS: Final = 5_000_000
_MAX_REASONS: Final = 20
_OWNER: Final = "feed:"


@dataclass(frozen=True, slots=True)
class Feed:
    """A source with what the user says about it."""

    name: str
    source: Source
    settings: Settings

    @property
    def owner(self) -> str:
        """Under which name its memory is kept."""
        return _OWNER + self.name

    @property
    def base_url(self) -> str:
        """Where the provider is, without a final slash; empty if nobody said."""
        return (self.settings.base_url or self.source.base_url).rstrip("/")

    @property
    def stale_after(self) -> timedelta:
        """No fresh item for longer is a failure."""
        hours = self.settings.stale_hours
        return self.source.usual if hours is None else timedelta(hours=hours)


@dataclass(frozen=True, slots=True)
class Health:
    """How a feed is, from its last run; kept in its memory as it stands here.

    Attributes:
        last_read: When it was last read well, RFC 3339; empty for never.
        last_tried: When it was last tried.
        rows: Rows seen by the last good run.
        new: Indicators that were new.
        rejected: Rows that became none.
        reasons: Why, with how often, the most frequent first.
        drift: ``-column`` missing, ``+column`` new.
        newest: Time of the newest item ever seen, RFC 3339.
        unchanged: The provider said "as before".
        error: Why the last try failed as a whole; empty if it did not.
        failing: Words for what is wrong: ``error``, ``zero_rows``, ``all_rejected``, ``stale``.
    """

    last_read: str = ""
    last_tried: str = ""
    rows: int = 0
    new: int = 0
    rejected: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    drift: tuple[str, ...] = ()
    newest: str = ""
    unchanged: bool = False
    error: str = ""
    failing: tuple[str, ...] = ()


def feeds_of(settings: Mapping[str, Settings]) -> dict[str, Feed]:
    """All feeds by name: every source that works without settings, and what the user configured.

    Raises:
        UsageError: A configured feed names no source that there is.
    """
    found = {name: Feed(name, source, Settings()) for name, source in SOURCES.items()}
    for name, one in settings.items():
        source = SOURCES.get(one.kind or name)
        if source is None:
            raise UsageError(f"feeds.{name}: no such kind of source; use {', '.join(SOURCES)}")
        found[name] = Feed(name, source, one)
    return found


def is_due(feed: Feed, memory: Mapping[str, Any], at: datetime) -> bool:
    """Whether its time has come."""
    tried = memory.get("health", {}).get("last_tried", "")
    return not tried or at - datetime.fromisoformat(tried) >= feed.settings.every


def health_of(feed: Feed, memory: Mapping[str, Any], at: datetime) -> Health:
    """How the feed is at this moment: age goes on although nothing runs."""
    kept = memory.get("health", {})
    values = {**kept, "reasons": tuple((str(what), int(count)) for what, count in kept.get("reasons", ()))}
    values |= {"drift": tuple(kept.get("drift", ())), "failing": ()}
    return _judged(feed, Health(**values), at)


def run_feed(
    feed: Feed, store: Store, at: datetime, client: Client | None = None, *, keep: bool = True
) -> Health:
    """Fetch once. With ``keep`` false nothing is written: a test of the connection and the format."""
    memory = store.state.all(feed.owner)
    before = health_of(feed, memory, at)
    asking = client or Client(_limits(feed.settings))
    try:
        session = _session(feed, memory, at, asking)
        return _collected(feed, session, store, before, keep=keep)
    except LocatedError as error:
        failed = replace(before, last_tried=at.isoformat(), error=str(error))
        if keep:
            store.state.put(feed.owner, at=at, health=asdict(failed))
        return _judged(feed, failed, at)
    finally:
        if client is None:
            asking.close()


def _limits(settings: Settings) -> Limits:
    return Limits(settings.allow_private, settings.proxy, settings.pause)


def _session(feed: Feed, memory: Mapping[str, Any], at: datetime, client: Client) -> Session:
    if not feed.base_url:
        raise LocatedError(feed.name, "", "has no address", "set base_url")
    key = feed.settings.key(os.environ)
    defaults = Defaults(at, feed.name, SourceClaim("", tlp=feed.settings.tlp))
    # What was fetched as CSV or from elsewhere says nothing about another address, but its cursors stay.
    return Session(client, feed.base_url, feed.settings, key, defaults, memory)


def _collected(feed: Feed, session: Session, store: Store, before: Health, *, keep: bool) -> Health:
    at = session.defaults.at
    good: list[Indicator] = []
    reasons: Counter[str] = Counter()
    for row in feed.source.fetch(session):
        if isinstance(row, Indicator):
            good.append(row)
        else:
            reasons[row.what[:200]] += 1
        if len(good) > MAX_ROWS:
            raise LocatedError(feed.name, "", f"sends more than {MAX_ROWS:,} rows", "")
    rejected = reasons.total()
    times = [one.last_seen.isoformat() for one in good if one.last_seen and one.last_seen <= at]
    health = Health(
        last_read=at.isoformat(),
        last_tried=at.isoformat(),
        rows=before.rows if session.unchanged else len(good) + rejected,
        rejected=before.rejected if session.unchanged else rejected,
        reasons=before.reasons if session.unchanged else tuple(reasons.most_common(_MAX_REASONS)),
        drift=before.drift if session.unchanged else tuple(sorted(session.drift)),
        newest=max([before.newest, *times]),
        unchanged=session.unchanged,
    )
    if keep:
        known = store.indicators.collect(
            good, feed.owner, session.news, at=at, who=f"feed:{feed.name}", health=asdict(health)
        )
        health = replace(health, new=known.added)
    return _judged(feed, health, at)


def _judged(feed: Feed, health: Health, at: datetime) -> Health:
    wrong = ["error"] if health.error else []
    if health.last_read:
        quiet = health.rows == 0 and not (feed.source.incremental and health.newest)
        wrong += ["zero_rows"] if quiet else []
        wrong += ["all_rejected"] if health.rows and health.rows == health.rejected else []
        if health.newest and at - datetime.fromisoformat(health.newest) > feed.stale_after:
            wrong.append("stale")
    return replace(health, failing=tuple(wrong))
