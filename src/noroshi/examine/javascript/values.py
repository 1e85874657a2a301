"""JavaScript's values in Python, and its conversions between them.

| JavaScript | here |
|---|---|
| string, number, boolean | ``str``, ``int``/``float``, ``bool`` |
| ``undefined``, ``null`` | ``None``, `NULL` |
| array, object | `List`, `Table` |
| function | `Function`, `Native` |
| an object of the host | `Thing` |
| what could not be evaluated | `Unknown`, shown as ``‹source text›`` |
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell.values import OPEN, Unknown
from noroshi.examine.vba.values import Array, FaultError, Thing
from noroshi.examine.vba.values import text_of as host_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.javascript.tree import Node

__all__ = [
    "NULL", "OPEN", "Function", "List", "Native", "Null", "Scope", "Table", "Thing",
    "ThrowSignal", "Unknown", "integer_of", "number_of", "same", "shown_number", "text_of", "truth_of",
    "unsure",
]  # fmt: skip

_NUMBER: Final = re.compile(r"[-+]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)$")
_BASED: Final = {"0x": 16, "0o": 8, "0b": 2}
_DEPTH: Final = 40


class Null:
    """``null``."""

    __slots__ = ()


NULL: Final = Null()


class ThrowSignal(Exception):  # noqa: N818 - flow of control, not a mistake
    """An exception of the script.

    Attributes:
        value: What was thrown.
    """

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


@dataclass(slots=True, eq=False)
class Table:
    """An object.

    Attributes:
        items: Its properties.
        above: Its prototype.
        kind: ``Object``, ``Error``, ``RegExp`` …
    """

    items: dict[str, Any] = field(default_factory=dict)
    above: Table | None = None
    kind: str = "Object"
    made_by: Any = None


@dataclass(slots=True, eq=False)
class List:
    """An array."""

    items: list[Any] = field(default_factory=list)
    named: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Scope:
    """Variables of a function or block.

    Attributes:
        this: None where the one around counts.
        is_function: Whether ``var`` belongs here.
    """

    variables: dict[str, Any]
    above: Scope | None = None
    this: Any = None
    is_function: bool = True


@dataclass(slots=True, eq=False)
class Function:
    """A function of the script.

    Attributes:
        text: Its source.
        arrow: Whether it has no ``this`` of its own.
    """

    node: Node
    scope: Scope
    text: str
    name: str = ""
    arrow: bool = False
    items: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Native:
    """A function of the language or the host, bound to what it belongs to; takes ``this`` and arguments."""

    name: str
    action: Callable[[Any, list[Any]], Any]
    this: Any = None
    items: dict[str, Any] = field(default_factory=dict)


def text_of(value: Any, depth: int = 0) -> str:
    """The value as a text; what is not known stands in ``‹›``."""
    match value:
        case str():
            return value
        case None:
            return "undefined"
        case Null():
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return shown_number(value)
        case List():
            inner = ("" if one is None or one is NULL else text_of(one, depth + 1) for one in value.items)
            return ",".join(inner) if depth < _DEPTH else ""
        case Function():
            return value.text
        case Native():
            return f"function {value.name}() {{ [native code] }}"
        case Table():
            return _table_text(value, depth)
        case Array() | Thing():
            return _host_text(value)
    return str(value)


def _table_text(value: Table, depth: int) -> str:
    if value.kind == "RegExp":
        return f"/{value.items.get('source', '')}/{value.items.get('flags', '')}"
    if value.kind == "Error":
        return f"{value.items.get('name', 'Error')}: {text_of(value.items.get('message', ''), depth + 1)}"
    if value.kind in {"String", "Number", "Boolean"}:
        return text_of(value.items.get("_value"), depth + 1)
    return f"[object {value.kind}]"


def _host_text(value: Any) -> str:
    try:
        return host_text(value)
    except FaultError:
        return f"{OPEN}array›"


def shown_number(value: float) -> str:
    """A number as text."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**21 else shown_number(float(value))
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent):+d}" if mark else text


def number_of(value: Any) -> int | float:
    """The value as a number; ``NaN`` where it is none."""
    match value:
        case bool() | Null():
            return int(value is True)
        case int():
            return value
        case float():
            return (
                int(value) if math.isfinite(value) and value == int(value) and abs(value) < 2**53 else value
            )
        case str():
            return _number_in(value.strip())
        case List():
            return number_of(text_of(value))
        case Table() if "_value" in value.items:
            return number_of(value.items["_value"])
    return math.nan


def _number_in(text: str) -> int | float:
    if not text:
        return 0
    base = _BASED.get(text[:2].lower())
    try:
        if base is not None:
            return int(text[2:], base) if "_" not in text else math.nan
        return number_of(float(text)) if _NUMBER.match(text[:400]) else math.nan
    except ValueError:
        return math.nan


def integer_of(value: Any) -> int:
    """The value as a whole number; 0 where it is none, cut at what a text can be long."""
    number = number_of(value)
    if isinstance(number, float) and math.isnan(number):
        return 0
    return int(max(-(2.0**53), min(2.0**53, number)))


def truth_of(value: Any) -> bool | None:
    """Whether a condition holds; None if that is not known."""
    match value:
        case bool():
            return value
        case None | Null():
            return False
        case str():
            return None if OPEN in value else bool(value)
        case int() | float():
            return not (value == 0 or value != value)  # noqa: PLR0124 - NaN is no number and no truth
        case Unknown():
            return None
    return True


def unsure(value: Any) -> bool:
    """Whether a value, or a part of a text, is not known."""
    return isinstance(value, Unknown) or (isinstance(value, str) and OPEN in value)


def same(left: Any, right: Any, *, strict: bool) -> bool | None:
    """Equality, ``===`` or ``==``; None if that is not known."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if isinstance(left, str) and isinstance(right, str):
        return left == right if OPEN not in left + right else None if left != right else True
    numbers = (int, float)
    if isinstance(left, numbers) and isinstance(right, numbers):
        return left == right and (not strict or isinstance(left, bool) == isinstance(right, bool))
    empty = (left is None or left is NULL), (right is None or right is NULL)
    if any(empty):
        return all(empty) and (not strict or left is right)
    if isinstance(left, Thing) or isinstance(right, Thing):
        return True if left is right else None
    if strict or type(left) is type(right):
        return left is right
    primitives = (str, int, float)
    if isinstance(left, primitives) and isinstance(right, primitives):
        return number_of(left) == number_of(right)
    if isinstance(left, primitives) or isinstance(right, primitives):
        return same(_primitive(left), _primitive(right), strict=False)
    return left is right


def _primitive(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else text_of(value)
