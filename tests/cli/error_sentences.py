"""Every sentence in which an error may tell what is wrong or how to mend it, found in the source.

A sentence is a literal, or the template of a `Sentence`, at a place where errors take their words: an
argument of ``…Error(…)`` and of the functions that report one, or a value on its way there (``what = …``, a
constant, what a function that is called there returns).
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE: Final = Path(__file__).resolve().parents[2] / "src" / "noroshi"
SHOWN: Final = (
    "cli",
    "collect",
    "demo/feed.py",
    "demo/generate.py",
    "drafts/writing.py",
    "events",
    "examine/process.py",
    "examine/yara.py",
    "indicators",
    "intake",
    "identity",
    "rules",
    "service",
    "store",
)
"""Rooms and modules whose errors commands show."""
_PLACES: Final = {
    "LocatedError": (2, 3),
    "_MistakeError": (1, 2),
    "reject": (1, 2),
    "Problem": (1, 2),
    "report": (2, 3),
}
"""Of these calls, only these arguments are sentences; the others name a place."""
_PLACE: Final = re.compile(r"(?:byte|line) \d+")
_REPORTERS: Final = frozenset(
    {"_report", "reject_end", "_fail", "_stop", "_piece", "Piece", "Chunk", "_no_snapshot"}
)
_WORDS: Final = frozenset(
    {
        "what",
        "mend",
        "wanted",
        "SHORTER",
        "REPLACED",
        "EXCHANGED",
        "ROTATED",
        "LAST_CUT",
        "STRAY",
        "HOLE",
        "POWER_FAILURE",
        "REPORT",
    }
)
"""Names whose values are sentences; those in capitals are used by other modules."""
_SILENT: Final = frozenset(
    {"KeyError", "TypeError", "AssertionError", "NotImplementedError", "StopIteration"}
)


def sentences() -> dict[str, str]:
    """Sentence or template → the module where it was found first."""
    found: dict[str, str] = {}
    for part in SHOWN:
        place = SOURCE / part
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            for text in _Module(path).sentences():
                found.setdefault(text, str(path.relative_to(SOURCE)))
    return found


class _Module:
    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text("utf-8"))
        self.values: dict[str, list[ast.expr]] = {}
        self.returns: dict[str, list[ast.expr]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for one in targets:
                    for name, value in _pairs(one, node.value):
                        self.values.setdefault(name, []).append(value)
            if isinstance(node, ast.FunctionDef):
                inner = [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value]
                self.returns.setdefault(node.name, []).extend(inner)

    def sentences(self) -> Iterator[str]:
        """Of all places in this module."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                name = _called(node)
                if name in {"Sentence", "_refuse"}:
                    yield from self._texts(node if name == "Sentence" else node.args[0], set())
                elif name in _PLACES or name in _REPORTERS or _is_error(name):
                    for at, argument in enumerate(node.args):
                        if at in _PLACES.get(name, (at,)):
                            yield from self._texts(argument, set())
            if isinstance(node, ast.keyword) and node.arg in _WORDS:
                yield from self._texts(node.value, set())
        for name in _WORDS & self.values.keys():
            for value in self.values[name]:
                yield from self._texts(value, set())

    def _texts(self, node: ast.expr, seen: set[str]) -> Iterator[str]:
        match node:
            case ast.Constant(value=str(text)):
                if " " in text.strip() and text[:1] != " " and not _PLACE.fullmatch(text):
                    yield text
            case ast.Call() if _called(node) == "Sentence":
                yield from self._texts(node.args[0], seen)
                for value in node.keywords:
                    yield from self._texts(value.value, seen)
            case ast.Call(func=ast.Name(id=name)) if name in self.returns and name not in seen:
                for one in self.returns[name]:
                    yield from self._texts(one, seen | {name})
            case ast.Name(id=name) if name not in seen:
                for one in self.values.get(name, ()):
                    yield from self._texts(one, seen | {name})
            case ast.IfExp():
                yield from self._texts(node.body, seen)
                yield from self._texts(node.orelse, seen)
            case ast.BoolOp(values=parts) | ast.Tuple(elts=parts):
                for one in parts:
                    yield from self._texts(one, seen)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Names and what they get, of a single target or of a tuple of them."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, part in zip(target.elts, value.elts, strict=False):
            yield from _pairs(one, part)


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def _is_error(name: str) -> bool:
    return name.endswith("Error") and name not in _SILENT
