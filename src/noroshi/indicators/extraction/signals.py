"""One Hyperscan pass that says where anything can be: where it has no signal nothing slower looks.

The text is projected to one byte a code point (what Latin-1 does not know becomes ``0xFF``), so that the
places that Hyperscan reports are those of the text. Every expression is bounded, so the pass is linear.
"""

from __future__ import annotations

import codecs
import re
import threading
from collections.abc import Sequence
from enum import IntEnum, auto
from functools import cache
from typing import Any, Final

import hyperscan

from noroshi.indicators.extraction.tables import words


class Signal(IntEnum):
    """What can be at a place."""

    DOT = auto()
    SLASHES = auto()
    AT = auto()
    IPV6 = auto()
    HEX = auto()
    TLSH = auto()
    SSDEEP = auto()
    CVE = auto()
    ATTACK = auto()
    BASE58 = auto()
    BECH32 = auto()
    BRACKET = auto()
    SEPARATOR = auto()
    DOT_WORD = auto()
    AT_WORD = auto()
    ENCODED = auto()
    LABEL = auto()
    HEADING = auto()


LABELLED: Final = ("mail_subject", "mail_sender", "file_name", "mutex", "registry_key", "user_agent")
"""Types that labels announce, as in ``tables/labels.toml``."""
_LABELS: Final = frozenset(label for type_ in LABELLED for label in words("labels", type_))
_ENGLISH: Final = "|".join(sorted(re.escape(label) for label in _LABELS if label.isascii())).encode("ascii")
_WIDE: Final = rb"\x80-\xff"

_CASELESS: Final = hyperscan.HS_FLAG_CASELESS
_LINES: Final = hyperscan.HS_FLAG_MULTILINE
_EXPRESSIONS: Final[tuple[tuple[Signal, bytes, int], ...]] = (
    (Signal.DOT, rb"[0-9a-z" + _WIDE + rb"]\.[0-9a-z" + _WIDE + rb"]", _CASELESS),
    (Signal.SLASHES, rb"://", 0),
    (Signal.AT, rb"[!-~]@[0-9a-z" + _WIDE + rb"]", _CASELESS),
    (Signal.IPV6, rb"[23f][0-9a-f]{3}:[0-9a-f:]", _CASELESS),
    (Signal.HEX, rb"(?:^|[^0-9a-z])(?:0x)?[0-9a-f]{32}", _CASELESS),
    (Signal.TLSH, rb"\bT1[0-9a-f]{70}", _CASELESS),
    (Signal.SSDEEP, rb"[0-9]:[A-Za-z0-9+/]{6}", 0),
    (Signal.CVE, rb"CVE.[0-9]{4}", _CASELESS),
    (Signal.ATTACK, rb"T(?:1[0-7][0-9]{2}|08[0-9]{2}|A00[0-9]{2})", 0),
    (Signal.BASE58, rb"\b[13][1-9A-HJ-NP-Za-km-z]{25}", 0),
    (Signal.BECH32, rb"\bbc1[02-9ac-hj-np-z]{11}", _CASELESS),
    (
        Signal.BRACKET,
        rb"[\[({<][\[({< \t]{0,4}(?:[.,@:/_-]|d[o0]t|pun[tk]|point|at|et|arroba)[\[\])}>/ \tonkt.]",
        _CASELESS,
    ),
    (Signal.BRACKET, rb"\\[./]|\^\.|%5B\.|\.[\])}]|[\])}]\.[\[({]|[\[({]\.", _CASELESS),
    (Signal.SEPARATOR, rb":[ ]?[/\\]|__", 0),
    (Signal.DOT_WORD, rb" (?:dot|punto|punkt) |-dot-|_dot_", _CASELESS),
    (Signal.AT_WORD, rb" (?:at|et|@|arroba) |/at/|[-_]at[-_]", _CASELESS),
    (Signal.ENCODED, rb"(?:https?|ftp)%3a%2f%2f", _CASELESS),
    (Signal.ENCODED, rb"68747470(?:73)?3a2f2f", _CASELESS),
    (Signal.ENCODED, rb"aHR0cDov|aHR0cHM6|dHRwOi8v|dHRwczov|dHA6Ly|dHBzOi8v|aAB0AHQAcA", 0),
    (Signal.LABEL, rb"(?:" + _ENGLISH + rb")[()\[\]*_ \t#`\"'" + _WIDE + rb"]{0,8}[:=|]", _CASELESS),
    (Signal.LABEL, rb"[" + _WIDE + rb"][()\[\]*_ \t#`\"']{0,4}[:=|]", 0),
    (
        Signal.HEADING,
        rb"^[ \t\-*#>\[(<" + _WIDE + rb"]{0,8}(?:" + _ENGLISH + rb")[ \t\])>*:" + _WIDE + rb"]{0,8}\r?\n",
        _CASELESS | _LINES,
    ),
    (Signal.HEADING, rb"^[ \t\-*#>\[(<]{0,8}[" + _WIDE + rb"]{2,20}[ \t\])>*:]{0,6}\r?\n", _LINES),
)
_DEFANGING: Final = frozenset({Signal.BRACKET, Signal.SEPARATOR, Signal.DOT_WORD, Signal.AT_WORD})
_NAME: Final = "noroshi-one-byte"


def _one_byte(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return b"\xff" * (error.end - error.start), error.end


codecs.register_error(_NAME, _one_byte)

Signals = Sequence[Sequence[int]]
"""By signal, the places in order, each once; of a label the place of its separator."""


def signals_of(text: str) -> Signals:
    """Where in a readable text anything can be."""
    return _scanned(text, defanging=False)


def defangings_of(text: str) -> Signals:
    """Where in a text anything can be defanged: brackets, separators of schemes, words for signs."""
    return _scanned(text, defanging=True)


def _scanned(text: str, *, defanging: bool) -> Signals:
    found: list[set[int]] = [set() for _ in range(len(Signal) + 1)]
    scratches = _THREAD.scratches
    database = _compiled(defanging)
    scratch = scratches.get(defanging)
    if scratch is None:
        scratch = scratches[defanging] = hyperscan.Scratch(database)
    # Positional arguments: the binding takes them in half the time.
    database.scan(text.encode("latin-1", _NAME), _collect, 0, found, scratch)
    return [sorted(places) for places in found]


def _collect(number: int, start: int, end: int, _flags: int, found: list[set[int]]) -> None:
    signal = _EXPRESSIONS[number][0]
    found[signal].add(end - 1 if signal is Signal.LABEL else start)


class _Thread(threading.local):
    """Scratch space that one thread uses, a database each."""

    def __init__(self) -> None:
        self.scratches: dict[bool, Any] = {}


_THREAD: Final = _Thread()


@cache
def _compiled(defanging: bool) -> Any:  # noqa: FBT001 - the key of the cache
    wanted = [
        (number, expression, flags)
        for number, (signal, expression, flags) in enumerate(_EXPRESSIONS)
        if (signal in _DEFANGING) is defanging
    ]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[expression for _, expression, _ in wanted],
        ids=[number for number, _, _ in wanted],
        elements=len(wanted),
        flags=[flags | hyperscan.HS_FLAG_SOM_LEFTMOST for _, _, flags in wanted],
    )
    return database
