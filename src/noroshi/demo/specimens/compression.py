"""MS-OVBA compression (2.4.1.3): chunks of 4,096 bytes, copies found by a table of the last places.

The pinned library of the tests writes the same format, but looks at every earlier place for every byte
(12 s for 60 kB); the tests hold the two against each other.
"""

from __future__ import annotations

import struct
from typing import Final

_CHUNK: Final = 4_096
_SHORTEST: Final = 3


def compressed(raw: bytes) -> bytes:
    """A compressed container."""
    out = bytearray(b"\x01")
    for begin in range(0, len(raw), _CHUNK):
        part = raw[begin : begin + _CHUNK]
        body = _tokens(part)
        # A chunk that does not get smaller may only stand raw if it is whole; a shorter one fits as literals.
        if len(body) > _CHUNK:
            out += struct.pack("<H", 0x3FFF) + part.ljust(_CHUNK, b"\0")
        else:
            out += struct.pack("<H", 0xB000 | (len(body) - 1)) + body
    return bytes(out)


def _tokens(part: bytes) -> bytes:
    out, last, at = bytearray(), dict[bytes, int](), 0
    while at < len(part):
        flags_at, flags = len(out), 0
        out.append(0)
        for bit in range(8):
            if at >= len(part):
                break
            begin, length = _copy(part, at, last)
            if length < _SHORTEST:
                out.append(part[at])
                length = 1
            else:
                flags |= 1 << bit
                width = max(4, (at - 1).bit_length())
                out += struct.pack("<H", (at - begin - 1) << (16 - width) | (length - _SHORTEST))
            for place in range(at, at + length):
                last[part[place : place + _SHORTEST]] = place
            at += length
        out[flags_at] = flags
    return bytes(out)


def _copy(part: bytes, at: int, last: dict[bytes, int]) -> tuple[int, int]:
    """Where the last equal beginning stands, and how long the two are equal."""
    begin = last.get(part[at : at + _SHORTEST], -1)
    if begin < 0:
        return 0, 0
    longest = min(len(part) - at, (0xFFFF >> max(4, (at - 1).bit_length())) + _SHORTEST)
    length = 0
    while length < longest and part[begin + length] == part[at + length]:
        length += 1
    return begin, length
