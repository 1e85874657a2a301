"""From alerts to encounters: what happened to one machine or person, as one story.

* An alert belongs to the entity that identity joined it to (`Alert.key`): host before user before address
  before mailbox. An alert that names nobody belongs to no encounter.
* Alerts at medium or above of one entity that follow each other within `Policy.gap` (24 hours) belong
  together. Low and informational ones are attached where they fall into that time, give or take
  `Policy.margin`; alone they hold nothing together, else a network's noise would be one endless encounter.
* Such a group is an *encounter* if it holds an alert at high or above (of a rule or a correlation), or if at
  least three different rules at medium or above hit at least three different events of at least two trace
  kinds. Everything else is *loose*: shown in the list, not told as a story. Two medium rules about one
  PowerShell start of a management tool are one observation seen twice; to tie such observations together is
  the work of a correlation, which is written down, tested and reviewed.

The result does not depend on the order in which alerts come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from noroshi.alerts.attack import COMMAND_AND_CONTROL, TACTICS, tactics
from noroshi.alerts.folds import SAMPLES, Fold, Folds, fold_order, is_significant
from noroshi.alerts.model import ENTITY_KINDS, Alert, RuleRef, level_rank
from noroshi.alerts.risk import Points, rule_points, total
from noroshi.engine.correlate import alert_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from noroshi.identity.model import Join

_NAMES: Final = 20


@dataclass(frozen=True, slots=True)
class Policy:
    """What makes an encounter; see the module.

    Attributes:
        gap: Silence (between alerts at medium or above) after which a new group begins.
        margin: How far before and after such a group minor alerts are attached to it.
        alone: Level at which one alert is enough.
        rules, events, trace_kinds: How much independent evidence at medium is enough.
        minor_folds: Bound on what is remembered of low and informational alerts.
    """

    gap: timedelta = timedelta(hours=24)
    margin: timedelta = timedelta(hours=1)
    alone: str = "high"
    rules: int = 3
    events: int = 3
    trace_kinds: int = 2
    minor_folds: int = 200_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story: a rule's alerts with one outcome, repetitions folded.

    Attributes:
        alerts: How many.
        samples: The earliest of them, complete (minor ones without their event).
    """

    rule: RuleRef
    kind: str
    outcome: str
    alerts: int
    first: datetime
    last: datetime
    samples: tuple[Alert, ...]

    @property
    def meaning(self) -> str:
        """The rule's one line in the reader's language."""
        return self.samples[0].meaning


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What was stopped and what was not, of the alerts at medium or above (of all, where there are none).

    Attributes:
        counts: (outcome, alerts), most frequent first.
        allowed: Something went through.
        c2: Outcomes of the alerts of tactic *command and control*, sorted. Even where all is ``blocked``, the
            machine that called is infected.
    """

    counts: tuple[tuple[str, int], ...]
    allowed: bool
    c2: tuple[str, ...]

    @property
    def c2_stopped(self) -> bool:
        """Calls to a C2 server were seen, and none is known to have gone through."""
        return bool(self.c2) and set(self.c2) <= {"blocked", "quarantined", "failed"}


@dataclass(frozen=True, slots=True)
class Stage:
    """An ATT&CK tactic, when it was first seen, and by which rules."""

    tactic: str
    first: datetime
    rule_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Encounter:
    """One story, as facts: the words are chosen where it is printed.

    Attributes:
        id: Deterministic: of the entity and the alert that opened it.
        key: Whom it is about: ``host:pc-014``.
        entities: Kind → the names that its alerts hold, in order of appearance.
        joins: Why they belong together: the joins behind its alerts, each pair once.
        level: The highest level among its alerts.
        score: Sum of `points`; orders encounters.
        first, last: Of all that stands behind it; the hits of a correlation included.
        alerts: How many.
        lines: In order of time.
        threats: Names of the packs whose rules fired at medium or above, most alerts' points first.
        stages: Tactics in the order in which they were seen at medium or above.
        reason: Why it is an encounter: ``level``, ``evidence``, or empty for loose alerts.
    """

    id: str
    tenant: str
    key: str
    entities: dict[str, tuple[str, ...]]
    joins: tuple[Join, ...]
    level: str
    score: float
    points: tuple[Points, ...]
    first: datetime
    last: datetime
    alerts: int
    lines: tuple[Line, ...]
    outcome: Outcomes
    threats: tuple[str, ...]
    stages: tuple[Stage, ...]
    reason: str

    @property
    def kind(self) -> str:
        """``host``, ``user``, ``address``, ``mailbox``, or empty."""
        return self.key.partition(":")[0]

    @property
    def name(self) -> str:
        """The entity's name without its kind."""
        return self.key.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Grouping:
    """All alerts of a run in groups, the most urgent first.

    Attributes:
        encounters: To be told as stories.
        loose: Groups of the same shape that do not reach that.
        left_out: Minor alerts that were only counted, for want of room.
    """

    encounters: tuple[Encounter, ...]
    loose: tuple[Encounter, ...]
    left_out: int


class EncounterBuilder:
    """Takes alerts one by one, in any order; a correlation's alert may come again with a later revision."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self._folds = Folds(self._policy.minor_folds)

    def add(self, alert: Alert) -> None:
        """Take one alert (a rule's alert once only)."""
        self._folds.add(alert)

    def grouping(self) -> Grouping:
        """What the alerts so far amount to."""
        encounters: list[Encounter] = []
        loose: list[Encounter] = []
        for (tenant, key), folds in self._folds.by_entity().items():
            for group in _groups(folds, self._policy):
                told = _encounter(tenant, key, group, _reason(key, group, self._policy))
                (encounters if told.reason else loose).append(told)
        return Grouping(_by_urgency(encounters), _by_urgency(loose), self._folds.left_out)


def _by_urgency(groups: list[Encounter]) -> tuple[Encounter, ...]:
    return tuple(sorted(groups, key=lambda e: (-level_rank(e.level), -e.score, e.first, e.tenant, e.key)))


def _groups(folds: Sequence[Fold], policy: Policy) -> list[list[Fold]]:
    """Folds in groups: around those at medium or above, and what is left among itself."""
    groups = _split([fold for fold in folds if is_significant(fold.rule)], policy.gap)
    spans = [(group[0].first - policy.margin, max(f.last for f in group) + policy.margin) for group in groups]
    left: list[Fold] = []
    at = 0
    for fold in (fold for fold in folds if not is_significant(fold.rule)):
        while at < len(spans) and spans[at][1] < fold.first:
            at += 1
        if at < len(spans) and fold.last >= spans[at][0]:
            groups[at].append(fold)
        else:
            left.append(fold)
    return groups + _split(left, policy.gap)


def _split(folds: Sequence[Fold], gap: timedelta) -> list[list[Fold]]:
    groups: list[list[Fold]] = []
    end: datetime | None = None
    for fold in folds:
        if end is None or fold.first - end > gap:
            groups.append([])
            end = fold.last
        groups[-1].append(fold)
        end = max(end, fold.last)
    return groups


def _reason(key: str, folds: Sequence[Fold], policy: Policy) -> str:
    if not key:
        return ""
    if any(level_rank(fold.rule.level) >= level_rank(policy.alone) for fold in folds):
        return "level"
    single = [fold for fold in folds if is_significant(fold.rule) and fold.kind != "correlation"]
    rules = {fold.rule.id for fold in single}
    events = {event for fold in single for event in fold.event_ids}
    kinds = {_trace_kind(fold) for fold in single}
    enough = len(rules) >= policy.rules and len(events) >= policy.events and len(kinds) >= policy.trace_kinds
    return "evidence" if enough else ""


def _trace_kind(fold: Fold) -> str:
    """The rule's trace kind; for a foreign rule its log source, which is the nearest thing."""
    source = fold.samples[0].logsource
    return fold.rule.trace_kind or "/".join(sorted(source.categories)) or source.service or ""


def _encounter(tenant: str, key: str, folds: list[Fold], reason: str) -> Encounter:
    opening = min(folds, key=lambda fold: (not is_significant(fold.rule), fold.first, fold.rule.id))
    folds = sorted(folds, key=fold_order)
    points = _points(folds)
    return Encounter(
        id=alert_id(tenant, "encounter", key, (), opening.samples[0].alert_id),
        tenant=tenant,
        key=key,
        entities=_entities(folds),
        joins=_joins(folds),
        level=max((fold.rule.level for fold in folds), key=level_rank),
        score=total(points),
        points=points,
        first=min(fold.begin for fold in folds),
        last=max(fold.last for fold in folds),
        alerts=sum(fold.alerts for fold in folds),
        lines=_lines(folds),
        outcome=_outcomes(folds),
        threats=_threats(folds, points),
        stages=_stages(folds),
        reason=reason,
    )


def _entities(folds: Iterable[Fold]) -> dict[str, tuple[str, ...]]:
    names: dict[str, dict[str, None]] = {kind: {} for kind in ENTITY_KINDS}
    for sample in (sample for fold in folds for sample in fold.samples):
        for kind, known in names.items():
            value = getattr(sample.entities, kind)
            if value and len(known) < _NAMES:
                known[value] = None
    return {kind: tuple(known) for kind, known in names.items() if known}


def _joins(folds: Iterable[Fold]) -> tuple[Join, ...]:
    joins: dict[tuple[str, ...], Join] = {}
    for sample in (sample for fold in folds for sample in fold.samples):
        for join in sample.joins:
            if len(joins) < _NAMES:
                joins.setdefault((*join.known, *join.found), join)
    return tuple(joins.values())


def _points(folds: Iterable[Fold]) -> tuple[Points, ...]:
    counts: dict[tuple[str, str], tuple[RuleRef, int]] = {}
    for fold in folds:
        known = counts.get((fold.rule.id, fold.rule.level), (fold.rule, 0))
        counts[fold.rule.id, fold.rule.level] = (fold.rule, known[1] + fold.alerts)
    given = [
        Points(rule.id, rule.title, rule.level, alerts, rule_points(rule.level, rule.pyramid_level, alerts))
        for rule, alerts in counts.values()
    ]
    return tuple(sorted(given, key=lambda item: (-item.points, item.rule_id, item.level)))


def _lines(folds: Iterable[Fold]) -> tuple[Line, ...]:
    same: dict[tuple[str, str, str], list[Fold]] = {}
    for fold in folds:
        same.setdefault((fold.rule.id, fold.rule.level, fold.outcome), []).append(fold)
    return tuple(map(_line, same.values()))


def _line(folds: list[Fold]) -> Line:
    samples = [sample for fold in folds for sample in fold.samples]
    return Line(
        rule=folds[0].rule,
        kind=folds[0].kind,
        outcome=folds[0].outcome,
        alerts=sum(fold.alerts for fold in folds),
        first=folds[0].first,
        last=max(fold.last for fold in folds),
        samples=tuple(samples[:SAMPLES]),
    )


def _telling(folds: Sequence[Fold]) -> Sequence[Fold]:
    """Those at medium or above, or all where there are none."""
    return [fold for fold in folds if is_significant(fold.rule)] or folds


def _outcomes(folds: Sequence[Fold]) -> Outcomes:
    """Of single rules where there are any: a correlation repeats what its members say."""
    telling = _telling(folds)
    counts: dict[str, int] = {}
    c2: set[str] = set()
    for fold in [fold for fold in telling if fold.kind != "correlation"] or telling:
        counts[fold.outcome] = counts.get(fold.outcome, 0) + fold.alerts
        if COMMAND_AND_CONTROL in tactics(fold.rule.tags):
            c2.add(fold.outcome)
    ranked = tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return Outcomes(counts=ranked, allowed="allowed" in counts, c2=tuple(sorted(c2)))


def _threats(folds: Iterable[Fold], points: Iterable[Points]) -> tuple[str, ...]:
    packs = {fold.rule.id: fold.rule.threat for fold in folds if is_significant(fold.rule)}
    weights: dict[str, float] = {}
    for item in points:
        threat = packs.get(item.rule_id, "")
        if threat:
            weights[threat] = weights.get(threat, 0.0) + item.points
    return tuple(sorted(weights, key=lambda threat: (-weights[threat], threat)))


def _stages(folds: Sequence[Fold]) -> tuple[Stage, ...]:
    seen: dict[str, tuple[datetime, dict[str, None]]] = {}
    for fold in _telling(folds):
        for tactic in tactics(fold.rule.tags):
            seen.setdefault(tactic, (fold.first, {}))[1][fold.rule.id] = None
    order = sorted(seen, key=lambda tactic: (seen[tactic][0], TACTICS.index(tactic)))
    return tuple(Stage(tactic, seen[tactic][0], tuple(seen[tactic][1])) for tactic in order)
