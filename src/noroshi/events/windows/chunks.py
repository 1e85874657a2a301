"""The frame of an EVTX file: header, chunks, checksums; what the ``evtx`` binding does not tell.

Format: Joachim Metz, "Windows XML Event Log (EVTX) format" (libevtx documentation). A file is a header block
of 4,096 bytes and chunks of 65,536; a chunk's header names its first and last record ids.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

from noroshi.errors import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_MAGIC: Final = b"ElfFile\0"
CHUNK_MAGIC: Final = b"ElfChnk\0"
CHUNK_BYTES: Final = 65_536
_HEADER_BYTES: Final = 128
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
        block_bytes if block_bytes >= _HEADER_BYTES else 4_096,
        chunks,
        bool(flags & _DIRTY),
        crc32(data[:120]) == checksum,
    )


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
