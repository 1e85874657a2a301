"""A Windows program that does nothing: its entry point returns at once, and its imports are never called."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

_ALIGN: Final = 512
_PAGE: Final = 4_096
_BASE: Final = 0x400000
_HEADERS: Final = 1_024
_RETURN: Final = b"\x31\xc0\xc3"
"""``xor eax, eax; ret``"""
_BUILT: Final = 1_595_376_000
"""2020-07-22 00:00 UTC, as the link date."""


def program(imports: dict[str, tuple[str, ...]], rng: Random, size: int) -> bytes:
    """A PE32 file of this many bytes (a multiple of 512, at least 4,096).

    Args:
        imports: Library → functions.
        rng: Chance of the filling.
        size: Bytes in all.
    """
    text = _RETURN.ljust(_ALIGN, b"\xcc")
    idata = _imports(imports, 2 * _PAGE)
    filling = size - _HEADERS - len(text) - len(idata)
    noise = b"".join(rng.randbytes(96) + bytes(32) for _ in range(-(-filling // 128)))[:filling]
    sections = ((b".text", _PAGE, text, 0x60000020), (b".idata", 2 * _PAGE, idata, 0xC0000040),
                (b".data", 3 * _PAGE, noise, 0xC0000040))  # fmt: skip
    return _head(sections, len(idata)).ljust(_HEADERS, b"\0") + text + idata + noise


def imphash(imports: dict[str, tuple[str, ...]]) -> str:
    """MD5 over the imports in their order (the algorithm that Mandiant published in 2014)."""
    names = [
        f"{dll.lower().rpartition('.')[0]}.{name.lower()}" for dll, them in imports.items() for name in them
    ]
    return hashlib.md5(",".join(names).encode(), usedforsecurity=False).hexdigest()


def _head(sections: tuple[tuple[bytes, int, bytes, int], ...], imports: int) -> bytes:
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    coff = struct.pack("<HHIIIHH", 0x14C, len(sections), _BUILT, 0, 0, 224, 0x0102)
    end = max(at + -(-len(raw) // _PAGE) * _PAGE for _, at, raw, _ in sections)
    optional = struct.pack("<HBBIIIIII", 0x10B, 14, 0, _ALIGN, 0, 0, _PAGE, _PAGE, 2 * _PAGE)
    optional += struct.pack("<IIIHHHHHHI", _BASE, _PAGE, _ALIGN, 6, 0, 0, 0, 6, 0, 0)
    optional += struct.pack(
        "<IIIHHIIIIII", end, _HEADERS, 0, 2, 0x8140, 1 << 20, _PAGE, 1 << 20, _PAGE, 0, 16
    )
    directories = bytes(8) + struct.pack("<II", 2 * _PAGE, imports) + bytes(8 * 14)
    table, place = b"", _HEADERS
    for name, at, raw, flags in sections:
        table += name.ljust(8, b"\0")
        table += struct.pack("<IIIIIIHHI", len(raw), at, len(raw), place, 0, 0, 0, 0, flags)
        place += len(raw)
    return dos + b"PE\0\0" + coff + optional + directories + table


def _imports(imports: dict[str, tuple[str, ...]], at: int) -> bytes:
    """The import directory at this address: descriptors, then for each library its tables and names."""
    begin = 20 * (len(imports) + 1)
    descriptors, body = b"", b""
    for library, names in imports.items():
        here = at + begin + len(body)
        hints = here + 8 * (len(names) + 1)
        entries, texts = [], b""
        for name in names:
            entries.append(hints + len(texts))
            texts += (b"\0\0" + name.encode() + b"\0").ljust((len(name) + 4) & ~1, b"\0")
        table = struct.pack(f"<{len(names) + 1}I", *entries, 0)
        label = hints + len(texts)
        body += table * 2 + texts + (library.encode() + b"\0").ljust(-(-(len(library) + 1) // 4) * 4, b"\0")
        descriptors += struct.pack("<IIIII", here, 0, 0, label, here + len(table))
    whole = descriptors + bytes(20) + body
    return whole.ljust(-(-len(whole) // _ALIGN) * _ALIGN, b"\0")
