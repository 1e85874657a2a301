"""Functions and commands of macro sheets that act: on the flow, on cells and names, on the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.xlm.arguments import given, reference_in, said, target
from noroshi.examine.xlm.machine import MACHINE
from noroshi.examine.xlm.nodes import Cell, Literal
from noroshi.examine.xlm.rendering import shown, shown_value
from noroshi.examine.xlm.session import HaltSignal, JumpSignal, ReturnSignal
from noroshi.examine.xlm.text import FormulaError, parsed
from noroshi.examine.xlm.values import (
    Area,
    Fault,
    FaultError,
    Unknown,
    number_of,
    text_of,
    truth_of,
    unknown_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.xlm.evaluator import Evaluator
    from noroshi.examine.xlm.nodes import Call, Node

    Action = Callable[[Evaluator, Call], Any]

MAX_FILLED: Final = 20_000
_WORKSPACE: Final = {
    1: "Windows (64-bit) NT 10.00", 2: "16.0", 13: 1440, 14: 800, 19: True, 26: "‹USERNAME›",
    32: "C:\\Program Files", 42: True, 44: 0,
}  # fmt: skip
"""What an ordinary machine answers; checks for a sandbox look at these."""


# -- flow --


def _if(evaluator: Evaluator, call: Call) -> Any:
    session = evaluator.session
    before = session.guesses
    truth = _condition(evaluator, call.arguments[0]) if call.arguments else None
    sure = truth is not None and session.guesses == before
    branches = [1, 2] if truth is not False else [2, 1]
    if sure:
        at = branches[0]
        return evaluator.operand(call.arguments[at]) if at < len(call.arguments) else truth
    session.doubtful += 1
    try:
        given_branches = [branch for branch in branches if branch < len(call.arguments)]
        found = [_branch(evaluator, call.arguments[branch]) for branch in given_branches]
    finally:
        session.doubtful -= 1
    if truth is not None and found:
        return found[0]
    return Unknown(shown(call)[:60])


def _condition(evaluator: Evaluator, node: Node) -> bool | None:
    try:
        return truth_of(evaluator.value(node))
    except FaultError:
        return None


def _branch(evaluator: Evaluator, node: Node) -> Any:
    try:
        return evaluator.operand(node)
    except FaultError as problem:
        return problem.fault


def _goto(evaluator: Evaluator, call: Call) -> Any:
    area = target(evaluator, call, 0)
    if area is None:
        evaluator.session.cannot(shown(call)[:60])
        return False
    spot = (area.sheet, area.row, area.column)
    if evaluator.session.doubtful:
        evaluator.session.pending.append(spot)
        return True
    raise JumpSignal(spot)


def _halt(evaluator: Evaluator, call: Call) -> Any:
    del call
    if evaluator.session.doubtful:
        return True
    raise HaltSignal


def _return(evaluator: Evaluator, call: Call) -> Any:
    value = evaluator.operand(call.arguments[0]) if call.arguments else True
    if evaluator.session.doubtful:
        return value
    raise ReturnSignal(value)


def _if_error(evaluator: Evaluator, call: Call) -> Any:
    try:
        found = evaluator.value(call.arguments[0])
    except FaultError:
        found = Fault("#VALUE!")
    return (
        evaluator.value(call.arguments[1]) if isinstance(found, Fault) and len(call.arguments) > 1 else found
    )


# -- cells and names --


def _formula(evaluator: Evaluator, call: Call) -> Any:
    """``FORMULA``, ``FORMULA.FILL``, ``FORMULA.ARRAY``: a text becomes a formula of its target."""
    value = given(evaluator, call, 0)
    area = target(evaluator, call, 1) or evaluator.session.selection
    if isinstance(value, str):
        evaluator.session.see(value)
    if area is None:
        return True
    if call.name == "FORMULA":
        area = Area(area.sheet, area.row, area.column, area.row, area.column)
    for row in range(area.row, min(area.last_row, area.row + MAX_FILLED) + 1):
        for column in range(area.column, min(area.last_column, area.column + 256) + 1):
            evaluator.session.put(area.sheet, row, column, written(evaluator, value))
    return True


def written(evaluator: Evaluator, value: Any) -> Cell:
    """A cell with a value that was typed: a formula where it begins so."""
    if isinstance(value, str) and value.startswith("=") and not unknown_in(value):
        try:
            return Cell(None, parsed(value))
        except FormulaError:
            evaluator.session.cannot(value[:60])
    return Cell(value)


def _set_value(evaluator: Evaluator, call: Call) -> Any:
    area, value = target(evaluator, call, 0), given(evaluator, call, 1)
    rows = value if isinstance(value, list) else [[value]]
    if area is not None:
        for row in range(area.row, min(area.last_row, area.row + MAX_FILLED) + 1):
            for column in range(area.column, min(area.last_column, area.column + 256) + 1):
                line = rows[min(row - area.row, len(rows) - 1)]
                evaluator.session.put(
                    area.sheet, row, column, Cell(line[min(column - area.column, len(line) - 1)])
                )
    return True


def _set_name(evaluator: Evaluator, call: Call) -> Any:
    """``SET.NAME``, ``DEFINE.NAME``: a value, or the reference itself."""
    name = said(evaluator, call, 0).lower()
    if len(call.arguments) < 2:
        evaluator.session.values.pop(name, None)
        return True
    found = evaluator.operand(call.arguments[1])
    if isinstance(found, str) and call.name == "DEFINE.NAME" and found.startswith("="):
        found = reference_in(evaluator, found) or found
    evaluator.session.values[name] = found
    return found if isinstance(found, str) else True


def _argument(evaluator: Evaluator, call: Call) -> Any:
    frame = evaluator.session.frames[-1]
    value = frame.given.pop(0) if frame.given else Unknown("ARGUMENT")
    name = said(evaluator, call, 0).lower()
    if name:
        evaluator.session.values[name] = value
    return value


def _indirect(evaluator: Evaluator, call: Call) -> Any:
    found = reference_in(evaluator, said(evaluator, call, 0))
    return found if isinstance(found, Area) else Unknown(shown(call)[:60])


def _offset(evaluator: Evaluator, call: Call) -> Any:
    area = target(evaluator, call, 0)
    if area is None:
        return Unknown(shown(call)[:60])
    down, across = (int(number_of(given(evaluator, call, place, 0))) for place in (1, 2))
    rows = int(number_of(given(evaluator, call, 3, area.rows)))
    columns = int(number_of(given(evaluator, call, 4, area.columns)))
    row, column = area.row + down, area.column + across
    if row < 0 or column < 0 or rows < 1 or columns < 1:
        raise FaultError("#REF!")
    return Area(area.sheet, row, column, row + rows - 1, column + columns - 1)


def _absolute(evaluator: Evaluator, call: Call) -> Any:
    """``ABSREF(text, reference)``: a distance from a cell."""
    base = target(evaluator, call, 1)
    if base is None:
        return Unknown(shown(call)[:60])
    frame = evaluator.session.frames[-1]
    before, frame.spot = frame.spot, (base.sheet, base.row, base.column)
    try:
        return reference_in(evaluator, said(evaluator, call, 0)) or Unknown(shown(call)[:60])
    finally:
        frame.spot = before


def _index(evaluator: Evaluator, call: Call) -> Any:
    found = evaluator.operand(call.arguments[0])
    row, column = (int(number_of(given(evaluator, call, place, 0))) for place in (1, 2))
    if isinstance(found, Area):
        if found.rows == 1 and not column:
            row, column = 1, row
        row, column = max(1, row), max(1, column)
        if row > found.rows or column > found.columns:
            raise FaultError("#REF!")
        return Area(
            found.sheet,
            found.row + row - 1,
            found.column + column - 1,
            found.row + row - 1,
            found.column + column - 1,
        )
    rows = evaluator.plain(found)
    if not isinstance(rows, list):
        return rows
    if len(rows) == 1 and not column:
        row, column = 1, row
    try:
        return rows[max(1, row) - 1][max(1, column) - 1]
    except IndexError:
        raise FaultError("#REF!") from None


def _place(evaluator: Evaluator, call: Call) -> Any:
    """``ROW``, ``COLUMN``, ``ROWS``, ``COLUMNS``."""
    area = target(evaluator, call, 0)
    if area is None:
        _, row, column = evaluator.session.spot
        return {"ROW": row + 1, "COLUMN": column + 1}.get(call.name, 1)
    return {"ROW": area.row + 1, "COLUMN": area.column + 1, "ROWS": area.rows, "COLUMNS": area.columns}[
        call.name
    ]


def _get_cell(evaluator: Evaluator, call: Call) -> Any:
    """``GET.CELL`` and ``GET.FORMULA``: contents and formulas are known, looks are not."""
    is_formula = call.name == "GET.FORMULA"
    kind = 6 if is_formula else int(number_of(given(evaluator, call, 0, 0)))
    area = target(evaluator, call, 0 if is_formula else 1)
    if area is None:
        return Unknown(shown(call)[:60])
    if kind == 5:
        return evaluator.cell_value(area.sheet, area.row, area.column)
    cell = evaluator.session.cell(area.sheet, area.row, area.column)
    if kind == 6:
        return (
            ""
            if cell is None
            else f"={shown(cell.formula)}"
            if cell.formula is not None
            else text_of(cell.value)
        )
    return {2: area.row + 1, 3: area.column + 1}.get(kind, Unknown(shown(call)[:60]))


def _get_name(evaluator: Evaluator, call: Call) -> Any:
    name = said(evaluator, call, 0).lower()
    if name in evaluator.session.values:
        value = evaluator.session.values[name]
        return f"={shown_value(value)}" if not isinstance(value, Area) else Unknown(name)
    known = evaluator.session.book.names.get(name)
    return Unknown(name) if known is None else f"={shown(known)}"


def _select(evaluator: Evaluator, call: Call) -> Any:
    evaluator.session.selection = target(evaluator, call, 0) or evaluator.session.selection
    return True


def _selected(evaluator: Evaluator, call: Call) -> Any:
    return evaluator.session.selection or Unknown(call.name)


def _evaluate(evaluator: Evaluator, call: Call) -> Any:
    text = said(evaluator, call, 0)
    evaluator.session.see(text)
    return reference_in(evaluator, text) if not unknown_in(text) else Unknown(text)


def _workspace(evaluator: Evaluator, call: Call) -> Any:
    kind = given(evaluator, call, 0, 0)
    evaluator.session.guesses += 1
    found = _WORKSPACE.get(int(number_of(kind))) if not isinstance(kind, Unknown) else None
    return Unknown(shown(call)) if found is None else found


def _nothing(evaluator: Evaluator, call: Call) -> bool:
    """Commands on windows and documents: only what their arguments say counts."""
    for argument in call.arguments:
        if not isinstance(argument, Literal):
            evaluator.session.see(evaluator.value(argument))
    return True


ACTIONS: Final[dict[str, Action]] = {
    "IF": _if, "GOTO": _goto, "HALT": _halt, "RETURN": _return, "IFERROR": _if_error,
    "CLOSE": _halt, "CLOSE.ALL": _halt, "QUIT": _halt, "FILE.CLOSE": _halt,
    "FORMULA": _formula, "FORMULA.FILL": _formula, "FORMULA.ARRAY": _formula, "SET.VALUE": _set_value,
    "SET.NAME": _set_name, "DEFINE.NAME": _set_name, "ARGUMENT": _argument,
    "INDIRECT": _indirect, "TEXTREF": _indirect, "OFFSET": _offset, "ABSREF": _absolute, "INDEX": _index,
    "ROW": _place, "COLUMN": _place, "ROWS": _place, "COLUMNS": _place,
    "GET.CELL": _get_cell, "GET.FORMULA": _get_cell, "GET.NAME": _get_name, "GET.WORKSPACE": _workspace,
    "SELECT": _select, "FORMULA.GOTO": _select, "ACTIVE.CELL": _selected, "SELECTION": _selected,
    "EVALUATE": _evaluate, "DEREF": lambda evaluator, call: given(evaluator, call, 0),
    "MESSAGE": _nothing, **MACHINE,
    **dict.fromkeys(
        ("ERROR", "ECHO", "BEEP", "WORKBOOK.HIDE", "WORKBOOK.UNHIDE", "WORKBOOK.ACTIVATE", "WORKBOOK.SELECT",
         "WORKBOOK.INSERT", "WORKBOOK.DELETE", "WORKBOOK.NAME", "WORKBOOK.PROTECT", "ACTIVATE", "HIDE",
         "UNHIDE", "VOLATILE", "RESULT", "APP.MAXIMIZE", "APP.MINIMIZE", "WINDOW.MAXIMIZE",
         "WINDOW.MINIMIZE", "WINDOW.RESTORE", "APP.ACTIVATE",
         "FCLOSE", "SAVE", "NEW", "SEND.KEYS", "EXECUTE", "TERMINATE", "CANCEL.KEY", "DELETE.NAME", "CLEAR",
         "EDIT.DELETE", "UNREGISTER", "STEP", "ZOOM", "NOTE"), _nothing),
}  # fmt: skip
