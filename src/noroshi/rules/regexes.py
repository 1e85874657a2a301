"""Regular expressions of rules, brought to RE2's syntax: linear time or refused.

Sigma writes PCRE without look-around and back-references. RE2 refuses a few of PCRE's escapes that are
harmless; those are rewritten here (`TRANSLATED`), everything else that RE2 refuses rejects the rule.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from noroshi.errors import Sentence

TRANSLATED: Final = {
    "h": r"[\t ]",
    "H": r"[^\t ]",
    "N": r"[^\n]",
    "R": r"(?:\r\n|[\n\v\f\r\x{85}\x{2028}\x{2029}])",
    "Z": r"\n?\z",
    "e": r"\x1b",
}
"""PCRE escape (without the backslash) → RE2.

Also rewritten: ``\\uXXXX``, ``\\cX``, ``(?#…)``, and a backslash before a character outside ASCII, which is
that character.
"""

_IN_CLASS: Final = {"h": r"\t ", "e": r"\x1b"}
_REASONS: Final = (
    ("(?=", "look-ahead needs more than linear time"),
    ("(?!", "look-ahead needs more than linear time"),
    ("(?<=", "look-behind needs more than linear time"),
    ("(?<!", "look-behind needs more than linear time"),
    ("(?>", "atomic groups are not available in linear time"),
)
_BACK_REFERENCES: Final = frozenset("123456789")
MAX_LENGTH: Final = 20_000
"""Longest regular expression taken, in characters."""


class RegexError(ValueError):
    """A regular expression that is wrong or cannot be matched in linear time; the text says why."""


@lru_cache(maxsize=4096)
def to_re2(source: str, flags: str = "") -> str:
    """The expression in RE2's syntax, compiled once to be sure.

    Args:
        source: As the rule writes it (PCRE's subset of the Sigma specification).
        flags: Any of ``i``, ``m``, ``s``.

    Raises:
        RegexError: If RE2 refuses it.
    """
    if len(source) > MAX_LENGTH:
        raise RegexError(Sentence("it is longer than {max_length} characters", max_length=MAX_LENGTH))
    translated = _translate(source)
    compile_re2(translated, flags)
    return translated


def compile_re2(source: str, flags: str = "") -> Any:
    """Compile with RE2, quietly.

    Raises:
        RegexError: With RE2's reason, or ours for what cannot be linear.
    """
    import re2  # noqa: PLC0415 - only rules with regular expressions need it

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(f"(?{flags}){source}" if flags else source, options)
    except re2.error as error:
        raise RegexError(_reason(source, error)) from None


def _reason(source: str, error: Exception) -> str:
    for opening, reason in _REASONS:
        if opening in source:
            return reason
    for at, character in enumerate(source[:-1]):
        if character == "\\" and source[at + 1] in _BACK_REFERENCES and not _escaped(source, at):
            return "back-references need more than linear time"
    text = error.args[0] if error.args else error
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _escaped(source: str, at: int) -> bool:
    head = source[:at]
    return (len(head) - len(head.rstrip("\\"))) % 2 == 1


def _translate(source: str) -> str:
    if "\\" not in source and "(?#" not in source:
        return source
    out: list[str] = []
    at, in_class = 0, False
    while at < len(source):
        character = source[at]
        if character == "\\" and at + 1 < len(source):
            text, at = _escape(source, at, in_class=in_class)
            out.append(text)
            continue
        if not in_class and source.startswith("(?#", at):
            at = _after_comment(source, at)
            continue
        if character == "[" and not in_class:
            opening = _class_opening(source, at)
            out.append(opening)
            at, in_class = at + len(opening), True
            continue
        in_class = in_class and character != "]"
        out.append(character)
        at += 1
    return "".join(out)


def _class_opening(source: str, at: int) -> str:
    """``[``, ``[^``, and a ``]`` that stands first and is therefore literal."""
    end = at + 1 + source.startswith("^", at + 1)
    end += source.startswith("]", end)
    return source[at:end]


def _after_comment(source: str, at: int) -> int:
    end = source.find(")", at)
    if end < 0:
        raise RegexError("the comment (?# has no end")
    return end + 1


def _escape(source: str, at: int, *, in_class: bool) -> tuple[str, int]:
    """The escape at `at` in RE2's syntax, and where it ends."""
    letter = source[at + 1]
    if letter == "u" and len(digits := source[at + 2 : at + 6]) == 4 and _is_hexadecimal(digits):
        return rf"\x{{{digits}}}", at + 6
    if letter == "c" and at + 2 < len(source):
        return rf"\x{{{ord(source[at + 2].upper()) ^ 64:x}}}", at + 3
    if not letter.isascii():
        return letter, at + 2
    table = _IN_CLASS if in_class else TRANSLATED
    return table.get(letter, source[at : at + 2]), at + 2


def _is_hexadecimal(text: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in text)
