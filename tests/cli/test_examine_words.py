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
