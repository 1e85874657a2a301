"""What is known of a condition before any event, or from what fields the events of a kind have.

Three answers: it cannot hold, it always holds, it depends (None). Everything is decided in favour of the
rule: a condition is only called impossible where no event like those seen could meet it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.engine.reference import EMPTY_CONTEXT, Context, test
from noroshi.engine.simplify import predicates
from noroshi.events.values import fold
from noroshi.rules.model import (
    AllOf,
    AnyOf,
    Exists,
    Expand,
    FieldRef,
    Not,
    Null,
    Number,
    Text,
    TimePart,
    Wildcard,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noroshi.indicators.lists import ListSnapshot
    from noroshi.rules.model import Condition, Predicate
    from noroshi.service.survey import KindSeen

    Known = Callable[[Predicate], bool | None]

MAX_STEPS: Final = 2_000
"""Comparisons spent on one rule's filters; what needs more counts as undecided."""
MAX_DEPTH: Final = 60


def decide(condition: Condition, known: Known) -> bool | None:
    """What follows from what is known of the predicates."""
    match condition:
        case Not(item=item):
            inner = decide(item, known)
            return None if inner is None else not inner
        case AllOf(items=items) | AnyOf(items=items):
            deciding = isinstance(condition, AnyOf)
            answers = {decide(item, known) for item in items}
            if deciding in answers:
                return deciding
            return None if None in answers else not deciding
        case _:
            return known(condition)


def is_empty_list(name: str, lists: ListSnapshot) -> bool:
    """Whether a list is unknown or holds nothing."""
    found = lists.get(name)
    return found is None or len(found) == 0


def by_lists(lists: ListSnapshot) -> Known:
    """What lists alone decide: no value is in an empty one."""

    def known(node: Predicate) -> bool | None:
        return False if isinstance(node, Expand) and is_empty_list(node.name, lists) else None

    return known


def by_fields(seen: KindSeen, lists: ListSnapshot) -> Known:
    """What the fields of a kind's events decide: a missing field meets nothing but ``null``."""
    of_lists = by_lists(lists)
    context = Context(lists)

    def known(node: Predicate) -> bool | None:
        if of_lists(node) is False:
            return False
        if node.field is None:
            return None
        if not seen.has(node.field):
            return isinstance(node, Null) or (isinstance(node, Exists) and not node.expected)
        if isinstance(node, FieldRef):
            return None if seen.has(node.other) else False
        if isinstance(node, TimePart) or node.field not in seen.empties:
            return None
        met = (test(node, {node.field: value}, context)[0] for value in seen.empties[node.field])
        return None if any(met) or test(node, {}, context)[0] else False

    return known


def lacking(condition: Condition, known: Known, seen: KindSeen) -> Iterator[str]:
    """The fields whose absence makes an impossible condition impossible, in the rule's order."""
    match condition:
        case AllOf(items=items):
            for item in items:
                if decide(item, known) is False:
                    yield from lacking(item, known, seen)
        case AnyOf(items=items):
            for item in items:
                yield from lacking(item, known, seen)
        case Not(item=item):
            yield from (name for name in fields_of(item) if name not in seen.filled)
        case FieldRef(field=field, other=other):
            yield from (name for name in (field, other) if not seen.has(name))
        case _:
            if condition.field is not None and condition.field not in seen.filled:
                yield condition.field


def fields_of(condition: Condition) -> list[str]:
    """Every field that a condition looks at, each once."""
    names: dict[str, None] = {}
    for node in predicates(condition):
        if node.field is not None:
            names[node.field] = None
        if isinstance(node, FieldRef):
            names[node.other] = None
    return list(names)


def swallowed(condition: Condition) -> bool:
    """Whether a filter (a negated part) holds whenever the rest does, so that nothing is left.

    Decided by comparing predicates over the same field: equal ones, literal values that the filter's pattern
    takes in, literal ends and parts of patterns. What cannot be decided so counts as not swallowed.
    """
    return _Swallowing().of(condition, (), 0)


class _Swallowing:
    """One decision, with bounded steps."""

    def __init__(self) -> None:
        self._steps = 0

    def of(self, condition: Condition, given: tuple[Condition, ...], depth: int) -> bool:
        """Whether the condition is impossible where all of `given` holds."""
        if depth > MAX_DEPTH or self._spent():
            return False
        match condition:
            case AllOf(items=items):
                return self._all(items, given, depth)
            case AnyOf(items=items):
                return bool(items) and all(self.of(item, given, depth + 1) for item in items)
            case Not(item=item):
                return self._follows(item, given, depth)
            case _:
                return False

    def _spent(self) -> bool:
        self._steps += 1
        return self._steps > MAX_STEPS

    def _all(self, items: tuple[Condition, ...], given: tuple[Condition, ...], depth: int) -> bool:
        if any(isinstance(item, AnyOf) and not item.items for item in items):
            return False
        flat = _flat(items)
        negative = [item for item in flat if isinstance(item, Not)]
        positive = [item for item in flat if not isinstance(item, Not)]
        if not negative:
            return any(
                self.of(item, given, depth + 1) for item in positive if isinstance(item, AllOf | AnyOf)
            )
        together = (*given, *positive)
        return any(self._follows(item.item, together, depth + 1) for item in negative)

    def _follows(self, wanted: Condition, given: tuple[Condition, ...], depth: int) -> bool:
        """Whether `wanted` holds wherever all of `given` holds."""
        if depth > MAX_DEPTH or self._spent():
            return False
        match wanted:
            case AllOf(items=items):
                return all(self._follows(item, given, depth + 1) for item in items)
            case AnyOf(items=items) if any(self._follows(item, given, depth + 1) for item in items):
                return True
            case _ if any(
                not isinstance(one, AllOf | AnyOf | Not) and _implies(one, wanted) for one in given
            ):
                return True
        return self._in_each_case(wanted, given, depth)

    def _in_each_case(self, wanted: Condition, given: tuple[Condition, ...], depth: int) -> bool:
        """Whether it follows from each alternative of something given."""
        for at, one in enumerate(given):
            if isinstance(one, AnyOf) and one.items:
                rest = given[:at] + given[at + 1 :]
                if all(self._follows(wanted, (*rest, *_flat((item,))), depth + 1) for item in one.items):
                    return True
        return False


def _flat(items: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Items of nested conjunctions in one row."""
    found: list[Condition] = []
    stack = list(reversed(items))
    while stack:
        item = stack.pop()
        if isinstance(item, AllOf):
            stack.extend(reversed(item.items))
        else:
            found.append(item)
    return tuple(found)


def _implies(given: Predicate, wanted: Condition) -> bool:
    """Whether a value that meets `given` always meets `wanted`."""
    if given == wanted:
        return True
    if isinstance(wanted, AllOf | AnyOf | Not) or given.field is None or given.field != wanted.field:
        return False
    if isinstance(given, Null) or (isinstance(given, Exists) and not given.expected):
        return False
    if isinstance(wanted, Exists):
        return wanted.expected
    if isinstance(wanted, FieldRef | TimePart | Expand):
        return False
    if isinstance(given, Number):
        return test(wanted, {given.field: given.value}, EMPTY_CONTEXT)[0]
    if isinstance(given, Text) and all(isinstance(part, str) for part in given.pattern):
        return _literal(given, wanted)
    return isinstance(given, Text) and isinstance(wanted, Text) and _wider(given, wanted)


def _literal(given: Text, wanted: Predicate) -> bool:
    """A literal in both cases of its letters, for the rule folds what the filter may not."""
    value = "".join(str(part) for part in given.pattern)
    spellings = {value} if given.cased else {value, value.upper(), value.lower()}
    return all(test(wanted, {given.field or "": one}, EMPTY_CONTEXT)[0] for one in spellings)


def _wider(given: Text, wanted: Text) -> bool:
    """``*x*``, ``x*`` or ``*x`` around a literal of the given pattern."""
    if wanted.cased and not given.cased:
        return False
    match wanted.pattern:
        case (Wildcard.MANY,):
            return True
        case (Wildcard.MANY, str() as inner, Wildcard.MANY):
            return any(isinstance(part, str) and fold(inner) in fold(part) for part in given.pattern)
        case (str() as start, Wildcard.MANY):
            first = given.pattern[0]
            return isinstance(first, str) and fold(first).startswith(fold(start))
        case (Wildcard.MANY, str() as end):
            last = given.pattern[-1]
            return isinstance(last, str) and fold(last).endswith(fold(end))
        case _:
            return False
