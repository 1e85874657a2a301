"""Commands: name and arguments in argument mode, where unquoted words are texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.powershell.nodes import Argument, ArrayLiteral, Command, Literal, Node
from noroshi.examine.powershell.scanner import (
    BLANK,
    DASHES,
    DOUBLE,
    NEWLINE,
    SINGLE,
    SyntaxProblemError,
    plain_dashes,
)
from noroshi.examine.powershell.strings import dollar, quoted, word

if TYPE_CHECKING:
    from noroshi.examine.powershell.expressions import Expressions, Nesting
    from noroshi.examine.powershell.scanner import Scanner

_PARAMETER: Final = re.compile(rf"[{DASHES}]([A-Za-z_?][\w`-]*)(:?)")
_REDIRECTION: Final = re.compile(r"(?:[*1-6]?>>?(?:&[12])?|<)")
_CALL: Final = re.compile(r"\.[A-Za-z_]+\(")
_ENDS: Final = NEWLINE + ";|)}&"
_NUMBER_END: Final = BLANK + NEWLINE + ";|)},"


class Commands:
    """Reads commands at the scanner's position."""

    def __init__(self, scanner: Scanner, expressions: Expressions, nesting: Nesting) -> None:
        self._scanner = scanner
        self._expressions = expressions
        self._nesting = nesting

    def command(self) -> Command:
        """One command with its arguments.

        Raises:
            SyntaxProblemError: None stands here.
        """
        scanner = self._scanner
        first = scanner.at
        call = scanner.peek() if scanner.peek() in {"&", "."} else ""
        if call:
            scanner.at += 1
            scanner.skip_blank()
        name = self._name()
        arguments: list[Argument] = []
        while (argument := self._argument()) is not None:
            arguments.append(argument)
        return Command(first, scanner.at, call, name, tuple(arguments))

    def _name(self) -> Node:
        scanner = self._scanner
        here = scanner.peek()
        if here and (here in "$({@" or here in SINGLE or here in DOUBLE):
            return self._value()
        found = word(scanner, self._nesting)
        if found.end == found.start:
            raise SyntaxProblemError(scanner.at, "a command was expected")
        return found

    def _argument(self) -> Argument | None:
        scanner = self._scanner
        scanner.skip_blank()
        while scanner.match(_REDIRECTION) is not None:
            scanner.skip_blank()
            if scanner.peek() and scanner.peek() not in _ENDS:
                self._value()
            scanner.skip_blank()
        here = scanner.peek()
        if not here or here in _ENDS:
            return None
        first = scanner.at
        if here in DASHES and (found := scanner.match(_PARAMETER)) is not None:
            return self._parameter(first, found)
        return Argument(first, scanner.at, "", self._list())

    def _parameter(self, first: int, found: re.Match[str]) -> Argument:
        scanner = self._scanner
        name = plain_dashes(found[1]).replace("`", "").lower()
        if not found[2]:
            return Argument(first, scanner.at, name, None)
        scanner.skip_blank()
        return Argument(first, scanner.at, name, self._list())

    def _list(self) -> Node:
        """One value, or several joined by commas."""
        scanner = self._scanner
        values = [self._value()]
        while True:
            before = scanner.at
            scanner.skip_blank()
            if not scanner.take(","):
                scanner.at = before
                break
            scanner.skip_space()
            values.append(self._value())
        first = values[0]
        return first if len(values) == 1 else ArrayLiteral(first.start, values[-1].end, tuple(values))

    def _value(self) -> Node:
        scanner = self._scanner
        first = scanner.at
        here = scanner.peek()
        if here in "{(" or (here == "@" and scanner.peek(1) in "({'\"$" + SINGLE + DOUBLE):
            return self._expressions.postfix(self._expressions.primary())
        if here == "@" or here in SINGLE:
            return self._adjacent(first, self._expressions.primary())
        if here in DOUBLE:
            return self._adjacent(first, quoted(scanner, self._nesting))
        if here == "$" and (node := dollar(scanner, self._nesting)) is not None:
            return self._adjacent(first, self._expressions.postfix(node))
        number = scanner.number()
        if number is not None:
            if not scanner.peek() or scanner.peek() in _NUMBER_END:
                return Literal(first, scanner.at, number)
            scanner.at = first
        return self._word(first)

    def _word(self, first: int) -> Node:
        scanner = self._scanner
        found = word(scanner, self._nesting)
        if scanner.at == first:
            scanner.at += 1
            return Literal(first, scanner.at, scanner.text[first])
        return found

    def _adjacent(self, first: int, node: Node) -> Node:
        """The value, or the whole word that it only begins (``$env:temp/a.exe``, ``"a"b``)."""
        scanner = self._scanner
        here = scanner.peek()
        called = here == "." and _CALL.match(scanner.text, scanner.at) is not None
        if called or (here in {".", "["} and not isinstance(node, Literal)):
            node = self._expressions.postfix(node)
        here = scanner.peek()
        if not here or here in BLANK or here in _ENDS or here in ",({":
            return node
        scanner.at = first
        return word(scanner, self._nesting)
