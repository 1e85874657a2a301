"""Formulas as trees, and the book that holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

MAX_ROW: Final = 1_048_575
MAX_COLUMN: Final = 16_383


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number, truth or error (``#REF!``)."""

    value: Any


@dataclass(frozen=True, slots=True)
class Missing:
    """An argument that is left out."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A cell or a range, rows and columns from 0.

    Attributes:
        sheet: Its name; empty for the sheet that the formula stands on.
        shift: Whether row and column are distances from the formula's cell (``R[1]C[-2]``), each for itself.
    """

    sheet: str
    row: int
    column: int
    last_row: int
    last_column: int
    shift: tuple[bool, bool] = (False, False)


@dataclass(frozen=True, slots=True)
class Named:
    """A defined name, or an undefined one."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or command with its arguments; a name or a cell that is called has `target`."""

    name: str
    arguments: tuple[Node, ...] = ()
    target: Node | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with one operand or two."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Constants:
    """An array of constants, row after row."""

    rows: tuple[tuple[Any, ...], ...]


Node = Literal | Missing | Reference | Named | Call | Operation | Constants


@dataclass(slots=True)
class Cell:
    """A cell.

    Attributes:
        value: The one that was stored, or that evaluating gave.
        formula: None for a constant.
    """

    value: Any = None
    formula: Node | None = None


@dataclass(slots=True)
class Sheet:
    """A sheet.

    Attributes:
        state: ``visible``, ``hidden`` or ``veryHidden``.
        macro: Whether it is a macro sheet.
        cells: By row and column, from 0.
    """

    name: str
    state: str = "visible"
    macro: bool = False
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)


@dataclass(slots=True)
class Book:
    """A workbook as far as macros see it.

    Attributes:
        names: Defined name in lower case → what it stands for.
        hidden_names: Those that Excel does not show, in lower case.
    """

    sheets: list[Sheet] = field(default_factory=list)
    names: dict[str, Node] = field(default_factory=dict)
    hidden_names: set[str] = field(default_factory=set)

    def sheet(self, name: str) -> Sheet | None:
        """The sheet of this name in any case."""
        lower = name.lower()
        return next((one for one in self.sheets if one.name.lower() == lower), None)

    @property
    def macro_sheets(self) -> list[Sheet]:
        """The macro sheets, in the book's order."""
        return [sheet for sheet in self.sheets if sheet.macro]


def column_name(column: int) -> str:
    """The letters of a column from 0."""
    letters, number = "", column + 1
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The column from 0 that letters stand for."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def address(row: int, column: int) -> str:
    """A cell's address, ``B7``."""
    return f"{column_name(column)}{row + 1}"
