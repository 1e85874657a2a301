"""Whether each rule can fire on the logs seen, and if not, why: no silent non-match.

Without logs only what the rules and lists alone decide is told. With logs each rule is held against each
kind of event that its log source covers: what all events of the kind share, and which fields they have.
Everything is decided in favour of the rule, so that "blind" is certain for the logs seen.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from noroshi.engine.simplify import FALSE, simplify
from noroshi.rules.model import Correlation, Rule
from noroshi.service.lacks import (
    PREREQUISITES,
    USUAL_SERVICES,
    as_duration,
    event_types,
    filter_fields,
    key_fields,
    nearest,
    needed,
    producers,
)
from noroshi.service.possible import by_fields, by_lists, decide, fields_of, is_empty_list, lacking, swallowed
from noroshi.service.survey import KindSeen, Survey, span_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from noroshi.errors import LocatedError
    from noroshi.events.model import LogSource
    from noroshi.indicators.lists import ListSnapshot
    from noroshi.rules.model import Prerequisite, RuleLogSource, RuleMeta, RuleSet


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
    """A column of the matrix: what is read, and which log source it is."""

    format: str
    product: str
    service: str

    def __str__(self) -> str:
        """``squid: squid``, ``windows-evtx: windows/sysmon``."""
        return f"{self.format}: {'/'.join(part for part in self[1:] if part) or '-'}"


@dataclass(frozen=True, slots=True)
class RuleHealth:
    """What is known of one rule.

    Attributes:
        reasons: Why it cannot fire; empty for an active rule.
        notes: What limits a rule that can.
        cells: State by log source; a source not named is not applicable.
        needs: The prerequisites that the rule's author wrote down, for a rule that lacks one.
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


@dataclass(frozen=True, slots=True)
class Health:
    """All rules on some logs.

    Attributes:
        rules: In the order of the rule set, correlations last, rejected ones at the end.
        sources: Log sources seen, most events first.
        events: How many events were looked at; None where no logs were given.
    """

    rules: tuple[RuleHealth, ...]
    sources: tuple[tuple[SourceName, int], ...] = ()
    events: int | None = None

    def of_state(self, state: State) -> list[RuleHealth]:
        """The rules in this state."""
        return [one for one in self.rules if one.state is state]


def examine(
    ruleset: RuleSet, lists: ListSnapshot, errors: Sequence[LocatedError] = (), survey: Survey | None = None
) -> Health:
    """The health of every rule.

    Args:
        ruleset: As loaded.
        lists: Site lists and indicator lists.
        errors: Documents that could not be loaded: a correlation with an unknown rule is among them.
        survey: What the logs look like, taken with `paths_of` the rule set; None: no logs were given.
    """
    examiner = _Examiner(lists, survey)
    found = [examiner.rule(rule) for rule in ruleset.rules]
    found += [examiner.correlation(one) for one in ruleset.correlations]
    found += [_rejected(error) for error in errors]
    if survey is None:
        return Health(tuple(found))
    counts: dict[SourceName, int] = defaultdict(int)
    for (name, source), events in survey.sources.items():
        counts[_source(name, source)] += events
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Health(tuple(found), tuple(ranked), survey.events)


def paths_of(ruleset: RuleSet) -> tuple[str, ...]:
    """Dotted field names that rules and correlations ask for: what a `Survey` must look into events for."""
    names = {name for rule in ruleset.rules for name in fields_of(rule.condition)}
    for one in ruleset.correlations:
        names |= {
            *one.group_by,
            *one.fields,
            *(name for alias in one.aliases for name in alias.fields.values()),
        }
    return tuple(sorted(name for name in names if "." in name))


def _source(name: str, source: LogSource) -> SourceName:
    return SourceName(name, source.product or "", source.service or "")


def _rejected(error: LocatedError) -> RuleHealth:
    place = f"{error.path}: {error.place}" if error.place else error.path
    reason = Reason(Why.REJECTED, (error.what,))
    return RuleHealth("", place, "", "", "rejected", State.BLIND, (reason,), path=error.path)


@dataclass(slots=True)
class _Fit:
    """A rule on one kind: whether it can fire there, and what is missing."""

    seen: KindSeen
    state: State
    reason: Reason | None = None


class _Examiner:
    """Examines rules in their order; correlations need what was found of their rules."""

    def __init__(self, lists: ListSnapshot, survey: Survey | None) -> None:
        self._lists = lists
        self._survey = survey
        self._seen = [] if survey is None else [one for one in survey.kinds.values() if one.events]
        self._by_source: dict[LogSource, list[KindSeen]] = defaultdict(list)
        for one in self._seen:
            self._by_source[one.kind.logsource].append(one)
        self._states: dict[str, State] = {}
        self._feeding: dict[str, list[KindSeen]] = {}
        self._cells: dict[str, dict[SourceName, State]] = {}

    def rule(self, rule: Rule) -> RuleHealth:
        """One detection rule."""
        reasons = tuple(self._static(rule))
        if reasons or self._survey is None:
            there = _cells(_Fit(seen, State.BLIND) for seen in self._covered(rule.logsource))
            return self._keep(rule, State.BLIND if reasons else State.ACTIVE, reasons, cells=there)
        fits = [self._fit(rule, seen) for seen in self._covered(rule.logsource)]
        if not fits:
            return self._uncovered(rule)
        active = [one.seen for one in fits if one.state is State.ACTIVE]
        self._feeding[rule.id] = active
        cells = _cells(fits)
        if not active:
            missing = tuple(dict.fromkeys(one.reason for one in fits if one.reason is not None))
            return self._keep(rule, State.BLIND, _merged(missing), cells=cells)
        return self._keep(rule, State.ACTIVE, notes=tuple(self._notes(rule, fits, active)), cells=cells)

    def _static(self, rule: Rule) -> Iterator[Reason]:
        if rule.inactive:
            unknown = tuple(name for name in rule.lists if self._lists.get(name) is None)
            yield Reason(Why.LIST_UNKNOWN, unknown) if unknown else Reason(Why.INACTIVE, (rule.inactive,))
        elif decide(rule.condition, by_lists(self._lists)) is False:
            empty = tuple(name for name in rule.lists if is_empty_list(name, self._lists))
            yield Reason(Why.LIST_EMPTY, empty) if empty else Reason(Why.FILTER)
        elif swallowed(rule.condition):
            yield Reason(Why.FILTER)

    def _covered(self, wanted: RuleLogSource) -> list[KindSeen]:
        return [
            seen
            for source, kinds in self._by_source.items()
            if source.covers(wanted.product, wanted.service, wanted.category)
            for seen in kinds
        ]

    def _fit(self, rule: Rule, seen: KindSeen) -> _Fit:
        condition = simplify(rule.condition, seen.kind.constants)
        if condition is FALSE:
            return _Fit(seen, State.BLIND, Reason(Why.EVENT_TYPE, event_types(rule.condition, seen)))
        known = by_fields(seen, self._lists)
        if decide(condition, known) is not False:
            return _Fit(seen, State.ACTIVE)
        names = tuple(dict.fromkeys(lacking(condition, known, seen)))
        return _Fit(seen, State.BLIND, _field_reason(names, seen))

    def _uncovered(self, rule: Rule) -> RuleHealth:
        """No event of the log source: where its product is logged that is a setting, else another site."""
        wanted = rule.logsource
        near = self._neighbours(wanted)
        name = "/".join(part for part in (wanted.product, wanted.service, wanted.category) if part)
        if not near:
            return self._keep(rule, State.ABSENT, (Reason(Why.SOURCE, (name,)),))
        events = tuple(
            f"{service} {', '.join(map(str, ids))}" for service, ids in producers(wanted.category or "")
        )
        why = Why.CATEGORY if events else Why.SOURCE
        cells = {_source(seen.kind.format, seen.kind.logsource): State.BLIND for seen in near}
        return self._keep(rule, State.BLIND, (Reason(why, (name, *events)),), cells=cells)

    def _neighbours(self, wanted: RuleLogSource) -> list[KindSeen]:
        """Events of the same product that the rule's log source would stand beside."""
        same = [seen for seen in self._seen if seen.kind.logsource.product == wanted.product]
        if wanted.product is None or not same:
            return []
        usual = USUAL_SERVICES.get(wanted.product, frozenset())
        if wanted.service is not None:
            own = [seen for seen in same if seen.kind.logsource.service == wanted.service]
            return own or (same if wanted.service in usual else [])
        makers = {service for service, _ in producers(wanted.category or "")}
        own = [seen for seen in same if seen.kind.logsource.service in makers]
        return own or (same if makers & usual else [])

    def _notes(self, rule: Rule, fits: list[_Fit], active: list[KindSeen]) -> Iterator[Reason]:
        yield from _partly(fits)
        missing = [
            name
            for name in filter_fields(rule.condition)
            if not any(name in seen.filled or name in seen.dotted for seen in active)
        ]
        if missing:
            yield Reason(Why.FILTER_FIELD, tuple(missing), nearest(missing, active))

    def correlation(self, one: Correlation) -> RuleHealth:
        """One correlation: what its rules can feed it."""
        if one.inactive:
            return self._keep(one, State.BLIND, (Reason(Why.REFERS, one.rules),))
        dead = [rule for rule in one.rules if self._states.get(rule) is not State.ACTIVE]
        keyless = (
            []
            if self._survey is None
            else [rule for rule in one.rules if rule not in dead and not self._keyed(one, rule)]
        )
        feeding = [rule for rule in one.rules if rule not in dead and rule not in keyless]
        if len(feeding) >= needed(one):
            self._feeding[one.id] = [seen for rule in feeding for seen in self._feeding.get(rule, [])]
            return self._keep(one, State.ACTIVE, notes=tuple(self._window(one)), cells=self._joined(one))
        reasons = [Reason(Why.REFERS, tuple(dead))] if dead else []
        if keyless:
            reasons.append(Reason(Why.GROUP, tuple(key_fields(one, keyless[0]))))
        absent = not keyless and all(self._states.get(rule) is State.ABSENT for rule in one.rules)
        state = State.ABSENT if absent else State.BLIND
        cells = dict.fromkeys(self._joined(one), State.BLIND)
        return self._keep(one, state, tuple(reasons), cells=cells)

    def _joined(self, one: Correlation) -> dict[SourceName, State]:
        """A correlation's log sources are those of its rules."""
        found: dict[SourceName, State] = {}
        for rule in one.rules:
            for source, state in self._cells.get(rule, {}).items():
                if found.get(source) is not State.ACTIVE:
                    found[source] = state
        return found

    def _keyed(self, one: Correlation, rule: str) -> bool:
        """Whether some events of the rule have the fields to group by and to measure."""
        kinds = self._feeding.get(rule, [])
        names = key_fields(one, rule)
        return not kinds or not names or any(all(seen.has(name) for name in names) for seen in kinds)

    def _window(self, one: Correlation) -> Iterator[Reason]:
        span = span_of(self._feeding.get(one.id, ()))
        if span is not None and (span[1] - span[0]).total_seconds() < one.timespan_seconds:
            yield Reason(
                Why.WINDOW,
                (as_duration(one.timespan_seconds), as_duration((span[1] - span[0]).total_seconds())),
            )

    def _keep(
        self,
        one: Rule | Correlation,
        state: State,
        reasons: tuple[Reason, ...] = (),
        notes: tuple[Reason, ...] = (),
        cells: dict[SourceName, State] | None = None,
    ) -> RuleHealth:
        meta: RuleMeta = one.meta
        self._states[one.id] = state
        self._cells[one.id] = cells or {}
        kind = "correlation" if isinstance(one, Correlation) else "rule"
        needs = meta.needs if state is State.BLIND else ()
        return RuleHealth(
            one.id,
            meta.title,
            meta.title_ja,
            meta.level,
            kind,
            state,
            reasons,
            notes,
            cells or {},
            needs,
            meta.path,
        )


def _cells(fits: Iterable[_Fit]) -> dict[SourceName, State]:
    """By log source: active where the rule can fire on any of its kinds."""
    cells: dict[SourceName, State] = {}
    for one in fits:
        source = _source(one.seen.kind.format, one.seen.kind.logsource)
        if cells.get(source) is not State.ACTIVE:
            cells[source] = one.state
    return cells


def _partly(fits: Sequence[_Fit]) -> Iterator[Reason]:
    """Where a rule that can fire elsewhere is blind, by what is missing there."""
    blind = {source for source, state in _cells(fits).items() if state is State.BLIND}
    groups: dict[Reason, dict[str, None]] = {}
    for one in fits:
        source = _source(one.seen.kind.format, one.seen.kind.logsource)
        if one.reason is not None and one.reason.why is not Why.EVENT_TYPE and source in blind:
            groups.setdefault(replace(one.reason, near=()), {})[str(source)] = None
    for reason, sources in groups.items():
        yield Reason(Why.PARTLY, tuple(sources), because=reason)


def _merged(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Missing fields say more than event types of the same source that are no matter of the rule."""
    telling = tuple(one for one in reasons if one.why is not Why.EVENT_TYPE)
    if telling:
        return telling
    names = dict.fromkeys(name for one in reasons for name in one.names)
    return (Reason(Why.EVENT_TYPE, tuple(names)),) if reasons else ()


def _field_reason(names: tuple[str, ...], seen: KindSeen) -> Reason:
    setting = next((PREREQUISITES[name] for name in names if name in PREREQUISITES), "")
    why = Why.PREREQUISITE if setting else Why.FIELD
    return Reason(why, names, nearest(names, [seen]), setting)
