"""Full EVTX chunks: a real chunk whose records are logged again and again, as Windows does it.

The first record that uses a template holds its definition; later ones refer to it. So a record is repeated
with its values and without the definitions, until the chunk is full. Format: Joachim Metz, "Windows XML Event
Log (EVTX) format" (libevtx documentation).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import count, cycle

CHUNK = 65_536
RECORDS_AT = 512
FRAGMENT = b"\x0f\x01\x01\x00"
TEMPLATE = 0x0C
BINARY_XML = 0x21


class Unusual(Exception):  # noqa: N818 - an answer, not an error
    """A record that does not consist of templates alone, so that it cannot stand elsewhere."""


def records(chunk: bytes) -> Iterator[tuple[int, int]]:
    """Begin and end of every record."""
    at, (free,) = RECORDS_AT, struct.unpack_from("<I", chunk, 48)
    while at < free:
        (size,) = struct.unpack_from("<I", chunk, at + 4)
        yield at, at + size
        at += size


def referring(chunk: bytes, at: int, end: int) -> bytes:
    """The binary XML at this place with references instead of the template definitions."""
    if chunk[at : at + 4] != FRAGMENT or chunk[at + 4] != TEMPLATE:
        raise Unusual
    (definition,) = struct.unpack_from("<I", chunk, at + 10)
    head, values = chunk[at : at + 14], at + 14
    if definition == values:
        values += 24 + struct.unpack_from("<I", chunk, values + 20)[0]
    (number,) = struct.unpack_from("<I", chunk, values)
    place = values + 4 + 4 * number
    described, contents = [], []
    for one in range(number):
        size, kind = struct.unpack_from("<HB", chunk, values + 4 + 4 * one)
        content = chunk[place : place + size]
        if kind == BINARY_XML and size:
            content = referring(chunk, place, place + size)
        place += size
        described.append(struct.pack("<HBB", len(content), kind, 0))
        contents.append(content)
    return b"".join([head, struct.pack("<I", number), *described, *contents, chunk[place:end]])


def record(body: bytes, number: int, written: bytes) -> bytes:
    """A record of this body (binary XML), with its id, written at this FILETIME."""
    body += bytes(-(len(body) + 28) % 8)
    size = struct.pack("<I", len(body) + 28)
    return b"**\0\0" + size + struct.pack("<Q", number) + written + body + size


def full(chunk: bytes) -> bytes:
    """The chunk with its records repeated until it is full.

    Raises:
        Unusual: One of its records cannot be repeated.
    """
    own = list(records(chunk))
    bodies = [(referring(chunk, at + 24, end - 4), chunk[at + 16 : at + 24]) for at, end in own]
    (first,) = struct.unpack_from("<Q", chunk, 24)
    at, last = own[-1][1], own[-1][0]
    parts = [chunk[RECORDS_AT:at]]
    for number, (body, written) in zip(count(len(own)), cycle(bodies)):
        part = record(body, first + number, written)
        if at + len(part) > CHUNK:
            break
        parts.append(part)
        last, at = at, at + len(part)
    return _with_header(chunk, b"".join(parts), number, last)


def _with_header(chunk: bytes, content: bytes, number: int, last: int) -> bytes:
    (first,) = struct.unpack_from("<Q", chunk, 24)
    free = RECORDS_AT + len(content)
    fixed = struct.pack(
        "<8sQQQQIIII",
        b"ElfChnk\0",
        1,
        number,
        first,
        first + number - 1,
        128,
        last,
        free,
        zlib.crc32(content),
    ).ljust(120, b"\0")
    tables = chunk[128:RECORDS_AT]
    checksum = zlib.crc32(tables, zlib.crc32(fixed))
    return (fixed + struct.pack("<II", 1, checksum) + tables + content).ljust(CHUNK, b"\0")
