"""Reads what unfolds, archives and compressed streams, in bounded pieces; padding is counted, not kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.examine.budget import MIB

if TYPE_CHECKING:
    from typing import Protocol

    from noroshi.examine.budget import Budget

    class Readable(Protocol):
        """Anything that gives bytes."""

        def read(self, size: int, /) -> bytes:
            """At most so many bytes."""


CHUNK: Final = 1 << 16
MAX_STREAMED: Final = 2048 * MIB
"""Bytes of one member that are looked at, padding included."""

MAX_KEPT: Final = 128 * MIB
"""Bytes of one member that are kept."""


@dataclass(frozen=True, slots=True)
class Unfolded:
    """What came out.

    Attributes:
        content: Its real part, without the padding at its end.
        size: Bytes in all.
        complete: Whether the end was reached before a limit.
    """

    content: bytes
    size: int
    complete: bool

    @property
    def padding(self) -> int:
        """Bytes at the end that all have one value."""
        return self.size - len(self.content) if self.complete else 0


class Unfolding:
    """Takes what unfolds, piece by piece, for readers that push; whole chunks of one value are padding."""

    def __init__(self, budget: Budget) -> None:
        self._budget: Final = budget
        self._kept = bytearray()
        self._waiting = bytearray()
        self._pad_value, self._pad_length, self._size = b"", 0, 0
        self._complete = True

    def feed(self, piece: bytes) -> bool:
        """Take more; False from the moment at which a limit is reached."""
        self._waiting += piece
        while len(self._waiting) >= CHUNK and self._complete:
            chunk = bytes(self._waiting[:CHUNK])
            del self._waiting[:CHUNK]
            self._take(chunk)
        return self._complete

    def _take(self, chunk: bytes) -> None:
        """One chunk: kept, or counted as padding until something else follows."""
        self._size += len(chunk)
        if self._size > MAX_STREAMED:
            self._complete = False
            return
        uniform = chunk == chunk[:1] * len(chunk)
        if uniform and (not self._pad_length or chunk[:1] == self._pad_value) and self._kept:
            self._pad_value, self._pad_length = chunk[:1], self._pad_length + len(chunk)
            return
        more = self._pad_length + len(chunk)
        if len(self._kept) + more > MAX_KEPT or not self._budget.take("unfolded", more):
            self._complete = False
            return
        self._kept += self._pad_value * self._pad_length + chunk
        self._pad_value, self._pad_length = b"", 0

    def result(self) -> Unfolded:
        """What came out so far, the last piece included."""
        if self._complete and self._waiting:
            self._take(bytes(self._waiting))
            self._waiting.clear()
        return Unfolded(bytes(self._kept), self._size, self._complete)


def unfold(stream: Readable, budget: Budget) -> Unfolded:
    """Everything that the stream gives, in bounds; whole chunks of one value at its end are padding."""
    unfolding = Unfolding(budget)
    while chunk := stream.read(CHUNK):
        if not unfolding.feed(chunk):
            break
    return unfolding.result()
