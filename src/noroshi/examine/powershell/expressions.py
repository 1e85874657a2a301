"""Expressions by precedence: logical, bitwise, comparison, sums, products, format, range, comma, unary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

from noroshi.examine.powershell.nodes import (
    ArrayLiteral,
    Binary,
    Cast,
    HashLiteral,
    Index,
    Invoke,
    Literal,
    Member,
    Node,
    Paren,
    Postfix,
    ScriptBlock,
    SubExpression,
    TypeName,
    Unary,
    Variable,
)
from noroshi.examine.powershell.scanner import DASHES, DOUBLE, SINGLE, SyntaxProblemError
from noroshi.examine.powershell.strings import dollar, here_string, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell.nodes import Block
    from noroshi.examine.powershell.scanner import Scanner

MAX_NESTING: Final = 200
"""Deeper nesting than this is refused; what stands there is kept as text."""

_COMPARISON: Final = (
    "eq|ne|gt|ge|lt|le|like|notlike|match|notmatch|replace|split|contains|notcontains|in|notin"
)
_LEVELS: Final[tuple[re.Pattern[str], ...]] = tuple(
    re.compile(rf"(?i)(?:{pattern})")
    for pattern in (
        rf"[{DASHES}](?:and|or|xor)(?![A-Za-z])",
        rf"[{DASHES}](?:band|bor|bxor)(?![A-Za-z])",
        rf"[{DASHES}](?:[ci]?(?:{_COMPARISON})|join|is|isnot|as|shl|shr)(?![A-Za-z])",
        rf"\+(?![+=])|[{DASHES}](?![{DASHES}=A-Za-z])",
        r"[*/%](?!=)",
        rf"[{DASHES}]f(?![A-Za-z])",
        r"\.\.",
    )
)
_UNARY: Final = re.compile(
    rf"(?i)(?:[{DASHES}](?:not|bnot|join|[ci]?split)(?![A-Za-z])|\+\+|[{DASHES}]{{2}}|!|\+|[{DASHES}](?![A-Za-z]))"
)
_TYPE: Final = re.compile(r"\[\s*([A-Za-z_][\w.`+]*(?:\s*\[[\w\s.,\[\]`+]*\])*)\s*\]")
_MEMBER_NAME: Final = re.compile(r"[A-Za-z_]\w*")


class Nesting(Protocol):
    """What expressions need of statements."""

    def block_until(self, closing: str) -> Block:
        """Statements up to the closing bracket, which is stepped over."""

    def pipeline(self) -> Node:
        """A pipeline or assignment."""

    def script_block(self) -> Block:
        """Parameters and statements after ``{``, up to ``}``, which is stepped over."""


class Expressions:
    """Reads expressions at the scanner's position."""

    def __init__(self, scanner: Scanner, nesting: Nesting) -> None:
        self._scanner = scanner
        self._nesting = nesting
        self._depth = 0

    def expression(self, *, commas: bool = True) -> Node:
        """One expression; with `commas`, ``1, 2`` is one (between the arguments of a method it is not).

        Raises:
            SyntaxProblemError: None stands here.
        """
        self._depth += 1
        if self._depth > MAX_NESTING:
            self._depth = 0
            raise SyntaxProblemError(self._scanner.at, "is nested too deeply")
        found = self._binary(0, commas=commas)
        self._depth = max(self._depth - 1, 0)
        return found

    def _binary(self, level: int, *, commas: bool) -> Node:
        if level == len(_LEVELS):
            return self._comma() if commas else self.unary()
        left = self._binary(level + 1, commas=commas)
        while (operator := self._operator(_LEVELS[level])) is not None:
            right = self._binary(level + 1, commas=commas)
            left = Binary(left.start, right.end, operator, left, right)
        return left

    def _operator(self, pattern: re.Pattern[str]) -> str | None:
        scanner = self._scanner
        before = scanner.at
        scanner.skip_blank()
        found = scanner.match(pattern)
        if found is None:
            scanner.at = before
            return None
        scanner.skip_space()
        return _plain(found[0])

    def _comma(self) -> Node:
        first = self.unary()
        items = [first]
        scanner = self._scanner
        while True:
            before = scanner.at
            scanner.skip_blank()
            if not scanner.take(","):
                scanner.at = before
                break
            scanner.skip_space()
            items.append(self.unary())
        return first if len(items) == 1 else ArrayLiteral(first.start, items[-1].end, tuple(items))

    def unary(self) -> Node:
        """An operand with the operators and casts before it."""
        scanner = self._scanner
        scanner.skip_blank()
        first = scanner.at
        if scanner.take(","):
            scanner.skip_space()
            operand = self.unary()
            return ArrayLiteral(first, operand.end, (operand,))
        if (found := scanner.match(_UNARY)) is not None:
            return self._with_operator(first, _plain(found[0]))
        if scanner.peek() == "[":
            return self._type_or_cast()
        return self.postfix(self.primary())

    def _with_operator(self, first: int, operator: str) -> Node:
        self._deeper()
        self._scanner.skip_space()
        operand = self.unary()
        self._depth -= 1
        if operator == "-" and isinstance(operand, Literal) and isinstance(operand.value, int | float):
            return Literal(first, operand.end, -operand.value)
        return Unary(first, operand.end, operator, operand)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_NESTING:
            self._depth = 0
            raise SyntaxProblemError(self._scanner.at, "is nested too deeply")

    def _type_or_cast(self) -> Node:
        scanner = self._scanner
        first = scanner.at
        found = scanner.match(_TYPE)
        if found is None:
            raise SyntaxProblemError(first, "`[` begins no type")
        name = TypeName(first, scanner.at, re.sub(r"[\s`]", "", found[1]))
        if scanner.is_at("::", "."):
            return self.postfix(name)
        before = scanner.at
        scanner.skip_blank()
        if not self._operand_follows():
            scanner.at = before
            return self.postfix(name)
        self._deeper()
        operand = self.unary()
        self._depth -= 1
        return Cast(first, operand.end, name, operand)

    def _operand_follows(self) -> bool:
        here = self._scanner.peek()
        if not here or here in ")]};|,=\r\n":
            return False
        if here and here in DASHES + "+!":
            found = _UNARY.match(self._scanner.text, self._scanner.at)
            return found is not None and not any(
                level.match(self._scanner.text, self._scanner.at) and found[0] not in {"-", "+"}
                for level in _LEVELS
            )
        return here in "$@(['\"{" + SINGLE + DOUBLE or here.isdigit() or here == "."

    def primary(self) -> Node:
        """A value: variable, text, number, bracket.

        Raises:
            SyntaxProblemError: None stands here.
        """
        scanner = self._scanner
        first = scanner.at
        here = scanner.peek()
        if here and here in SINGLE:
            return self._verbatim(first)
        if here and here in DOUBLE:
            return quoted(scanner, self._nesting)
        reader = self._READERS.get(here)
        if reader is not None:
            return reader(self, first)
        number = scanner.number() if here.isdigit() or here == "." else None
        if number is not None:
            return Literal(first, scanner.at, number)
        raise SyntaxProblemError(first, "an expression was expected")

    def _verbatim(self, first: int) -> Node:
        text = self._scanner.verbatim()
        return Literal(first, self._scanner.at, text)

    def _dollar(self, first: int) -> Node:
        found = dollar(self._scanner, self._nesting)
        if found is None:
            raise SyntaxProblemError(first, "`$` names no variable")
        return found

    def _at(self, first: int) -> Node:
        scanner = self._scanner
        after = scanner.peek(1)
        if after == "(":
            scanner.at += 2
            body = self._nesting.block_until(")")
            return SubExpression(first, scanner.at, body, array=True)
        if after == "{":
            return self._hash(first)
        if after and after in SINGLE + DOUBLE:
            return here_string(scanner, self._nesting)
        name = scanner.variable()
        if name is None:
            raise SyntaxProblemError(first, "`@` begins nothing")
        return Variable(first, scanner.at, name)

    def _paren(self, first: int) -> Node:
        scanner = self._scanner
        scanner.at += 1
        self._deeper()
        scanner.skip_space()
        body = self._nesting.pipeline()
        self._depth -= 1
        scanner.skip_space()
        scanner.expect(")")
        return Paren(first, scanner.at, body)

    def _braces(self, first: int) -> Node:
        self._scanner.at += 1
        self._deeper()
        body = self._nesting.script_block()
        self._depth -= 1
        return ScriptBlock(first, self._scanner.at, body)

    def _hash(self, first: int) -> Node:
        scanner = self._scanner
        scanner.at += 2
        pairs: list[tuple[Node, Node]] = []
        while True:
            scanner.skip_space()
            if scanner.take(";"):
                continue
            if scanner.take("}"):
                return HashLiteral(first, scanner.at, tuple(pairs))
            key = self._key()
            scanner.skip_space()
            scanner.expect("=")
            scanner.skip_space()
            pairs.append((key, self._nesting.pipeline()))

    def _key(self) -> Node:
        scanner = self._scanner
        first = scanner.at
        if (found := scanner.match(_MEMBER_NAME)) is not None:
            return Literal(first, scanner.at, found[0])
        return self.unary()

    _READERS: Final[dict[str, Callable[[Expressions, int], Node]]] = {
        "$": _dollar,
        "@": _at,
        "(": _paren,
        "{": _braces,
    }

    def postfix(self, node: Node) -> Node:
        """Members, calls, indexes and ``++`` after a value."""
        scanner = self._scanner
        while True:
            here = scanner.peek()
            if (here == "." and scanner.peek(1) not in {".", ""}) or scanner.is_at("::"):
                following = self._member(node)
                if following is None:
                    return node
                node = following
            elif here == "[":
                node = self._index(node)
            elif scanner.is_at("++", "--") and isinstance(node, Variable | Member | Index):
                operator = scanner.text[scanner.at : scanner.at + 2]
                scanner.at += 2
                node = Postfix(node.start, scanner.at, operator, node)
            else:
                return node

    def _index(self, target: Node) -> Node:
        scanner = self._scanner
        scanner.at += 1
        scanner.skip_space()
        index = self.expression()
        scanner.skip_space()
        scanner.expect("]")
        return Index(target.start, scanner.at, target, index)

    def _member(self, target: Node) -> Node | None:
        scanner = self._scanner
        before = scanner.at
        static = scanner.take("::")
        if not static:
            scanner.at += 1
        scanner.skip_space()
        name = self._member_name()
        if name is None:
            scanner.at = before
            return None
        if scanner.peek() != "(":
            return Member(target.start, scanner.at, target, name, static)
        arguments = self._arguments()
        return Invoke(target.start, scanner.at, target, name, arguments, static)

    def _member_name(self) -> Node | None:
        scanner = self._scanner
        first = scanner.at
        if (found := scanner.match(_MEMBER_NAME)) is not None:
            return Literal(first, scanner.at, found[0])
        here = scanner.peek()
        if here and (here in "$(" or here in SINGLE or here in DOUBLE):
            return self.primary()
        return None

    def _arguments(self) -> tuple[Node, ...]:
        scanner = self._scanner
        scanner.at += 1
        found: list[Node] = []
        scanner.skip_space()
        while not scanner.take(")"):
            found.append(self.expression(commas=False))
            scanner.skip_space()
            if scanner.take(","):
                scanner.skip_space()
            elif scanner.peek() != ")":
                raise SyntaxProblemError(scanner.at, "`)` or `,` expected")
        return tuple(found)


def _plain(operator: str) -> str:
    for dash in DASHES[1:]:
        operator = operator.replace(dash, "-")
    return operator.lower()
