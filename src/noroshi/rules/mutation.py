"""Mutants of a rule: each detection value, bound and timespan changed in turn, at its place in the file.

A test set that no mutant escapes is one in which every value of the rule matters.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from noroshi.rules.documents import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.rules.documents import Document, Key

OTHER_TEXT: Final = "noroshi-mutant-c0ffee"
_OTHER_NETWORK: Final = "255.255.255.255/32"
_IMPOSSIBLE: Final = {"lt": -(1 << 62), "lte": -(1 << 62), "gt": 1 << 62, "gte": 1 << 62}
_TIME_PARTS: Final = frozenset({"minute", "hour", "day", "week", "month", "year"})
_BOUNDS: Final = ("lt", "lte", "gt", "gte", "eq", "neq")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed document.

    Attributes:
        document: With the changed value.
        line: Where the value stands.
        what: The change, for people: ``selection.EventID: 1 → 'other'``.
    """

    document: Document
    line: int
    what: str


def mutants(document: Document) -> Iterator[Mutant]:
    """All mutants of a rule or a correlation, in the order of the document."""
    if "correlation" in document.value:
        yield from _correlation_mutants(document)
        return
    detection = document.value.get("detection")
    if isinstance(detection, dict):
        for name, part in detection.items():
            if name != "condition":
                yield from _part_mutants(document, part, ("detection", name))


def _part_mutants(document: Document, part: Any, keys: tuple[Key, ...]) -> Iterator[Mutant]:
    if isinstance(part, dict):
        for key, value in part.items():
            modifiers = frozenset(str(key).split("|")[1:])
            yield from _value_mutants(document, value, (*keys, key), modifiers)
    elif isinstance(part, list):
        for at, item in enumerate(part):
            yield from _part_mutants(document, item, (*keys, at))
    else:
        yield from _value_mutants(document, part, keys, frozenset())


def _value_mutants(
    document: Document, value: Any, keys: tuple[Key, ...], modifiers: frozenset[str]
) -> Iterator[Mutant]:
    if isinstance(value, list):
        for at, item in enumerate(value):
            yield _changed(document, (*keys, at), item, _other(item, modifiers))
    else:
        yield _changed(document, keys, value, _other(value, modifiers))


def _other(value: Any, modifiers: frozenset[str]) -> Any:
    """A value that the same modifiers take and that no test event holds."""
    comparison = modifiers & _IMPOSSIBLE.keys()
    if comparison:
        return _IMPOSSIBLE[min(comparison)]
    if modifiers & _TIME_PARTS:
        return -1
    if "exists" in modifiers:
        return not value
    if "cidr" in modifiers:
        return _OTHER_NETWORK
    if "expand" in modifiers:
        return f"%{OTHER_TEXT}%"
    return OTHER_TEXT


def _correlation_mutants(document: Document) -> Iterator[Mutant]:
    section = document.value["correlation"]
    condition = section.get("condition")
    bounds = condition if isinstance(condition, dict) else {}
    for operator in _BOUNDS:
        if operator in bounds:
            for other in _other_bounds(operator, bounds[operator]):
                keys = ("correlation", "condition", operator)
                yield _changed(document, keys, bounds[operator], other)
    if not _any_one(section, bounds):
        count, unit = _timespan(section.get("timespan"))
        for other in (f"{count // 2 or 1}{unit}", f"{count * 2}{unit}"):
            if other != section.get("timespan"):
                yield _changed(document, ("correlation", "timespan"), section.get("timespan"), other)


def _other_bounds(operator: str, value: Any) -> tuple[Any, ...]:
    """One more and one less; a count of at least one cannot be less."""
    least = value == 1 and operator in {"gte", "eq"}
    return (value + 1,) if least else (value + 1, value - 1)


def _any_one(section: Any, bounds: Any) -> bool:
    """Whether a single hit fires it, so that the timespan decides nothing."""
    single: bool = section.get("type") == "event_count" and bounds == {"gte": 1}
    return single


def _timespan(text: Any) -> tuple[int, str]:
    """Count and unit, so small that it can be halved: ``1h`` as ``60m``."""
    count, unit = int(str(text)[:-1]), str(text)[-1]
    smaller = {"m": (60, "s"), "h": (60, "m"), "d": (24, "h"), "w": (7, "d")}
    if count % 2 and unit in smaller:
        factor, unit = smaller[unit]
        count *= factor
    return count, unit


def _changed(document: Document, keys: tuple[Key, ...], value: Any, other: Any) -> Mutant:
    changed = copy.deepcopy(document.value)
    target = changed
    for key in keys[:-1]:
        target = target[key]
    target[keys[-1]] = other
    where = ".".join(str(key) for key in keys if not isinstance(key, int))
    where = where.partition(".")[2] or where
    what = f"{where}: {value!r} → {other!r}"
    return Mutant(replace(document, value=changed), line_of(document, keys), what)
