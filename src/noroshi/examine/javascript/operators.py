"""Operators on numbers and texts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.javascript.values import integer_of, number_of

if TYPE_CHECKING:
    from collections.abc import Callable


def signed(number: float) -> int:
    """The number as 32 bits with a sign."""
    value = integer_of(number) & 0xFFFF_FFFF if math.isfinite(number) else 0
    return value - 0x1_0000_0000 if value & 0x8000_0000 else value


def _shift(number: float) -> int:
    return signed(number) & 31


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left)


def _rest(left: float, right: float) -> float:
    if not right or math.isinf(left) or math.isnan(left) or math.isnan(right):
        return math.nan
    if isinstance(left, int) and isinstance(right, int):
        return int(math.copysign(abs(left) % abs(right), left))
    return math.fmod(left, right)


def _power(left: float, right: float) -> float:
    try:
        found = float(left) ** float(right)
    except OverflowError:
        return math.inf
    except ZeroDivisionError:
        return math.inf
    return math.nan if isinstance(found, complex) else found


NUMERIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": _divided, "%": _rest, "**": _power,
    "+": lambda a, b: a + b,
    "&": lambda a, b: signed(a) & signed(b), "|": lambda a, b: signed(a) | signed(b),
    "^": lambda a, b: signed(a) ^ signed(b), "~": lambda a, _: ~signed(a),
    "<<": lambda a, b: signed(signed(a) << _shift(b)), ">>": lambda a, b: signed(a) >> _shift(b),
    ">>>": lambda a, b: (signed(a) & 0xFFFF_FFFF) >> _shift(b),
}  # fmt: skip


def apply(sign: str, left: float, right: float) -> int | float:
    """An arithmetic operation; what is too large for JavaScript's whole numbers becomes a float."""
    try:
        found = NUMERIC[sign](left, right)
    except OverflowError:
        return math.inf
    if isinstance(found, int) and abs(found) >= 2**53:
        return float(found)
    return number_of(found)


def compared(sign: str, left: Any, right: Any) -> bool:
    """``<``, ``>``, ``<=``, ``>=``: texts by their letters, everything else as numbers."""
    if not (isinstance(left, str) and isinstance(right, str)):
        left, right = number_of(left), number_of(right)
    return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[sign])
