"""Statements. What is no PowerShell becomes one `Unparsed` node, and parsing goes on behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.powershell.commands import Commands
from noroshi.examine.powershell.declarations import Declarations
from noroshi.examine.powershell.expressions import Expressions
from noroshi.examine.powershell.nodes import (
    Assign,
    Block,
    Flow,
    For,
    ForEach,
    Function,
    If,
    Literal,
    Loop,
    Node,
    Pipeline,
    Switch,
    Try,
    Unparsed,
    Variable,
)
from noroshi.examine.powershell.scanner import DASHES, DOUBLE, NEWLINE, SINGLE, Scanner, SyntaxProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

_WORD: Final = re.compile(r"[A-Za-z][\w-]*")
_ASSIGN: Final = re.compile(r"(?:\+|-|\*|/|%)?=(?!=)")
_EXPRESSION_START: Final = "$('\"[{@,!+" + SINGLE + DOUBLE
_OPERATOR_WORD: Final = re.compile(
    rf"(?i)[{DASHES}](?:not|bnot|join|[ci]?split)(?![A-Za-z])|[{DASHES}]{{2}}|[{DASHES}][\d.$(]"
)
_TYPE_BEFORE: Final = re.compile(r"\[[\w.\[\], ]+\]\s*")
_NAME: Final = re.compile(r"[\w:-]+")
_BLOCK_NAMES: Final = re.compile(r"(?i)(?:begin|process|end|dynamicparam)\s*(?=\{)")
_ENDED_BY_BRACE: Final = (If, Loop, For, ForEach, Switch, Try, Function)
"""Statements that need no separator behind them."""
_FLOWS: Final = frozenset({"return", "break", "continue", "throw", "exit"})


class Parser:
    """Parses one script."""

    def __init__(self, text: str, at: int = 0) -> None:
        self._scanner = Scanner(text, at)
        self._expressions = Expressions(self._scanner, self)
        self._commands = Commands(self._scanner, self._expressions, self)
        self._declarations = Declarations(self._scanner, self._expressions)
        self.problems: list[Unparsed] = []

    def script(self) -> Block:
        """The whole script."""
        scanner = self._scanner
        first = scanner.at
        parameters = self._declarations.declared()
        statements: list[Node] = []
        while True:
            statements += self._statements()
            if not scanner.peek():
                return Block(first, scanner.at, tuple(statements), parameters)
            statements.append(self._skip(scanner.at, "a closing bracket too many"))

    def block_until(self, closing: str) -> Block:
        """Statements up to the closing bracket, which is stepped over.

        Raises:
            SyntaxProblemError: The bracket does not come.
        """
        first = self._scanner.at
        statements = self._statements()
        self._scanner.expect(closing)
        return Block(first, self._scanner.at, tuple(statements))

    def script_block(self) -> Block:
        """Parameters and statements after ``{``, up to ``}``, which is stepped over."""
        first = self._scanner.at
        parameters = self._declarations.declared()
        statements = self._statements()
        self._scanner.expect("}")
        return Block(first, self._scanner.at, tuple(statements), parameters)

    def pipeline(self) -> Node:
        """A pipeline, or an assignment, or a statement used as a value."""
        return self._statement()

    def _statements(self) -> list[Node]:
        scanner = self._scanner
        found: list[Node] = []
        while True:
            scanner.skip_space()
            while scanner.take(";"):
                scanner.skip_space()
            scanner.match(_BLOCK_NAMES)
            here = scanner.peek()
            if not here or here in ")}":
                return found
            found.append(self._tolerant())

    def _tolerant(self) -> Node:
        first = self._scanner.at
        try:
            node = self._statement()
        except SyntaxProblemError as problem:
            return self._skip(first, problem.reason)
        except RecursionError:
            return self._skip(first, "is nested too deeply")
        self._scanner.skip_blank()
        here = self._scanner.peek()
        if here and here not in NEWLINE + ";)}" and not isinstance(node, _ENDED_BY_BRACE):
            self.problems.append(self._skip(self._scanner.at, "the end of the statement was expected"))
        return node

    def _skip(self, first: int, reason: str) -> Unparsed:
        """Go on at the next line, semicolon or behind a stray bracket."""
        scanner = self._scanner
        scanner.at = max(scanner.at, first)
        while scanner.peek() and scanner.peek() not in NEWLINE + ";":
            scanner.at += 1
        scanner.at += 1 if scanner.peek() else 0
        node = Unparsed(first, scanner.at, reason)
        self.problems.append(node)
        return node

    def _statement(self) -> Node:
        scanner = self._scanner
        first = scanner.at
        if scanner.peek() == ":":
            scanner.match(re.compile(r":\w+\s*"))
        found = _WORD.match(scanner.text, scanner.at)
        if found is not None:
            reader = self._STATEMENTS.get(found[0].lower())
            if reader is not None and not scanner.text.startswith(("-", ".", "\\"), found.end()):
                scanner.at = found.end()
                return reader(self, first)
            if found[0].lower() in _FLOWS:
                scanner.at = found.end()
                return self._flow(first, found[0].lower())
        return self._pipeline(first)

    def _pipeline(self, first: int) -> Node:
        scanner = self._scanner
        elements = [self._element()]
        if isinstance(elements[0], Assign):
            return elements[0]
        while True:
            before = scanner.at
            scanner.skip_space()
            if scanner.is_at("|") and not scanner.is_at("||"):
                scanner.at += 1
                scanner.skip_space()
                elements.append(self._element())
            elif scanner.is_at("&&", "||"):
                scanner.at = before
                scanner.skip_space()
                scanner.at += 2
                scanner.skip_space()
                rest = self._statement()
                return Block(first, scanner.at, (self._as_pipeline(first, elements), rest))
            else:
                scanner.at = before
                return self._as_pipeline(first, elements)

    def _as_pipeline(self, first: int, elements: list[Node]) -> Node:
        return elements[0] if len(elements) == 1 else Pipeline(first, elements[-1].end, tuple(elements))

    def _element(self) -> Node:
        scanner = self._scanner
        if not self._expression_follows():
            return self._commands.command()
        first = scanner.at
        node = self._expressions.expression()
        before = scanner.at
        scanner.skip_blank()
        found = scanner.match(_ASSIGN)
        if found is None:
            scanner.at = before
            return node
        scanner.skip_space()
        value = self._statement()
        return Assign(first, value.end, node, found[0], value)

    def _expression_follows(self) -> bool:
        scanner = self._scanner
        here = scanner.peek()
        if not here:
            raise SyntaxProblemError(scanner.at, "a statement was expected")
        if here in _EXPRESSION_START or _OPERATOR_WORD.match(scanner.text, scanner.at):
            return True
        if here.isdigit() or (here == "." and scanner.peek(1).isdigit()):
            before = scanner.at
            number = scanner.number()
            scanner.at = before
            return number is not None
        return False

    # -- statements with a keyword; the scanner stands behind it --

    def _body(self) -> Block:
        self._scanner.skip_space()
        self._scanner.expect("{")
        return self.script_block()

    def _condition(self) -> Node:
        scanner = self._scanner
        scanner.skip_space()
        scanner.expect("(")
        scanner.skip_space()
        node = self.pipeline()
        scanner.skip_space()
        scanner.expect(")")
        return node

    def _keyword(self, word: str) -> bool:
        scanner = self._scanner
        before = scanner.at
        scanner.skip_space()
        found = _WORD.match(scanner.text, scanner.at)
        if found is not None and found[0].lower() == word:
            scanner.at = found.end()
            return True
        scanner.at = before
        return False

    def _if(self, first: int) -> Node:
        clauses = [(self._condition(), self._body())]
        while self._keyword("elseif"):
            clauses.append((self._condition(), self._body()))
        otherwise = self._body() if self._keyword("else") else None
        return If(first, self._scanner.at, tuple(clauses), otherwise)

    def _while(self, first: int) -> Node:
        condition = self._condition()
        return Loop(first, self._scanner.at, "while", condition, self._body())

    def _do(self, first: int) -> Node:
        body = self._body()
        kind = "do-until" if self._keyword("until") else "do-while"
        if kind == "do-while" and not self._keyword("while"):
            raise SyntaxProblemError(self._scanner.at, "`while` or `until` expected")
        condition = self._condition()
        return Loop(first, self._scanner.at, kind, condition, body)

    def _for(self, first: int) -> Node:
        scanner = self._scanner
        scanner.skip_space()
        scanner.expect("(")
        parts: list[Node | None] = []
        for closing in (";", ";", ")"):
            scanner.skip_space()
            parts.append(None if scanner.peek() == closing else self.pipeline())
            scanner.skip_space()
            if closing == ")" or not scanner.is_at(")"):
                scanner.expect(closing)
        body = self._body()
        return For(first, scanner.at, parts[0], parts[1], parts[2], body)

    def _foreach(self, first: int) -> Node:
        scanner = self._scanner
        scanner.skip_blank()
        if scanner.peek() != "(":
            scanner.at = first
            return self._pipeline(first)
        scanner.expect("(")
        scanner.skip_space()
        variable = self._expressions.primary()
        if not isinstance(variable, Variable) or not self._keyword("in"):
            raise SyntaxProblemError(scanner.at, "`foreach ($x in …)` expected")
        scanner.skip_space()
        values = self.pipeline()
        scanner.skip_space()
        scanner.expect(")")
        return ForEach(first, scanner.at, variable, values, self._body())

    def _switch(self, first: int) -> Node:
        scanner = self._scanner
        flags: set[str] = set()
        scanner.skip_space()
        while (found := scanner.match(re.compile(rf"[{DASHES}](\w+)\s*"))) is not None:
            flags.add(found[1].lower())
        value = self._condition()
        scanner.skip_space()
        scanner.expect("{")
        clauses: list[tuple[Node | None, Block]] = []
        while True:
            scanner.skip_space()
            if scanner.take(";"):
                continue
            if scanner.take("}"):
                return Switch(first, scanner.at, frozenset(flags), value, tuple(clauses))
            pattern = None if self._keyword("default") else self._pattern()
            clauses.append((pattern, self._body()))

    def _pattern(self) -> Node:
        if self._expression_follows() or self._scanner.is_at("{"):
            return self._expressions.unary()
        found = self._scanner.match(re.compile(r"[^\s{}]+"))
        if found is None:
            raise SyntaxProblemError(self._scanner.at, "a pattern of `switch` was expected")
        return Literal(found.start(), found.end(), found[0])

    def _try(self, first: int) -> Node:
        body = self._body()
        handlers: list[Block] = []
        while self._keyword("catch"):
            self._scanner.skip_space()
            while self._scanner.match(_TYPE_BEFORE) is not None:
                self._scanner.take(",")
                self._scanner.skip_space()
            handlers.append(self._body())
        last = self._body() if self._keyword("finally") else None
        return Try(first, self._scanner.at, body, tuple(handlers), last)

    def _trap(self, first: int) -> Node:
        self._scanner.skip_space()
        self._scanner.match(_TYPE_BEFORE)
        body = self._body()
        return Try(first, self._scanner.at, Block(first, first, ()), (body,), None)

    def _function(self, first: int) -> Node:
        scanner = self._scanner
        scanner.skip_space()
        found = scanner.match(_NAME)
        if found is None:
            raise SyntaxProblemError(scanner.at, "a function has a name")
        scanner.skip_space()
        declared = self._declarations.parameters() if scanner.peek() == "(" else ()
        body = self._body()
        if declared:
            body = Block(body.start, body.end, body.statements, declared)
        return Function(first, scanner.at, found[0].lower().rpartition(":")[2], body)

    def _flow(self, first: int, kind: str) -> Node:
        scanner = self._scanner
        scanner.skip_blank()
        here = scanner.peek()
        value = None if not here or here in NEWLINE + ";})" else self.pipeline()
        return Flow(first, scanner.at, kind, value)

    _STATEMENTS: Final[dict[str, Callable[[Parser, int], Node]]] = {
        "if": _if,
        "while": _while,
        "do": _do,
        "for": _for,
        "foreach": _foreach,
        "switch": _switch,
        "try": _try,
        "trap": _trap,
        "function": _function,
        "filter": _function,
    }


def parse(text: str) -> tuple[Block, tuple[Unparsed, ...]]:
    """The script's tree, and what could not be parsed."""
    return parse_at(text, 0)


def parse_at(text: str, begin: int) -> tuple[Block, tuple[Unparsed, ...]]:
    """The tree of the script from an offset of a text to its end; offsets count in the whole text."""
    parser = Parser(text, begin)
    return parser.script(), tuple(parser.problems)
