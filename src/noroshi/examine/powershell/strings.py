"""Texts in double quotes, here-strings and unquoted words, and what in them is to be expanded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from noroshi.examine.powershell.nodes import Expandable, Literal, Node, SubExpression, Variable
from noroshi.examine.powershell.scanner import DOUBLE, NEWLINE, SINGLE, SyntaxProblemError

if TYPE_CHECKING:
    from noroshi.examine.powershell.nodes import Block
    from noroshi.examine.powershell.scanner import Scanner

_WORD_ENDS: Final = frozenset(" \t\f\v\u00a0\u0085\u3000\r\n;|&(){},")


class Nested(Protocol):
    """The parser, for what is nested in a text."""

    def block_until(self, closing: str) -> Block:
        """Statements up to the closing bracket, which is stepped over."""


def quoted(scanner: Scanner, nested: Nested) -> Node:
    """The text in double quotes that begins here.

    Raises:
        SyntaxProblemError: It does not end.
    """
    first = scanner.at
    scanner.at += 1
    parts = _Parts()
    while True:
        here = scanner.peek()
        if not here:
            raise SyntaxProblemError(first, "a text in quotes does not end")
        if here in DOUBLE:
            if not (scanner.peek(1) and scanner.peek(1) in DOUBLE):
                scanner.at += 1
                return parts.node(first, scanner.at)
            parts.add('"')
            scanner.at += 2
        else:
            _piece(scanner, nested, parts)


def here_string(scanner: Scanner, nested: Nested) -> Node:
    """The ``@'`` or ``@"`` text that begins here.

    Raises:
        SyntaxProblemError: It does not end.
    """
    first = scanner.at
    quotes = SINGLE if scanner.peek(1) in SINGLE else DOUBLE
    scanner.at += 2
    scanner.skip_blank()
    _line_end(scanner)
    begin = scanner.at
    end = _end_of_here_string(scanner.text, begin, quotes)
    if end is None:
        raise SyntaxProblemError(first, "a here-string does not end")
    body_end, after = end
    if quotes == SINGLE:
        scanner.at = after
        return Literal(first, after, scanner.text[begin:body_end])
    parts = _Parts()
    while scanner.at < body_end:
        _piece(scanner, nested, parts)
    scanner.at = after
    return parts.node(first, after)


def _line_end(scanner: Scanner) -> None:
    if not scanner.take("\r\n") and scanner.peek() and scanner.peek() in NEWLINE:
        scanner.at += 1


def _end_of_here_string(text: str, begin: int, quotes: str) -> tuple[int, int] | None:
    """Where the body ends and where the text goes on after ``'@``."""
    if text[begin : begin + 1] in quotes and text[begin + 1 : begin + 2] == "@":
        return begin, begin + 2
    ends = [at for quote in quotes if (at := text.find(f"\n{quote}@", max(begin - 1, 0))) >= 0]
    if not ends:
        return None
    at = min(ends)
    return (at - 1 if text[at - 1] == "\r" else at), at + 3


class _Parts:
    """The parts of a text so far."""

    def __init__(self) -> None:
        self._parts: list[str | Node] = []
        self._open: list[str] = []

    def add(self, text: str) -> None:
        self._open.append(text)

    def add_node(self, node: Node) -> None:
        self._close()
        self._parts.append(node)

    def _close(self) -> None:
        if self._open:
            self._parts.append("".join(self._open))
            self._open = []

    def node(self, start: int, end: int) -> Node:
        self._close()
        if not self._parts:
            return Literal(start, end, "")
        if len(self._parts) == 1 and isinstance(self._parts[0], str):
            return Literal(start, end, self._parts[0])
        return Expandable(start, end, tuple(self._parts))


def _piece(scanner: Scanner, nested: Nested, parts: _Parts) -> None:
    """One character, escape, variable or sub-expression."""
    here = scanner.peek()
    if here == "`":
        parts.add(scanner.escape())
    elif here == "$" and (node := dollar(scanner, nested)) is not None:
        parts.add_node(node)
    else:
        parts.add(here)
        scanner.at += 1


def dollar(scanner: Scanner, nested: Nested) -> Node | None:
    """The variable or ``$( … )`` here, or None (and no step) where the dollar is only a dollar."""
    first = scanner.at
    if scanner.peek(1) == "(":
        scanner.at += 2
        body = nested.block_until(")")
        return SubExpression(first, scanner.at, body, array=False)
    name = scanner.variable()
    return None if name is None else Variable(first, scanner.at, name)


def word(scanner: Scanner, nested: Nested) -> Node:
    """The unquoted word here, as in the arguments of commands; quotes inside it are taken off."""
    first = scanner.at
    parts = _Parts()
    while (here := scanner.peek()) and here not in _WORD_ENDS:
        if here in SINGLE:
            parts.add(scanner.verbatim())
        elif here in DOUBLE:
            inner = quoted(scanner, nested)
            _merge(parts, inner)
        else:
            _piece(scanner, nested, parts)
    return parts.node(first, scanner.at)


def _merge(parts: _Parts, inner: Node) -> None:
    if isinstance(inner, Literal):
        parts.add(str(inner.value))
        return
    assert isinstance(inner, Expandable)
    for part in inner.parts:
        if isinstance(part, str):
            parts.add(part)
        else:
            parts.add_node(part)


def simple_text(node: Node) -> str | None:
    """The text of a node that holds nothing to expand, else None."""
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else None
