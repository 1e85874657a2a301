"""Text patterns as Hyperscan expressions over the folded value's UTF-8 bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import hyperscan

from noroshi.engine.predicates import fold_pattern
from noroshi.rules.model import Wildcard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from noroshi.rules.model import Pattern

_ONE: Final = r"(?:[\x00-\x7f]|[\xc0-\xff][\x80-\xbf]*)"
_FLAGS: Final = hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_SINGLEMATCH


def encode(text: str) -> bytes:
    """Folded text as the databases see it; lone surrogates pass."""
    return text.encode("utf-8", "surrogatepass")


def expression(pattern: Pattern) -> bytes:
    r"""A pattern as an expression: anchored where it has no ``*`` at that end.

    >>> expression(("ab", Wildcard.MANY))
    b'^ab'
    """
    folded = fold_pattern(pattern)
    start = 1 if folded and folded[0] is Wildcard.MANY else 0
    end = len(folded) - 1 if len(folded) > start and folded[-1] is Wildcard.MANY else len(folded)
    body = "".join(_part(part) for part in folded[start:end])
    return f"{'' if start else '^'}{body}{'' if end < len(folded) else chr(92) + 'z'}".encode("ascii")


def _part(part: str | Wildcard) -> str:
    if part is Wildcard.MANY:
        return ".*"
    if part is Wildcard.ONE:
        return _ONE
    return "".join(_byte(byte) for byte in encode(str(part)))


def _byte(byte: int) -> str:
    letter = chr(byte)
    return letter if letter.isascii() and letter.isalnum() else f"\\x{byte:02x}"


class Database:
    """All patterns of one field in one Hyperscan database."""

    __slots__ = ("_database", "_scratch", "ids")

    def __init__(self, ids: Sequence[int], database: Any) -> None:
        self.ids = tuple(ids)
        self._database = database
        self._scratch = hyperscan.Scratch(database)

    @classmethod
    def compile(cls, patterns: Mapping[int, Pattern]) -> Database:
        """A database that reports the keys of the patterns that match."""
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[expression(pattern) for pattern in patterns.values()],
            ids=list(patterns),
            elements=len(patterns),
            flags=[_FLAGS] * len(patterns),
        )
        return cls(list(patterns), database)

    @classmethod
    def load(cls, ids: Sequence[int], serialised: bytes) -> Database:
        """A database from `dump`."""
        return cls(ids, hyperscan.loadb(serialised, hyperscan.HS_MODE_BLOCK))

    def dump(self) -> bytes:
        """The database as bytes, for the cache; valid for this Hyperscan version and processor."""
        dumped: bytes = hyperscan.dumpb(self._database)
        return dumped

    def scan(self, folded: str, found: list[int]) -> None:
        """Append the ids of all patterns that match the folded text."""
        # Positional arguments: the binding takes them in half the time.
        self._database.scan(encode(folded), _collect, 0, found, self._scratch)


def _collect(pattern: int, _start: int, _end: int, _flags: int, found: list[int]) -> None:
    found.append(pattern)
