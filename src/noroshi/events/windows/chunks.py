"""The frame of an EVTX file: header, chunks, checksums; what the ``evtx`` binding does not tell.

Format: Joachim Metz, "Windows XML Event Log (EVTX) format" (libevtx documentation). A file is a header block of
4,096 bytes and chunks of 65,536; a chunk's header names its first and last record ids.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_MAGIC: Final = b"ElfFile\0"
CHUNK_MAGIC: Final = b"ElfChnk\0"
CHUNK_BYTES: Final = 65_536
_HEADER_BYTES: Final = 128
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


@dataclass(frozen=True, slots=True)
class Chunk:
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
        zlib.crc32(data[:120]) == checksum,
    )


def read_chunks(file: BinaryIO, header: FileHeader) -> Iterator[Chunk]:
    """Every chunk that the file holds, one at a time, checksums verified."""
    file.seek(header.block_bytes)
    for number in range(_MAX_CHUNKS):
        data = file.read(CHUNK_BYTES)
        if not data:
            return
        yield _chunk(number, data)


def _chunk(number: int, data: bytes) -> Chunk:
    if not data.strip(b"\0"):
        return Chunk(number, 0, 0, empty=True)
    if not data.startswith(CHUNK_MAGIC) or len(data) < 512:
        return Chunk(number, 0, 0, "it has no chunk header")
    _first_number, _last_number, first, last = struct.unpack_from("<QQQQ", data, 8)
    free, records_checksum = struct.unpack_from("<II", data, 48)
    (checksum,) = struct.unpack_from("<I", data, 124)
    records = last - first + 1 if 0 < last - first + 1 <= CHUNK_BYTES // 24 else 0
    fault = ""
    if len(data) < CHUNK_BYTES:
        fault = f"it is cut off after {len(data):,} of {CHUNK_BYTES:,} bytes"
    elif zlib.crc32(data[128:512], zlib.crc32(data[:120])) != checksum:
        fault = "its header's checksum is wrong"
    elif not 512 <= free <= CHUNK_BYTES or zlib.crc32(data[512:free]) != records_checksum:
        fault = "the checksum of its records is wrong"
    return Chunk(number, records, first, fault)
