"""A question to the indicators: which of them are meant by a list, an export, or ``%name%`` in a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from noroshi.folding import fold
from noroshi.indicators.ageing import Lifetimes, default_lifetimes, newest_time
from noroshi.indicators.indicator import Indicator, Status

if TYPE_CHECKING:
    from datetime import datetime

ACTIVE: Final = frozenset({Status.ACTIVE})


@dataclass(frozen=True, slots=True)
class Query:
    """Every part that is given must hold; inside one part any of its words is enough.

    Attributes:
        types: Types of `kinds.TYPES`; empty for all, as with the other sets.
        threats: Words of `indicator.Threat`.
        families: Malware families, in any case.
        tags: Tags, in any case.
        sources: Names of sources.
        statuses: Active ones only, unless others are asked for; empty for all.
        text: The value holds this text, in any case.
        min_level: At least this pyramid level (1 to 6).
        min_confidence: At least this confidence; indicators without any are left out.
        seen_within_days: The newest report or sighting is not older than so many days before the asking;
            indicators without any time are left out.
        min_score: The score at the moment of asking (`ageing`) is at least this.
        fresh: Only what has not decayed.
        compromised_site: Only such, or only others; None for both.
    """

    types: frozenset[str] = frozenset()
    threats: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    statuses: frozenset[Status] = ACTIVE
    text: str = ""
    min_level: int | None = None
    min_confidence: int | None = None
    seen_within_days: int | None = None
    compromised_site: bool | None = None
    min_score: int | None = None
    fresh: bool = False

    def matches(self, indicator: Indicator, at: datetime, lifetimes: Lifetimes | None = None) -> bool:
        """Whether this indicator is meant, asked at this moment; lifetimes are the defaults unless given."""
        if not (self._words_match(indicator) and self._limits_match(indicator, at)):
            return False
        if self.min_score is None and not self.fresh:
            return True
        score = (lifetimes or default_lifetimes()).score(indicator, at)
        return not (self.fresh and score.decayed) and score.value >= (self.min_score or 0)

    def _words_match(self, indicator: Indicator) -> bool:
        return (
            (not self.types or indicator.type in self.types)
            and (not self.statuses or indicator.status in self.statuses)
            and _any_of(self.threats, indicator.threats)
            and _any_of(self.families, indicator.families)
            and _any_of(self.tags, indicator.tags)
            and _any_of(self.sources, indicator.sources)
            and fold(self.text) in fold(indicator.value)
        )

    def _limits_match(self, indicator: Indicator, at: datetime) -> bool:
        if self.compromised_site is not None and indicator.compromised_site is not self.compromised_site:
            return False
        if self.min_level is not None and indicator.level < self.min_level:
            return False
        confidence = indicator.confidence
        if self.min_confidence is not None and (confidence is None or confidence < self.min_confidence):
            return False
        if self.seen_within_days is None:
            return True
        newest = newest_time(indicator)
        return newest is not None and newest >= at - timedelta(days=self.seen_within_days)


EVERYTHING: Final = Query(statuses=frozenset())


def _any_of(wanted: frozenset[str], said: tuple[str, ...]) -> bool:
    return not wanted or not {fold(word) for word in wanted}.isdisjoint(fold(word) for word in said)
