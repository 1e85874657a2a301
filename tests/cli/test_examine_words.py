"""Every finding, detail, step and bound of an examination has its words in both languages."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from noroshi.cli.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM: Final = Path(__file__).resolve().parents[2] / "src" / "noroshi" / "examine"
GROUPS: Final = {"Finding": "finding", "Detail": "detail", "Piece": "via", "Bounded": "bound"}


def said() -> Iterator[tuple[str, str]]:
    """Group and code of every outcome that the room makes with a literal code, or one of several."""
    for path in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                group = GROUPS.get(node.func.id)
                for code in _codes(node.args[0]) if group else ():
                    yield f"{group}", code.replace("-", "_").replace(" ", "_")


def _codes(argument: ast.expr) -> Iterator[str]:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(argument, ast.IfExp):
        yield from _codes(argument.body)
        yield from _codes(argument.orelse)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_outcome_has_its_words(language: str) -> None:
    """Every outcome has its words."""
    known = words(language).entries
    missing = {f"examine.{group}.{code}" for group, code in said()} - set(known)
    assert not missing


def damages() -> set[str]:
    """Every clause that says literally what is damaged."""
    calls = (
        node
        for path in sorted(ROOM.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )
    return {
        call.args[at].value  # type: ignore[attr-defined]  # a constant
        for call in calls
        for name, at in (("DamagedSpecimenError", 0), ("_damaged", 0), ("_damaged", 1))
        if isinstance(call.func, ast.Name)
        and call.func.id == name
        and len(call.args) > at
        and isinstance(call.args[at], ast.Constant)
    }


def test_what_is_damaged_is_told_in_japanese() -> None:
    """No English clause stands in a Japanese sentence."""
    known = words("ja").entries
    found = damages()
    assert "nested too deeply" in found
    assert set() == {clause for clause in found if f"examine.damage.{clause}" not in known}
