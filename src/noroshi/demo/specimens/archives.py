"""Zip archives under a password (PKWARE's first cipher, APPNOTE 6.1), the same bytes for the same chance.

Libraries draw a salt from the system, so they never write the same file twice.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

_DATE: Final = (2020 - 1980) << 9 | 7 << 5 | 22
_TIME: Final = 9 << 11 | 31 << 5
_TABLE: Final = tuple(zlib.crc32(bytes([byte]), 0xFFFFFFFF) ^ 0xFFFFFFFF for byte in range(256))


class _Cipher:
    def __init__(self, password: bytes) -> None:
        self._keys = [0x12345678, 0x23456789, 0x34567890]
        for byte in password:
            self._update(byte)

    def _update(self, byte: int) -> None:
        one, two, three = self._keys
        one = one >> 8 ^ _TABLE[(one ^ byte) & 0xFF]
        two = ((two + (one & 0xFF)) * 134_775_813 + 1) & 0xFFFFFFFF
        three = three >> 8 ^ _TABLE[(three ^ two >> 24) & 0xFF]
        self._keys = [one, two, three]

    def encrypted(self, raw: bytes) -> bytes:
        out = bytearray()
        for byte in raw:
            key = self._keys[2] & 0xFFFF | 2
            out.append(byte ^ (key * (key ^ 1) >> 8 & 0xFF))
            self._update(byte)
        return bytes(out)


def zipped(members: dict[str, bytes], password: str = "", rng: Random | None = None) -> bytes:
    """A zip; names in Shift_JIS without a mark, as Japanese Windows writes them.

    Args:
        members: Name → content.
        password: Encrypts all members; needs `rng`.
        rng: Chance of the cipher's heads.
    """
    body, directory = bytearray(), bytearray()
    for name, content in members.items():
        entry, packed = _entry(name, content, password, rng)
        directory += b"PK\1\2" + struct.pack("<H", 20) + entry + bytes(2 + 2 + 2 + 4)
        directory += struct.pack("<I", len(body)) + name.encode("cp932")
        body += b"PK\3\4" + entry + name.encode("cp932") + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return bytes(body + directory) + b"PK\5\6" + end


def _entry(name: str, content: bytes, password: str, rng: Random | None) -> tuple[bytes, bytes]:
    """What stands in both headers, and the packed content."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = compressor.compress(content) + compressor.flush()
    checksum = zlib.crc32(content)
    if password and rng is not None:
        head = rng.randbytes(11) + bytes([checksum >> 24])
        packed = _Cipher(password.encode("cp932")).encrypted(head + packed)
    sizes = struct.pack("<III", checksum, len(packed), len(content))
    head = struct.pack("<HHHHH", 20, 1 if password else 0, 8, _TIME, _DATE)
    return head + sizes + struct.pack("<HH", len(name.encode("cp932")), 0), packed
