"""Whether each rule can fire on the logs seen, and if not, why: no silent non-match.

Without logs only what the rules and lists alone decide is told. With logs each rule is held against each
kind of event that its log source covers: what all events of the kind share, and which fields they have.
Everything is decided in favour of the rule, so that "blind" is certain for the logs seen.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from noroshi.engine.simplify import FALSE, simplify
from noroshi.events.windows.catalogue import service_of
from noroshi.rules.documents import titles_of
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
from noroshi.service.states import Health, Reason, RuleHealth, SourceName, State, Why, standing
from noroshi.service.survey import KindSeen, Survey, span_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from noroshi.errors import LocatedError
    from noroshi.events.model import LogSource
    from noroshi.indicators.lists import ListSnapshot
    from noroshi.rules.model import RuleLogSource, RuleMeta, RuleSet

_ORIGIN: Final = frozenset({"Channel", "Provider_Name"})
"""Fields that say who wrote an event, not what it is about."""


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
    titles = titles_of(errors)
    if survey is None:
        return Health((*found, *(_rejected(error, (), titles) for error in errors)))
    counts: dict[SourceName, int] = defaultdict(int)
    for (name, source), events in survey.sources.items():
        counts[_source(name, source)] += events
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ranked += [(source, 0) for source in sorted(examiner.missing)]
    found += [_rejected(error, counts, titles) for error in errors]
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


def _rejected(
    error: LocatedError, sources: Iterable[SourceName], titles: Mapping[tuple[str, str], str]
) -> RuleHealth:
    """A document that is no rule: what it is about is unknown, and it can fire nowhere."""
    place = f"{error.path}: {error.place}" if error.place else error.path
    title = titles.get((error.path, error.place), place)
    reason = Reason(Why.REJECTED, (error.what,))
    cells = dict.fromkeys(sources, State.BLIND)
    return RuleHealth(
        "", title, "", "", "rejected", State.BLIND, (reason,), cells=cells, path=error.path, place=place
    )


@dataclass(slots=True)
class _Fit:
    """A rule on one kind: whether it can fire there, and what is missing; or that it is no matter of it."""

    seen: KindSeen
    state: State
    reason: Reason | None = None


class _Examiner:
    """Examines rules in their order; correlations need what was found of their rules.

    Attributes:
        missing: Log sources of products seen that rules need and that no event came from.
    """

    def __init__(self, lists: ListSnapshot, survey: Survey | None) -> None:
        self.missing: set[SourceName] = set()
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
        static = tuple(self._static(rule))
        if self._survey is None:
            return self._keep(rule, {}, static)
        fits = [self._fit(rule, seen) for seen in self._covered(rule.logsource)]
        own = [one for one in fits if one.state is not State.ABSENT]
        if not own:
            return self._uncovered(rule, fits, static)
        if static:
            return self._keep(rule, _cells(replace(one, state=State.BLIND) for one in own), static)
        active = [one.seen for one in own if one.state is State.ACTIVE]
        self._feeding[rule.id] = active
        if not active:
            missing = tuple(dict.fromkeys(one.reason for one in own if one.reason is not None))
            return self._keep(rule, _cells(own), _merged(missing))
        return self._keep(rule, _cells(own), notes=tuple(self._notes(rule, own, active)))

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
            state = State.ABSENT if _is_foreign(rule, seen) else State.BLIND
            return _Fit(seen, state, Reason(Why.EVENT_TYPE, event_types(rule.condition, seen)))
        known = by_fields(seen, self._lists)
        if decide(condition, known) is not False:
            return _Fit(seen, State.ACTIVE)
        names = tuple(dict.fromkeys(lacking(condition, known, seen)))
        return _Fit(seen, State.BLIND, _field_reason(names, seen))

    def _uncovered(self, rule: Rule, foreign: Sequence[_Fit], static: tuple[Reason, ...]) -> RuleHealth:
        """No event of the log source: where its product is logged that is a setting, else another site."""
        wanted = rule.logsource
        writers = _writers(foreign)
        cells = self._lacking(wanted, writers)
        if foreign and not writers:  # a writer that nobody knows, or its name misspelt: any log could hold it
            cells = _cells(replace(one, state=State.BLIND) for one in foreign)
        events = tuple(
            f"{service} {', '.join(map(str, ids))}" for service, ids in producers(wanted.category or "")
        )
        name = "/".join(part for part in (wanted.product, wanted.service, wanted.category) if part)
        if foreign:
            reasons = _merged(tuple(one.reason for one in foreign if one.reason is not None))
        elif cells and events:
            reasons = (Reason(Why.CATEGORY, (name, *events)),)
        else:
            reasons = (Reason(Why.SOURCE, (name,)),)
        self.missing |= {source for source in cells if not source.format}
        return self._keep(rule, cells, (*reasons, *static))

    def _lacking(self, wanted: RuleLogSource, writers: Iterable[str]) -> dict[SourceName, State]:
        """The log sources of a product seen that should hold what the rule needs, and do not.

        Args:
            wanted: The rule's log source.
            writers: Services that the rule's fields name, where its log source names none.
        """
        product = wanted.product
        same = [seen for seen in self._seen if seen.kind.logsource.product == product]
        if product is None or not same:
            return {}
        usual = USUAL_SERVICES.get(product, frozenset())
        makers = (
            {wanted.service}
            if wanted.service
            else {service for service, _ in producers(wanted.category or "")}
        )
        makers = makers or set(writers)
        own = [seen for seen in same if seen.kind.logsource.service in makers]
        if own:
            return _cells(_Fit(seen, State.BLIND) for seen in own)
        return {SourceName("", product, service): State.BLIND for service in makers & usual}

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
        dead = [rule for rule in one.rules if self._states.get(rule) is not State.ACTIVE]
        keyless = (
            []
            if self._survey is None
            else [rule for rule in one.rules if rule not in dead and not self._keyed(one, rule)]
        )
        feeding = [rule for rule in one.rules if rule not in dead and rule not in keyless]
        if len(feeding) >= needed(one):
            self._feeding[one.id] = [seen for rule in feeding for seen in self._feeding.get(rule, [])]
            return self._keep(one, self._joined(one, feeding), notes=tuple(self._window(one)))
        reasons = [Reason(Why.REFERS, tuple(dead))] if dead else []
        if keyless:
            reasons.append(Reason(Why.GROUP, tuple(key_fields(one, keyless[0]))))
        return self._keep(one, self._joined(one, ()), tuple(reasons))

    def _joined(self, one: Correlation, feeding: Sequence[str]) -> dict[SourceName, State]:
        """A correlation's log sources are those of its rules; blind where they feed it nothing."""
        found: dict[SourceName, State] = {}
        for rule in one.rules:
            for source, state in self._cells.get(rule, {}).items():
                if found.get(source) is not State.ACTIVE:
                    found[source] = state if rule in feeding else State.BLIND
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
        cells: dict[SourceName, State],
        reasons: tuple[Reason, ...] = (),
        notes: tuple[Reason, ...] = (),
    ) -> RuleHealth:
        """With logs the rule's state follows from its cells and from nothing else."""
        alone = State.BLIND if reasons else State.ACTIVE
        state = alone if self._survey is None else standing(cells)
        self._states[one.id] = state
        self._cells[one.id] = cells
        meta: RuleMeta = one.meta
        return RuleHealth(
            one.id,
            meta.title,
            meta.title_ja,
            meta.level,
            "correlation" if isinstance(one, Correlation) else "rule",
            state,
            reasons,
            notes,
            cells,
            meta.needs if state is State.BLIND else (),
            meta.path,
        )


def _is_foreign(rule: Rule, seen: KindSeen) -> bool:
    """Whether a rule that names no service names another writer: these events are no matter of it."""
    origin = {name: value for name, value in seen.kind.constants.items() if name in _ORIGIN}
    return rule.logsource.service is None and simplify(rule.condition, origin) is FALSE


def _writers(foreign: Iterable[_Fit]) -> set[str]:
    """The services behind the channels and providers that a rule names."""
    named = {name for one in foreign if one.reason is not None for name in one.reason.names}
    pairs = (name.split(" ", 1) for name in named)
    found = {
        service_of(*((value, None) if key == "Channel" else (None, value)))
        for key, value in pairs
        if key in _ORIGIN
    }
    return {service for service in found if service}


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
