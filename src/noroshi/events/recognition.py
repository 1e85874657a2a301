"""The format of an input whose beginning says nothing: a damaged record must not cost the good ones after it.

`registry.detect` looks at the first 64 KiB. Where no format knows them (a line of binary, a record nested ten
thousand deep, a line of 200 MB), the lines and elements that begin further on are looked at one after
another, until a format knows what begins there. The input is then read from its very beginning by that
format, which reports what is damaged as it reports any other damaged record.
"""

from __future__ import annotations

import re
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Final

from noroshi.events.format import HEAD_BYTES, is_broken
from noroshi.events.formats._lines import NEWLINES, encoding_of
from noroshi.events.registry import Detection, detect, head_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.format import ByteSource, Head

LOOKED_BYTES: Final = 1 << 20
"""So much is searched for a record that some format knows; at least one whole line, however long."""
MOST_LINE_BYTES: Final = 1 << 30
"""A first line longer than this ends the search."""
MOST_LOOKS: Final = 24
_IN_MEMORY: Final = 8 << 20
_CHUNK: Final = 1 << 18
_BEGINNINGS: Final = re.compile(
    rb"\n(?=[^\s]|[ \t]{1,200}[{\[<])|(?=<Event[\s>])|(?<=\})(?=\{)|(?<=\},)(?=\{)"
)
"""Where a record may begin: a line that is not indented, an indented object, an element, a document."""


class _Again:
    """A stream whose beginning was read before and lies in a file."""

    __slots__ = ("_held", "_rest")

    def __init__(self, held: IO[bytes], rest: ByteSource) -> None:
        held.seek(0)
        self._held: IO[bytes] | None = held
        self._rest = rest

    @property
    def broken(self) -> bool:
        """Whether the rest ended before its time."""
        return is_broken(self._rest)

    def read(self, size: int = -1, /) -> bytes:
        """The beginning first, then the rest."""
        if self._held is not None:
            if data := self._held.read(size):
                return data
            self._held.close()
            self._held = None
        return self._rest.read(size)


def recognise(head: Head, stream: ByteSource) -> tuple[Detection, Head, ByteSource]:
    """What an input is, the beginning that shows it, and the whole input again.

    Args:
        head: The first bytes of `stream`.
        stream: The input, nothing read yet; read on only where `head` is of no known format.
    """
    detection = detect(head)
    if detection.format is not None or not head.data:
        return detection, head, stream
    held: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY, prefix="noroshi-")  # noqa: SIM115 - closed by `_Again`
    try:
        for window in islice(_windows(held, stream), MOST_LOOKS):
            later = head_of(window, head.name)
            found = detect(later)
            if found.format is not None:
                return found, later, _Again(held, stream)
    except OSError:  # no room for the temporary file: the input stays of no known format
        pass
    held.close()
    return detection, head, stream


def _windows(held: IO[bytes], stream: ByteSource) -> Iterator[bytes]:
    """What begins at some of the records behind the first; what is read of the stream goes to `held`."""
    data = _read(stream, held, LOOKED_BYTES)
    encoding = encoding_of(data)
    if encoding != "utf-8":
        data = data.decode(encoding, "replace").encode("utf-8", "replace")
    starts = [match.end() for match in _BEGINNINGS.finditer(data)]
    for at in _thinned(len(starts)):
        yield data[starts[at] : starts[at] + HEAD_BYTES]
    if not starts:
        yield from _behind(held, stream, NEWLINES[encoding])


def _thinned(count: int) -> Iterator[int]:
    """The first places closely, later ones less and less: 0, 1, 2, 3, 4, 6, 8, 12 …."""
    at = 0
    while at < count:
        yield at
        at += max(1, at // 3)


def _behind(held: IO[bytes], stream: ByteSource, newline: bytes) -> Iterator[bytes]:
    """What follows a first line that is longer than `LOOKED_BYTES`."""
    while held.tell() < MOST_LINE_BYTES and (chunk := _read(stream, held, _CHUNK)):
        begin = chunk.find(newline)
        if begin >= 0:
            rest = chunk[begin + len(newline) :]
            yield rest + _read(stream, held, max(0, HEAD_BYTES - len(rest)))
            return


def _read(stream: ByteSource, held: IO[bytes], size: int) -> bytes:
    """`size` bytes, fewer only at the end; kept."""
    pieces: list[bytes] = []
    while size > 0 and (piece := stream.read(min(size, _CHUNK))):
        pieces.append(piece)
        size -= len(piece)
    data = b"".join(pieces)
    held.write(data)
    return data
