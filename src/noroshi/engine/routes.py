"""A route: the rules that can match one kind of event, and how to ask them quickly.

`RouteBuilder` decides each rule on what all events of the kind share and compiles what remains, once for all
kinds where nothing differs. `Route.ask` looks the values of the routed fields up in its cache of verdicts.
For a new combination every value is looked up in its field's cache, or scanned once. The predicates found
true wake the rules for which one of them is a witness; only those are evaluated.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import chain
from operator import getitem
from typing import TYPE_CHECKING, Any, Final

from noroshi.engine.alarm import Alarm
from noroshi.engine.caches import Caches
from noroshi.engine.fields import FieldIndex, FieldMatcher, FieldView, is_lazy, union
from noroshi.engine.gates import Gates
from noroshi.engine.keywords import KeywordGuard
from noroshi.engine.predicates import zone_named
from noroshi.engine.program import Compiler, decided
from noroshi.engine.reference import Context, evidence
from noroshi.engine.simplify import FALSE, predicates, simplify
from noroshi.events.model import OUTCOME_FIELD, note_outcome
from noroshi.events.values import all_texts, lookup
from noroshi.rules.model import Compare, Exists, Expand, TimePart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from noroshi.engine.hits import Evidence
    from noroshi.engine.matcher import CompiledRules
    from noroshi.engine.program import Program
    from noroshi.events.model import Event, Kind, LogSource
    from noroshi.indicators.lists import ListSnapshot
    from noroshi.rules.model import Condition, Predicate, Rule

CACHED_PROJECTIONS: Final = 8_192
"""Verdicts kept per route."""
MAX_PARTS: Final = 65_536
"""Rules simplified for some kind, and routes, remembered while routes are built."""
LETTERS_OF_SETS: Final = 100
"""What a combination of sets, which are shared, counts for in the caches."""
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
        self.lists = lists
        self.compiler = Compiler(compiled.known, lists)
        self.caches = Caches()
        self._matchers: dict[str | None, FieldMatcher] = {}
        self._contexts: dict[str, Context] = {}
        self._covering: dict[LogSource, Gates] = {}
        self._whole: dict[str, RoutedRule] = {}
        self._parts: dict[tuple[Any, ...], RoutedRule | None] = {}
        self._routes: dict[tuple[int | bool, ...], Route] = {}
        self._guards: dict[frozenset[Predicate], KeywordGuard] = {}
        self._lazy: dict[Predicate, bool] = {}

    def build(self, kind: Kind) -> Route | None:
        """The route of a kind; None where no rule can match it."""
        routed = [
            found
            for rule in self._gates(kind.logsource).open_to(kind.constants)
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

    def _gates(self, logsource: LogSource) -> Gates:
        """The rules that apply to a log source."""
        found = self._covering.get(logsource)
        if found is None:
            if len(self._covering) > CACHED_PROJECTIONS:
                self._covering.clear()
            found = self._covering[logsource] = Gates(self._compiled.rules_covering(logsource))
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

    def views(self, names: Iterable[str], nodes: Iterable[Predicate]) -> list[FieldView]:
        """What these predicates say of each of the fields."""
        ids = self._compiled.known.ids
        wanted: defaultdict[str | None, list[int]] = defaultdict(list)
        for node in nodes:
            wanted[node.field].append(ids[node])
        return [FieldView(self.matcher(name), frozenset(wanted[name]), self.caches) for name in names]

    def decided(self, nodes: Iterable[Predicate]) -> dict[Predicate, int]:
        """Those of the predicates that a look at their own field decides, with their ids."""
        ids = self._compiled.known.ids
        return {node: ids[node] for node in nodes if node.field is not None and not self.is_lazy(node)}

    def is_lazy(self, node: Predicate) -> bool:
        """`noroshi.engine.fields.is_lazy`, with these lists; asked of the same predicates by many routes."""
        found = self._lazy.get(node)
        if found is None:
            found = self._lazy[node] = is_lazy(node, self.lists)
        return found

    def context(self, zone: str) -> Context:
        """The context of rules with this time zone."""
        found = self._contexts.get(zone)
        if found is None:
            found = self._contexts[zone] = Context(self.lists, zone_named(zone))
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
    """The rules that can match one kind of event.

    Attributes:
        rules: Their ids.
        names: The fields that they look at.
    """

    def __init__(
        self,
        routed: list[RoutedRule],
        builder: RouteBuilder,
        guard: KeywordGuard | None,
        *,
        keywords_always: bool,
    ) -> None:
        nodes = list(dict.fromkeys(chain.from_iterable(one.nodes for one in routed)))
        self.rules = frozenset(one.rule.id for one in routed)
        self.names = tuple(sorted(builder.compiler.fields(nodes)))
        self._views = tuple(builder.views(self.names, nodes))
        self._guard = guard
        self._keywords_always = keywords_always
        self._keywords = builder.matcher(None)
        self._lazy = any(map(builder.is_lazy, nodes))
        self._decided = builder.decided(nodes)
        self._zoned = self._lazy and any(map(_needs_zone, nodes))
        self._looks_up = Exists in set(map(type, nodes)) or any("." in name for name in self.names)
        self._asks_outcome = OUTCOME_FIELD in self.names
        self._always = [one for one in routed if one.woken_by is None]
        self._alarm = Alarm(routed, builder.compiler)
        self._caches = builder.caches
        self._verdicts: dict[tuple[Any, ...], Verdict] = builder.caches.new()
        self._combinations: dict[tuple[frozenset[int], ...], tuple[RoutedRule, ...]] = builder.caches.new()

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
        sets = self._true_for(values)
        if keywords:
            sets += tuple(map(self._keywords.true_for, all_texts(event.fields)))
        elif not self._lazy:
            return self._known(sets, event)
        true = union(sets)
        return self._verdict(self._matching(true, event), true, event)

    def _known(self, sets: tuple[frozenset[int], ...], event: Event) -> Verdict:
        """The verdict where true predicates alone decide: most new values make true what others did."""
        matching = self._combinations.get(sets)
        if matching is None:
            matching = tuple(self._matching(union(sets), event))
            self._caches.keep(self._combinations, sets, matching, LETTERS_OF_SETS, CACHED_PROJECTIONS)
        return self._verdict(matching, union(sets), event) if matching else NO_MATCH

    def _true_for(self, values: tuple[Any, ...]) -> tuple[frozenset[int], ...]:
        try:
            return tuple(map(getitem, self._views, values))
        except TypeError:  # a list or a map among the values
            return tuple(view.true_for(value) for view, value in zip(self._views, values, strict=True))

    def _matching(self, true: frozenset[int], event: Event) -> list[RoutedRule]:
        """The rules that match, by all predicates that are true."""
        fields = event.fields
        return [
            routed
            for routed in chain(self._always, self._alarm.woken(true))
            if routed.holds(true, fields, self._context(routed, event))
        ]

    def _context(self, routed: RoutedRule, event: Event) -> Context:
        return replace(routed.context, source=event.source) if self._zoned else routed.context

    def _verdict(self, matching: Sequence[RoutedRule], true: frozenset[int], event: Event) -> Verdict:
        if not matching:
            return NO_MATCH
        found = [(routed.rule, self._evidence(routed, true, event)) for routed in matching]
        return Verdict(tuple(sorted(found, key=lambda one: one[0].id)))

    def _evidence(self, routed: RoutedRule, true: frozenset[int], event: Event) -> tuple[Evidence, ...]:
        fields, context, known = event.fields, self._context(routed, event), self._decided
        return evidence(
            routed.rule.condition,
            fields,
            context,
            lambda part: decided(part, known, true, fields, context),
        )


def _needs_zone(node: Predicate) -> bool:
    return isinstance(node, TimePart) or (isinstance(node, Compare) and node.part is not None)


def _letters(values: tuple[Any, ...]) -> float:
    """How much text a projection holds; too much if there is anything else in it.

    ``1``, ``1.0`` and ``True`` are equal as keys, but not as values of a log.
    """
    return sum(map(len, filter(None, values))) if _TEXTS.issuperset(map(type, values)) else math.inf
