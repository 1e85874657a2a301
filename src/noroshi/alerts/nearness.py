"""What else the same entity did within minutes: it raises a match of which only a URL's host was visible.

Rules and correlations count by their alerts at medium or above, indicators likewise unless they are host
matches themselves. An indicator says nothing new about the URL whose host it merely names (the host's domain,
its address, a network around it), nor about itself; such a pair is one fact seen twice and raises nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final

from noroshi.alerts.weighing import NEARBY
from noroshi.indicators.values import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

_APART: Final = 256
"""Indicators of one entity that are kept apart; further ones raise whatever they name."""


@dataclass(slots=True)
class Moments:
    """When something happened, in any order, as stretches that have no pause longer than `NEARBY`.

    Single times are forgotten, and yet `near` is exact: draw half of `NEARBY` around every time, and both the
    stretches and the question are about where these touch. A day has at most 144 stretches.
    """

    _begins: list[datetime] = field(default_factory=list)
    _ends: list[datetime] = field(default_factory=list)

    def add(self, at: datetime) -> None:
        """One more time (aware UTC)."""
        self._join(at, at)

    def add_all(self, others: Moments) -> None:
        """All times of another set."""
        for begin, end in others._stretches():
            self._join(begin, end)

    def near(self, others: Moments) -> bool:
        """Whether a time here is within `NEARBY` of one there."""
        ranges = (self._range(begin, end) for begin, end in others._stretches())
        return any(first < after for first, after in ranges)

    def _join(self, begin: datetime, end: datetime) -> None:
        first, after = self._range(begin, end)
        if first < after:
            begin, end = min(begin, self._begins[first]), max(end, self._ends[after - 1])
        self._begins[first:after] = [begin]
        self._ends[first:after] = [end]

    def _range(self, begin: datetime, end: datetime) -> tuple[int, int]:
        """The stretches that come within `NEARBY` of this one: index of the first, and after the last."""
        return bisect_left(self._ends, begin - NEARBY), bisect_right(self._begins, end + NEARBY)

    def _stretches(self) -> Iterator[tuple[datetime, datetime]]:
        return zip(self._begins, self._ends, strict=True)


@dataclass(slots=True)
class _Activity:
    """What one entity did.

    Attributes:
        everything: All of it.
        of_many: What raises any host match: by rules and correlations.
        by_indicator: By each indicator (type, value).
    """

    everything: Moments = field(default_factory=Moments)
    of_many: Moments = field(default_factory=Moments)
    by_indicator: dict[tuple[str, str], Moments] = field(default_factory=dict)


class Surroundings:
    """What all entities of a run did that raises host matches near it."""

    def __init__(self) -> None:
        self._entities: dict[str, _Activity] = {}

    def note(self, entity: str, at: datetime) -> None:
        """An alert of a rule or correlation, at medium or above."""
        activity = self._entities.setdefault(entity, _Activity())
        activity.of_many.add(at)
        activity.everything.add(at)

    def note_indicator(self, entity: str, indicator: tuple[str, str], moments: Moments) -> None:
        """An alert of an indicator (type, value), at medium or above, and no host match."""
        activity = self._entities.setdefault(entity, _Activity())
        activity.everything.add_all(moments)
        known = activity.by_indicator.get(indicator)
        if known is None and len(activity.by_indicator) >= _APART:
            known = activity.of_many
        elif known is None:
            known = activity.by_indicator[indicator] = Moments()
        known.add_all(moments)

    def raises(self, entity: str, url: str, moments: Moments) -> bool:
        """Whether the entity did something else near these times, at which the host of `url` was seen."""
        activity = self._entities.get(entity)
        if activity is None or not activity.everything.near(moments):
            return False
        if activity.of_many.near(moments):
            return True
        near = (one for one, when in activity.by_indicator.items() if when.near(moments))
        return _says_more(url, near)


def _says_more(url: str, indicators: Iterable[tuple[str, str]]) -> bool:
    parsed = parse_url(url)
    host = "" if parsed is None else parsed.host.strip("[]")
    return any(value != url and not _names(type_, value, host) for type_, value in indicators)


def _names(type_: str, value: str, host: str) -> bool:
    """Whether an indicator says no more than the host of a URL."""
    if type_ == "domain":
        return host == value or host.endswith(f".{value}")
    if type_ == "ip:port":
        return value.rpartition(":")[0].strip("[]") == host
    if type_ == "cidr":
        return _within(host, value)
    return type_ == "ip" and value == host


def _within(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:  # most hosts are names
        return False
