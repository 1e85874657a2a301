"""A stream of TCP, put together from segments that come late, twice, in any order, or never."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from noroshi.events.capture.segments import SYN

MAX_WAITING: Final = 1 << 20
MAX_SEGMENTS: Final = 512
_AROUND: Final = 1 << 32
_HALF: Final = 1 << 31


@dataclass(slots=True)
class Stream:
    """One direction.

    Attributes:
        packets, size: Segments and bytes of payload on the wire, repeated ones included.
        gaps: How often bytes were missing that never came.
    """

    packets: int = 0
    size: int = 0
    gaps: int = 0
    _next: int | None = None
    _waiting: dict[int, bytes] = field(default_factory=dict)
    _held: int = 0

    def push(self, sequence: int, payload: bytes, flags: int) -> bytes:
        """The bytes that this segment completes, in order."""
        if flags & SYN:
            self._next = (sequence + 1) % _AROUND
            return b""
        if not payload:
            return b""
        if self._next is None:
            self._next = sequence
        self._keep(sequence, payload)
        out = self._ready()
        while self._held > MAX_WAITING or len(self._waiting) > MAX_SEGMENTS:
            out += self._skip()
        return out

    def finish(self) -> bytes:
        """What still waits, gaps left out."""
        out = b""
        while self._waiting:
            out += self._skip()
        return out

    def _keep(self, sequence: int, payload: bytes) -> None:
        """Keep what is new of a segment; of two that begin at one place, the longer."""
        ahead = self._ahead(sequence)
        if ahead < 0:
            payload, sequence = payload[-ahead:], self._next or 0
        known = self._waiting.get(sequence, b"")
        if len(payload) > len(known):
            self._held += len(payload) - len(known)
            self._waiting[sequence] = payload

    def _ahead(self, sequence: int) -> int:
        """How far a place is ahead of the next one wanted; negative for what was had before."""
        return (sequence - (self._next or 0) + _HALF) % _AROUND - _HALF

    def _ready(self) -> bytes:
        parts: list[bytes] = []
        while self._waiting:
            payload = self._waiting.pop(self._next or 0, None)
            if payload is None:
                payload = self._overlapping()
            if payload is None:
                break
            self._held -= len(payload)
            parts.append(payload)
            self._next = ((self._next or 0) + len(payload)) % _AROUND
        return b"".join(parts)

    def _overlapping(self) -> bytes | None:
        """The new part of a segment that begins before the place wanted and reaches beyond it."""
        for sequence in list(self._waiting):
            ahead = self._ahead(sequence)
            if ahead <= 0:
                payload = self._waiting.pop(sequence)
                self._held += max(0, len(payload) + ahead) - len(payload)
                if len(payload) > -ahead:
                    return payload[-ahead:]
        return None

    def _skip(self) -> bytes:
        """Go on behind a gap."""
        nearest = min(self._waiting, key=self._ahead)
        if self._ahead(nearest) > 0:
            self.gaps += 1
            self._next = nearest
        return self._ready()
