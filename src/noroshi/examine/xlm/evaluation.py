"""The macro sheets of a book to one `Evaluation`: what starts by itself, then, for its texts, the rest."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from noroshi.examine.budget import Budget
from noroshi.examine.meter import LimitError, Meter
from noroshi.examine.model import Evaluation
from noroshi.examine.stack import with_room
from noroshi.examine.xlm.nodes import Call, Literal, Operation, Reference
from noroshi.examine.xlm.rendering import sheet_text
from noroshi.examine.xlm.runner import Runner
from noroshi.examine.xlm.session import Frame, HaltSignal, JumpSignal, ReturnSignal, Session
from noroshi.examine.xlm.values import FaultError

if TYPE_CHECKING:
    from noroshi.examine.xlm.nodes import Book, Node
    from noroshi.examine.xlm.session import Spot

STARTS: Final = ("auto_open", "auto_activate", "auto_deactivate", "auto_close")
"""Beginnings of the names whose macro Excel runs by itself, in the order of events."""

MAX_PENDING: Final = 200


def evaluate(book: Book, budget: Budget | None = None) -> Evaluation:
    """What the macro sheets would do, and every text that comes up in them. Nothing is executed.

    Where no name makes a macro start by itself, every column of a macro sheet is run from its top.

    Args:
        book: Its cells are changed by what the macros write.
        budget: Shared with the rest of an examination; a fresh one by default.
    """
    return with_room(lambda: _evaluate(book, budget or Budget()))


def _evaluate(book: Book, budget: Budget) -> Evaluation:
    session = Session(book, Meter(budget))
    runner = Runner(session)
    try:
        _see_literals(session)
        for spot in entries(book):
            _enter(runner, spot)
        _pending(runner)
        _dead(runner)
    except LimitError:
        pass
    except RecursionError:
        session.unknown.setdefault("nested too deeply")
    return Evaluation(
        effects=tuple(session.effects),
        seen=tuple(session.seen.values()),
        cleaned="\n".join(f"[{sheet.name}]\n{sheet_text(sheet)}" for sheet in book.macro_sheets),
        bounded=tuple(budget.reached.values()),
        unknown=tuple(session.unknown),
        steps=session.meter.steps,
    )


def entries(book: Book) -> list[Spot]:
    """Where macros start, in order."""
    found: list[Spot] = []
    first = next((sheet.name for sheet in book.macro_sheets), "")
    for start in STARTS:
        for name, node in book.names.items():
            if name.removeprefix("_xlnm.").startswith(start) and isinstance(node, Reference):
                found.append((node.sheet or first, node.row, node.column))
    if found:
        return list(dict.fromkeys(found))
    for sheet in book.macro_sheets:
        tops: dict[int, int] = {}
        for (row, column), cell in sheet.cells.items():
            if cell.formula is not None:
                tops[column] = min(row, tops.get(column, row))
        found += [(sheet.name, row, column) for column, row in sorted(tops.items())]
    return found


def _enter(runner: Runner, spot: Spot) -> None:
    session = runner.session
    with suppress(HaltSignal, JumpSignal, ReturnSignal, FaultError):
        runner.macro(spot, [])
    session.frames.clear()


def _pending(runner: Runner) -> None:
    """Places that a condition might have jumped to, each once."""
    session = runner.session
    known: set[Spot] = set()
    for _ in range(MAX_PENDING):
        left = [
            spot for spot in dict.fromkeys(session.pending) if spot not in known and spot not in session.ran
        ]
        if not left:
            return
        known.add(left[0])
        _enter(runner, left[0])


def _dead(runner: Runner) -> None:
    """Formulas that did not run, for their texts only."""
    session = runner.session
    for sheet in session.book.macro_sheets:
        for (row, column), cell in list(sheet.cells.items()):
            spot = (sheet.name, row, column)
            if cell.formula is None or spot in session.ran:
                continue
            session.frames.append(Frame(spot))
            with suppress(HaltSignal, JumpSignal, ReturnSignal):
                runner.evaluator.quietly(cell.formula)
            session.frames.clear()


def _see_literals(session: Session) -> None:
    for sheet in session.book.macro_sheets:
        for cell in sheet.cells.values():
            session.see(cell.value, "literal")
            waiting: list[Node] = [] if cell.formula is None else [cell.formula]
            while waiting:
                node = waiting.pop()
                session.meter.step()
                if isinstance(node, Literal):
                    session.see(node.value, "literal")
                elif isinstance(node, Call):
                    waiting += node.arguments
                elif isinstance(node, Operation):
                    waiting += node.operands
