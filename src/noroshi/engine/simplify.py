"""Partial evaluation: what remains of a condition once some fields are known for all events of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.engine.reference import EMPTY_CONTEXT, test
from noroshi.rules.model import AllOf, AnyOf, Compare, Expand, FieldRef, Not, TimePart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from noroshi.rules.model import Condition, Predicate

TRUE: Final = AllOf(())
FALSE: Final = AnyOf(())


def simplify(condition: Condition, constants: Mapping[str, Any]) -> Condition:
    """The condition with every predicate on a constant field decided; the object `TRUE` or `FALSE` at last.

    Predicates on lists stay: lists are swapped without recompiling; parts of times, too: they need the
    rule's zone and the event's source. Unchanged parts are the same objects.
    """
    match condition:
        case AllOf(items=items):
            return _junction(condition, (simplify(item, constants) for item in items), TRUE, FALSE)
        case AnyOf(items=items):
            return _junction(condition, (simplify(item, constants) for item in items), FALSE, TRUE)
        case Not(item=item):
            inner = simplify(item, constants)
            if inner is TRUE:
                return FALSE
            if inner is FALSE:
                return TRUE
            return condition if inner is item else Not(inner)
        case FieldRef() | Expand() | TimePart() | Compare(part=str()):
            return condition
        case _:
            if condition.field is None or condition.field not in constants:
                return condition
            return TRUE if test(condition, constants, EMPTY_CONTEXT)[0] else FALSE


def _junction(
    node: AllOf | AnyOf, items: Iterable[Condition], neutral: Condition, ends: Condition
) -> Condition:
    kept = []
    for item in items:
        if item is ends:
            return ends
        if item is not neutral:
            kept.append(item)
    if len(kept) == 1:
        return kept[0]
    if not kept:
        return neutral
    if len(kept) == len(node.items) and all(a is b for a, b in zip(kept, node.items, strict=True)):
        return node
    return type(node)(tuple(kept))


def predicates(condition: Condition) -> Iterator[Predicate]:
    """Every predicate of a condition, in order, repeats included."""
    stack: list[Condition] = [condition]
    while stack:
        node = stack.pop()
        match node:
            case AllOf(items=items) | AnyOf(items=items):
                stack.extend(reversed(items))
            case Not(item=item):
                stack.append(item)
            case _:
                yield node
