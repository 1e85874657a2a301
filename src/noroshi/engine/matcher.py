"""The fast matcher: route by kind of event, look the projection up, scan each new value once, wake few rules.

The way of an event: its `Kind` names the route (rules that can apply, already evaluated on what all events of
the kind share, and the fields they look at). The values of those fields are looked up in the route's cache of
verdicts. For a new combination every value is looked up in its field's cache, or scanned once; the predicates
found true wake the rules for which one of them is a witness; those are evaluated. Evidence comes from the
reference evaluator.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from noroshi.engine.fields import FieldIndex, FieldMatcher, is_lazy, union
from noroshi.engine.hits import Evidence, Hit
from noroshi.engine.patterns import Database
from noroshi.engine.predicates import zone_named
from noroshi.engine.program import Compiler, Predicates
from noroshi.engine.reference import Context, evidence
from noroshi.engine.simplify import FALSE, predicates, simplify
from noroshi.events.values import MISSING, all_texts, lookup
from noroshi.indicators.lists import ListSnapshot
from noroshi.rules.model import Compare, Exists, TimePart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from noroshi.engine.program import Program
    from noroshi.events.model import Event, Kind
    from noroshi.rules.model import Condition, Predicate, Rule, RuleSet

CACHED_PROJECTIONS: Final = 4_096
"""Verdicts kept per route and generation."""
CACHED_BYTES: Final = 8_192
"""A projection with more text than this is not kept."""
MAX_ROUTES: Final = 4_096
"""Kinds of event remembered; more (hostile channel names) start anew."""


class CompiledRules:
    """A rule set compiled once: predicate ids, one index a field. Immutable, shared by all matchers."""

    def __init__(self, ruleset: RuleSet, databases: Mapping[str, bytes] | None = None) -> None:
        """Compile a rule set.

        Args:
            ruleset: The rules; inactive ones never match.
            databases: What `serialised` gave for the same rule set, Hyperscan version and processor.
        """
        self.ruleset = ruleset
        self.rules = tuple(rule for rule in ruleset.rules if not rule.inactive)
        self.known = Predicates()
        by_field: dict[str | None, dict[int, Predicate]] = {}
        for rule in self.rules:
            for node in predicates(rule.condition):
                pid = self.known.add(node)
                if not is_lazy(node):
                    by_field.setdefault(node.field, {})[pid] = node
        self.indexes = {name: FieldIndex(found) for name, found in by_field.items()}
        for name, index in self.indexes.items():
            self._attach(name, index, databases or {})

    @staticmethod
    def _attach(name: str | None, index: FieldIndex, databases: Mapping[str, bytes]) -> None:
        stored = databases.get(_key(name))
        if stored is not None and index.texts:
            index.database = Database.load(list(index.texts), stored)
        else:
            index.compile()

    def serialised(self) -> dict[str, bytes]:
        """The databases by field, for the cache."""
        return {
            _key(name): index.database.dump()
            for name, index in self.indexes.items()
            if index.database is not None
        }


def _key(name: str | None) -> str:
    return "keywords" if name is None else f"field:{name}"


@dataclass(slots=True, eq=False)
class RoutedRule:
    """A rule on a route: what remains of its condition, as a program."""

    rule: Rule
    program: Program
    context: Context


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the matcher found for one projection: the rules that match, each with its evidence."""

    found: tuple[tuple[Rule, tuple[Evidence, ...]], ...]


NO_MATCH: Final = Verdict(())


class Route:
    """The rules that can match one kind of event, and how to ask them quickly."""

    def __init__(self, kind: Kind, compiled: CompiledRules, fields: _Fields) -> None:
        self._fields = fields
        self._constants = kind.constants
        self._always: list[RoutedRule] = []
        self._woken: dict[int, list[RoutedRule]] = {}
        self._routed(kind, compiled)
        self._wake_ids = frozenset(self._woken)
        self._young: dict[tuple[Any, ...], Verdict] = {}
        self._old: dict[tuple[Any, ...], Verdict] = {}

    def _routed(self, kind: Kind, compiled: CompiledRules) -> None:
        found: list[Predicate] = []
        for rule in compiled.rules:
            source = rule.logsource
            if not kind.logsource.covers(source.product, source.service, source.category):
                continue
            condition = simplify(rule.condition, kind.constants)
            if condition == FALSE:
                continue
            nodes = list(predicates(condition))
            found += nodes
            self._place(rule, condition)
        self.names = tuple(sorted(self._fields.compiler.fields(found)))
        self.keywords = any(node.field is None for node in found)
        self.zoned = any(
            isinstance(node, TimePart) or (isinstance(node, Compare) and node.part) for node in found
        )
        self.exact_missing = any(isinstance(node, Exists) for node in found) or any(
            "." in n for n in self.names
        )
        self._matchers = tuple(self._fields.matcher(name) for name in self.names)

    def _place(self, rule: Rule, condition: Condition) -> None:
        compiler = self._fields.compiler
        routed = RoutedRule(rule, compiler.program(condition), self._fields.context(rule.meta.timezone))
        woken_by = compiler.witnesses(condition)
        if woken_by is None:
            self._always.append(routed)
        else:
            for pid in woken_by:
                self._woken.setdefault(pid, []).append(routed)

    @property
    def empty(self) -> bool:
        """Whether no rule can match this kind of event."""
        return not self._always and not self._woken

    def project(self, fields: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values that the route's rules look at, in the order of `names`."""
        if self.exact_missing:
            return tuple(lookup(fields, name) for name in self.names)
        return tuple(map(fields.get, self.names))

    def ask(self, event: Event) -> Verdict:
        """The rules that match the event."""
        fields = event.fields
        values = self.project(fields)
        if self.keywords or self.zoned:
            return self._evaluate(values, event)
        try:
            verdict = self._young.get(values)
        except TypeError:  # a list or a map among the values
            return self._evaluate(values, event)
        if verdict is not None:
            return verdict
        verdict = self._old.get(values)
        if verdict is None:
            verdict = self._evaluate(values, event)
            if not _cacheable(values):
                return verdict
        self._remember(values, verdict)
        return verdict

    def _remember(self, values: tuple[Any, ...], verdict: Verdict) -> None:
        if len(self._young) >= CACHED_PROJECTIONS:
            self._old, self._young = self._young, {}
        self._young[values] = verdict

    def _evaluate(self, values: tuple[Any, ...], event: Event) -> Verdict:
        sets: Iterable[frozenset[int]] = (
            matcher.true_for(value) for matcher, value in zip(self._matchers, values, strict=True)
        )
        if self.keywords:
            keywords = self._fields.matcher(None)
            sets = chain(sets, (keywords.true_for(text) for text in all_texts(event.fields)))
        true = union(sets)
        awake = self._wake_ids & true
        if not awake and not self._always:
            return NO_MATCH
        return self._verdict(self._candidates(awake), true, event)

    def _candidates(self, awake: frozenset[int]) -> Iterable[RoutedRule]:
        if not awake:
            return self._always
        woken = {id(routed): routed for pid in awake for routed in self._woken[pid]}
        return chain(self._always, woken.values())

    def _verdict(self, candidates: Iterable[RoutedRule], true: frozenset[int], event: Event) -> Verdict:
        fields = event.fields
        matched = []
        for routed in candidates:
            context = routed.context
            if self.zoned:
                context = replace(context, source=event.source)
            if routed.program(true, fields, context):
                matched.append((routed.rule, evidence(routed.rule.condition, fields, context)))
        if not matched:
            return NO_MATCH
        return Verdict(tuple(sorted(matched, key=lambda found: found[0].id)))


def _cacheable(values: tuple[Any, ...]) -> bool:
    """Short texts only: ``1``, ``1.0`` and ``True`` are equal as keys, but not as values of a log."""
    total = 0
    for value in values:
        if type(value) is str:
            total += len(value)
        elif value is not None and value is not MISSING:
            return False
    return total <= CACHED_BYTES


class _Fields:
    """The field matchers and contexts of one matcher."""

    def __init__(self, compiled: CompiledRules, lists: ListSnapshot) -> None:
        self.compiler = Compiler(compiled.known, lists)
        self._compiled = compiled
        self._lists = lists
        self._matchers: dict[str | None, FieldMatcher] = {}
        self._contexts: dict[str, Context] = {}

    def matcher(self, name: str | None) -> FieldMatcher:
        """The matcher of a field; one that no plain predicate looks at matches nothing."""
        found = self._matchers.get(name)
        if found is None:
            index = self._compiled.indexes.get(name) or FieldIndex({})
            found = self._matchers[name] = FieldMatcher(index, self.context(""))
        return found

    def context(self, zone: str) -> Context:
        """The context of rules with this time zone."""
        found = self._contexts.get(zone)
        if found is None:
            found = self._contexts[zone] = Context(self._lists, zone_named(zone))
        return found


class Matcher:
    """Matches events against a compiled rule set and one snapshot of lists.

    New lists make a new `Matcher` over the same `CompiledRules`: nothing is recompiled.
    """

    def __init__(self, rules: RuleSet | CompiledRules, lists: ListSnapshot | None = None) -> None:
        self.compiled = rules if isinstance(rules, CompiledRules) else CompiledRules(rules)
        self.lists = lists or ListSnapshot()
        self._fields = _Fields(self.compiled, self.lists)
        self._routes: dict[Kind, Route | None] = {}

    def route(self, kind: Kind) -> Route | None:
        """The route of a kind of event; None where no rule can match."""
        try:
            return self._routes[kind]
        except KeyError:
            pass
        if len(self._routes) >= MAX_ROUTES:
            self._routes.clear()
        route = Route(kind, self.compiled, self._fields)
        found = self._routes[kind] = None if route.empty else route
        return found

    def verdict(self, event: Event) -> Verdict:
        """The rules that match, with evidence, without making hits of them."""
        route = self.route(event.kind)
        return NO_MATCH if route is None else route.ask(event)

    def match(self, event: Event) -> tuple[Hit, ...]:
        """The hits of one event."""
        verdict = self.verdict(event)
        return hits_of(event, verdict) if verdict.found else ()


def hits_of(event: Event, verdict: Verdict) -> tuple[Hit, ...]:
    """The hits that a verdict stands for."""
    stamp = event.time
    event_id, entities, outcome = event.event_id, event.entities, event.outcome
    return tuple(
        Hit(
            event_id=event_id,
            tenant=event.source.tenant,
            time=stamp.at,
            zone=stamp.zone.value,
            rule_id=rule.id,
            rule_hash=rule.hash,
            logsource=event.logsource,
            entities=entities,
            outcome=outcome,
            evidence=found,
            fields=event.fields,
            path=event.source.path,
            position=event.position,
        )
        for rule, found in verdict.found
    )
