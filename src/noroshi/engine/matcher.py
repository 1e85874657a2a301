"""The fast matcher: a rule set compiled once, and the routes that events take through it (`routes`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import msgspec

from noroshi.engine.fields import FieldIndex, is_lazy
from noroshi.engine.gates import demands
from noroshi.engine.hits import Hit
from noroshi.engine.patterns import Database
from noroshi.engine.program import Predicates
from noroshi.engine.routes import NO_MATCH, RouteBuilder, Verdict
from noroshi.engine.simplify import predicates
from noroshi.indicators.lists import EMPTY, ListSnapshot
from noroshi.rules.model import RuleSet

if TYPE_CHECKING:
    from noroshi.engine.gates import Demands
    from noroshi.engine.routes import Anatomy, Route
    from noroshi.events.model import Event, Kind, LogSource
    from noroshi.rules.model import Predicate, Rule

Stored = Callable[[str], Mapping[str, bytes] | None]
"""Fingerprint of a rule set → its databases, if some store has them."""
MAX_ROUTES: Final = 4_096
"""Kinds of event remembered; more (hostile channel names) start anew."""


class CompiledRules:
    """A rule set compiled once: predicate ids, one index a field. Shared by all matchers."""

    def __init__(self, ruleset: RuleSet, stored: Stored | None = None) -> None:
        """Compile a rule set.

        Args:
            ruleset: The rules; inactive ones never match.
            stored: Gives the databases that `serialised` gave for the same fingerprint, or None.
        """
        self.ruleset = ruleset
        self.rules = tuple(rule for rule in ruleset.rules if not rule.inactive)
        databases = stored(self.fingerprint) if stored is not None else None
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
        self.from_store = databases is not None
        self.anatomy: dict[str, Anatomy] = {}
        self._demands: dict[str, Demands] = {}
        self._by_source: dict[tuple[str | None, ...], list[tuple[int, Rule]]] = {}
        for place, rule in enumerate(self.rules):
            source = rule.logsource
            dimensions = (source.product, source.service, source.category)
            self._by_source.setdefault(dimensions, []).append((place, rule))

    @staticmethod
    def _attach(name: str | None, index: FieldIndex, databases: Mapping[str, bytes]) -> None:
        stored = databases.get(_key(name))
        if stored is not None and index.texts:
            index.database = Database.load(list(index.texts), stored)
        else:
            index.compile()

    def rules_covering(self, logsource: LogSource) -> list[tuple[Rule, Demands]]:
        """The rules that apply to a log source, in their order, each with what it demands of fields."""
        covering = [rules for named, rules in self._by_source.items() if logsource.covers(*named)]
        found = sorted(chain.from_iterable(covering), key=itemgetter(0))
        return [(rule, self._demanded(rule)) for _, rule in found]

    def _demanded(self, rule: Rule) -> Demands:
        found = self._demands.get(rule.id)
        if found is None:
            found = self._demands[rule.id] = demands(rule.condition)
        return found

    @property
    def fingerprint(self) -> str:
        """Digest of the conditions in their order, to which the ids in `serialised` belong."""
        conditions = [rule.condition for rule in self.rules]
        return blake2b(msgspec.msgpack.encode(conditions), digest_size=16).hexdigest()

    def serialised(self) -> dict[str, bytes]:
        """The databases by field, for the cache."""
        return {
            _key(name): index.database.dump()
            for name, index in self.indexes.items()
            if index.database is not None
        }


def _key(name: str | None) -> str:
    return "keywords" if name is None else f"field:{name}"


class Matcher:
    """Matches events against a compiled rule set and one snapshot of lists.

    New lists make a new `Matcher` over the same `CompiledRules`: nothing is recompiled.
    """

    def __init__(self, rules: RuleSet | CompiledRules, lists: ListSnapshot = EMPTY) -> None:
        self.compiled = CompiledRules(rules) if isinstance(rules, RuleSet) else rules
        self.lists = lists
        self._builder = RouteBuilder(self.compiled, self.lists)
        self._routes: dict[Kind, Route | None] = {}

    def route(self, kind: Kind) -> Route | None:
        """The route of a kind of event; None where no rule can match."""
        try:
            return self._routes[kind]
        except KeyError:
            pass
        if len(self._routes) >= MAX_ROUTES:
            self._routes.clear()
        found = self._routes[kind] = self._builder.build(kind)
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
