"""A command line to its words, by the rules of ``CommandLineToArgvW``."""

from __future__ import annotations

import re
from typing import Final

MAX_COMMAND: Final = 1 << 20
_DASHES: Final = "-\u2013\u2014\u2015"


def words(command: str) -> list[str]:
    """The arguments as a program sees them: quotes group, backslashes escape quotes only.

    Source: Microsoft's documentation of ``CommandLineToArgvW`` and of the C run-time's argument parsing.
    """
    found: list[str] = []
    current: list[str] = []
    begun = quoted = False
    at = 0
    while at < len(command):
        here = command[at]
        if here == "\\":
            count = _run(command, at)
            at += count
            if command[at : at + 1] == '"':
                current.append("\\" * (count // 2))
                if count % 2:
                    current.append('"')
                    at += 1
            else:
                current.append("\\" * count)
            begun = True
            continue
        if here == '"':
            if quoted and command[at + 1 : at + 2] == '"':
                current.append('"')
                at += 1
            quoted = not quoted
            begun = True
        elif here in " \t\r\n" and not quoted:
            if begun:
                found.append("".join(current))
            current, begun = [], False
        else:
            current.append(here)
            begun = True
        at += 1
    return [*found, "".join(current)] if begun else found


def _run(text: str, at: int) -> int:
    end = at
    while end < len(text) and text[end] == "\\":
        end += 1
    return end - at


def program_name(word: str) -> str:
    """A program's bare name in lower case, without folder and ``.exe``."""
    bare = re.split(r"[\\/]", word.strip().strip('"'))[-1].lower()
    return bare.removesuffix(".exe").removesuffix(".com")


def option(word: str) -> str | None:
    """An option's name in lower case without ``-`` or ``/`` (typographic dashes too), or None."""
    return word[1:].lower() if len(word) > 1 and word[0] in _DASHES + "/" else None
