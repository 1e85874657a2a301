from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.examine.powershell import evaluate

from .battery import CASES, Case

if TYPE_CHECKING:
    from noroshi.examine.model import Evaluation


def arguments(found: Evaluation) -> set[str]:
    """Everything that effects name."""
    return {text for effect in found.effects for text in effect.arguments.values()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_technique_is_solved(case: Case) -> None:
    """What the script would fetch or start is among the arguments of its effects."""
    found = evaluate(case.script)
    assert set(case.wanted) <= arguments(found), (found.effects, found.unknown)


def test_there_are_enough_techniques() -> None:
    """The battery has the size that is promised, each technique once."""
    assert len({case.name for case in CASES}) == len(CASES) >= 60
