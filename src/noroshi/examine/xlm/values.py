"""Excel's values in Python, and its conversions between them.

| Excel | here |
|---|---|
| text, number, truth, empty | ``str``, ``int``/``float``, ``bool``, ``None`` |
| error | `Fault`, a ``str`` |
| reference | `Area` |
| array | `Grid` |
| what could not be evaluated | `Unknown`, shown as ``‹formula›`` |
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final

from noroshi.examine.powershell.values import CLOSE, OPEN, Unknown

__all__ = [
    "CLOSE", "OPEN", "Area", "Fault", "FaultError", "Grid", "Unknown", "number_of", "text_of",
    "truth_of", "unknown_in",
]  # fmt: skip

_NUMBER: Final = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$")


class Fault(str):
    """An error value, ``#VALUE!``."""

    __slots__ = ()


class FaultError(Exception):
    """A function gives an error value.

    Attributes:
        fault: That value.
    """

    def __init__(self, fault: str = "#VALUE!") -> None:
        super().__init__(fault)
        self.fault = Fault(fault)


@dataclass(frozen=True, slots=True)
class Area:
    """A reference: cells of one sheet, from 0."""

    sheet: str
    row: int
    column: int
    last_row: int
    last_column: int

    @property
    def rows(self) -> int:
        """How many."""
        return self.last_row - self.row + 1

    @property
    def columns(self) -> int:
        """How many."""
        return self.last_column - self.column + 1


@dataclass(frozen=True, slots=True)
class Grid:
    """An array, row after row."""

    rows: tuple[tuple[Any, ...], ...]


def text_of(value: Any) -> str:
    """The value as text; what is not known stands in ``‹›``.

    Raises:
        FaultError: It is an error.
    """
    match value:
        case Fault():
            raise FaultError(value)
        case str():
            return value
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case float():
            return str(int(value)) if _whole(value) else f"{value:.15g}"
    return str(value)


def _whole(value: float) -> bool:
    return math.isfinite(value) and value == int(value) and abs(value) < 1e15


def number_of(value: Any) -> int | float:
    """The value as a number.

    Raises:
        FaultError: It is none.
    """
    match value:
        case Fault():
            raise FaultError(value)
        case bool() | None:
            return int(bool(value))
        case int():
            return value
        case float():
            return int(value) if _whole(value) else value
        case str() if _NUMBER.match(value[:64]):
            return number_of(float(value[:64]))
    raise FaultError


def truth_of(value: Any) -> bool | None:
    """Whether a condition holds; None if that is not known.

    Raises:
        FaultError: It is an error, or a text that is no truth.
    """
    if unknown_in(value):
        return None
    if isinstance(value, str) and not isinstance(value, Fault) and value.upper() in {"TRUE", "FALSE"}:
        return value.upper() == "TRUE"
    return number_of(value) != 0


def unknown_in(value: Any) -> bool:
    """Whether a value, or a part of a text, is not known."""
    return isinstance(value, Unknown) or (isinstance(value, str) and OPEN in value)
