"""Words of VBA source: names, numbers, texts, operators and line ends.

After [MS-VBAL] 3.2 and 3.3. A comment and a continued line end are blank.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""
    (?P<blank>(?:[ \t\f\v\u00a0\u3000\u0019]|_[ \t]*(?:\r\n?|\n))+)
  | (?P<name>[^\W\d]\w*(?:[$%!\#@](?![\w"])|&(?=[ \t]*(?:[=,):\r\n]|$)))?|\[[^\]\r\n]*\])
  | (?P<text>"(?:[^"\r\n]|"")*"?)
  | (?P<number>&[Hh][0-9A-Fa-f]+(?![0-9A-Za-z_])[&%^]?|&[Oo][0-7]+&?
      |(?:\d+(?:\.\d*)?|\.\d+)(?:[EeDd][+-]?\d+)?(?:[%!\#@^](?!\w)|&(?![\w"(]))?)
  | (?P<end>\r\n?|\n)
  | (?P<comment>'[^\r\n]*)
  | (?P<date>\#\d{1,4}[-/]\d{1,2}[-/]\d{1,4}[^\#\r\n]{0,12}\#)
  | (?P<sign><>|<=|>=|=<|=>|:=|.)
    """,
    re.VERBOSE,
)
_SUFFIXES: Final = "$%&!#@^"


class Token(NamedTuple):
    """One word.

    Attributes:
        kind: ``name``, ``text``, ``number``, ``date``, ``sign``, ``end`` (of a line).
        text: As written; a name in lower case and without its type character.
        spaced: Whether blanks stand before it.
    """

    kind: str
    text: str
    start: int
    end: int
    spaced: bool


def tokens(source: str, begin: int = 0, until: int | None = None) -> list[Token]:
    """All words of a part of the source, an ``end`` last; offsets count in the whole source."""
    until = len(source) if until is None else until
    found: list[Token] = []
    spaced = False
    for match in _TOKEN.finditer(source, begin, until):
        kind = match.lastgroup or "sign"
        if kind in {"blank", "comment"}:
            spaced = True
            continue
        text = match[0]
        if kind == "name":
            text = text.lower()
            if text[0] == "[":
                text = text[1:-1]
            elif text[-1] in _SUFFIXES:
                text = text[:-1]
        found.append(Token(kind, text, match.start(), match.end(), spaced))
        spaced = False
    found.append(Token("end", "", until, until, spaced))
    return found


def number_of(text: str) -> int | float:
    """The value of a number as written; hexadecimal ones are signed as VBA reads them."""
    lower = text.lower()
    if lower.startswith(("&h", "&o")):
        base = 16 if lower[1] == "h" else 8
        value = int(lower[2:].rstrip("&%^"), base)
        if lower[-1] not in "&^" and 0x8000 <= value <= 0xFFFF:
            return value - 0x10000
        return value - 0x1_0000_0000 if 0x8000_0000 <= value <= 0xFFFF_FFFF else value
    plain = lower.rstrip("%&!#@^").replace("d", "e")
    if plain.isdigit() and len(plain) < 19:
        return int(plain)
    return float(plain)


def text_in(written: str) -> str:
    """The value of a text as written, in double quotes."""
    inner = written[1:-1] if len(written) > 1 and written.endswith('"') else written[1:]
    return inner.replace('""', '"')
