"""A route: the rules that can match one kind of event, and how to ask them quickly.

`RouteBuilder` decides each rule on what all events of the kind share and compiles what remains, once for all
kinds where nothing differs. `Route.ask` looks the values of the routed fields up in its cache of verdicts.
For a new combination every value is looked up in its field's cache, or scanned once. The predicates found
true wake the rules for which one of them is a witness; only those are evaluated.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from noroshi.engine.caches import Caches
from noroshi.engine.fields import FieldIndex, FieldMatcher, FieldView, union
from noroshi.engine.keywords import KeywordGuard
from noroshi.engine.predicates import zone_named
from noroshi.engine.program import Compiler
from noroshi.engine.reference import Context, evidence
from noroshi.engine.simplify import FALSE, predicates, simplify
from noroshi.events.model import OUTCOME_FIELD, note_outcome
from noroshi.events.values import all_texts, lookup
from noroshi.rules.model import Compare, Exists, Expand, TimePart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from noroshi.engine.hits import Evidence
    from noroshi.engine.matcher import CompiledRules
    from noroshi.engine.program import Program
    from noroshi.events.model import Event, Kind, LogSource
    from noroshi.indicators.lists import ListSnapshot
    from noroshi.rules.model import Condition, Predicate, Rule

CACHED_PROJECTIONS: Final = 8_192
"""Verdicts kept per route."""
FIRST_REVIEW: Final = 128
"""Evaluations after which witnesses are chosen anew for the first time; then at eight times as many."""
SAMPLED: Final = 7
"""True predicates are counted in one of eight evaluations."""
OFTEN: Final = 32
"""A rule woken in more than this part of the evaluations is woken too often."""
MAX_PARTS: Final = 65_536
"""Rules simplified for some kind, and routes, remembered while routes are built."""
CACHED_LETTERS: Final = 8_192
"""A projection with more text than this is not kept."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the matcher found for one projection: the rules that match, each with its evidence."""

    found: tuple[tuple[Rule, tuple[Evidence, ...]], ...]


_TEXTS: Final = frozenset({str, type(None)})
NO_MATCH: Final = Verdict(())


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What a condition is made of.

    Attributes:
        listed: It looks at lists, so its witnesses depend on their types.
    """

    nodes: tuple[Predicate, ...]
    fields: frozenset[str]
    listed: bool
    woken_by: frozenset[int] | None


@dataclass(slots=True, eq=False)
class RoutedRule:
    """What remains of a rule for a kind of event.

    Attributes:
        woken_by: Predicates of which one must be true; None: the rule is asked every time.
    """

    rule: Rule
    condition: Condition
    nodes: tuple[Predicate, ...]
    fields: frozenset[str]
    context: Context
    woken_by: frozenset[int] | None
    compiler: Compiler
    _program: Program | None = None

    def holds(self, true: frozenset[int], fields: Mapping[str, Any], context: Context) -> bool:
        """Whether the rule matches; its program is made when it is first woken, which few rules ever are."""
        program = self._program
        if program is None:
            program = self._program = self.compiler.program(self.condition)
        return program(true, fields, context)


class RouteBuilder:
    """Builds routes for one compiled rule set and one snapshot of lists."""

    def __init__(self, compiled: CompiledRules, lists: ListSnapshot) -> None:
        self._compiled = compiled
        self._lists = lists
        self.compiler = Compiler(compiled.known, lists)
        self.caches = Caches()
        self._matchers: dict[str | None, FieldMatcher] = {}
        self._contexts: dict[str, Context] = {}
        self._covering: dict[LogSource, tuple[Rule, ...]] = {}
        self._whole: dict[str, RoutedRule] = {}
        self._parts: dict[tuple[Any, ...], RoutedRule | None] = {}
        self._routes: dict[tuple[int | bool, ...], Route] = {}
        self._guards: dict[frozenset[Predicate], KeywordGuard] = {}

    def build(self, kind: Kind) -> Route | None:
        """The route of a kind; None where no rule can match it."""
        routed = [
            found
            for rule in self._rules_covering(kind.logsource)
            if (found := self._routed(rule, kind.constants)) is not None
        ]
        if not routed:
            return None
        guard = self.guard(frozenset(node for one in routed for node in one.nodes if node.field is None))
        # The kind's constants need not stand in the record's bytes, so they are looked at here, once.
        always = guard is not None and guard.may_hold_in(all_texts(kind.constants))
        key = (always, *map(id, routed))
        if len(self._routes) >= MAX_PARTS:
            self._routes.clear()
        if key not in self._routes:
            self._routes[key] = Route(routed, self, guard, keywords_always=always)
        return self._routes[key]

    def _rules_covering(self, logsource: LogSource) -> tuple[Rule, ...]:
        found = self._covering.get(logsource)
        if found is None:
            found = tuple(
                rule
                for rule in self._compiled.rules
                if logsource.covers(rule.logsource.product, rule.logsource.service, rule.logsource.category)
            )
            if len(self._covering) > CACHED_PROJECTIONS:
                self._covering.clear()
            self._covering[logsource] = found
        return found

    def _routed(self, rule: Rule, constants: Mapping[str, Any]) -> RoutedRule | None:
        whole = self._whole.get(rule.id)
        if whole is None:
            whole = self._whole[rule.id] = self._compile(rule, rule.condition)
        known = constants.keys() & whole.fields
        if not known:
            return whole
        key = (rule.id, *sorted((name, str(constants[name])) for name in known))
        try:
            return self._parts[key]
        except KeyError:
            pass
        condition = simplify(rule.condition, constants)
        found = None if condition is FALSE else self._compile(rule, condition)
        if len(self._parts) >= MAX_PARTS:
            self._parts.clear()
        self._parts[key] = found
        return found

    def _compile(self, rule: Rule, condition: Condition) -> RoutedRule:
        """The rule as routed; what does not depend on lists is worked out once for all matchers."""
        kept = self._compiled.anatomy if condition is rule.condition else {}
        anatomy = kept.get(rule.id)
        if anatomy is None:
            anatomy = kept[rule.id] = self._anatomy(condition)
        woken_by = self.compiler.witnesses(condition) if anatomy.listed else anatomy.woken_by
        context = self.context(rule.meta.timezone)
        return RoutedRule(rule, condition, anatomy.nodes, anatomy.fields, context, woken_by, self.compiler)

    def _anatomy(self, condition: Condition) -> Anatomy:
        nodes = tuple(dict.fromkeys(predicates(condition)))
        listed = any(isinstance(node, Expand) for node in nodes)
        fields = frozenset(node.field for node in nodes if node.field is not None)
        return Anatomy(nodes, fields, listed, None if listed else self.compiler.witnesses(condition))

    def matcher(self, name: str | None) -> FieldMatcher:
        """The matcher of a field; one that no plain predicate looks at matches nothing."""
        found = self._matchers.get(name)
        if found is None:
            index = self._compiled.indexes.get(name) or FieldIndex({})
            found = self._matchers[name] = FieldMatcher(index, self.context(""), self.caches)
        return found

    def view(self, name: str, nodes: Iterable[Predicate]) -> FieldView:
        """What these predicates say of a field."""
        ids = self._compiled.known.ids
        return FieldView(
            self.matcher(name), frozenset(ids[node] for node in nodes if node.field == name), self.caches
        )

    def context(self, zone: str) -> Context:
        """The context of rules with this time zone."""
        found = self._contexts.get(zone)
        if found is None:
            found = self._contexts[zone] = Context(self._lists, zone_named(zone))
        return found

    def guard(self, keywords: frozenset[Predicate]) -> KeywordGuard | None:
        """The guard of these keyword predicates."""
        if not keywords:
            return None
        found = self._guards.get(keywords)
        if found is None:
            found = self._guards[keywords] = KeywordGuard(keywords)
        return found


class Route:
    """The rules that can match one kind of event."""

    def __init__(
        self,
        routed: list[RoutedRule],
        builder: RouteBuilder,
        guard: KeywordGuard | None,
        *,
        keywords_always: bool,
    ) -> None:
        nodes = list(dict.fromkeys(chain.from_iterable(one.nodes for one in routed)))
        self.names = tuple(sorted(builder.compiler.fields(nodes)))
        views = [builder.view(name, nodes) for name in self.names]
        self._fields = tuple((view.cache, view.true_for) for view in views)
        self._guard = guard
        self._keywords_always = keywords_always
        self._keywords = builder.matcher(None)
        self._zoned = any(_needs_zone(node) for node in nodes)
        self._looks_up = any(isinstance(node, Exists) for node in nodes) or any("." in n for n in self.names)
        self._asks_outcome = OUTCOME_FIELD in self.names
        self._always = [one for one in routed if one.woken_by is None]
        self._alarm = Alarm(routed, builder.compiler)
        self._caches = builder.caches
        self._verdicts: dict[tuple[Any, ...], Verdict] = builder.caches.new()

    def project(self, fields: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values that the route's rules look at, in the order of `names`."""
        if self._looks_up:
            return tuple(lookup(fields, name) for name in self.names)
        return tuple(map(fields.get, self.names))

    def ask(self, event: Event) -> Verdict:
        """The rules that match the event."""
        if self._asks_outcome:
            note_outcome(event)
        values = self.project(event.fields) if self._looks_up else tuple(map(event.fields.get, self.names))
        if self._guard is not None and (self._keywords_always or self._guard.may_hold(event)):
            return self._evaluate(values, event, keywords=True)
        if self._zoned:
            return self._evaluate(values, event)
        try:
            verdict = self._verdicts.get(values)
        except TypeError:  # a list or a map among the values
            return self._evaluate(values, event)
        return self._new(values, event) if verdict is None else verdict

    def _new(self, values: tuple[Any, ...], event: Event) -> Verdict:
        verdict = self._evaluate(values, event)
        letters = _letters(values)
        if letters <= CACHED_LETTERS:
            self._caches.keep(self._verdicts, values, verdict, letters, CACHED_PROJECTIONS)
        return verdict

    def _evaluate(self, values: tuple[Any, ...], event: Event, *, keywords: bool = False) -> Verdict:
        true = union(self._true_for(values))
        if keywords:
            true = union([true, *(self._keywords.true_for(text) for text in all_texts(event.fields))])
        woken = self._alarm.woken(true)
        if not woken and not self._always:
            return NO_MATCH
        return self._verdict(chain(self._always, woken), true, event)

    def _true_for(self, values: tuple[Any, ...]) -> list[frozenset[int]]:
        pairs = zip(self._fields, values, strict=True)
        try:
            return [
                true_for(value) if (found := cache.get(value)) is None else found
                for (cache, true_for), value in pairs
            ]
        except TypeError:  # a list or a map among the values
            return [true_for(value) for (_, true_for), value in zip(self._fields, values, strict=True)]

    def _verdict(self, candidates: Iterable[RoutedRule], true: frozenset[int], event: Event) -> Verdict:
        fields = event.fields
        matched = []
        for routed in candidates:
            context = replace(routed.context, source=event.source) if self._zoned else routed.context
            if routed.holds(true, fields, context):
                matched.append((routed.rule, evidence(routed.rule.condition, fields, context)))
        if not matched:
            return NO_MATCH
        return Verdict(tuple(sorted(matched, key=lambda found: found[0].id)))


class Alarm:
    """Which rules to evaluate: those of which a witness is true.

    Witnesses are chosen as rare by what they look like. A rule that is woken often all the same gets new ones
    by how often predicates were really true here, after some evaluations and then ever more seldom.
    """

    def __init__(self, routed: list[RoutedRule], compiler: Compiler) -> None:
        self._compiler = compiler
        self._by_pid: dict[int, list[RoutedRule]] = {}
        for one in routed:
            for pid in one.woken_by or ():
                self._by_pid.setdefault(pid, []).append(one)
        self._ids = frozenset(self._by_pid)
        self._evaluations = 0
        self._next_review = FIRST_REVIEW
        self._wakes: Counter[RoutedRule] = Counter()
        self._seen: Counter[int] = Counter()

    def woken(self, true: frozenset[int]) -> list[RoutedRule]:
        """The rules that these true predicates wake, each once."""
        self._evaluations += 1
        if not self._evaluations & SAMPLED:
            self._seen.update(true)
            if self._evaluations >= self._next_review:
                self._review()
        awake = self._ids & true
        if not awake:
            return []
        if len(awake) == 1:
            (pid,) = awake
            woken = self._by_pid[pid]
        else:
            woken = list(dict.fromkeys(chain.from_iterable(self._by_pid[pid] for pid in awake)))
        self._wakes.update(woken)
        return woken

    def _review(self) -> None:
        often = self._evaluations // OFTEN
        for rule in [rule for rule, wakes in self._wakes.items() if wakes > often]:
            found = self._compiler.witnesses(rule.condition, self._observed)
            if found is not None:
                self._move(rule, found)
        self._by_pid = {pid: rules for pid, rules in self._by_pid.items() if rules}
        self._ids = frozenset(self._by_pid)
        self._wakes.clear()
        self._next_review = self._evaluations * 8

    def _observed(self, pid: int) -> float:
        return self._seen[pid] * 1e6 + self._compiler.known.cost(pid)

    def _move(self, rule: RoutedRule, witnesses: frozenset[int]) -> None:
        for rules in self._by_pid.values():
            if rule in rules:
                rules.remove(rule)
        for pid in witnesses:
            self._by_pid.setdefault(pid, []).append(rule)


def _needs_zone(node: Predicate) -> bool:
    return isinstance(node, TimePart) or (isinstance(node, Compare) and node.part is not None)


def _letters(values: tuple[Any, ...]) -> float:
    """How much text a projection holds; too much if there is anything else in it.

    ``1``, ``1.0`` and ``True`` are equal as keys, but not as values of a log.
    """
    return sum(map(len, filter(None, values))) if _TEXTS.issuperset(map(type, values)) else math.inf
