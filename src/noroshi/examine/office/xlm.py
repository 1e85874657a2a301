"""Workbooks to outcomes: cells for macros to read, macro sheets and what they would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.examine.model import Detail, Finding, Piece, Place, Severity
from noroshi.examine.outcomes import outcomes
from noroshi.examine.xlm import evaluate
from noroshi.examine.xlm.evaluation import STARTS
from noroshi.examine.xlm.nodes import address
from noroshi.examine.xlm.rendering import sheet_text, shown
from noroshi.examine.xlm.values import FaultError, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome
    from noroshi.examine.xlm.nodes import Book

MAX_CELLS: Final = 100_000
MAX_TEXT: Final = 1 << 23
"""Characters of all cells together."""
MAX_NAMES: Final = 50


def cells_of(book: Book) -> dict[str, str]:
    """The cells that have a value, by the keys of `noroshi.examine.vba.documents`: ``Sheet1!B7``, ``B7``."""
    found: dict[str, str] = {}
    size = 0
    for sheet in book.sheets:
        for (row, column), cell in sheet.cells.items():
            if cell.value is None:
                continue
            try:
                text = text_of(cell.value)
            except FaultError:
                continue
            size += len(text)
            if len(found) >= MAX_CELLS or size > MAX_TEXT:
                return found
            found[f"{sheet.name}!{address(row, column)}"] = text
            found.setdefault(address(row, column), text)
    return found


def macro_sheets(book: Book, budget: Budget) -> Iterator[Outcome]:
    """The macro sheets: that they are there and whether Excel shows them, their formulas, their effects."""
    found = book.macro_sheets
    if not found:
        return
    for sheet in found:
        severity = Severity.MEDIUM if sheet.state == "visible" else Severity.HIGH
        yield Finding(
            "macro-sheet", severity, {"sheet": sheet.name, "state": sheet.state}, Place(name=sheet.name)
        )
    starts = [name for name in book.names if name.startswith(STARTS)]
    if starts:
        hidden = [name for name in starts if name in book.hidden_names]
        yield Finding("runs-by-itself", Severity.HIGH, {"procedures": ", ".join(starts[:10])})
        if hidden:
            yield Finding("hidden-name", Severity.MEDIUM, {"names": ", ".join(hidden[:10])})
    yield from _names(book)
    texts = {sheet.name: sheet_text(sheet) for sheet in found}
    yield from outcomes(evaluate(book, budget), "\n".join(texts.values()))
    for name, text in texts.items():
        if text and budget.take("unfolded", len(text)):
            yield Piece("macro sheet", name, text, "excel4", place=Place(name=name))


def _names(book: Book) -> Iterator[Outcome]:
    shown_names = [f"{name} = {shown(node)}" for name, node in list(book.names.items())[:MAX_NAMES]]
    if shown_names:
        yield Detail("defined names", "; ".join(shown_names)[:2_000])
