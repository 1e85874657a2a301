"""Formulas to values: operators, references, names, functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.meter import LimitError
from noroshi.examine.xlm.functions import PURE, power, pure, same
from noroshi.examine.xlm.nodes import Call, Constants, Literal, Missing, Named, Operation, Reference
from noroshi.examine.xlm.rendering import shown
from noroshi.examine.xlm.values import (
    Area,
    Fault,
    FaultError,
    Grid,
    Unknown,
    number_of,
    text_of,
    unknown_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.xlm.nodes import Cell, Node
    from noroshi.examine.xlm.session import Session

MAX_AREA: Final = 20_000
"""Cells of a range that are read."""
MAX_SHOWN: Final = 60
MAX_LAZY: Final = 60
"""Formulas that are evaluated because another one reads their cell, inside each other."""
_COMPARISONS: Final = {"=", "<>", "<", ">", "<=", ">="}


class Evaluator:
    """Evaluates formulas of one session.

    Attributes:
        macros: Functions that act, by name; each takes this evaluator and the call.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.macros: dict[str, Callable[[Evaluator, Call], Any]] = {}
        self.run_named: Callable[[Evaluator, Call], Any] | None = None
        self._waiting: list[tuple[str, int, int]] = []

    def value(self, node: Node) -> Any:
        """The value of a formula; of a reference the cell's, of a range its values as rows.

        Raises:
            FaultError: An error value.
            LimitError: The budget ends.
        """
        return self.plain(self.operand(node))

    def operand(self, node: Node) -> Any:
        """As `value`, but a reference stays one."""
        self.session.meter.step()
        match node:
            case Literal():
                return (
                    Fault(node.value) if isinstance(node.value, str) and node.value in _FAULTS else node.value
                )
            case Reference():
                return self.area(node)
            case Call():
                return self._call(node)
            case Operation():
                return self._operation(node)
            case Named():
                return self._named(node)
            case Constants():
                return Grid(node.rows)
            case Missing():
                return None

    def text(self, node: Node) -> str:
        """The value as text."""
        return text_of(self.value(node))

    def plain(self, value: Any) -> Any:
        """What a reference refers to; any other value as it is."""
        if isinstance(value, Grid):
            return [list(row) for row in value.rows]
        if not isinstance(value, Area):
            return value
        if value.rows == value.columns == 1:
            return self.cell_value(value.sheet, value.row, value.column)
        if value.rows * value.columns > MAX_AREA:
            return Unknown("range")
        self.session.meter.items(value.rows * value.columns)
        return [
            [
                self.cell_value(value.sheet, row, column)
                for column in range(value.column, value.last_column + 1)
            ]
            for row in range(value.row, value.last_row + 1)
        ]

    def cell_value(self, sheet: str, row: int, column: int) -> Any:
        """What a cell holds; a formula without a value is evaluated, without effects."""
        cell = self.session.cell(sheet, row, column)
        if cell is None:
            return None if self.session.sheet(sheet) is not None else Unknown(sheet)
        if cell.value is None and cell.formula is not None:
            return self._lazily(cell, (sheet or self.session.spot[0], row, column))
        return Fault(cell.value) if isinstance(cell.value, str) and cell.value in _FAULTS else cell.value

    def _lazily(self, cell: Cell, spot: tuple[str, int, int]) -> Any:
        if spot in self._waiting or len(self._waiting) >= MAX_LAZY or cell.formula is None:
            return Unknown(shown(cell.formula)[:MAX_SHOWN] if cell.formula is not None else "")
        self._waiting.append(spot)
        session = self.session
        frame = session.frames[-1] if session.frames else None
        before = frame.spot if frame is not None else None
        session.quiet += 1
        session.doubtful += 1
        try:
            if frame is not None:
                frame.spot = spot
            cell.value = self.value(cell.formula)
        except FaultError as problem:
            cell.value = problem.fault
        finally:
            if frame is not None and before is not None:
                frame.spot = before
            session.quiet -= 1
            session.doubtful -= 1
            self._waiting.pop()
        return cell.value

    def area(self, node: Reference) -> Area:
        """The cells that a reference means for the running formula."""
        sheet, row, column = self.session.spot
        by_row, by_column = (row if node.shift[0] else 0), (column if node.shift[1] else 0)
        return Area(
            node.sheet or sheet, max(0, node.row + by_row), max(0, node.column + by_column),
            max(0, node.last_row + by_row), max(0, node.last_column + by_column),
        )  # fmt: skip

    # -- operators --

    def _operation(self, node: Operation) -> Any:
        if len(node.operands) == 1:
            return self._sign(node)
        if node.operator == "&":
            return self._joined(node)
        left, right = self.value(node.operands[0]), self.value(node.operands[1])
        if unknown_in(left) or unknown_in(right):
            return Unknown(shown(node)[:MAX_SHOWN])
        if node.operator in _COMPARISONS:
            return compared(node.operator, left, right)
        return calculated(node.operator, number_of(left), number_of(right))

    def _sign(self, node: Operation) -> Any:
        value = self.value(node.operands[0])
        if unknown_in(value):
            return Unknown(shown(node)[:MAX_SHOWN])
        number = number_of(value)
        return {"-": -number, "+": number, "%": number / 100}[node.operator]

    def _joined(self, node: Operation) -> str:
        """A chain of ``&``, which leans to the left and may be thousands long."""
        operands: list[Node] = []
        at: Node = node
        while isinstance(at, Operation) and at.operator == "&":
            operands.append(at.operands[1])
            at = at.operands[0]
        operands.append(at)
        text = "".join(self.text(one) for one in reversed(operands))
        self.session.meter.text(len(text))
        self.session.see(text)
        return text

    # -- names and calls --

    def _named(self, node: Named) -> Any:
        key = node.name.lower()
        if key in self.session.values:
            return self.session.values[key]
        known = self.session.book.names.get(key)
        if known is None or known == node:
            return Unknown(node.name)
        return self.operand(known)

    def _call(self, node: Call) -> Any:
        name = node.name
        action = self.macros.get(name)
        if action is not None:
            return action(self, node)
        if name in PURE:
            found = pure(name, [self._argument(one) for one in node.arguments])
            self.session.see(found)
            return found
        if node.target is not None and self.run_named is not None:
            return self.run_named(self, node)
        for argument in node.arguments:
            self._seen_argument(argument)
        self.session.cannot(shown(node)[:MAX_SHOWN])
        return Unknown(shown(node)[:MAX_SHOWN])

    def _argument(self, node: Node) -> Any:
        """A value for a function; an error stays one, because some functions look for it."""
        try:
            return self.value(node)
        except FaultError as problem:
            return problem.fault

    def _seen_argument(self, node: Node) -> None:
        try:
            self.session.see(self.value(node))
        except FaultError:
            return

    def quietly(self, node: Node) -> None:
        """Evaluate for the texts only.

        Raises:
            LimitError: The budget ends.
        """
        self.session.quiet += 1
        self.session.doubtful += 1
        try:
            self.operand(node)
        except LimitError:
            raise
        except FaultError:
            return
        finally:
            self.session.quiet -= 1
            self.session.doubtful -= 1


_FAULTS: Final = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})


def compared(operator: str, left: Any, right: Any) -> bool:
    """A comparison: numbers before texts before truths; an empty cell is 0 or an empty text.

    Raises:
        FaultError: One of them is an error.
    """
    for value in (left, right):
        if isinstance(value, Fault):
            raise FaultError(value)
    left, right = _filled(left, right), _filled(right, left)
    if operator in {"=", "<>"}:
        return same(left, right) == (operator == "=")
    first, second = (_ranked(left), _ranked(right))
    below, equal = first < second, first == second
    return {"<": below, "<=": below or equal, ">": not below and not equal, ">=": not below}[operator]


def _filled(value: Any, other: Any) -> Any:
    if value is not None:
        return value
    return "" if isinstance(other, str) else False if isinstance(other, bool) else 0


def _ranked(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, str):
        return 1, value.lower()
    return (0, value) if isinstance(value, int | float) else (3, 0)


def calculated(operator: str, left: float, right: float) -> int | float:
    """An arithmetic operation.

    Raises:
        FaultError: Division by zero, or a number that is too large.
    """
    if operator == "/" and not right:
        raise FaultError("#DIV/0!")
    if operator == "^":
        return power(left, right)
    try:
        match operator:
            case "+":
                return number_of(left + right)
            case "-":
                return number_of(left - right)
            case "*":
                return number_of(left * right)
            case "/":
                return number_of(left / right)
    except OverflowError:
        raise FaultError("#NUM!") from None
    raise FaultError
