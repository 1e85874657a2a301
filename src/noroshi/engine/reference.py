"""The reference evaluator: walks a rule's condition over one event, plainly. It is the truth.

The fast matcher is held to it by property tests and by a differential run over real events; `explain` prints
its trace; the evidence of every hit comes from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from noroshi.engine import predicates as p
from noroshi.engine.hits import Evidence
from noroshi.engine.listed import affixed, listed
from noroshi.events.values import MISSING, all_texts, as_text, elements, fold, lookup
from noroshi.indicators.lists import ListSnapshot
from noroshi.rules.model import (
    AllOf,
    AnyOf,
    Boolean,
    Cidr,
    Compare,
    Exists,
    Expand,
    FieldRef,
    Not,
    Null,
    Number,
    Regex,
    Text,
    TimePart,
    Wildcard,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from zoneinfo import ZoneInfo

    from noroshi.events.model import Source
    from noroshi.indicators.lists import ValueSet
    from noroshi.rules.model import Condition, Predicate


@dataclass(frozen=True, slots=True)
class Context:
    """What a condition needs besides the event: lists, the zone of time parts, the source's zone."""

    lists: ListSnapshot
    zone: ZoneInfo | None = None
    source: Source | None = None


EMPTY_CONTEXT = Context(ListSnapshot())


@dataclass(frozen=True, slots=True)
class Trace:
    """A node of the condition with what was found.

    Attributes:
        holds: Whether the node holds.
        found: The value that made a predicate true, or the field's value where it did not hold.
    """

    node: Condition
    holds: bool
    found: Any = None
    items: tuple[Trace, ...] = field(default=())


def evaluate(condition: Condition, fields: Mapping[str, Any], context: Context = EMPTY_CONTEXT) -> bool:
    """Whether the condition holds for the event's fields."""
    match condition:
        case AllOf(items=items):
            return all(evaluate(item, fields, context) for item in items)
        case AnyOf(items=items):
            return any(evaluate(item, fields, context) for item in items)
        case Not(item=item):
            return not evaluate(item, fields, context)
        case _:
            return test(condition, fields, context)[0]


def trace(condition: Condition, fields: Mapping[str, Any], context: Context = EMPTY_CONTEXT) -> Trace:
    """The whole tree with what was true and why; nothing is cut short."""
    match condition:
        case AllOf(items=items):
            inner = tuple(trace(item, fields, context) for item in items)
            return Trace(condition, all(item.holds for item in inner), items=inner)
        case AnyOf(items=items):
            inner = tuple(trace(item, fields, context) for item in items)
            return Trace(condition, any(item.holds for item in inner), items=inner)
        case Not(item=item):
            only = trace(item, fields, context)
            return Trace(condition, not only.holds, items=(only,))
        case _:
            holds, found = test(condition, fields, context)
            return Trace(condition, holds, found)


def evidence(
    condition: Condition,
    fields: Mapping[str, Any],
    context: Context = EMPTY_CONTEXT,
    holds: Callable[[Condition], bool] | None = None,
) -> tuple[Evidence, ...]:
    """The true predicates that carry the verdict of a condition that holds, none from under a negation.

    Args:
        condition: It holds for the event.
        fields: The event's.
        context: The lists, and what times mean.
        holds: Whether a part holds for the event, where that is found faster than by `evaluate`.
    """
    holding = holds or (lambda part: evaluate(part, fields, context))
    return tuple(dict.fromkeys(_evidence(condition, fields, context, holding)))


def _evidence(
    condition: Condition, fields: Mapping[str, Any], context: Context, holds: Callable[[Condition], bool]
) -> Iterable[Evidence]:
    match condition:
        case AllOf(items=items):
            for item in items:
                yield from _evidence(item, fields, context, holds)
        case AnyOf(items=items):
            for item in items:
                if not isinstance(item, Not) and holds(item):
                    yield from _evidence(item, fields, context, holds)
        case Not():
            return
        case _:
            found = test(condition, fields, context)[1]
            known = listed(condition, found, fields, context.lists) if isinstance(condition, Expand) else None
            yield Evidence(*describe(condition, found), known)


def test(node: Predicate, fields: Mapping[str, Any], context: Context) -> tuple[bool, Any]:
    """Whether a predicate holds, and the value that decided it."""
    if isinstance(node, Text | Number | Regex | Expand) and node.field is None:
        return _first(((text, _keyword(node, text, context)) for text in all_texts(fields)), MISSING)
    value = lookup(fields, node.field or "")
    match node:
        case Null():
            return value is MISSING or value is None, value
        case Exists(expected=expected):
            return (value is not MISSING) is expected, value
        case FieldRef():
            return _refers(node, value, lookup(fields, node.other)), value
        case Expand():
            return _first(((v, _expands(node, v, fields, context)) for v in elements(value)), value)
        case _:
            return _first(((v, _meets(node, v, context)) for v in elements(value)), value)


def _first(tried: Iterable[tuple[Any, bool]], otherwise: Any) -> tuple[bool, Any]:
    for value, holds in tried:
        if holds:
            return True, value
    return False, otherwise


def _keyword(node: Text | Number | Regex | Expand, text: str, context: Context) -> bool:
    match node:
        case Text(pattern=pattern, cased=cased):
            return p.text_matches((Wildcard.MANY, *pattern, Wildcard.MANY), text, cased=cased)
        case Number(value=value):
            return any(written in text for written in p.number_texts(value))
        case Regex():
            return p.regex_matches(node, text)
        case _:
            found = context.lists.get(node.name)
            return found is not None and found.matches(text) is not None


def _meets(node: Predicate, value: Any, context: Context) -> bool:
    text = as_text(value)
    match node:
        case Text(pattern=pattern, cased=cased):
            return text is not None and p.text_matches(pattern, text, cased=cased)
        case Number(value=number):
            return p.number_matches(number, value)
        case Boolean(value=wanted):
            return p.boolean_matches(wanted, value)
        case Regex():
            return text is not None and p.regex_matches(node, text)
        case Cidr(network=network):
            return text is not None and p.address_in(text, network)
        case Compare(op=op, value=bound, part=part):
            measured = p.as_number(value) if part is None else _part(node, value, part, context)
            return _compares(op, measured, bound)
        case TimePart(part=name, value=wanted):
            return _part(node, value, name, context) == wanted
        case _:
            raise TypeError(node)


def _part(node: Predicate, value: Any, part: str, context: Context) -> int | None:
    """A part of a timestamp; Windows' fields in UTC are so whatever zone the source is configured with."""
    source = None if node.field is not None and node.field.endswith("UtcTime") else context.source
    return p.time_part(value, part, context.zone, source)


def _compares(op: str, number: float | None, bound: float) -> bool:
    return number is not None and p.compares(op, number, bound)


def _refers(node: FieldRef, value: Any, other: Any) -> bool:
    prepare = str if node.cased else fold
    lefts = [prepare(text) for v in elements(value) if (text := as_text(v)) is not None]
    rights = [prepare(text) for v in elements(other) if (text := as_text(v)) is not None]
    match node.where:
        case "startswith":
            return any(a.startswith(b) for a in lefts for b in rights)
        case "endswith":
            return any(a.endswith(b) for a in lefts for b in rights)
        case "contains":
            return any(b in a for a in lefts for b in rights)
        case _:
            return any(a == b for a in lefts for b in rights)


def _expands(node: Expand, value: Any, fields: Mapping[str, Any], context: Context) -> bool:
    found = context.lists.get(node.name)
    text = as_text(value)
    if found is None or text is None:
        return False
    if found.type == "ip:port":
        ports = (as_text(v) for v in elements(lookup(fields, found.port_field(node.field or "") or "")))
        return any(port is not None and found.has_pair(text, port) for port in ports)
    if node.prefix or node.suffix:
        return affixed(node, found, text) is not None
    return found.matches(text, cased=node.cased) is not None or host_only(found, text)


def host_only(found: ValueSet, text: str) -> bool:
    """Whether a URL set names this host and the log shows no more than the host (CONNECT, SNI, DNS)."""
    return found.type == "url" and "/" not in text and found.host_match(text) is not None


def describe(node: Predicate, found: Any) -> tuple[str, str, str]:
    """Field, found value and pattern as people read them."""
    value = "" if found is MISSING or found is None else (as_text(found) or str(found))
    return node.field or "(any value)", value, wanted(node)


def wanted(node: Predicate) -> str:
    """What a predicate asks for, as Sigma writes it."""
    match node:
        case Text(pattern=pattern, cased=cased):
            return p.pattern_text(pattern) + (" (cased)" if cased else "")
        case Number(value=value) | Boolean(value=value):
            return str(value).lower()
        case Null():
            return "null"
        case Exists(expected=expected):
            return "exists" if expected else "does not exist"
        case Regex(source=source, flags=flags):
            return f"/{source}/{flags}"
        case Cidr(network=network):
            return network
        case Compare(op=op, value=bound, part=part):
            return f"{part + ' ' if part else ''}{op} {bound}"
        case TimePart(part=name, value=number):
            return f"{name} {number}"
        case FieldRef(other=other, where=where):
            return f"{where} the field {other}"
        case Expand(name=name, prefix=prefix, suffix=suffix):
            return f"{p.pattern_text(prefix)}%{name}%{p.pattern_text(suffix)}"
    raise TypeError(node)
