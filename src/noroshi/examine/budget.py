"""How much one examination may unfold and do: counted steps and bytes, never a clock.

The limits on memory and processor time stand around the whole process; these bounds come first, so
that a bomb ends in a finding and not in a killed process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from noroshi.examine.model import Bounded

MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file given, over everything inside it.

    Attributes:
        steps: Steps of all evaluators together.
        text: Characters that evaluators may produce.
        depth: Specimens inside each other.
        pieces: Specimens in all.
        unfolded: Bytes that come out of archives and encodings, padding not counted.
        similarity: Bytes over which hashes of similarity (ssdeep, TLSH) are computed.
    """

    steps: int = 2_000_000
    text: int = 64 * MIB
    depth: int = 40
    pieces: int = 2_000
    unfolded: int = 512 * MIB
    similarity: int = 8 * MIB


@dataclass(slots=True)
class Budget:
    """What one examination has used of its `limits`; shared by all its examiners and evaluators."""

    limits: Limits = field(default_factory=Limits)
    used: dict[str, int] = field(default_factory=dict)
    reached: dict[str, Bounded] = field(default_factory=dict)

    def take(self, what: str, count: int = 1) -> bool:
        """Use `count` of what `Limits` names, ``steps`` or ``text``; False at and after its limit."""
        limit = int(getattr(self.limits, what))
        self.used[what] = total = self.used.get(what, 0) + count
        if total > limit:
            self.reached.setdefault(what, Bounded(what, limit))
        return what not in self.reached

    def left(self, what: str) -> int:
        """How much of it may still be used."""
        return max(0, int(getattr(self.limits, what)) - self.used.get(what, 0))

    def allows_depth(self, depth: int) -> bool:
        """Whether a specimen may lie so deep; the root is at 0."""
        if depth > self.limits.depth:
            self.reached.setdefault("depth", Bounded("depth", self.limits.depth))
            return False
        return True
