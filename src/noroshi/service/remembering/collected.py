"""What was collected, on its way from workers to the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from noroshi.events.model import LogSource

MAX_BYTES: Final = 1 << 30
"""Compressed observables of one run that wait in memory until all is read."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Packed observables of one input on one day."""

    input: str
    path: str
    day: int
    first: int
    last: int
    observables: int
    content: bytes


@dataclass(slots=True)
class Cover:
    """What was read of one log source in one input on one day."""

    first: int
    last: int
    events: int = 0
    quarters: int = 0
    dropped: int = 0
    shows: set[str] = field(default_factory=set)

    def add(self, other: Cover) -> None:
        """What another worker read."""
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.events += other.events
        self.quarters |= other.quarters
        self.dropped += other.dropped
        self.shows |= other.shows


CoverKey = tuple[str, str, int, str]
"""Input, path, day, log source as people know it."""


@dataclass(slots=True)
class Collected:
    """What a run collected; goes from workers to the parent."""

    pieces: list[Piece] = field(default_factory=list)
    covers: dict[CoverKey, Cover] = field(default_factory=dict)
    undated: int = 0
    size: int = 0

    def add(self, other: Collected) -> None:
        """What another worker collected, as far as there is room."""
        for key, cover in other.covers.items():
            known = self.covers.setdefault(key, cover)
            if known is not cover:
                known.add(cover)
        for piece in other.pieces:
            if not self.take(piece):
                for (input_, path, day, _), cover in self.covers.items():
                    if (input_, path, day) == (piece.input, piece.path, piece.day):
                        cover.dropped += piece.observables
        self.undated += other.undated

    def take(self, piece: Piece) -> bool:
        """Keep a piece; False where there is no room for it."""
        if self.size + len(piece.content) > MAX_BYTES:
            return False
        self.size += len(piece.content)
        self.pieces.append(piece)
        return True


def source_name(source: LogSource) -> str:
    """A log source as people know it: ``squid/access (proxy)``."""
    named = "/".join(part for part in (source.product, source.service) if part) or "–"
    return f"{named} ({', '.join(sorted(source.categories))})" if source.categories else named
