"""Source of macros: modules of VBA, formulas of macro sheets, symbolic link files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import Recognition
from noroshi.examine.kinds.texts import decoded
from noroshi.examine.model import Finding, Seen, Severity
from noroshi.examine.office.macro_sheets import read_sylk, tree
from noroshi.examine.office.macros import evaluated
from noroshi.examine.office.xlm import macro_sheets
from noroshi.examine.outcomes import outcomes
from noroshi.examine.xlm import evaluate
from noroshi.examine.xlm.nodes import Book, Cell, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

_AUTORUN: Final = re.compile(
    r"(?im)^[ \t]*(?:public\s+|private\s+)?sub\s+(auto_?(?:open|close|exec|exit|new)|(?:document|workbook)_"
    r"(?:open|close|beforeclose|activate)|\w+_(?:layout|resize|change|mousemove))\b"
)
_MODULE: Final = re.compile(r"(?m)\A\s*(?:VERSION 1\.0 CLASS|VERSION 5\.00|Attribute VB_Name\s*=)")


class ModuleExaminer:
    """Examines the source of one module; one that a project holds is evaluated with the whole project."""

    name: Final = "vba"
    types: Final = frozenset({"vba"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """The attributes that Office writes first, or the file name's ending."""
        text = decoded(content)
        if not text:
            return None
        if _MODULE.match(text[:2_000]):
            return Recognition("vba", 0.9)
        return Recognition("vba", 0.6) if name.lower().endswith((".bas", ".cls", ".frm")) else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Procedures that run by themselves, its text, and what it would do where it stands alone."""
        text = decoded(specimen.content) or ""
        if not budget.take("text", len(text)):
            return
        names = list(dict.fromkeys(_AUTORUN.findall(text)))
        if names:
            yield Finding("runs-by-itself", Severity.HIGH, {"procedures": ", ".join(names[:10])})
        yield Seen(text, "source")
        if specimen.via != "macro":
            yield from evaluated({specimen.name or "Module1": text}, {}, specimen.known, budget)


class FormulaExaminer:
    """Examines formulas of Excel 4.0: a macro sheet's text, or one formula that a macro hands to Excel."""

    name: Final = "excel4"
    types: Final = frozenset({"excel4"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """Never by content: whoever holds it knows."""
        del content, name
        return None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its text; a single formula is evaluated."""
        text = decoded(specimen.content) or ""
        if not budget.take("text", len(text)):
            return
        yield Seen(text, "source")
        if specimen.via != "macro sheet":
            node = tree(text)
            sheet = Sheet("Macro1", macro=True, cells={(0, 0): Cell(None, node)})
            yield from outcomes(evaluate(Book([sheet] if node else []), budget), text)


class LinkFileExaminer:
    """Examines symbolic link files (SYLK, ``.slk``), which Excel opens with their macros."""

    name: Final = "sylk"
    types: Final = frozenset({"sylk"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By its first record."""
        del name
        begin = content[:16].encode("utf-8", "replace") if isinstance(content, str) else content[:16]
        return Recognition("sylk", 0.8) if begin.startswith(b"ID;") else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its formulas as a macro sheet, where there are any."""
        text = decoded(specimen.content) or specimen.raw.decode("latin-1")
        if not budget.take("text", len(text)):
            return
        book = read_sylk(text)
        formulas = any(cell.formula is not None for sheet in book.sheets for cell in sheet.cells.values())
        yield from macro_sheets(book if formulas else Book(), budget)
        yield Seen(text, "source")


EXAMINERS: Final = (ModuleExaminer(), FormulaExaminer(), LinkFileExaminer())
