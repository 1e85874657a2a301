"""Macro sheets of every container: found where they are hidden, their formulas read from tokens and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.examine.budget import Budget, Limits
from noroshi.examine.model import Effect
from noroshi.examine.xlm import evaluate
from noroshi.examine.xlm.nodes import Book, Cell, Sheet
from noroshi.examine.xlm.text import FormulaError, parsed
from tests.examine import documents
from tests.examine.xlm import books

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.result import Examination
    from tests.examine.conftest import Examine

RUN = "cmd /c calc"
BUILT_IN, HIDDEN = 0x20, 0x01


def arguments(examination: Examination) -> set[str]:
    """Every argument of every effect."""
    told = [one for each in examination.told.values() for one in each]
    return {value for one in told if isinstance(one, Effect) for value in one.arguments.values()}


def pages(tokens: books.Tokens) -> tuple[list[books.Page], books.Names]:
    """A very hidden macro sheet whose formula writes another one with a text of the first sheet."""
    quote = tokens.integer(34) + tokens.function(books.CHAR)
    text = tokens.text("=EXEC(") + quote + books.AND_JOIN + tokens.cell_elsewhere(0, 6, 1) + books.AND_JOIN
    text += quote + books.AND_JOIN + tokens.text(")") + books.AND_JOIN
    macro = books.Page("Zq", macro=True, state=books.VERY_HIDDEN)
    macro.formulas[3, 2] = text + tokens.cell(5, 2) + tokens.variable(books.FORMULA, 2)
    macro.formulas[4, 2] = (
        tokens.variable(books.GOTO, 0)[:0] + tokens.cell(5, 2) + tokens.function(books.GOTO)
    )
    macro.formulas[4, 2] = tokens.cell(5, 2) + tokens.variable(books.GOTO, 1)
    sheet = books.Page("Sheet1", texts={(6, 1): RUN, (0, 0): "請求書"})
    return [sheet, macro], {"\x01": (BUILT_IN | HIDDEN, tokens.cell_elsewhere(1, 3, 2))}


@pytest.mark.parametrize("split", [0, 11, 13, 31, 33, 40])
def test_a_very_hidden_macro_sheet_of_an_xls(examined: Examine, split: int) -> None:
    """Tokens of BIFF8, a built-in name, texts that go on in the next record wherever it begins."""
    result = examined(books.xls(*pages(books.Tokens()), split=split), "a.xls")
    sheets = [dict(one.values) for _, one in result.findings() if one.code == "macro-sheet"]
    assert [{"sheet": "Zq", "state": "veryHidden"}] == sheets
    assert RUN in arguments(result)
    assert {"runs-by-itself", "hidden-name"} <= {one.code for _, one in result.findings()}


def test_a_very_hidden_macro_sheet_of_an_xlsb(examined: Examine) -> None:
    """Tokens of BIFF12."""
    sheets, names = pages(books.Tokens(wide=True))
    result = examined(books.xlsb(sheets, {"_xlnm.Auto_Open": names["\x01"]}), "a.xlsb")
    assert ["veryHidden"] == [
        one.values["state"] for _, one in result.findings() if one.code == "macro-sheet"
    ]
    assert RUN in arguments(result)


def test_a_hidden_macro_sheet_of_an_xlsm(examined: Examine) -> None:
    """Formulas as text in XML."""
    formulas = {"A1": '=FORMULA("=EXEC("""&B1&""")",A3)', "B1": RUN}
    raw = books.xlsm(formulas, {"_xlnm.Auto_Open": "Macro1!$A$1"}, "hidden")
    result = examined(raw, "a.xlsm")
    assert RUN in arguments(result)
    assert ["macro sheet"] == [node.via for node in result.nodes if node.type == "excel4"]
    assert [RUN] == [node.text for node in result.nodes if node.via == "command" and node.parent == 0]


def test_a_symbolic_link_file(examined: Examine) -> None:
    """``.slk`` with a name that starts its macro."""
    text = (
        "ID;P\nO;E\nNN;NAuto_open;ER101C1;KOut Flank;F\n"
        f'C;X1;Y101;K0;EEXEC("{RUN}")\nC;X1;Y102;K0;EHALT()\nE\n'
    )
    result = examined(text.encode(), "a.slk")
    assert RUN in arguments(result)
    assert "sylk" == result.nodes[0].type


def test_cells_of_an_xls_are_bound_into_vba(examined: Examine) -> None:
    """``Sheets("Sheet1").Range("B7")`` of an ``.xls``."""
    macro = 'Sub Workbook_Open()\r\nShell Sheets("Sheet1").Range("B7")\r\nEnd Sub\r\n'
    stream = books.workbook_stream([books.Page("Sheet1", texts={(6, 1): RUN})], {})
    project = documents.project({"ThisWorkbook": macro})
    result = examined(documents.compound({"Workbook": stream, "_VBA_PROJECT_CUR": project}), "a.xls")
    assert RUN in arguments(result)
    assert ["Sheet1!B7"] == [node.name for node in result.nodes if node.via == "cell"]


def test_excel4_by_vba_is_evaluated(examined: Examine) -> None:
    """``ExecuteExcel4Macro`` with more than ``EXEC``."""
    formula = 'CALL("Kernel32","WinExec","JCJ","cmd "&CHAR(47)&"c calc",0)'.replace('"', '""')
    macro = f'Sub AutoOpen()\r\nExecuteExcel4Macro "{formula}"\r\nEnd Sub\r\n'
    result = examined(documents.doc({"ThisDocument": macro}), "a.doc")
    assert RUN in arguments(result)


def test_a_loop_without_an_end_ends() -> None:
    """``GOTO`` to itself ends at the bounds, and says so."""
    sheet = Sheet("M", macro=True, cells={(0, 0): Cell(None, parsed("GOTO(A1)"))})
    evaluation = evaluate(Book([sheet]), Budget(Limits(steps=20_000)))
    assert ["steps"] == [one.what for one in evaluation.bounded]


@pytest.mark.parametrize("text", ["=", "=1+", "=EXEC(", '="abc', "=(((1)", "=A1:", "={1,2", "=#"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    """Refused, not misread."""
    with pytest.raises(FormulaError):
        parsed(text)


@pytest.mark.parametrize("build", [books.xls, books.xlsb])
def test_damage_anywhere_ends_in_findings_only(examined: Examine, build: Callable[..., bytes]) -> None:
    """Bytes overwritten anywhere in the records never end in an error."""
    tokens = books.Tokens(wide=build is books.xlsb)
    stream = books.workbook_stream(*pages(tokens))
    for at in range(0, len(stream), 5):
        hostile = stream[:at] + b"\xff\x7f" + stream[at + 2 :]
        assert examined(documents.compound({"Workbook": hostile}), "a.xls").nodes
