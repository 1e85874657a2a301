"""Operators of PowerShell over values."""

from __future__ import annotations

import fnmatch
import functools
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell.formatting import format_items
from noroshi.examine.powershell.regexes import compiled, replaced, split_text
from noroshi.examine.powershell.values import (
    Char,
    EvaluationError,
    ScriptValue,
    Table,
    TypeValue,
    Unknown,
    from_items,
    integer_of,
    is_known,
    items_of,
    normal_type,
    number_of,
    same,
    text_of,
    truth_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.meter import Meter

MAX_TEXT: Final = 32 * 1024 * 1024


def add(left: Any, right: Any, meter: Meter) -> Any:
    """``+``: arrays are joined, texts are joined, numbers added."""
    if isinstance(left, list):
        meter.items(len(left) + len(items_of(right)))
        return [*left, *(items_of(right) if isinstance(right, list | bytearray) else [right])]
    if isinstance(left, bytearray):
        return [*left, *items_of(right)]
    if isinstance(left, Table) and isinstance(right, Table):
        return Table([*_pairs(left), *_pairs(right)])
    if left is None:
        return right
    if isinstance(left, str | Unknown) or isinstance(right, Unknown) or isinstance(left, TypeValue):
        one, other = text_of(left), text_of(right)
        meter.text(len(one) + len(other))
        return one + other
    return number_of(left) + number_of(right)


def _pairs(table: Table) -> list[tuple[Any, Any]]:
    return [(table.names[key], value) for key, value in table.items()]


def multiply(left: Any, right: Any, meter: Meter) -> Any:
    """``*``: texts and arrays are repeated, numbers multiplied."""
    if isinstance(left, str) and not isinstance(left, Char):
        times = integer_of(right)
        meter.text(len(left) * max(times, 0))
        return left * times
    if isinstance(left, list):
        times = integer_of(right)
        meter.items(len(left) * max(times, 0))
        return left * times
    return number_of(left) * number_of(right)


def _subtract(left: Any, right: Any) -> Any:
    return number_of(left) - number_of(right)


def _divide(left: Any, right: Any) -> Any:
    one, other = number_of(left), number_of(right)
    if other == 0:
        raise EvaluationError("division by zero")
    exact = isinstance(one, int) and isinstance(other, int) and one % other == 0
    return one // other if exact else one / other


def _remainder(left: Any, right: Any) -> Any:
    one, other = number_of(left), number_of(right)
    if other == 0:
        raise EvaluationError("division by zero")
    result = abs(one) % abs(other)
    return -result if one < 0 else result


def _bits(action: Callable[[int, int], int]) -> Callable[[Any, Any], int]:
    return lambda left, right: action(integer_of(left), integer_of(right))


def _shift_left(left: int, right: int) -> int:
    return ((left << (right & 31)) + (1 << 31)) % (1 << 32) - (1 << 31)


_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "-": _subtract,
    "/": _divide,
    "%": _remainder,
    "-band": _bits(lambda left, right: left & right),
    "-bor": _bits(lambda left, right: left | right),
    "-bxor": _bits(lambda left, right: left ^ right),
    "-shl": _bits(_shift_left),
    "-shr": _bits(lambda left, right: left >> (right & 31)),
    "-and": lambda left, right: truth_of(left) and truth_of(right),
    "-or": lambda left, right: truth_of(left) or truth_of(right),
    "-xor": lambda left, right: truth_of(left) != truth_of(right),
}


def binary(operator: str, left: Any, right: Any, meter: Meter) -> Any:
    """Any binary operator; `operator` as in `noroshi.examine.powershell.nodes.Binary`.

    Raises:
        EvaluationError: PowerShell would fail, or the result cannot be known.
    """
    if operator == "+":
        return add(left, right, meter)
    if operator == "*":
        return multiply(left, right, meter)
    if operator == "-f":
        return format_items(text_of(left), items_of(right) if right is not None else [None], meter)
    if operator == "-join":
        return joined(left, text_of(right), meter)
    if operator == "..":
        return span(left, right, meter)
    if (action := _ARITHMETIC.get(operator)) is not None:
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            raise EvaluationError("an operand is unknown")
        return action(left, right)
    return _comparison(operator, left, right, meter)


def joined(values: Any, separator: str, meter: Meter) -> str:
    """``-join``."""
    texts = [text_of(item) for item in items_of(values)]
    meter.text(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def span(left: Any, right: Any, meter: Meter) -> list[Any]:
    """``..`` in both directions."""
    first, last = integer_of(left), integer_of(right)
    meter.items(abs(last - first) + 1)
    return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))


def _comparison(operator: str, left: Any, right: Any, meter: Meter) -> Any:
    name = operator.removeprefix("-")
    cased = name not in _COMPARISONS and name not in _OTHERS and name.startswith("c")
    if name not in _COMPARISONS and name not in _OTHERS:
        name = name[1:]
    if name in {"replace", "split"}:
        action = _replace if name == "replace" else _split
        return action(left, right, cased, meter)
    if name in {"is", "isnot", "as"}:
        return _type_question(name, left, right)
    if name in {"contains", "notcontains", "in", "notin"}:
        return _membership(name, left, right, cased=cased)
    if not is_known(left) or not is_known(right):
        raise EvaluationError("an operand is unknown")
    test = functools.partial(_COMPARISONS[name], right=right, cased=cased)
    if isinstance(left, list):
        return [item for item in left if test(item)]
    return test(left)


def _order(left: Any, right: Any, *, cased: bool) -> int:
    if isinstance(left, str) and not isinstance(left, Char):
        one, other = text_of(left), text_of(right)
        if not cased:
            one, other = one.lower(), other.lower()
        return (one > other) - (one < other)
    one_number, other_number = number_of(left), number_of(right)
    return (one_number > other_number) - (one_number < other_number)


def _like(left: Any, right: Any, *, cased: bool) -> bool:
    return wildcard(text_of(left), text_of(right), cased=cased)


def wildcard(text: str, pattern: str, *, cased: bool = False) -> bool:
    """PowerShell's ``*``, ``?`` and ``[a-z]``."""
    if not cased:
        text, pattern = text.lower(), pattern.lower()
    return fnmatch.fnmatchcase(text, pattern.replace("`", ""))


def _match(left: Any, right: Any, *, cased: bool) -> bool:
    return compiled(text_of(right), cased=cased).search(text_of(left)) is not None


_COMPARISONS: Final[dict[str, Callable[..., bool]]] = {
    "eq": lambda left, right, cased: same(left, right, cased=cased),
    "ne": lambda left, right, cased: not same(left, right, cased=cased),
    "gt": lambda left, right, cased: _order(left, right, cased=cased) > 0,
    "ge": lambda left, right, cased: _order(left, right, cased=cased) >= 0,
    "lt": lambda left, right, cased: _order(left, right, cased=cased) < 0,
    "le": lambda left, right, cased: _order(left, right, cased=cased) <= 0,
    "like": lambda left, right, cased: _like(left, right, cased=cased),
    "notlike": lambda left, right, cased: not _like(left, right, cased=cased),
    "match": lambda left, right, cased: _match(left, right, cased=cased),
    "notmatch": lambda left, right, cased: not _match(left, right, cased=cased),
}
_OTHERS: Final = frozenset(
    {"replace", "split", "contains", "notcontains", "in", "notin", "is", "isnot", "as"}
)


def _membership(name: str, left: Any, right: Any, *, cased: bool) -> bool:
    values, wanted = (left, right) if name.endswith("contains") else (right, left)
    found = any(same(item, wanted, cased=cased) for item in items_of(values))
    return found != name.startswith("not")


def _type_question(name: str, left: Any, right: Any) -> Any:
    type_ = right.name if isinstance(right, TypeValue) else normal_type(text_of(right))
    if name == "as":
        if type_ == "string":
            return text_of(left)
        return integer_of(left) if type_ in {"int", "long"} else left
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str, "int": int, "array": list, "object[]": list, "byte[]": bytearray, "bool": bool,
        "double": float, "hashtable": Table, "char": Char,
    }  # fmt: skip
    return isinstance(left, kinds.get(type_, ())) != (name == "isnot")


def _replace(left: Any, right: Any, cased: bool, meter: Meter) -> Any:  # noqa: FBT001 - the operator's own flag
    parts = items_of(right)
    if parts and isinstance(parts[-1], ScriptValue):
        raise EvaluationError("a replacement by script block is not evaluated")
    pattern = text_of(parts[0]) if parts else ""
    by = text_of(parts[1]) if len(parts) > 1 else ""
    results = [replaced(text_of(item), pattern, by, meter, cased=cased) for item in items_of(left)]
    return results if isinstance(left, list) else from_items(results)


def _split(left: Any, right: Any, cased: bool, meter: Meter) -> Any:  # noqa: FBT001 - the operator's own flag
    parts = items_of(right)
    pattern = text_of(parts[0]) if parts else " "
    limit = integer_of(parts[1]) if len(parts) > 1 else 0
    simple = len(parts) > 2 and "simple" in text_of(parts[2]).lower()
    results: list[Any] = []
    for item in items_of(left):
        results += split_text(text_of(item), pattern, limit, meter, cased=cased, simple=simple)
    return results


def unary(operator: str, value: Any, meter: Meter) -> Any:
    """Any unary operator but ``++`` and ``--``.

    Raises:
        EvaluationError: PowerShell would fail, or the result cannot be known.
    """
    if operator == "-join":
        return joined(value, "", meter)
    if operator in {"-split", "-isplit", "-csplit"}:
        return [part for item in items_of(value) for part in text_of(item).split()]
    if isinstance(value, Unknown):
        raise EvaluationError("the operand is unknown")
    if operator in {"!", "-not"}:
        return not truth_of(value)
    if operator == "-bnot":
        return ~integer_of(value)
    number = number_of(value)
    return -number if operator == "-" else number
