"""Hits kept until all input is read, in bounded memory, given back in order of time.

Identity links and correlations need the whole picture: the lease that names a machine may stand in a file
that is read last. So hits wait: in memory while they are few, in sorted runs in a temporary file when there
are many.
"""

from __future__ import annotations

import heapq
import struct
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from noroshi.engine.hits import Hit
from noroshi.events.values import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from typing import BinaryIO

KEPT_IN_MEMORY: Final = 20_000
"""Hits held before a sorted run goes to disk."""
_LENGTH: Final = struct.Struct("<I")
_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Hit)


def encode_hit(hit: Hit) -> bytes:
    """A hit as MessagePack; what that cannot hold (integers beyond 64 bits, lone surrogates) becomes text."""
    try:
        return _encoder.encode(hit)
    except (OverflowError, UnicodeError, TypeError, RecursionError):
        return _encoder.encode(replace(hit, fields=_plain(hit.fields, 0)))


def _plain(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {str(_plain(str(key), 0)): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, depth + 1) for inner in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return hex(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def decode_hit(raw: bytes) -> Hit:
    """The inverse of `encode_hit`."""
    return _decoder.decode(raw)


def order(hit: Hit) -> tuple[datetime, str, str]:
    """Hits are judged in the order of time, then event, then rule."""
    return hit.time, hit.event_id, hit.rule_id


class HitSpool:
    """Collects hits in any order and gives them sorted."""

    def __init__(self, kept_in_memory: int = KEPT_IN_MEMORY) -> None:
        self._kept_in_memory = kept_in_memory
        self._young: list[Hit] = []
        self._file: BinaryIO | None = None
        self._runs: list[tuple[int, int]] = []
        self.count = 0

    def add(self, hits: Iterable[Hit]) -> None:
        """Keep some hits."""
        before = len(self._young)
        self._young.extend(hits)
        self.count += len(self._young) - before
        if len(self._young) >= self._kept_in_memory:
            self._write_run()

    def _write_run(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="noroshi-hits-")  # noqa: SIM115 - closed by close()
        start = self._file.seek(0, 2)
        for hit in sorted(self._young, key=order):
            raw = encode_hit(hit)
            self._file.write(_LENGTH.pack(len(raw)) + raw)
        self._runs.append((start, self._file.tell()))
        self._young.clear()

    def __iter__(self) -> Iterator[Hit]:
        """All hits in order; may be asked again."""
        runs = [self._run(start, end) for start, end in self._runs]
        return heapq.merge(*runs, iter(sorted(self._young, key=order)), key=order)

    def _run(self, at: int, end: int) -> Iterator[Hit]:
        file = self._file
        while file is not None and at < end:
            file.seek(at)
            (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
            yield decode_hit(file.read(length))
            at += _LENGTH.size + length

    def close(self) -> None:
        """Free the disk."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._runs.clear()
        self._young.clear()
