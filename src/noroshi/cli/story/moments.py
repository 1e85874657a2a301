"""Lines of an encounter that speak of the same events, put together: one moment of the story each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from noroshi.alerts.folds import is_significant
from noroshi.alerts.model import level_rank
from noroshi.alerts.risk import rule_points
from noroshi.cli.story.happenings import HAPPENED, happened, outcome_counts
from noroshi.cli.story.phases import phase_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from noroshi.alerts.encounters import Encounter, Line
    from noroshi.cli.story.facts import Facts


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened at one time, or again and again from then on.

    Attributes:
        lead: The most telling rule's line.
        others: Lines of other rules over the same events, the most telling first.
        happened: An act on a machine that simply took place: there is no outcome to tell.
    """

    lead: Line
    others: tuple[Line, ...]
    happened: bool = False

    @property
    def phase(self) -> str:
        """The phase that the lead speaks of."""
        return phase_of(self.lead.rule)

    @property
    def outcome(self) -> str:
        """What became of it."""
        return self.lead.outcome

    @property
    def told(self) -> str:
        """The outcome as people are told it: `HAPPENED` where no product had to decide."""
        return HAPPENED if self.happened else self.outcome

    @property
    def first(self) -> datetime:
        """When it began: with the first event behind it."""
        return min(began(line) for line in (self.lead, *self.others))

    @property
    def last(self) -> datetime:
        """When it ended."""
        return max(line.last for line in (self.lead, *self.others))

    @property
    def times(self) -> int:
        """How often the lead's rule alerted."""
        return self.lead.alerts

    @property
    def minor(self) -> bool:
        """Only low or informational."""
        return not is_significant(self.lead.rule)


@dataclass(frozen=True, slots=True)
class Tale:
    """An encounter in order.

    Attributes:
        verdicts: Correlations over correlations: judgements over the whole.
        moments: By time.
        outcomes: Outcome → alerts at medium or above; see `noroshi.cli.story.happenings`.
    """

    verdicts: tuple[Line, ...]
    moments: tuple[Moment, ...]
    outcomes: tuple[tuple[str, int], ...] = ()

    def of_phase(self, phase: str) -> list[Moment]:
        """The moments at medium or above of one phase."""
        return [one for one in self.moments if one.phase == phase and not one.minor]


def began(line: Line) -> datetime:
    """The first event behind a line; a correlation comes true later than that."""
    return min((sample.first for sample in line.samples), default=line.first)


def tale(encounter: Encounter, facts: Facts) -> Tale:
    """Put an encounter in order."""
    verdicts = tuple(line for line in encounter.lines if facts.chained(line))
    plain = [line for line in encounter.lines if line not in verdicts]
    moments = [_moment(group, facts) for group in _together(plain)]
    ordered = sorted(moments, key=lambda one: (one.first, one.last, one.lead.rule.id))
    return Tale(verdicts, tuple(ordered), outcome_counts(encounter.lines, facts))


def _together(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines with the same outcome that share an event, directly or over others."""
    groups: list[tuple[str, set[str], list[Line]]] = []
    for line in lines:
        events, members = set(_events(line)), [line]
        kept = []
        for group in groups:
            if group[0] == line.outcome and group[1] & events:
                events |= group[1]
                members = group[2] + members
            else:
                kept.append(group)
        groups = [*kept, (line.outcome, events, members)]
    return (group[2] for group in groups)


def _events(line: Line) -> Iterator[str]:
    for sample in line.samples:
        if sample.correlation is None:
            yield sample.event_id
        else:
            yield from (one.event_id for one in sample.correlation.contributors)


def telling(line: Line) -> tuple[int, float, str]:
    """Orders lines, the most telling first."""
    rule = line.rule
    return -level_rank(rule.level), -rule_points(rule.level, rule.pyramid_level, 1), rule.id


def _moment(lines: Iterable[Line], facts: Facts) -> Moment:
    lead, *others = sorted(lines, key=telling)
    return Moment(lead, tuple(others), happened(lead, facts))
