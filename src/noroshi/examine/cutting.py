"""What a command cuts out of the file that starts it: lines that ``findstr`` picks, a tail from ``more``.

A shortcut can be its own container: lines of a script stand among its bytes, and its command line picks them
out of the shortcut's own file, writes them into another and starts that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import re2

from noroshi.examine.commands.shell import without_carets
from noroshi.examine.commands.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CUTS: Final = 20
_LATIN: Final = "latin-1"
_FINDSTR: Final = re.compile(
    r"(?i)(?<![\w.-])findstr(?:\.exe)?\"?\s+((?:\"[^\"]*\"|[^\"&|>])*)(?:>{1,2}\s*(\"[^\"]*\"|[^\s\"&|>)']+))?"
)
_MORE: Final = re.compile(
    r"(?i)(?<![\w.-])more(?:\.com)?\s+(?:/\w+\s+)*\+(\d{1,9})\s[^&|>]*(?:>{1,2}\s*(\"[^\"]*\"|[^\s\"&|>)']+))?"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of the file.

    Attributes:
        name: Of the file that it is written to; empty where it goes elsewhere.
        by: The program that cuts.
    """

    name: str
    by: str
    content: bytes


def cuts(command: str, raw: bytes) -> Iterator[Cut]:
    """What this command takes out of the file with these bytes, wherever it says so.

    Which file it reads is not checked: names in such commands are often made by wildcards or loops.
    """
    plain = without_carets(command)
    lines = raw.split(b"\n")
    for match in list(_FINDSTR.finditer(plain))[:MAX_CUTS]:
        picked = _picked(match[1], lines)
        if picked:
            yield Cut(_name(match[2]), "findstr", b"\n".join(picked))
    for match in list(_MORE.finditer(plain))[:MAX_CUTS]:
        rest = lines[int(match[1]) :]
        if rest:
            yield Cut(_name(match[2]), "more", b"\n".join(rest))


def _name(written: str | None) -> str:
    return (written or "").strip().strip('"').replace("/", "\\").rpartition("\\")[2]


def _picked(arguments: str, lines: list[bytes]) -> list[bytes]:
    """The lines that ``findstr`` prints with these arguments (``findstr /?``)."""
    options, wanted = "", list[str]()
    for word in words(arguments):
        if word.startswith("/"):
            switches, colon, text = word[1:].partition(":")
            if colon and switches.lower().endswith("c"):
                wanted.append(text)
                options += switches[:-1].lower()
            elif not colon:
                options += switches.lower()
        elif not wanted:
            wanted = word.split()
    if not wanted:
        return []
    expression = _expression(wanted, options)
    if expression is None:
        return []
    keeps_others = "v" in options
    return [
        line.rstrip(b"\r")
        for line in lines
        if bool(expression.search(line.rstrip(b"\r").decode(_LATIN))) != keeps_others
    ]


def _expression(wanted: list[str], options: str) -> re.Pattern[str] | None:
    """The search strings as one linear expression."""
    literal = "l" in options and "r" not in options
    parts = [re.escape(text) if literal else _translated(text) for text in wanted]
    body = "(?:" + "|".join(parts) + ")"
    body = ("^" if "b" in options or "x" in options else "") + body
    body += "$" if "e" in options or "x" in options else ""
    try:
        compiled: re.Pattern[str] = re2.compile(("(?i)" if "i" in options else "") + body)
    except re2.error:
        return None
    return compiled


def _translated(text: str) -> str:
    r"""An expression of ``findstr``: ``. * ^ $ [class] \< \> \x`` mean something, all else is itself."""
    out: list[str] = []
    at = 0
    while at < len(text):
        here = text[at]
        if here == "\\" and at + 1 < len(text):
            at += 1
            out.append(r"\b" if text[at] in "<>" else re.escape(text[at]))
        elif here == "[" and (end := text.find("]", at + 2)) > 0:
            out.append("[" + text[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[") + "]")
            at = end
        else:
            out.append(here if here in ".*^$" else re.escape(here))
        at += 1
    return "".join(out)
