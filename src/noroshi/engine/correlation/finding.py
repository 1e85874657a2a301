"""What a correlation says: an alert that is updated while its condition stays true."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from noroshi.engine.correlation.contribution import instant

if TYPE_CHECKING:
    from datetime import datetime

    from noroshi.engine.correlation.contribution import Contribution
    from noroshi.events.model import Entities


def alert_id(tenant: str, rule_id: str, rule_hash: str, key: tuple[str, ...], start: str) -> str:
    """``hash(tenant, rule id, rule hash, key, window start or event id)``: 32 hexadecimal digits.

    Each part is preceded by its length, so no two different lists of parts give the same bytes.
    """
    parts = (str(len(key)), *key, start)
    return blake2b(_of_rule(tenant, rule_id, rule_hash) + _framed(parts), digest_size=16).hexdigest()


@lru_cache(maxsize=8_192)
def _of_rule(*parts: str) -> bytes:
    """What the ids of all alerts of a rule begin with."""
    return _framed(parts)


def _framed(parts: tuple[str, ...]) -> bytes:
    return b"".join([b"%d:%b" % (len(raw := part.encode("utf-8", "surrogatepass")), raw) for part in parts])


@dataclass(frozen=True, slots=True)
class Signal:
    """An instant at which an alert fired or was found still true: what later correlations of a chain see.

    Attributes:
        time: Of the hit, or when the window closed.
        fired: The condition came true; otherwise it was still true.
        outcome: The most telling one so far.
        entities: Of that hit; where it names none, what all contributors agree on.
        fields: The values of that hit that the chain asks for.
    """

    time: datetime
    fired: bool
    outcome: str
    entities: Entities
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Contributor:
    """One hit that stands behind a correlation's alert (`event_id` is an alert id in a chain)."""

    time: datetime
    event_id: str
    rule_id: str
    outcome: str
    path: str
    position: int | str


@dataclass(frozen=True, slots=True)
class CorrelationAlert:
    """The state of one alert of one correlation; a later revision of the same id replaces it.

    Attributes:
        alert_id: Deterministic: sinks upsert by it.
        revision: 1 when it fires, one more for each later contributing evaluation.
        time: When the condition came true (for conditions evaluated at the window's end: when it closed).
        group: (name, value) for each group-by, the value as written in the event it fired on.
        count: Hits that took part: those of the window in which it fired and all later ones.
        first, last: Times of the earliest and the latest of them.
        measure: What the condition compared at the last evaluation: the count, the number of distinct values
            or of rules, or the metric.
        entities: What all contributors that name one agree on; a kind they disagree on stays empty.
        outcomes: (outcome, how many hits), most telling first.
        rules: (rule id, how many of its hits), in the document's order.
        evidence: The hits that are named, in time order, bounded; `count` counts all. Alerts share them.
        partial: State was dropped for want of room: the true count may be higher.
        fresh: It fired in this step (otherwise it is an update).
        signals: For the correlations that refer to this one: when it fired or was true in this step.
    """

    alert_id: str
    revision: int
    rule_id: str
    rule_hash: str
    tenant: str
    time: datetime
    group: tuple[tuple[str, str], ...]
    count: int
    first: datetime
    last: datetime
    measure: float
    entities: Entities
    outcomes: tuple[tuple[str, int], ...]
    rules: tuple[tuple[str, int], ...]
    evidence: tuple[Contribution, ...]
    partial: bool
    fresh: bool
    signals: tuple[Signal, ...]

    @property
    def contributors(self) -> tuple[Contributor, ...]:
        """The evidence as people read it."""
        return tuple(
            Contributor(instant(hit.time), hit.event_id, hit.rule, hit.outcome, hit.path, hit.position)
            for hit in self.evidence
        )

    @property
    def outcome(self) -> str:
        """The most telling outcome among the contributors."""
        return self.outcomes[0][0] if self.outcomes else "unknown"
