"""Whether any keyword of the rules may occur in a record at all: one scan of it instead of all its values.

Few rules have keywords, but one that names no service applies to every Windows event. Each keyword's longest
run of plain ASCII letters must stand in the record for the keyword to match, so one case-less scan for these
runs rules nearly every record out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import hyperscan

from noroshi.engine.predicates import number_texts
from noroshi.events.values import all_texts, fold
from noroshi.rules.model import Number, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.model import Event
    from noroshi.rules.model import Predicate

_ESCAPED: Final = frozenset("\"/\\&'<>+")
"""What writers of JSON escape; nothing that stands for these hides a run."""
_PLAIN: Final = "".join(letter for letter in map(chr, range(0x20, 0x7F)) if letter not in _ESCAPED)
_PLAIN_RUN: Final = re.compile(f"[{re.escape(_PLAIN)}]+")
_FLAGS: Final = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH


_CODES: Final = "|".join(
    f"{high}[{''.join(low for low in '0123456789abcdef' if chr(int(high + low, 16)) in _PLAIN)}]"
    for high in "234567"
)
_HIDING: Final = (
    rf"\\u00(?:{_CODES})".encode(),
    rb"\\u(?:212a|017f)",
    rb"\xe2\x84\xaa",
    rb"\xc5\xbf",
)
"""What may stand for a plain letter: its JSON escape, and the two letters that fold into ASCII (k and s)."""


class KeywordGuard:
    """A necessary condition for any of some keyword predicates, over a record."""

    __slots__ = ("_database", "_scratch")

    def __init__(self, found: Iterable[Predicate]) -> None:
        runs = {run for node in found for run in _runs(node)}
        self._database = None
        if "" not in runs:
            shortest = sorted(run for run in runs if not any(other in run for other in runs - {run}))
            literals = ["".join(f"\\x{byte:02x}" for byte in run.encode()).encode() for run in shortest]
            self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
            self._database.compile(
                expressions=[*_HIDING, *literals],
                ids=list(range(len(_HIDING) + len(literals))),
                elements=len(_HIDING) + len(literals),
                flags=[_FLAGS] * (len(_HIDING) + len(literals)),
            )
            self._scratch = hyperscan.Scratch(self._database)

    def may_hold(self, event: Event) -> bool:
        """False only if no keyword can match the event."""
        if self._database is None:
            return True
        if event.raw is None:
            return self.may_hold_in(all_texts(event.fields))
        found: list[int] = []
        # Positional arguments: the binding takes them in half the time.
        self._database.scan(event.raw, _collect, 0, found, self._scratch)
        if not found:
            return False
        return max(found) >= len(_HIDING) or self.may_hold_in(all_texts(event.fields))

    def may_hold_in(self, texts: Iterable[str]) -> bool:
        """False only if no keyword can match any of these texts."""
        if self._database is None:
            return True
        found: list[int] = []
        plain = fold("\n".join(texts)).encode("utf-8", "replace")
        self._database.scan(plain, _collect, 0, found, self._scratch)
        return max(found, default=0) >= len(_HIDING)


def _collect(pattern: int, _start: int, _end: int, _flags: int, found: Any) -> None:
    found.append(pattern)


def _runs(node: Predicate) -> Iterable[str]:
    """The run that must occur if the predicate holds; the empty one where nothing is known."""
    match node:
        case Text(pattern=pattern):
            runs = [
                run for part in pattern if isinstance(part, str) for run in _PLAIN_RUN.findall(fold(part))
            ]
            return (max(runs, key=len, default=""),)
        case Number(value=value):
            return number_texts(value)
        case _:
            return ("",)
