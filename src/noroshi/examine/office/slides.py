"""PowerPoint's binary presentations ([MS-PPT]): objects stored in them; among them the macro project."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

from noroshi.examine.unfolding import unfold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget

MAX_RECORDS: Final = 200_000
_STORAGE: Final = 0x1011
_TEXT: Final = {0x0FA0: "utf-16-le", 0x0FA8: "latin-1"}


def records(raw: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, instance and content of each record; those in containers one by one (2.3.1)."""
    at = 0
    for _ in range(MAX_RECORDS):
        if at + 8 > len(raw):
            return
        head, kind, size = struct.unpack_from("<HHI", raw, at)
        at += 8
        if head & 0xF == 0xF:  # a container: go into it
            continue
        yield kind, head >> 4, raw[at : at + size]
        at += size


def stored_objects(raw: bytes, budget: Budget) -> Iterator[bytes]:
    """The compound files of embedded objects, controls and macros (``ExOleObjStg``, 2.10.34)."""
    for kind, instance, content in records(raw):
        if kind != _STORAGE:
            continue
        if instance != 1:
            yield content
            continue
        try:
            yield unfold(_Inflating(content[4:]), budget).content
        except zlib.error:
            continue


def slide_text(raw: bytes) -> str:
    """The text of all slides."""
    return "\n".join(
        content.decode(_TEXT[kind], "replace") for kind, _, content in records(raw) if kind in _TEXT
    )


class _Inflating:
    """A zlib stream, read in pieces."""

    def __init__(self, raw: bytes) -> None:
        self._raw = BytesIO(raw)
        self._engine = zlib.decompressobj()

    def read(self, size: int, /) -> bytes:
        """At most so many bytes."""
        while not self._engine.eof:
            source = self._engine.unconsumed_tail or self._raw.read(size)
            if not source:
                break
            piece = self._engine.decompress(source, size)
            if piece:
                return piece
        return b""
