"""Conditions as programs over the set of predicates that are true, and the witnesses that wake a rule up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.engine.fields import is_lazy
from noroshi.engine.reference import Context
from noroshi.engine.reference import test as holds
from noroshi.rules.model import (
    AllOf,
    AnyOf,
    Boolean,
    Cidr,
    Exists,
    Expand,
    FieldRef,
    Not,
    Null,
    Number,
    Regex,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from noroshi.indicators.lists import ListSnapshot
    from noroshi.rules.model import Condition, Predicate

    Program = Callable[[frozenset[int], Mapping[str, Any], Context], bool]
    """(true predicate ids, the event's fields, context) → verdict; the fields serve lazy predicates only."""

SHARED_WEIGHT: Final = 1.0
LENGTH_WEIGHT: Final = 64.0


class Predicates:
    """Ids for distinct predicates, and how often the rules use each."""

    def __init__(self) -> None:
        self.ids: dict[Predicate, int] = {}
        self.nodes: list[Predicate] = []
        self.uses: list[int] = []
        self._costs: dict[int, float] = {}

    def add(self, node: Predicate) -> int:
        """The id of a predicate; counts its use."""
        pid = self.ids.setdefault(node, len(self.nodes))
        if pid == len(self.nodes):
            self.nodes.append(node)
            self.uses.append(0)
        self.uses[pid] += 1
        return pid

    def cost(self, pid: int) -> float:
        """How often a predicate is expected to be true, before any event was seen."""
        known = self._costs.get(pid)
        if known is None:
            known = self._costs[pid] = _cost(self.nodes[pid], self.uses[pid])
        return known


@dataclass(frozen=True, slots=True)
class Compiler:
    """Turns conditions into programs.

    Attributes:
        known: The rule set's predicates.
        lists: The snapshot that decides which list look-ups need a second field.
    """

    known: Predicates
    lists: ListSnapshot

    def program(self, condition: Condition) -> Program:
        """The condition as one closure; junctions of plain predicates become set operations."""
        return _compile(condition, self)

    def witnesses(
        self, condition: Condition, cost: Callable[[int], float] | None = None
    ) -> frozenset[int] | None:
        """The rarest predicates of which one must be true if the condition is; None if there are none.

        Args:
            condition: What remains of a rule.
            cost: How common a predicate is; by default as expected.
        """
        found = _witness(condition, self, cost or self.known.cost)
        return None if found is None else found[1]

    def fields(self, found: Iterable[Predicate]) -> set[str]:
        """The fields that these predicates look at, keywords left out."""
        names: set[str] = set()
        for node in found:
            if node.field is not None:
                names.add(node.field)
            if isinstance(node, FieldRef):
                names.add(node.other)
            if isinstance(node, Expand) and (port := self._port_field(node)) is not None:
                names.add(port)
        return names

    def _port_field(self, node: Expand) -> str | None:
        found = self.lists.get(node.name)
        return None if found is None or node.field is None else found.port_field(node.field)


def decided(
    condition: Condition,
    known: Mapping[Predicate, int],
    true: frozenset[int],
    fields: Mapping[str, Any],
    context: Context,
) -> bool:
    """Whether a condition holds: `known` predicates do if their ids are in `true`; the others are tested."""
    match condition:
        case AllOf(items=items):
            return all(decided(item, known, true, fields, context) for item in items)
        case AnyOf(items=items):
            return any(decided(item, known, true, fields, context) for item in items)
        case Not(item=item):
            return not decided(item, known, true, fields, context)
        case _:
            pid = known.get(condition)
            return holds(condition, fields, context)[0] if pid is None else pid in true


def _compile(condition: Condition, compiler: Compiler) -> Program:
    match condition:
        case AllOf(items=items):
            return _all_of(items, compiler)
        case AnyOf(items=items):
            return _any_of(items, compiler)
        case Not(item=item):
            inner = _compile(item, compiler)
            return lambda true, fields, context: not inner(true, fields, context)
        case _ if is_lazy(condition, compiler.lists):
            node = condition
            return lambda _true, fields, context: holds(node, fields, context)[0]
        case _:
            pid = compiler.known.ids[condition]
            return lambda true, _fields, _context: pid in true


def _split(items: tuple[Condition, ...], compiler: Compiler) -> tuple[frozenset[int], tuple[Program, ...]]:
    plain, rest = set(), []
    for item in items:
        if isinstance(item, AllOf | AnyOf | Not) or is_lazy(item, compiler.lists):
            rest.append(_compile(item, compiler))
        else:
            plain.add(compiler.known.ids[item])
    return frozenset(plain), tuple(rest)


def _all_of(items: tuple[Condition, ...], compiler: Compiler) -> Program:
    plain, rest = _split(items, compiler)
    if not rest:
        return lambda true, _fields, _context: plain <= true
    return lambda true, fields, context: plain <= true and all(test(true, fields, context) for test in rest)


def _any_of(items: tuple[Condition, ...], compiler: Compiler) -> Program:
    plain, rest = _split(items, compiler)
    if not rest:
        return lambda true, _fields, _context: not plain.isdisjoint(true)
    return lambda true, fields, context: (
        not plain.isdisjoint(true) or any(test(true, fields, context) for test in rest)
    )


def _witness(
    condition: Condition, compiler: Compiler, cost: Callable[[int], float]
) -> tuple[float, frozenset[int]] | None:
    match condition:
        case AllOf(items=items):
            options = [option for item in items if (option := _witness(item, compiler, cost)) is not None]
            return min(options, key=lambda option: option[0], default=None)
        case AnyOf(items=items):
            options = []
            for item in items:
                option = _witness(item, compiler, cost)
                if option is None:
                    return None
                options.append(option)
            return sum(price for price, _ in options), frozenset().union(*(ids for _, ids in options))
        case Not():
            return None
        case _ if is_lazy(condition, compiler.lists):
            return None
        case _:
            pid = compiler.known.ids[condition]
            return cost(pid), frozenset([pid])


def _cost(node: Predicate, uses: int) -> float:
    """How often a predicate is expected to be true: what many rules use and what is short is common."""
    return SHARED_WEIGHT * uses + LENGTH_WEIGHT * math.pow(0.75, _selectivity(node))


def _selectivity(node: Predicate) -> float:
    match node:
        case Text(pattern=pattern):
            return sum(len(part) if isinstance(part, str) else 0 for part in pattern)
        case Number():
            return 8
        case Regex(source=source):
            return len(source) / 2
        case Cidr():
            return 6
        case Null() | Exists() | Boolean():
            return -12
        case _:
            return 4
