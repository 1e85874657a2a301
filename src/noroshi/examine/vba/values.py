"""VBA's values in Python, and its conversions between them.

| VBA | here |
|---|---|
| String, numbers, Boolean | ``str``, ``int``/``float``, ``bool`` |
| Empty, Null, Nothing | ``None`` |
| an array | `Array`; a ``Byte`` array's `type` is ``byte`` |
| an object | `Thing` |
| what could not be evaluated | `Unknown`, shown as ``‹source text›`` |
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Final

from noroshi.examine.powershell.values import CLOSE, OPEN, Unknown

__all__ = [
    "CLOSE", "OPEN", "Array", "FaultError", "Thing", "Unknown",
    "ansi_bytes", "ansi_text", "coerced", "integer_of", "number_of", "raw_of", "same_text", "text_of",
    "truth_of",
]  # fmt: skip

_NUMBER: Final = re.compile(r"\s*([+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?)\s*$")
_BASED: Final = re.compile(r"\s*&([hHoO])([0-9A-Fa-f]+)&?\s*$")
_INTEGERS: Final = frozenset({"integer", "long", "longlong", "longptr"})
_CODE_PAGE: Final = "cp1252"


class FaultError(Exception):
    """A run-time error of VBA, which ``On Error`` may catch.

    Attributes:
        number: VBA's number of it, 13 for a type mismatch.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(slots=True, eq=False)
class Array:
    """An array, its items in one list.

    Attributes:
        lows: Lowest index of each dimension.
        sizes: Items of each dimension.
    """

    items: list[Any]
    lows: tuple[int, ...] = (0,)
    sizes: tuple[int, ...] = ()
    type: str = ""

    def __post_init__(self) -> None:
        if not self.sizes:
            self.sizes = (len(self.items),)
            self.lows = self.lows or (0,)

    def offset(self, indices: list[int]) -> int:
        """Place of an item in `items`.

        Raises:
            FaultError: There is none (9, subscript out of range).
        """
        if len(indices) != len(self.sizes):
            raise FaultError(9)
        at = 0
        for index, low, size in zip(indices, self.lows, self.sizes, strict=True):
            if not 0 <= index - low < size:
                raise FaultError(9)
            at = at * size + index - low
        return at

    def copy(self) -> Array:
        """Another array with the same items."""
        return Array(list(self.items), self.lows, self.sizes, self.type)


RECORD: Final = "record"
"""The kind of a variable of a ``Type``; it is a value: an assignment copies it."""


@dataclass(slots=True, eq=False)
class Thing:
    """An object.

    Attributes:
        kind: ``wscript``, ``http``, ``stream``, ``form``, ``control``, ``document`` …
        state: Its properties, by lower-case name.
        name: What the code calls it.
    """

    kind: str
    state: dict[str, Any] = field(default_factory=dict)
    name: str = ""


def text_of(value: Any) -> str:
    """The value as text; what is not known stands in ``‹›``.

    Raises:
        FaultError: It is an array of something else than bytes.
    """
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "True" if value else "False"
        case int():
            return str(value)
        case float():
            return _float_text(value)
        case Array():
            if value.type != "byte":
                raise FaultError(13)
            return raw_of(value).decode("utf-16-le", "replace")
        case Thing():
            return f"{OPEN}{value.name or value.kind}{CLOSE}"
    return str(value)


def _float_text(value: float) -> str:
    if value == int(value) and abs(value) < 1e15 if math.isfinite(value) else False:
        return str(int(value))
    return f"{value:.15g}".upper()


def number_of(value: Any) -> int | float:
    """The value as a number.

    Raises:
        FaultError: It is none (13, type mismatch).
    """
    match value:
        case bool():
            return -1 if value else 0
        case int() | float():
            return value
        case None:
            return 0
        case str():
            return _number_in(value)
    raise FaultError(13)


def _number_in(text: str) -> int | float:
    found = _NUMBER.match(text[:64])
    if found is not None:
        plain = found[1].replace(",", "").lower().replace("d", "e")
        return int(plain) if plain.lstrip("+-").isdigit() else float(plain)
    found = _BASED.match(text[:64])
    if found is None:
        raise FaultError(13)
    base = 16 if found[1] in "hH" else 8
    try:
        value = int(found[2], base)
    except ValueError:
        raise FaultError(13) from None
    if base == 16 and len(found[2]) <= 4 and value >= 0x8000:
        return value - 0x10000
    return value - 0x1_0000_0000 if 0x8000_0000 <= value <= 0xFFFF_FFFF else value


def integer_of(value: Any) -> int:
    """The value as a whole number; halves go to the even neighbour.

    Raises:
        FaultError: It is no number, or too large (6, overflow).
    """
    number = number_of(value)
    if isinstance(number, int):
        return number
    if not math.isfinite(number) or abs(number) > 1e18:
        raise FaultError(6)
    return round(number)


def truth_of(value: Any) -> bool | None:
    """Whether a condition holds; None if that is not known."""
    if isinstance(value, Unknown | Thing):
        return None
    if isinstance(value, str):
        lower = value.strip().lower()
        if OPEN in value:
            return None
        if lower in {"true", "false"}:
            return lower == "true"
    if isinstance(value, Array):
        return None
    return number_of(value) != 0


def raw_of(value: Any) -> bytes:
    """The bytes of a byte array, or of a text as a byte array would hold them (UTF-16)."""
    if isinstance(value, Array):
        return bytes((item if isinstance(item, int) else 0) & 0xFF for item in value.items)
    return text_of(value).encode("utf-16-le", "surrogatepass")


def ansi_text(raw: bytes) -> str:
    """Bytes as text of the Western code page; the five it does not have stand as themselves."""
    return "".join(_ANSI[byte] for byte in raw)


def ansi_bytes(text: str) -> bytes:
    """A text in the Western code page."""
    return bytes(_ANSI_CODES.get(letter, 0x3F) for letter in text)


def _ansi() -> list[str]:
    found: list[str] = []
    for code in range(256):
        try:
            found.append(bytes([code]).decode(_CODE_PAGE))
        except UnicodeDecodeError:
            found.append(chr(code))
    return found


_ANSI: Final = _ansi()
_ANSI_CODES: Final = {letter: code for code, letter in enumerate(_ANSI)}


def coerced(value: Any, type_: str) -> Any:
    """The value as a variable of the type would keep it; unchanged where the type says nothing.

    Raises:
        FaultError: It cannot be kept so.
    """
    if not type_ or isinstance(value, Unknown):
        return value
    if type_ == "byte()" and isinstance(value, str):
        return Array(list(raw_of(value)), type="byte")
    if isinstance(value, Thing | Array) and type_ != "string":
        return value
    if type_ == "string":
        return text_of(value)
    if isinstance(value, str) and OPEN in value:
        return value
    if type_ in _INTEGERS:
        return integer_of(value)
    if type_ == "byte":
        number = integer_of(value)
        if not 0 <= number <= 255:
            raise FaultError(6)
        return number
    if type_ == "boolean":
        return truth_of(value)
    return number_of(value) if type_ in {"double", "single", "currency"} else value


def same_text(left: str, right: str, *, exact: bool = True) -> bool:
    """Whether two texts are equal, by code or regardless of case."""
    return left == right if exact else left.casefold() == right.casefold()
