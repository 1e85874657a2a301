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


def unfold(stream: Readable, budget: Budget) -> Unfolded:
    """Everything that the stream gives, in bounds; whole chunks of one value at its end are padding."""
    kept = bytearray()
    pad_value, pad_length, size = b"", 0, 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > MAX_STREAMED:
            return Unfolded(bytes(kept), size, complete=False)
        if chunk.count(chunk[:1]) == len(chunk) and (not pad_length or chunk[:1] == pad_value) and kept:
            pad_value, pad_length = chunk[:1], pad_length + len(chunk)
            continue
        more = pad_length + len(chunk)
        if len(kept) + more > MAX_KEPT or not budget.take("unfolded", more):
            return Unfolded(bytes(kept), size, complete=False)
        kept += pad_value * pad_length + chunk
        pad_value, pad_length = b"", 0
    return Unfolded(bytes(kept), size, complete=True)
