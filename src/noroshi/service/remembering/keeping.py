"""What a scan leaves in the store: observables of all events, and the hits of indicators as sightings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from noroshi.service.remembering.settling import settled
from noroshi.store.observed import Kept
from noroshi.store.store import open_store

if TYPE_CHECKING:
    from datetime import datetime

    from noroshi.service.scan import Scan


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was kept.

    Attributes:
        kept: Inputs and observables.
        dropped: Observables that found no room.
        undated: Events that were left out because they have no time.
    """

    kept: Kept
    dropped: int
    undated: int


def remember(found: Scan, place: str, at: datetime) -> Remembered:
    """Keep what a scan read; the same inputs read before are replaced.

    Indicators of the scan count as matched against it, unless the scan looked at a part of the time only.

    Raises:
        LocatedError: The store cannot be opened.
    """
    collected = found.collected
    if collected is None:
        return Remembered(Kept(), 0, 0)
    indicators = found.options.indicators
    matched = indicators.at if indicators is not None and found.options.period.everything else None
    inputs = settled(collected, found.directory, found.offsets)
    with open_store(place) as store:
        kept = store.observed.keep(inputs, tenant=found.options.tenant, at=at, matched_at=matched)
    dropped = sum(cover.dropped for cover in collected.covers.values())
    return Remembered(kept, dropped, collected.undated)


def record_sightings(found: Scan, place: str) -> int:
    """Record the hits of indicators once the alerts were made; how many sightings the store knows of.

    Raises:
        LocatedError: The store cannot be opened.
    """
    sighted = found.sighted
    sightings = () if sighted is None else sighted.tally.sightings()
    if not sightings:
        return 0
    with open_store(place) as store:
        return store.sightings.record(sightings)
