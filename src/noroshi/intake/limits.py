"""How much an input may unfold to: decompression bombs end at a limit, with one located error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError, Sentence

if TYPE_CHECKING:
    from noroshi.events.problems import Problems

MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file named by the user, with everything inside it.

    Attributes:
        ratio: Decompressed bytes for each compressed byte; logs reach 1:100, the worst gzip 1:1032.
        free_bytes: As much may come out before `ratio` counts.
        total_bytes: As much may come out at all, over all layers.
        depth: Layers of compression and archives inside each other (``.tar.gz`` is two).
        members: Files in one archive.
        spool_bytes: Size of an archive that has to be written to a temporary file, because it came from a
            stream and can only be read from its end.
    """

    ratio: int = 1000
    free_bytes: int = 64 * MIB
    total_bytes: int = 256 * 1024 * MIB
    depth: int = 4
    members: int = 100_000
    spool_bytes: int = 8 * 1024 * MIB


DEFAULT_LIMITS: Final = Limits()


class Budget:
    """What one file of the user's has used of its limits, over all layers inside it, and where it reports.

    Attributes:
        size: Bytes of the file, None for a stream.
        consumed: Bytes read of it so far.
        exhausted: Whether a limit was reached; every layer ends then.
    """

    __slots__ = ("_problems", "consumed", "exhausted", "limits", "produced", "size")

    def __init__(self, size: int | None, limits: Limits, problems: Problems) -> None:
        self.size = size
        self.limits = limits
        self.consumed = 0
        self.produced = 0
        self.exhausted = False
        self._problems = problems

    def report(self, path: str, place: str, what: str, mend: str = "") -> None:
        """One located error; where it ends the input, its dead letter gets the record that is cut by it."""
        self._problems.cut(LocatedError(path, place, what, mend))

    def produce(self, path: str, count: int) -> bool:
        """Count bytes that came out of a layer; False at and after a limit, which is reported once."""
        self.produced += count
        if self.produced <= self.limits.free_bytes or self.exhausted:
            return not self.exhausted
        compressed = self.consumed if self.size is None else self.size
        if self.produced > self.limits.total_bytes:
            self._stop(path, Sentence("unfolds to more than {most:,} bytes", most=self.limits.total_bytes))
        elif self.produced > self.limits.ratio * max(compressed, 1):
            self._stop(
                path, Sentence("unfolds to more than {ratio:,} times its size", ratio=self.limits.ratio)
            )
        return not self.exhausted

    def room_before(self, count: int) -> int:
        """How many of the last `count` bytes came before any ratio counted: they may still be delivered."""
        return max(0, self.limits.free_bytes - (self.produced - count))

    def _stop(self, path: str, what: str) -> None:
        self.exhausted = True
        self.report(
            path, "", Sentence("{what}; the rest is left out", what=what), "unpack it first if it is no bomb"
        )
