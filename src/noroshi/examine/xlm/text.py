"""Formulas as text, A1 or R1C1, to trees (ECMA-376, part 1, 18.17)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from noroshi.examine.xlm.nodes import (
    MAX_COLUMN,
    MAX_ROW,
    Call,
    Constants,
    Literal,
    Missing,
    Named,
    Node,
    Operation,
    Reference,
    column_number,
)

MAX_LENGTH: Final = 1 << 16
MAX_DEPTH: Final = 200
_WORD: Final = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"]|\"\")*\")|(?P<number>(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?(?![\w.!:$]))"
    r"|(?P<error>\#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A))"
    r"|(?P<sheet>(?:'(?:[^']|'')*'|[\w.\[\]]+)(?::[\w.]+)?!)|(?P<name>[$\w.\\?]+(?:\[-?\d*\](?:C(?:\[-?\d*\])?)?)*)"
    r"|(?P<sign><>|<=|>=|[-+*/^&=<>%(),;:{}!]))"
)
_A1: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})$")
_R1C1: Final = re.compile(r"[Rr](\d*|\[-?\d+\])[Cc](\d*|\[-?\d+\])$")
_RANKS: Final = ({"=", "<>", "<", ">", "<=", ">="}, {"&"}, {"+", "-"}, {"*", "/"}, {"^"})


class FormulaError(Exception):
    """A text that is no formula."""


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    text: str


def parsed(text: str) -> Node:
    """The tree of a formula, with or without its ``=``.

    Raises:
        FormulaError: It is none.
    """
    words = _words(text.strip().removeprefix("=")[:MAX_LENGTH])
    parser = _Parser(words)
    node = parser.expression(0)
    if parser.here.kind != "end":
        raise FormulaError(parser.here.text)
    return node


def _words(text: str) -> list[_Word]:
    found: list[_Word] = []
    at = 0
    while at < len(text.rstrip()):
        match = _WORD.match(text, at)
        if match is None:
            raise FormulaError(text[at : at + 20])
        found.append(_Word(match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    found.append(_Word("end", ""))
    return found


class _Parser:
    """A recursive descent over the words of one formula."""

    def __init__(self, words: list[_Word]) -> None:
        self.words = words
        self.at = 0
        self.depth = 0

    @property
    def here(self) -> _Word:
        """The next word."""
        return self.words[self.at]

    def take(self, *signs: str) -> bool:
        """Whether one of the signs stood here; it is passed."""
        if self.here.kind == "sign" and self.here.text in signs:
            self.at += 1
            return True
        return False

    def expression(self, rank: int) -> Node:
        """Operators of this rank and those that bind more tightly."""
        self.depth += 1
        if self.depth > MAX_DEPTH * len(_RANKS):
            raise FormulaError("nested too deeply")
        node = self._unary() if rank == len(_RANKS) else self.expression(rank + 1)
        while rank < len(_RANKS) and self.here.kind == "sign" and self.here.text in _RANKS[rank]:
            operator = self.here.text
            self.at += 1
            node = Operation(operator, (node, self.expression(rank + 1)))
        self.depth -= 1
        return node

    def _unary(self) -> Node:
        if self.here.kind == "sign" and self.here.text in {"-", "+"}:
            operator = self.here.text
            self.at += 1
            return Operation(operator, (self.expression(len(_RANKS)),))
        node = self._operand()
        while self.take("%"):
            node = Operation("%", (node,))
        return node

    def _operand(self) -> Node:
        word = self.here
        self.at += 1
        if word.kind == "text":
            return Literal(word.text[1:-1].replace('""', '"'))
        if word.kind == "number":
            number = float(word.text)
            return Literal(int(number) if number.is_integer() and abs(number) < 1e15 else number)
        if word.kind == "error":
            return Literal(word.text)
        if word.kind == "sheet":
            return self._named(self.words[self.at], _sheet_name(word.text), skip=1)
        if word.kind == "name":
            return self._named(word, "", skip=0)
        if word.text == "(":
            node = self.expression(0)
            self._expect(")")
            return node
        if word.text == "{":
            return self._constants()
        if word.text == "!":  # a reference to the active sheet
            return self._named(self.words[self.at], "", skip=1)
        raise FormulaError(word.text)

    def _expect(self, sign: str) -> None:
        if not self.take(sign):
            raise FormulaError(f"{sign} was expected")

    def _named(self, word: _Word, sheet: str, skip: int) -> Node:
        if word.kind != "name":
            raise FormulaError(word.text)
        self.at += skip
        node = _reference(word.text, sheet)
        if self.take("("):
            return Call(word.text.upper().removeprefix("_XLFN."), self._arguments(), node or Named(word.text))
        if node is None:
            if word.text.upper() in {"TRUE", "FALSE"}:
                return Literal(word.text.upper() == "TRUE")
            return Named(word.text)
        if (
            self.here.kind == "sign"
            and self.here.text == ":"
            and self.words[self.at + 1].kind in {"name", "sheet"}
        ):
            self.at += 1
            return _joined(node, self._operand())
        return node

    def _arguments(self) -> tuple[Node, ...]:
        found: list[Node] = []
        if self.take(")"):
            return ()
        while True:
            missing = self.here.kind == "sign" and self.here.text in {",", ";", ")"}
            found.append(Missing() if missing else self.expression(0))
            if self.take(")"):
                return tuple(found)
            if not self.take(",", ";"):
                raise FormulaError("a comma was expected")

    def _constants(self) -> Node:
        rows: list[tuple[object, ...]] = []
        row: list[object] = []
        while True:
            node = self._unary()
            value = node.value if isinstance(node, Literal) else None
            if isinstance(node, Operation) and isinstance(node.operands[0], Literal):
                inner = node.operands[0].value
                value = -inner if isinstance(inner, int | float) else inner
            row.append(value)
            if self.take(","):
                continue
            rows.append(tuple(row))
            row = []
            if self.take("}"):
                return Constants(tuple(rows))
            if not self.take(";"):
                raise FormulaError("} was expected")


def _sheet_name(text: str) -> str:
    name = text[:-1]
    if name.startswith("'"):
        name = name[1:-1].replace("''", "'")
    return name.rpartition("]")[2]


def _reference(text: str, sheet: str) -> Reference | None:
    found = _A1.match(text)
    if found is not None:
        row, column = int(found[2]) - 1, column_number(found[1])
        return (
            Reference(sheet, row, column, row, column)
            if 0 <= row <= MAX_ROW and column <= MAX_COLUMN
            else None
        )
    found = _R1C1.match(text)
    if found is None:
        return None
    row, row_shift = _part(found[1])
    column, column_shift = _part(found[2])
    if (row < 0 and not row_shift) or (column < 0 and not column_shift):
        return None
    return Reference(sheet, row, column, row, column, (row_shift, column_shift))


def _part(text: str) -> tuple[int, bool]:
    """A row or column of the R1C1 style: its number, and whether that is a distance."""
    if not text:
        return 0, True
    if text.startswith("["):
        return int(text[1:-1]), True
    return int(text) - 1, False


def _joined(first: Node, last: Node) -> Node:
    if not isinstance(first, Reference) or not isinstance(last, Reference):
        raise FormulaError("no range")
    return Reference(
        first.sheet, min(first.row, last.row), min(first.column, last.column), max(first.row, last.row),
        max(first.column, last.column), first.shift,
    )  # fmt: skip
