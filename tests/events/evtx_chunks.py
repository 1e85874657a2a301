"""EVTX chunks of many records, made of a real one of a single record.

Source: Joachim Metz, "Windows XML Event Log (EVTX) format" (libevtx documentation): a record that follows
one with the same template points back to its definition and holds the values only.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from pathlib import Path

HEADER_BYTES = 4_096
CHUNK_BYTES = 65_536
FIRST_RECORD = 512
_BINARY_XML = 0x21


def repeated(chunk: bytes, count: int) -> bytes:
    """The chunk's first record so many times, with ids that follow each other and right checksums."""
    size, record_id = struct.unpack_from("<4xIQ", chunk, FIRST_RECORD)
    first = chunk[FIRST_RECORD : FIRST_RECORD + size]
    values = _pointing_back(first[24:-4], FIRST_RECORD + 24)
    size = 24 + len(values) + 4
    written = first[16:24]
    more = [
        struct.pack("<4sIQ", b"**\0\0", size, record_id + at) + written + values + struct.pack("<I", size)
        for at in range(1, count)
    ]
    records = first + b"".join(more)
    made = bytearray(chunk[:FIRST_RECORD] + records)
    end = len(made)
    made += bytes(CHUNK_BYTES - end)
    number = struct.unpack_from("<Q", chunk, 8)[0]
    struct.pack_into("<QQQQ", made, 8, number, number + count - 1, record_id, record_id + count - 1)
    struct.pack_into("<II", made, 44, end - (len(more[-1]) if more else len(first)), end)
    struct.pack_into("<I", made, 52, crc32(records))
    struct.pack_into("<I", made, 124, crc32(made[128:512], crc32(made[:120])))
    return bytes(made)


def many_records(folder: Path, chunks: int = 1, count: int = 20) -> bytes:
    """A sound file of chunks of so many records, made of the real file with the smallest record."""
    files = (path.read_bytes() for path in sorted(folder.rglob("*.evtx")))
    small = min(files, key=lambda one: struct.unpack_from("<I", one, HEADER_BYTES + FIRST_RECORD + 4)[0])
    header = bytearray(small[:HEADER_BYTES])
    struct.pack_into("<H", header, 42, chunks)
    struct.pack_into("<I", header, 124, crc32(header[:120]))
    return bytes(header) + chunks * repeated(small[HEADER_BYTES:], count)


def starts(chunk: bytes) -> list[int]:
    """Where the records of a chunk begin."""
    found, at = [], FIRST_RECORD
    while chunk[at : at + 4] == b"**\0\0":
        found.append(at)
        at += struct.unpack_from("<I", chunk, at + 4)[0]
    return found


def _pointing_back(xml: bytes, at: int) -> bytes:
    """A template instance whose definition stands in it, as one that points to where that stood."""
    begin = 4 if xml[0] == 0x0F else 0
    (pointed,) = struct.unpack_from("<I", xml, begin + 6)
    after = begin + 10
    if pointed == at + after:
        after += 24 + struct.unpack_from("<I", xml, after + 20)[0]
    (count,) = struct.unpack_from("<I", xml, after)
    described = [struct.unpack_from("<HBB", xml, after + 4 + 4 * one) for one in range(count)]
    place, values = after + 4 + 4 * count, []
    for size, kind, _ in described:
        value = xml[place : place + size]
        nested = kind == _BINARY_XML and value[4:5] == b"\x0c"
        values.append(_pointing_back(value, at + place) if nested else value)
        place += size
    sizes = [
        struct.pack("<HBB", len(value), *kind) for value, (_, *kind) in zip(values, described, strict=True)
    ]
    head = xml[: begin + 10] + struct.pack("<I", count)
    return head + b"".join(sizes) + b"".join(values) + xml[place:]
