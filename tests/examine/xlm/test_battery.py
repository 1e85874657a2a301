"""Every technique of Excel 4.0 macros is solved."""

from __future__ import annotations

import pytest

from noroshi.examine.model import EffectKind
from noroshi.examine.xlm import evaluate
from noroshi.examine.xlm.nodes import Book, Cell, Reference, Sheet
from noroshi.examine.xlm.text import parsed
from tests.examine.xlm.battery import CASES, Case

_HARMLESS = {EffectKind.MESSAGE, EffectKind.SLEEP}


def book_of(case: Case) -> Book:
    """The case as a book."""
    sheet = Sheet("Macro1", macro=True)
    for place, content in case.cells.items():
        node = parsed(place)
        assert isinstance(node, Reference)
        is_formula = isinstance(content, str) and content.startswith("=")
        sheet.cells[node.row, node.column] = Cell(None, parsed(str(content))) if is_formula else Cell(content)
    return Book([sheet], {name: parsed(text) for name, text in case.names.items()})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_technique_is_solved(case: Case) -> None:
    """Each text wanted is an argument of an effect, each text said is seen."""
    evaluation = evaluate(book_of(case))
    effects = [one for one in evaluation.effects if one.kind not in _HARMLESS]
    found = {value.strip() for effect in effects for value in effect.arguments.values()}
    assert set(case.wanted) <= found
    assert set(case.said) <= {one.text for one in evaluation.seen}
    assert () == evaluation.bounded
