"""VBA's operators ([MS-VBAL] 5.6.9)."""

from __future__ import annotations

import fnmatch
import math
import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.vba.values import OPEN, FaultError, Thing, Unknown, integer_of, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LIKE: Final = 2_000


def plus(left: Any, right: Any) -> Any:
    """Two texts are joined, everything else is added."""
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, str) and right is None:
        return left
    if isinstance(right, str) and left is None:
        return right
    for text in (left, right):
        if isinstance(text, str) and (
            OPEN in text or isinstance(left, Unknown) or isinstance(right, Unknown)
        ):
            return text_of(left) + text_of(right)
    return number_of(left) + number_of(right)


def _divide(left: Any, right: Any) -> float:
    below = number_of(right)
    if below == 0:
        raise FaultError(11)
    return number_of(left) / below


def _whole_divide(left: Any, right: Any) -> int:
    above, below = integer_of(left), integer_of(right)
    if below == 0:
        raise FaultError(11)
    return abs(above) // abs(below) * (1 if (above < 0) == (below < 0) else -1)


def _rest(left: Any, right: Any) -> int:
    above, below = integer_of(left), integer_of(right)
    if below == 0:
        raise FaultError(11)
    return int(math.copysign(1, above)) * (abs(above) % abs(below))


def _power(left: Any, right: Any) -> float:
    try:
        return math.pow(number_of(left), number_of(right))
    except ValueError:
        raise FaultError(5) from None


def _bits(operation: Callable[[int, int], int]) -> Callable[[Any, Any], Any]:
    def apply(left: Any, right: Any) -> Any:
        if isinstance(left, bool) and isinstance(right, bool):
            return bool(operation(-int(left), -int(right)))
        return operation(_logic(left), _logic(right))

    return apply


def _logic(value: Any) -> int:
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return -1 if value.strip().lower() == "true" else 0
    return integer_of(value)


def _compared(left: Any, right: Any) -> int:
    """-1, 0 or 1. A text and a number are compared as numbers where the text is one."""
    if left is None and isinstance(right, str):
        left = ""
    if right is None and isinstance(left, str):
        right = ""
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, str) or isinstance(right, str):
        try:
            first, second = number_of(left), number_of(right)
        except FaultError:
            one, two = text_of(left), text_of(right)
            return (one > two) - (one < two)
        return (first > second) - (first < second)
    first, second = number_of(left), number_of(right)
    return (first > second) - (first < second)


def _like(left: Any, right: Any) -> bool:
    text, pattern = text_of(left)[:MAX_LIKE], text_of(right)[:200]
    if pattern.count("*") > 8:
        raise FaultError(93)
    spelt = fnmatch.translate(pattern.replace("#", "[0-9]"))
    try:
        return re.match(spelt, text) is not None
    except re.error:
        raise FaultError(93) from None


_OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "&": lambda left, right: text_of(left) + text_of(right),
    "+": plus,
    "-": lambda left, right: number_of(left) - number_of(right),
    "*": lambda left, right: number_of(left) * number_of(right),
    "/": _divide,
    "\\": _whole_divide,
    "mod": _rest,
    "^": _power,
    "and": _bits(lambda left, right: left & right),
    "or": _bits(lambda left, right: left | right),
    "xor": _bits(lambda left, right: left ^ right),
    "eqv": _bits(lambda left, right: ~(left ^ right)),
    "imp": _bits(lambda left, right: ~left | right),
    "=": lambda left, right: _compared(left, right) == 0,
    "<>": lambda left, right: _compared(left, right) != 0,
    "<": lambda left, right: _compared(left, right) < 0,
    ">": lambda left, right: _compared(left, right) > 0,
    "<=": lambda left, right: _compared(left, right) <= 0,
    ">=": lambda left, right: _compared(left, right) >= 0,
    "=<": lambda left, right: _compared(left, right) <= 0,
    "=>": lambda left, right: _compared(left, right) >= 0,
    "like": _like,
    "is": lambda left, right: left is right,
}


def apply(operator: str, left: Any, right: Any) -> Any:
    """The result, or None if it depends on what is not known.

    Raises:
        FaultError: The operator has no result for these values.
    """
    if operator == "is":
        return left is right if not isinstance(left, Unknown) and not isinstance(right, Unknown) else UNSURE
    if operator not in {"&", "+"} and (_open(left) or _open(right)):
        return UNSURE
    if (
        operator == "+"
        and (_opaque(left) or _opaque(right))
        and not (isinstance(left, str) or isinstance(right, str))
    ):
        return UNSURE
    try:
        result = _OPERATORS[operator](left, right)
    except (OverflowError, ZeroDivisionError, ValueError):
        raise FaultError(6) from None
    if isinstance(result, int) and not isinstance(result, bool) and abs(result) > 1 << 63:
        return float(result)
    if isinstance(result, float) and not math.isfinite(result):
        raise FaultError(6)
    return result


UNSURE: Final = object()
"""The result of an operator on what is not known."""


def _opaque(value: Any) -> bool:
    return isinstance(value, Unknown | Thing)


def _open(value: Any) -> bool:
    return isinstance(value, Unknown | Thing) or (isinstance(value, str) and OPEN in value)


def compare(sign: str, left: Any, right: Any) -> bool | None:
    """A comparison; None if it depends on what is not known.

    Raises:
        FaultError: The values cannot be compared.
    """
    result = apply(sign, left, right)
    return None if result is UNSURE else bool(result)
