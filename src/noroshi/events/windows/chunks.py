"""The frame of an EVTX file: header, chunks, checksums; what the ``evtx`` binding does not tell.

Format: Joachim Metz, "Windows XML Event Log (EVTX) format" (libevtx documentation). A file is a header block
of 4,096 bytes and chunks of 65,536; a chunk's header names its first and last record ids.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from io import RawIOBase
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple
from zlib import crc32

from noroshi.errors import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_MAGIC: Final = b"ElfFile\0"
CHUNK_MAGIC: Final = b"ElfChnk\0"
CHUNK_BYTES: Final = 65_536
_HEADER_BYTES: Final = 128
_BLOCK_BYTES: Final = 4_096
_CHUNK_HEADER_BYTES: Final = 512
_CHUNK_HEADER: Final = struct.Struct("<8xQQQ16xII68xI")
_READ_AHEAD_BYTES: Final = 8_192
_MAX_CHUNKS: Final = 1 << 20
_DIRTY: Final = 1


@dataclass(frozen=True, slots=True)
class FileHeader:
    """What the header block says.

    Attributes:
        block_bytes: Where the first chunk begins.
        chunks: How many chunks the file should have; old files count no more than 65,535.
        dirty: It was not closed properly: the header may be older than the chunks.
        sound: The header's checksum is right.
    """

    block_bytes: int
    chunks: int
    dirty: bool
    sound: bool


class Chunk(NamedTuple):
    """One chunk as it is on disk.

    Attributes:
        number: From 0.
        records: How many records its header promises; 0 where it cannot be told.
        first: Id of its first record.
        fault: What is wrong with it, or the empty string.
        empty: It was never written (all zeros).
    """

    number: int
    records: int
    first: int
    fault: str = ""
    empty: bool = False


def read_header(data: bytes) -> FileHeader | None:
    """The file header in the first `_HEADER_BYTES`; None when it is none."""
    if len(data) < _HEADER_BYTES or not data.startswith(FILE_MAGIC):
        return None
    block_bytes, chunks = struct.unpack_from("<HH", data, 40)
    flags, checksum = struct.unpack_from("<II", data, 120)
    return FileHeader(
        block_bytes if block_bytes >= _HEADER_BYTES else _BLOCK_BYTES,
        chunks,
        bool(flags & _DIRTY),
        crc32(data[:120]) == checksum,
    )


def find_header(data: bytes) -> FileHeader | None:
    """The file header; where it is damaged or gone, what the chunks' own place tells instead.

    Args:
        data: The first bytes of the file, to behind where the first chunk's magic number should be.

    Returns:
        The header as it is where its checksum is right. Else one that is not `sound` and counts no chunks.
        None where neither the file's nor a chunk's magic number stands where it should.
    """
    found = read_header(data)
    if found is not None and found.sound:
        return found
    for start in (_BLOCK_BYTES, 0):
        if data.startswith(CHUNK_MAGIC, start):
            return FileHeader(start, 0, dirty=True, sound=False)
    return None if found is None else FileHeader(_BLOCK_BYTES, 0, dirty=True, sound=False)


class WithoutHeader(RawIOBase):
    """A file of chunks as a file with a sound header, for readers that refuse it otherwise.

    Args:
        file: The file, which stays open.
        start: Where its first chunk begins.
    """

    def __init__(self, file: IO[bytes], start: int) -> None:
        super().__init__()
        self._file = file
        self._start = start
        self._size = os.fstat(file.fileno()).st_size - start + _BLOCK_BYTES
        self._header = _made_header(min(max(self._size - 1, 0) // CHUNK_BYTES, 0xFFFF))
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place; the new place."""
        self._at = max(0, offset + {os.SEEK_CUR: self._at, os.SEEK_END: self._size}.get(whence, 0))
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Some bytes of the header or of the chunks; how many, 0 at the end."""
        piece = self._header[self._at : self._at + len(buffer)]
        if not piece:
            place = self._at - _BLOCK_BYTES + self._start
            piece = os.pread(self._file.fileno(), len(buffer), place)
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _made_header(chunks: int) -> bytes:
    """A header block of format 3.1 for so many chunks."""
    made = bytearray(_BLOCK_BYTES)
    made[:8] = FILE_MAGIC
    struct.pack_into(
        "<QQQIHHHH", made, 8, 0, max(chunks - 1, 0), 1, _HEADER_BYTES, 1, 3, _BLOCK_BYTES, chunks
    )
    struct.pack_into("<I", made, 124, crc32(made[:120]))
    return bytes(made)


def read_chunks(descriptor: int, header: FileHeader) -> Iterator[Chunk]:
    """Every chunk that the open file holds, checksums verified; reads only what is in use."""
    size = os.fstat(descriptor).st_size
    for number in range(_MAX_CHUNKS):
        offset = header.block_bytes + number * CHUNK_BYTES
        if offset >= size:
            return
        yield _chunk(number, descriptor, offset, min(CHUNK_BYTES, size - offset))


def _chunk(number: int, descriptor: int, offset: int, size: int) -> Chunk:
    start = os.pread(descriptor, _READ_AHEAD_BYTES, offset)
    if not start.startswith(CHUNK_MAGIC) or len(start) < _CHUNK_HEADER_BYTES:
        if not start.strip(b"\0"):
            return Chunk(number, 0, 0, empty=True)
        return Chunk(number, 0, 0, _cut_off(size) or "it has no chunk header")
    first_number, last_number, first, free, records_checksum, checksum = _CHUNK_HEADER.unpack_from(start)
    promised = last_number - first_number + 1
    records = promised if 0 < promised <= CHUNK_BYTES // 24 else 0
    if size < CHUNK_BYTES:
        return Chunk(number, records, first, _cut_off(size))
    if crc32(start[128:512], crc32(start[:120])) != checksum:
        return Chunk(number, records, first, "the checksum of its header is wrong")
    if not _CHUNK_HEADER_BYTES <= free <= CHUNK_BYTES:
        return Chunk(number, records, first, "its header is wrong about its size")
    if free > len(start):
        start += os.pread(descriptor, free - len(start), offset + len(start))
    sound = crc32(start[_CHUNK_HEADER_BYTES:free]) == records_checksum
    return Chunk(number, records, first, "" if sound else "the checksum of its records is wrong")


def _cut_off(size: int) -> str:
    if size >= CHUNK_BYTES:
        return ""
    return Sentence("it is cut off after {size:,} of {whole:,} bytes", size=size, whole=CHUNK_BYTES)
