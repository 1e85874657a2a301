"""Indicators for a scan: a snapshot, made anew where the store has changed; saved sets as lists of rules."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from noroshi.alerts.indicators import Exclusion, nothing_excluded
from noroshi.errors import LocatedError
from noroshi.identity import SHARED_LISTS
from noroshi.indicators.lists import ListSnapshot
from noroshi.indicators.model import Entry
from noroshi.indicators.sets import build_set
from noroshi.indicators.snapshot import MAGIC, IndicatorSnapshot, build_snapshot
from noroshi.indicators.values import packed_address, parse_url
from noroshi.store.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from noroshi.indicators.exclusions import ExclusionSnapshot
    from noroshi.indicators.indicator import Indicator
    from noroshi.indicators.query import Query
    from noroshi.indicators.sets import ValueSet
    from noroshi.store.store import Store

_KEPT: Final = 3
"""Snapshots kept in the cache."""
_LISTED: Final = {
    "url": "url", "domain": "domain", "ip": "ip", "cidr": "ip", "ip:port": "ip:port", "email": "mail",
    "md5": "hash", "sha1": "hash", "sha256": "hash", "sha512": "hash", "imphash": "imphash", "ja3": "ja3",
    "jarm": "jarm", "file_name": "file_name", "mail_subject": "mail_subject", "user_agent": "user_agent",
    "mutex": "mutex", "registry_key": "registry",
}  # fmt: skip
"""Type of an indicator → type of a list that can hold it."""


@dataclass(frozen=True, slots=True)
class Indicators:
    """What a scan matches observables against.

    Attributes:
        snapshot: The indicators.
        lists: Saved sets, as rules reach them by ``%name%``.
        excluded: Indicator and precision → what the exclusion lists say.
        errors: Mistakes in exclusion lists.
        store: Where the store is; empty where a snapshot file was given.
        at: What the store held at this moment is in the snapshot; None for a file.
        sighted: Key of every indicator seen in our own logs → when last. A snapshot is not made anew for
            sightings, which change with every scan.
    """

    snapshot: IndicatorSnapshot
    lists: tuple[ValueSet, ...] = ()
    excluded: Callable[[Indicator, str], Exclusion] = field(default=nothing_excluded)
    errors: tuple[LocatedError, ...] = ()
    store: str = ""
    at: datetime | None = None
    sighted: Mapping[bytes, datetime] = field(default_factory=dict)


def open_indicators(place: str, at: datetime, cache_dir: Path | None = None) -> Indicators:
    """The indicators at a place.

    Args:
        place: A snapshot file, a store's file, or a ``postgresql://`` URL.
        at: The moment at which saved sets are asked (aware UTC).
        cache_dir: Where snapshots of a store are kept; None makes one for this run only.

    Raises:
        LocatedError: There is nothing, or it is neither.
    """
    if "://" not in place:
        path = Path(place)
        if not path.is_file():
            what, mend = "does not exist", "give a snapshot, or a store that holds indicators"
            raise LocatedError(place, "", what, mend)
        if _is_snapshot(path):
            return Indicators(IndicatorSnapshot(path))
    with open_store(place) as store:
        snapshot = _snapshot_of(store, cache_dir, at)
        sets = tuple(saved_sets(store, at))
        return Indicators(snapshot, sets, store=place, at=at, sighted=store.sightings.latest())


def excluded_by(lists: ExclusionSnapshot) -> Callable[[Indicator, str], Exclusion]:
    """What exclusion lists say of a match: of the host alone where only the host of a URL was visible.

    That a site is an ordinary one that was compromised is weighed by the alert (`noroshi.alerts.weighing`).
    """

    def excluded(indicator: Indicator, precision: str) -> Exclusion:
        type_, value = indicator.type, indicator.value
        if precision == "host" and (url := parse_url(value)) is not None:
            value = url.host.strip("[]")
            type_ = "domain" if packed_address(value) is None else "ip"
        judged = lists.judge(type_, value, exempt=indicator.exempt)
        if judged.alerts and indicator.exempt and judged.list:
            return Exclusion("exempt", judged.list)
        return Exclusion(judged.verdict.value, judged.list, held=not judged.alerts)

    return excluded


def is_relay(lists: ListSnapshot) -> Callable[[str], bool]:
    """Whether a site list names an address as one that many stand behind."""
    named = [values for name in SHARED_LISTS if (values := lists.get(name)) is not None]

    def relays(address: str) -> bool:
        return any(values.matches(address) is not None for values in named)

    return relays


def _is_snapshot(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _snapshot_of(store: Store, cache_dir: Path | None, at: datetime) -> IndicatorSnapshot:
    if cache_dir is None:
        with tempfile.TemporaryDirectory(prefix="noroshi-") as folder:
            path = Path(folder) / "indicators"
            build_snapshot(store.snapshots.records(), path, at.isoformat(timespec="seconds"))
            return IndicatorSnapshot(path)  # the mapping outlives the name
    path = cache_dir / f"indicators-{store.snapshots.version()}.snapshot"
    if path.is_file():
        with suppress(LocatedError):
            return IndicatorSnapshot(path)
    build_snapshot(store.snapshots.records(), path, at.isoformat(timespec="seconds"))
    _forget_old(cache_dir, path)
    return IndicatorSnapshot(path)


def _forget_old(folder: Path, newest: Path) -> None:
    kept = sorted(folder.glob("indicators-*.snapshot"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[_KEPT:]:
        if path != newest:
            path.unlink(missing_ok=True)


def saved_sets(store: Store, at: datetime) -> Iterator[ValueSet]:
    """The saved sets of a store as they are at a moment; of mixed types the commonest is taken."""
    for saved in store.sets.all():
        entries = list(_entries(store, saved.query, at))
        type_ = _type_of(entries, saved.query)
        yield build_set(saved.name, type_, (entry for kind, entry in entries if kind == type_))


def _entries(store: Store, query: Query, at: datetime) -> Iterator[tuple[str, Entry]]:
    for indicator in store.indicators.iterate(query, at):
        kind = _LISTED.get(indicator.type)
        if kind is not None:
            yield kind, _entry(indicator)


def _entry(indicator: Indicator) -> Entry:
    first = indicator.first_seen
    return Entry(
        value=indicator.value,
        threat=indicator.threats[0] if indicator.threats else "",
        family=indicator.families[0] if indicator.families else "",
        source=", ".join(indicator.sources),
        first_seen="" if first is None else first.isoformat(),
        confidence=indicator.confidence,
        compromised_site=indicator.compromised_site,
        tlp=indicator.tlp or "",
    )


def _type_of(entries: list[tuple[str, Entry]], query: Query) -> str:
    """The type that the query names, else the commonest among the entries; ``text`` for an empty set."""
    named = {_LISTED[type_] for type_ in query.types if type_ in _LISTED}
    if len(named) == 1:
        return named.pop()
    counts: dict[str, int] = {}
    for kind, _ in entries:
        counts[kind] = counts.get(kind, 0) + 1
    return max(sorted(counts), key=counts.__getitem__) if counts else "text"


def with_sets(lists: ListSnapshot, sets: Iterable[ValueSet]) -> ListSnapshot:
    """The lists with saved sets beside them; a list of the same name that holds something wins."""
    new = {values.name: values for values in sets if not lists.get(values.name)}
    if not new:
        return lists
    old = (values for name in lists.names if name not in new and (values := lists.get(name)) is not None)
    return ListSnapshot([*old, *new.values()])
