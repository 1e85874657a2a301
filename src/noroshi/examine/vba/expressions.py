"""Expressions, by rank of their operators ([MS-VBAL] 5.6.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.examine.vba.nodes import Argument, Call, Chain, Literal, Member, Name, New, Node, Unary
from noroshi.examine.vba.tokens import number_of, text_in

if TYPE_CHECKING:
    from noroshi.examine.vba.tokens import Token

MAX_DEPTH: Final = 400
"""Brackets inside each other."""
_RANKS: Final = {
    "imp": 1, "eqv": 2, "xor": 3, "or": 4, "and": 5,
    "=": 7, "<>": 7, "<": 7, ">": 7, "<=": 7, ">=": 7, "=<": 7, "=>": 7, "like": 7, "is": 7,
    "&": 8, "+": 9, "-": 9, "mod": 10, "\\": 11, "*": 12, "/": 12, "^": 14,
}  # fmt: skip
_NOT: Final = 6
_SIGN: Final = 13
_CONSTANTS: Final = {"true": True, "false": False, "nothing": None, "empty": None, "null": None}
_STOPS: Final = frozenset({"then", "to", "step", "as", "goto", "gosub", "else"})


class SyntaxProblemError(Exception):
    """The words are no VBA at this token."""


class Expressions:
    """A position in the words of a source, and the expressions that begin there."""

    __slots__ = ("at", "depth", "words")

    def __init__(self, words: list[Token]) -> None:
        self.words = words
        self.at = 0
        self.depth = 0

    @property
    def here(self) -> Token:
        """The word at the position."""
        return self.words[self.at]

    def is_at(self, text: str) -> bool:
        """Whether this name or sign stands here."""
        word = self.words[self.at]
        return word.text == text and word.kind in {"name", "sign"}

    def take(self, *texts: str) -> bool:
        """Step over the first of these if it stands here."""
        word = self.words[self.at]
        if word.text in texts and word.kind in {"name", "sign"}:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Step over the word.

        Raises:
            SyntaxProblemError: Something else stands here.
        """
        if not self.take(text):
            raise SyntaxProblemError(f"`{text}` expected")

    @property
    def ended(self) -> bool:
        """Whether the statement ends here."""
        word = self.words[self.at]
        return word.kind == "end" or (word.text == ":" and word.kind == "sign")

    def expression(self, rank: int = 0) -> Node:
        """An expression of operators of at least this rank.

        Raises:
            SyntaxProblemError: None begins here, or it is nested too deeply.
        """
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.depth = 0
            raise SyntaxProblemError("nested too deeply")
        left = self._operand()
        while True:
            word = self.words[self.at]
            found = _RANKS.get(word.text, 0) if word.kind in {"sign", "name"} else 0
            if not found or found < rank:
                self.depth -= 1
                return left
            left = self._chain(left, found)

    def _chain(self, first: Node, rank: int) -> Node:
        rest: list[tuple[str, Node]] = []
        while True:
            word = self.words[self.at]
            if word.kind not in {"sign", "name"} or _RANKS.get(word.text) != rank:
                return Chain(first.start, rest[-1][1].end, first, tuple(rest))
            self.at += 1
            rest.append((word.text, self.expression(rank + 1)))

    def _operand(self) -> Node:
        word = self.words[self.at]
        if word.kind == "sign" and word.text in {"-", "+"}:
            self.at += 1
            operand = self.expression(_SIGN)
            return Unary(word.start, operand.end, word.text, operand)
        if word.kind == "name" and word.text in {"not", "addressof", "typeof", "byval"}:
            self.at += 1
            operand = self.expression(_NOT if word.text == "not" else _SIGN)
            return Unary(word.start, operand.end, word.text, operand)
        return self.postfix()

    def postfix(self) -> Node:
        """A value with its members, calls and indices.

        Raises:
            SyntaxProblemError: None begins here.
        """
        node = self._primary()
        while True:
            word = self.words[self.at]
            if word.kind != "sign":
                return node
            if word.text == "(":
                arguments = self.arguments_in_brackets()
                node = Call(node.start, self.words[self.at - 1].end, node, arguments)
            elif word.text in {".", "!"} and self.words[self.at + 1].kind == "name":
                name = self.words[self.at + 1]
                self.at += 2
                if word.text == "!":
                    key = Argument(Literal(name.start, name.end, name.text))
                    node = Call(node.start, name.end, node, (key,))
                else:
                    node = Member(node.start, name.end, node, name.text)
            else:
                return node

    def _primary(self) -> Node:
        word = self.words[self.at]
        self.at += 1
        if word.kind == "text":
            return Literal(word.start, word.end, text_in(word.text))
        if word.kind == "number":
            return Literal(word.start, word.end, number_of(word.text))
        if word.kind == "date":
            return Literal(word.start, word.end, word.text.strip("#"))
        if word.kind == "name" and word.text not in _STOPS:
            return self._name(word)
        if word.kind == "sign" and word.text == "(":
            node = self.expression()
            self.expect(")")
            return node
        if word.kind == "sign" and word.text == "." and self.here.kind == "name":
            name = self.here
            self.at += 1
            return Member(word.start, name.end, None, name.text)
        if word.kind == "sign" and word.text == "#":
            return self._primary()
        self.at -= 1
        raise SyntaxProblemError("a value was expected")

    def _name(self, word: Token) -> Node:
        if word.text in _CONSTANTS:
            return Literal(word.start, word.end, _CONSTANTS[word.text])
        if word.text == "new" and self.here.kind == "name":
            name = self.type_name()
            return New(word.start, self.words[self.at - 1].end, name)
        return Name(word.start, word.end, word.text)

    def type_name(self) -> str:
        """A type with its library, in lower case."""
        parts = [self.here.text]
        self.at += 1
        while self.is_at(".") and self.words[self.at + 1].kind == "name":
            parts.append(self.words[self.at + 1].text)
            self.at += 2
        return ".".join(parts)

    def arguments_in_brackets(self) -> tuple[Argument, ...]:
        """The arguments in the brackets that open here."""
        self.expect("(")
        found = self.arguments(")")
        self.expect(")")
        return found

    def arguments(self, closing: str = "") -> tuple[Argument, ...]:
        """Arguments up to the end of the statement, or to the closing sign."""
        found: list[Argument] = []
        if self.ended or self.is_at(closing):
            return ()
        while True:
            found.append(self._argument(closing))
            if not self.take(",", ";"):
                return tuple(found)
            if not closing and self._list_ends():
                return tuple(found)

    def _list_ends(self) -> bool:
        return self.ended or self.is_at("else")

    def _argument(self, closing: str) -> Argument:
        word = self.here
        if word.kind == "sign" and (word.text in {",", ";"} or word.text == closing):
            return Argument(None)
        if word.kind == "name" and self.words[self.at + 1].text == ":=":
            self.at += 2
            return Argument(self.expression(), word.text)
        value = self.expression()
        if self.take("to"):
            value = self.expression()
        return Argument(value)
