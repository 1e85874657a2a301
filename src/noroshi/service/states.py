"""What is told of a rule on some logs: active, blind (and why), not applicable; by log source and in all."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.rules.model import Prerequisite


class State(StrEnum):
    """What a rule is on some logs."""

    ACTIVE = "active"
    BLIND = "blind"
    ABSENT = "not-applicable"


class Why(StrEnum):
    """Why a rule cannot fire, or fires on less than it says (the last three)."""

    REJECTED = "rejected"
    LIST_UNKNOWN = "list_unknown"
    LIST_EMPTY = "list_empty"
    FILTER = "filter"
    INACTIVE = "inactive"
    SOURCE = "source"
    CATEGORY = "category"
    EVENT_TYPE = "event_type"
    PREREQUISITE = "prerequisite"
    FIELD = "field"
    REFERS = "refers"
    GROUP = "group"
    WINDOW = "window"
    FILTER_FIELD = "filter_field"
    PARTLY = "partly"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    Attributes:
        names: What it is about: lists, fields, log sources, values, ids of rules.
        near: For a field never present: (field, the nearest name that is).
        setting: For an unmet prerequisite its name in `PREREQUISITES`.
        because: For a rule that is blind on some log sources only, why there.
    """

    why: Why
    names: tuple[str, ...] = ()
    near: tuple[tuple[str, str], ...] = ()
    setting: str = ""
    because: Reason | None = None


class SourceName(NamedTuple):
    """A column of the matrix: what was read, and which log source it is; no format: nothing was read."""

    format: str
    product: str
    service: str

    def __str__(self) -> str:
        """``squid: squid``, ``windows-evtx: windows/sysmon``; ``windows/system`` where no format was seen."""
        name = "/".join(part for part in self[1:] if part) or "-"
        return f"{self.format}: {name}" if self.format else name


@dataclass(frozen=True, slots=True)
class RuleHealth:
    """What is known of one rule.

    Attributes:
        reasons: Why it cannot fire; empty for an active rule.
        notes: What limits a rule that can.
        state: The best of its cells where logs were given (see `standing`).
        cells: State by log source; a source not named is not applicable.
        needs: The prerequisites that the rule's author wrote down, for a rule that lacks one.
        place: Of a document that is no rule: its file and line.
    """

    id: str
    title: str
    title_ja: str
    level: str
    kind: str
    state: State
    reasons: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()
    cells: dict[SourceName, State] = field(default_factory=dict)
    needs: tuple[Prerequisite, ...] = ()
    path: str = ""
    place: str = ""


def standing(cells: Mapping[SourceName, State]) -> State:
    """What a rule is in all: active where any log source lets it fire, blind where only some should."""
    found = set(cells.values())
    return next((state for state in (State.ACTIVE, State.BLIND) if state in found), State.ABSENT)


@dataclass(frozen=True, slots=True)
class Health:
    """All rules on some logs.

    Attributes:
        rules: In the order of the rule set, correlations last, rejected ones at the end.
        sources: Log sources seen, most events first; then those that rules of products seen need and that no
            event came from, with 0 events.
        events: How many events were looked at; None where no logs were given.
    """

    rules: tuple[RuleHealth, ...]
    sources: tuple[tuple[SourceName, int], ...] = ()
    events: int | None = None

    def of_state(self, state: State) -> list[RuleHealth]:
        """The rules in this state."""
        return [one for one in self.rules if one.state is state]
