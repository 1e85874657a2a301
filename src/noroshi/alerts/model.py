"""The alert: what people and programs are shown of one hit or one correlation.

An alert is an aggregate: a later revision with the same id replaces the earlier one, so every sink is
idempotent. Ids are deterministic (`noroshi.engine.correlate.alert_id`): the same logs and rules give the same
ids, in whatever order they are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from noroshi.events.model import is_known
from noroshi.rules.model import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from noroshi.engine.correlate import Contributor
    from noroshi.engine.hits import Evidence
    from noroshi.events.model import Entities, LogSource
    from noroshi.identity.model import Join
    from noroshi.indicators.indicator import Indicator
    from noroshi.rules.model import RuleMeta

ENTITY_KINDS: Final = ("host", "user", "address", "mailbox")
"""What an alert is about, the most telling first."""


def level_rank(level: str) -> int:
    """0 for informational to 4 for critical; an unknown level counts as informational."""
    return LEVELS.index(level) if level in LEVELS else 0


def effective_level(meta: RuleMeta, outcome: str) -> str:
    """The rule's level, one lower where the outcome is not among those that it alerts on at its own level.

    A blocked C2 call still means an infected machine, so its rule names no outcomes; a blocked download does
    not, so that one names ``allowed``.
    """
    own = level_rank(meta.level)
    lowered = bool(meta.outcomes) and outcome not in meta.outcomes
    return LEVELS[max(own - 1, 0) if lowered else own]


@dataclass(frozen=True, slots=True)
class RuleRef:
    """What an alert repeats of its rule.

    Attributes:
        level: As alerted, the outcome considered.
        own_level: As the rule says.
        threat: Name of the pack (``emotet``); empty for foreign rules.
    """

    id: str
    title: str
    level: str
    tags: tuple[str, ...] = ()
    own_level: str = ""
    threat: str = ""
    trace_kind: str = ""
    pyramid_level: str = ""
    folder: str = ""


class SourceRef(msgspec.Struct, frozen=True, gc=False):
    """Where the event stands: the input as the user named it, and the record number, offset or chunk."""

    path: str
    record: int | str | None


@dataclass(frozen=True, slots=True)
class CorrelationPart:
    """What only a correlation's alert has; see `noroshi.engine.correlate.CorrelationAlert`.

    Attributes:
        rules: (rule id, title, number of hits), in the document's order.
    """

    type: str
    group: tuple[tuple[str, str], ...]
    measure: float
    rules: tuple[tuple[str, str, int], ...]
    contributors: tuple[Contributor, ...]
    partial: bool


@dataclass(frozen=True, slots=True)
class IndicatorPart:
    """What only an indicator's alert has.

    Attributes:
        indicator: With everything that its sources say.
        precision: How much of it the event showed (`noroshi.engine.indicators`).
        score: 0 to 100 at the time of the first hit.
        exclusion: ``none``, ``shared`` or ``exempt``: why no exclusion list kept it from alerting.
        exclusion_list: The list that holds it, if any.
        exclusion_text, reasons: The same, and why the level is not the score's own, for people.
    """

    indicator: Indicator
    precision: str
    score: float
    exclusion: str
    exclusion_list: str
    exclusion_text: str
    reasons: tuple[str, ...]


# A struct, like the hit that it is made of: it is made in a tenth of the time.
class Alert(msgspec.Struct, frozen=True, gc=False):
    """One alert.

    Attributes:
        time: Aware UTC: when it happened, or when the correlation came true.
        zone: How the zone of that time was known (`ZoneOrigin` value); empty for a correlation.
        entities: Joined across logs.
        key: Whom it is grouped under: ``host:pc-014``, else user, address, mailbox; empty if nobody is named.
        outcome: `Outcome` value.
        meaning: One line in the reader's language.
        count, first, last: How often, and between when.
        matched: Which fields held what.
        event_id: Of the event; empty for a correlation.
        event: The event's fields; empty for a correlation, which has `correlation` instead.
        joins: The joins that gave the entities, each with its evidence.
    """

    alert_id: str
    revision: int
    kind: str
    rule: RuleRef
    time: datetime
    zone: str
    tenant: str
    entities: Entities
    key: str
    outcome: str
    meaning: str
    count: int
    first: datetime
    last: datetime
    logsource: LogSource
    matched: tuple[Evidence, ...]
    source: SourceRef
    event_id: str
    event: Mapping[str, Any]
    joins: tuple[Join, ...] = ()
    correlation: CorrelationPart | None = None
    indicator: IndicatorPart | None = None

    @property
    def level(self) -> str:
        """The level as alerted."""
        return self.rule.level

    @property
    def is_timed(self) -> bool:
        """Whether anybody knows when it happened; `time` is the epoch where not."""
        return is_known(self.time)
