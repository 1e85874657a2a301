"""One run of one feed: fetch, keep indicators and the feed's memory together, and say how the feed is."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.config import Settings
from noroshi.collect.http import BusyError, Client, Limits, Pace
from noroshi.collect.session import Session
from noroshi.collect.sources import SOURCES
from noroshi.errors import LocatedError, Sentence, UsageError, as_json, from_json
from noroshi.indicators.exchange.format import Defaults
from noroshi.indicators.indicator import Indicator, SourceClaim

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from noroshi.collect.session import Source
    from noroshi.store.indicators import Upserted
    from noroshi.store.store import Store

MAX_ROWS: Final = 5_000_000
_MAX_REASONS: Final = 20
_MAX_REASON: Final = 200
_OWNER: Final = "feed:"


@dataclass(frozen=True, slots=True)
class Feed:
    """A source with what the user says about it."""

    name: str
    source: Source
    settings: Settings
    configured: bool = False

    @property
    def owner(self) -> str:
        """Under which name its memory is kept."""
        return _OWNER + self.name

    @property
    def format(self) -> str:
        """Which of the source's formats is fetched."""
        return self.settings.format or next(iter(self.source.addresses))

    @property
    def base_url(self) -> str:
        """Where the provider is, without a final slash; empty if nobody said."""
        return (self.settings.base_url or self.source.addresses.get(self.format, "")).rstrip("/")

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
        left_out: What was not taken on purpose, with how often.
        drift: ``-column`` missing, ``+column`` new.
        newest: Time of the newest item ever seen, RFC 3339; of a feed without times, when it last brought
            anything new.
        unchanged: The provider said "as before".
        error: Why the last try failed as a whole; empty if it did not.
        error_parts: The same as path, place, what is wrong, and how to mend it.
        not_before: When the provider wants to be asked again, RFC 3339; empty if it does not say.
        failing: Words for what is wrong: ``error``, ``format`` (something that the source needs is missing,
            and nothing could be read), ``zero_rows``, ``all_rejected``, ``stale``, ``overdue``.
    """

    last_read: str = ""
    last_tried: str = ""
    rows: int = 0
    new: int = 0
    rejected: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    drift: tuple[str, ...] = ()
    newest: str = ""
    unchanged: bool = False
    error: str = ""
    error_parts: tuple[str, ...] = ()
    not_before: str = ""
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
            raise UsageError(
                Sentence(
                    "feeds.{name}: no such kind of source; use {names}", name=name, names=", ".join(SOURCES)
                )
            )
        found[name] = Feed(name, source, one, configured=True)
    return found


def is_due(feed: Feed, memory: Mapping[str, Any], at: datetime) -> bool:
    """Whether its time has come, and the provider has not asked to be left alone."""
    health = memory.get("health", {})
    tried, wanted = health.get("last_tried", ""), health.get("not_before", "")
    if wanted and at < datetime.fromisoformat(wanted):
        return False
    return not tried or at - datetime.fromisoformat(tried) >= feed.settings.every


def health_of(feed: Feed, memory: Mapping[str, Any], at: datetime) -> Health:
    """How the feed is at this moment: age goes on although nothing runs."""
    kept = {name: value for name, value in memory.get("health", {}).items() if name in _KEPT}
    pairs = {
        name: tuple((from_json(what), int(count)) for what, count in kept.get(name, ())) for name in _COUNTED
    }
    texts = {name: tuple(map(from_json, kept.get(name, ()))) for name in ("drift", "error_parts")}
    return _judged(feed, Health(**{**kept, **pairs, **texts, "failing": ()}), at)


def _as_kept(health: Health) -> dict[str, Any]:
    """As JSON, from which `health_of` brings it back: sentences with their templates."""
    counted = {name: [(as_json(what), count) for what, count in getattr(health, name)] for name in _COUNTED}
    return {**asdict(health), **counted, "error_parts": [as_json(part) for part in health.error_parts]}


def run_feed(  # noqa: PLR0913 - who, where, when, how, and what it knows
    feed: Feed,
    store: Store | None,
    at: datetime,
    client: Client | None = None,
    *,
    pace: Pace | None = None,
    columns: Sequence[str] = (),
) -> Health:
    """Fetch once.

    Without a store nothing is kept, and everything is asked for: a test of the connection and the format;
    `columns` are those that the feed is known to have. Feeds that share a `pace` share the patience with
    their providers.
    """
    memory = {"columns": list(columns)} if store is None else store.state.all(feed.owner)
    before = health_of(feed, memory, at)
    asking = client
    session: Session | None = None
    try:
        asking = asking or Client(_limits(feed.settings), pace=pace or Pace())
        session = _session(feed, memory, at, asking)
        return _collected(feed, session, store, before)
    except LocatedError as error:
        failed = _failed(before, error, at, session)
        if store is not None:
            store.state.put(feed.owner, at=at, health=_as_kept(failed))
        return _judged(feed, failed, at)
    finally:
        if client is None and asking is not None:
            asking.close()


def _failed(before: Health, error: LocatedError, at: datetime, session: Session | None) -> Health:
    """As before, but with the error, and with the drift that may be its reason."""
    if session is not None:
        session.settle()
    wait = error.seconds if isinstance(error, BusyError) else 0.0
    return replace(
        before,
        last_tried=at.isoformat(),
        error=str(error),
        error_parts=(error.path, error.place, error.what, error.mend),
        drift=tuple(sorted(session.drift)) if session is not None and session.drift else before.drift,
        not_before=(at + timedelta(seconds=wait)).isoformat() if wait else "",
    )


def _limits(settings: Settings) -> Limits:
    return Limits(settings.allow_private, settings.proxy, settings.pause, ca_file=settings.ca_file)


def _session(feed: Feed, memory: Mapping[str, Any], at: datetime, client: Client) -> Session:
    known = tuple(feed.source.addresses)
    if feed.format not in known:
        raise LocatedError(
            feed.name,
            "format",
            Sentence("`{name}` is none of this source", name=feed.format[:40]),
            Sentence("use one of {names}", names=", ".join(known)),
        )
    if not feed.base_url:
        raise LocatedError(feed.name, "", "has no address", "set base_url")
    key = feed.settings.key(os.environ)
    defaults = Defaults(at, feed.name, SourceClaim("", tlp=feed.settings.tlp))
    # What was fetched as CSV or from elsewhere says nothing about another address, but its cursors stay.
    return Session(feed.name, client, feed.base_url, feed.format, feed.settings, key, defaults, memory)


def _collected(feed: Feed, session: Session, store: Store | None, before: Health) -> Health:
    at = session.defaults.at
    good: list[Indicator] = []
    reasons: Counter[str] = Counter()
    for row in feed.source.fetch(session):
        if isinstance(row, Indicator):
            good.append(row)
        else:
            reasons[_bounded(row.what)] += 1
        if len(good) > MAX_ROWS:
            raise LocatedError(feed.name, "", Sentence("sends more than {most:,} rows", most=MAX_ROWS), "")
    session.settle()
    health = _health(session, before, good, reasons)
    if store is None:
        return _judged(feed, health, at)

    def told(what: Upserted) -> dict[str, Any]:
        nonlocal health
        # A feed that gives no times gets the moment of reading: it is fresh only where it brings news.
        undated = bool(what.added) and any(one.last_seen == at for one in good)
        health = replace(health, new=what.added, newest=at.isoformat() if undated else health.newest)
        return _as_kept(health)

    store.indicators.collect(good, feed.owner, session.news, at=at, who=f"feed:{feed.name}", health=told)
    return _judged(feed, health, at)


def _bounded(what: str) -> str:
    """A reason that is worth keeping: a provider's own words are cut off, ours are short."""
    return what if isinstance(what, Sentence) else what[:_MAX_REASON]


def _health(session: Session, before: Health, good: list[Indicator], reasons: Counter[str]) -> Health:
    at = session.defaults.at
    if session.unchanged:
        return replace(
            before,
            last_read=at.isoformat(), last_tried=at.isoformat(), new=0, unchanged=True,
            error="", error_parts=(), not_before="",
        )  # fmt: skip
    times = [one.last_seen.isoformat() for one in good if one.last_seen and one.last_seen < at]
    return Health(
        last_read=at.isoformat(),
        last_tried=at.isoformat(),
        rows=len(good) + reasons.total(),
        rejected=reasons.total(),
        reasons=tuple(reasons.most_common(_MAX_REASONS)),
        left_out=tuple(session.left_out.most_common(_MAX_REASONS)),
        drift=tuple(sorted(session.drift)),
        newest=max([before.newest, *times]),
    )


def _judged(feed: Feed, health: Health, at: datetime) -> Health:
    wrong = ["error"] if health.error else []
    nothing = health.rows == health.rejected
    if nothing and any(name.startswith("-") for name in health.drift):
        wrong.append("format")
    if health.last_read:
        quiet = health.rows == 0 and not (feed.source.incremental and health.newest)
        wrong += ["zero_rows"] if quiet else []
        wrong += ["all_rejected"] if health.rows and nothing else []
        if health.newest and at - datetime.fromisoformat(health.newest) > feed.stale_after:
            wrong.append("stale")
    if _is_overdue(feed, health, at):
        wrong.append("overdue")
    return replace(health, failing=tuple(wrong))


def _is_overdue(feed: Feed, health: Health, at: datetime) -> bool:
    """Nobody has tried for long: the timer that calls ``noroshi collect run`` has stopped."""
    if not (feed.configured and feed.settings.enabled and health.last_tried):
        return False
    patience = max(_MISSED * feed.settings.every, _HOUR)
    last = max(datetime.fromisoformat(one) for one in (health.last_tried, health.not_before) if one)
    return at - last > patience


_KEPT: Final = frozenset(Health.__dataclass_fields__)
_COUNTED: Final = ("reasons", "left_out")
_MISSED: Final = 3
_HOUR: Final = timedelta(hours=1)
