"""Characters of a script: white space, comments, quotes, escapes, numbers and names.

After the lexical structure of the Windows PowerShell language specification (version 5, the version that
malware is written for): typographic quotes and dashes count as the plain ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

SINGLE: Final = "'\u2018\u2019\u201a\u201b"
DOUBLE: Final = '"\u201c\u201d\u201e'
DASHES: Final = "-\u2013\u2014\u2015"
BLANK: Final = " \t\f\v\u00a0\u0085\u3000"
NEWLINE: Final = "\r\n"

_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_CODE_POINT: Final = re.compile(r"u\{([0-9A-Fa-f]{1,6})\}")
_NUMBER: Final = re.compile(
    r"(?P<hex>0[xX][0-9A-Fa-f]+)(?P<hl>[lL]?)|(?P<num>(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?P<suffix>[lLdD]?)"
)
_UNITS: Final = {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40, "pb": 1 << 50}
_UNIT: Final = re.compile(r"(?i)[kmgtp]b")
_AFTER_NUMBER: Final = re.compile(r"[\w$'\"`:\\/]")
_VARIABLE: Final = re.compile(r"(?:(?:[A-Za-z]\w*):(?!:))?[\w?]+|[$^?]")
_SCOPES: Final = ("global:", "script:", "local:", "private:", "using:", "variable:")


@dataclass
class SyntaxProblemError(Exception):
    """The text is no PowerShell at this offset."""

    offset: int
    reason: str


def plain_dashes(text: str) -> str:
    """The text with typographic dashes made plain."""
    for dash in DASHES[1:]:
        text = text.replace(dash, "-")
    return text


def variable_name(text: str) -> str:
    """A variable's name in lower case without scope; drives such as ``env:`` stay."""
    name = text.lower()
    for scope in _SCOPES:
        name = name.removeprefix(scope)
    return name


class Scanner:
    """A position in a text."""

    __slots__ = ("at", "text")

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.at = at

    def peek(self, ahead: int = 0) -> str:
        """The character there, or an empty text at the end."""
        index = self.at + ahead
        return self.text[index : index + 1]

    def is_at(self, *words: str) -> bool:
        """Whether one of these stands here."""
        return self.text.startswith(words, self.at)

    def take(self, word: str) -> bool:
        """Step over the word if it stands here."""
        if not self.text.startswith(word, self.at):
            return False
        self.at += len(word)
        return True

    def expect(self, word: str) -> None:
        """Step over the word.

        Raises:
            SyntaxProblemError: Something else stands here.
        """
        if not self.take(word):
            raise SyntaxProblemError(self.at, f"`{word}` expected")

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Step over what the pattern matches here."""
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def skip_blank(self) -> None:
        """Blanks, comments and escaped line ends, but no line end."""
        while True:
            here = self.peek()
            if here and here in BLANK:
                self.at += 1
            elif here == "`" and self.peek(1) and self.peek(1) in NEWLINE:
                self.at += 3 if self.text.startswith("\r\n", self.at + 1) else 2
            elif here == "<" and self.peek(1) == "#":
                self._skip_to("#>", including=True)
            elif here == "#":
                self._skip_line()
            else:
                return

    def skip_space(self) -> None:
        """Blanks, comments and line ends."""
        self.skip_blank()
        while self.peek() and self.peek() in NEWLINE:
            self.at += 1
            self.skip_blank()

    def _skip_to(self, word: str, *, including: bool) -> None:
        end = self.text.find(word, self.at)
        self.at = len(self.text) if end < 0 else end + (len(word) if including else 0)

    def _skip_line(self) -> None:
        while self.peek() and self.peek() not in NEWLINE:
            self.at += 1

    def escape(self) -> str:
        """The character that the backtick here stands for."""
        self.at += 1
        found = _CODE_POINT.match(self.text, self.at)
        if found is not None and int(found[1], 16) < 0x110000:
            self.at = found.end()
            return chr(int(found[1], 16))
        letter = self.peek()
        self.at += 1
        if letter == "\r" and self.peek() == "\n":
            self.at += 1
        return "" if letter and letter in NEWLINE else _ESCAPES.get(letter, letter)

    def verbatim(self) -> str:
        """The text in single quotes that begins here.

        Raises:
            SyntaxProblemError: It does not end.
        """
        first = self.at
        self.at += 1
        parts: list[str] = []
        begin = self.at
        while self.at < len(self.text):
            if self.text[self.at] not in SINGLE:
                self.at += 1
                continue
            parts.append(self.text[begin : self.at])
            if not (self.peek(1) and self.peek(1) in SINGLE):
                self.at += 1
                return "'".join(parts)
            self.at += 2
            begin = self.at
        raise SyntaxProblemError(first, "a text in quotes does not end")

    def number(self) -> int | float | None:
        """The number here, or None (and no step) where a word begins with digits."""
        first = self.at
        found = self.match(_NUMBER)
        if found is None:
            return None
        unit = self.match(_UNIT)
        if (after := self.peek()) and _AFTER_NUMBER.match(after):
            self.at = first
            return None
        factor = _UNITS[unit[0].lower()] if unit else 1
        if found["hex"]:
            return _signed(int(found["hex"], 16), len(found["hex"]) - 2) * factor
        digits = found["num"]
        value = int(digits) if digits.isdigit() else float(digits)
        return value * factor

    def variable(self) -> str | None:
        """The name of the variable whose ``$`` or ``@`` is here, or None (and no step)."""
        if self.peek(1) == "{":
            end = self.at + 2
            while end < len(self.text) and self.text[end] != "}":
                end += 2 if self.text[end] == "`" else 1
            name = self.text[self.at + 2 : end].replace("`", "")
            self.at = end + 1
            return variable_name(name)
        found = _VARIABLE.match(self.text, self.at + 1)
        if found is None:
            return None
        self.at = found.end()
        return variable_name(found[0])


def _signed(value: int, digits: int) -> int:
    """Hexadecimal literals of 8 and 16 digits are read as signed."""
    for bits in (32, 64):
        if digits <= bits // 4:
            return value - (1 << bits) if digits == bits // 4 and value >= 1 << (bits - 1) else value
    return value
