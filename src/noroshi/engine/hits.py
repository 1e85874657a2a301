"""What leaves the matcher: hits with their evidence, small and complete enough for everything downstream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - hits are serialised by their types
from typing import Any

import msgspec

from noroshi.events.model import Entities, LogSource, Outcome  # noqa: TC001 - the same


@dataclass(frozen=True, slots=True)
class Listed:
    """Which indicator of a list a value met, how well, and what its source says about it.

    Attributes:
        name: The list.
        entry: The indicator as the list writes it.
        precision: As `noroshi.indicators.model.Found` says.
        threat, family, source, first_seen: From the list; empty where it does not say.
        confidence: 0 to 100, None where the list does not say.
        compromised_site: An ordinary site that serves malware: the host alone says little.
    """

    name: str
    entry: str
    precision: str
    threat: str = ""
    family: str = ""
    source: str = ""
    first_seen: str = ""
    confidence: int | None = None
    compromised_site: bool = False

    def sentence(self) -> str:
        """For programs and tables of other programs, in English."""
        said = [self.threat, self.family, f"from {self.source}" if self.source else ""]
        return f"{self.name}: {', '.join(part for part in (self.entry, self.precision, *said) if part)}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One true predicate: which field held which value and what pattern of the rule it met.

    Attributes:
        listed: Where the pattern is a list: which of its indicators it was.
    """

    field: str
    value: str
    pattern: str
    listed: Listed | None = None

    def sentence(self) -> str:
        """``field=value``, with the indicator where it was in a list; in English."""
        said = f" ({self.listed.sentence()})" if self.listed is not None else ""
        return f"{self.field}={self.value}{said}"


@dataclass(frozen=True, slots=True)
class IndicatorRef:
    """Which indicator matched, in normal form, and how precisely (`noroshi.engine.indicators`).

    Attributes:
        input: Identity of the input that showed it (`Source.id`), under which it is counted as a sighting.
    """

    type: str
    value: str
    precision: str
    input: str = ""


# A struct, since it is made as quickly as a tuple and written as one; it is part of no reference cycle.
class Hit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One rule or indicator matching one event, detached from the event's input.

    Attributes:
        time: Aware UTC.
        zone: How the zone was known (`ZoneOrigin` value).
        entities: As the record names them; the joined ones replace them once identity has read the batch.
        fields: The event's fields (a reference, not a copy), for group-by, aliases, values and context.
        path, position: The event's place in its input, for people.
        indicator: Of an indicator's hit, whose `rule_id` is ``indicator:`` and its key; None of a rule's.
    """

    event_id: str
    tenant: str
    time: datetime
    zone: str
    rule_id: str
    rule_hash: str
    logsource: LogSource
    entities: Entities
    outcome: Outcome
    evidence: tuple[Evidence, ...]
    fields: dict[str, Any]
    path: str
    position: int | str
    indicator: IndicatorRef | None = None
