"""Moments at which something was seen, to intervals during which it holds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from noroshi.identity.model import Evidence

GAP: Final = timedelta(hours=4)
"""Two sightings so far apart belong together if nobody else was seen between them."""
CLOSE: Final = timedelta(hours=2)
"""Two sightings so far apart belong together even so: two that take turns so quickly share the thing."""
BEFORE: Final = timedelta(hours=1)
"""A link holds so long before its first sighting, unless somebody else's still holds then."""
AFTER: Final = timedelta(hours=2)
"""A link holds so long after its last sighting (kept once an hour), or until somebody else is seen."""
SITTING: Final = timedelta(hours=12)
"""An interactive logon holds so long after it, or until the logoff."""


class Sighting(NamedTuple):
    """One moment and its record."""

    at: datetime
    evidence: Evidence


class Run(NamedTuple):
    """An interval with its first and last sighting."""

    start: datetime
    end: datetime
    first: Evidence
    last: Evidence


def _any_between(times: Sequence[datetime], after: datetime, before: datetime) -> bool:
    return bisect_right(times, after) < bisect_left(times, before)


def runs(
    sightings: Sequence[Sighting], foreign: Sequence[datetime], walls: Sequence[datetime] = ()
) -> list[Run]:
    """Intervals of a thing that one holder has at a time.

    Args:
        sightings: Of one holder, sorted.
        foreign: When other holders were seen with the same thing, sorted.
        walls: When the thing is known to have changed hands, sorted: no interval reaches over one.
    """
    found = []
    begin = 0
    for at in range(1, len(sightings) + 1):
        if at < len(sightings) and _together(sightings[at - 1].at, sightings[at].at, foreign, walls):
            continue
        found.append(
            _within(_widened(sightings[begin], sightings[at - 1], foreign), sightings[begin].at, walls)
        )
        begin = at
    return found


def _within(run: Run, inside: datetime, walls: Sequence[datetime]) -> Run:
    """A run between the walls around one of its moments."""
    at = bisect_right(walls, inside)
    start = max(run.start, walls[at - 1]) if at else run.start
    end = min(run.end, walls[at]) if at < len(walls) else run.end
    return run._replace(start=start, end=end)


def _together(
    one: datetime, next_one: datetime, foreign: Sequence[datetime], walls: Sequence[datetime]
) -> bool:
    if bisect_right(walls, one) < bisect_right(walls, next_one):
        return False
    gap = next_one - one
    return gap <= CLOSE or (gap <= GAP and not _any_between(foreign, one, next_one))


def _widened(first: Sighting, last: Sighting, foreign: Sequence[datetime]) -> Run:
    start = first.at - BEFORE
    if before := bisect_left(foreign, first.at):
        start = min(first.at, max(start, foreign[before - 1] + AFTER))
    at = bisect_right(foreign, last.at)
    end = min(foreign[at], last.at + AFTER) if at < len(foreign) else last.at + AFTER
    return Run(start, end, first.evidence, last.evidence)


def sessions(sightings: Sequence[Sighting], ends: Sequence[datetime]) -> list[Run]:
    """Intervals of a user's presence: from a logon to the logoff, or to `SITTING` after the last logon."""
    found: list[Run] = []
    for sighting in sightings:
        at = bisect_right(ends, sighting.at)
        end = min(ends[at], sighting.at + SITTING) if at < len(ends) else sighting.at + SITTING
        if found and sighting.at <= found[-1].end and not _any_between(ends, found[-1].start, sighting.at):
            found[-1] = found[-1]._replace(end=end, last=sighting.evidence)
        else:
            found.append(Run(sighting.at, end, sighting.evidence, sighting.evidence))
    return found
