from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.examine.vba import evaluate

from .battery import CASES, Case

if TYPE_CHECKING:
    from noroshi.examine.model import Evaluation


def arguments(found: Evaluation) -> set[str]:
    """Everything that effects name."""
    return {text for effect in found.effects for text in effect.arguments.values()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_technique_is_solved(case: Case) -> None:
    """What the macro would start, fetch or write is among the arguments of its effects."""
    found = evaluate({"ThisDocument": case.code} | case.more, forms=case.forms, properties=case.properties)
    assert set(case.wanted) <= arguments(found), (found.effects, found.unknown)
    assert set(case.said) <= {seen.text for seen in found.seen}


def test_there_are_enough_techniques() -> None:
    """The battery has the size that is promised, each technique once."""
    assert len({case.name for case in CASES}) == len(CASES) >= 25
