"""Compound files (MS-CFB, version 3): storages inside each other, small streams in the ministream."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, Union

Storage: TypeAlias = Mapping[str, Union[bytes, "Storage"]]

_SECTOR: Final = 512
_MINI: Final = 64
_CUTOFF: Final = 4_096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_HEADER_FATS: Final = 109


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    content: bytes = b""
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    begin: int = 0
    size: int = 0

    def packed(self) -> bytes:
        wide = self.name.encode("utf-16-le") + b"\0\0"
        tree = struct.pack("<HBBIII", len(wide), self.kind, 1, self.left, self.right, self.child)
        return wide.ljust(64, b"\0") + tree + bytes(36) + struct.pack("<IQ", self.begin, self.size)


@dataclass(slots=True)
class _Sectors:
    """Blocks of one size with their chains."""

    size: int
    blocks: list[bytes] = field(default_factory=list)
    chain: list[int] = field(default_factory=list)

    def add(self, content: bytes) -> int:
        begin = len(self.blocks)
        blocks = [content[at : at + self.size] for at in range(0, len(content), self.size)]
        if not blocks:
            return _END
        blocks[-1] = blocks[-1].ljust(self.size, b"\0")
        self.blocks += blocks
        self.chain += [*range(begin + 1, len(self.blocks)), _END]
        return begin


def compound_file(root: Storage) -> bytes:
    """The file with these storages and streams, in at most 109 sectors of the table (7 MB).

    Raises:
        ValueError: It would be larger.
    """
    entries = [_Entry("Root Entry", 5)]
    entries[0].child = _add(root, entries)
    large, small = _Sectors(_SECTOR), _Sectors(_MINI)
    for entry in entries[1:]:
        if entry.kind == 2:
            entry.size = len(entry.content)
            entry.begin = (small if entry.size < _CUTOFF else large).add(entry.content)
    entries[0].size = len(small.blocks) * _MINI
    entries[0].begin = large.add(b"".join(small.blocks))
    return _file(entries, large, small)


def _add(storage: Storage, entries: list[_Entry]) -> int:
    """Add everything in a storage; the number of the entry on top of its balanced tree."""
    names = sorted(storage, key=lambda name: (len(name.encode("utf-16-le")), name.upper()))
    numbers = []
    for name in names:
        inside = storage[name]
        numbers.append(len(entries))
        if isinstance(inside, bytes):
            entries.append(_Entry(name, 2, inside))
        else:
            entries.append(entry := _Entry(name, 1))
            entry.child = _add(inside, entries)
    return _tree(numbers, entries)


def _tree(numbers: list[int], entries: list[_Entry]) -> int:
    if not numbers:
        return _FREE
    middle = len(numbers) // 2
    top = numbers[middle]
    entries[top].left = _tree(numbers[:middle], entries)
    entries[top].right = _tree(numbers[middle + 1 :], entries)
    return top


def _file(entries: list[_Entry], large: _Sectors, small: _Sectors) -> bytes:
    directory = large.add(b"".join(entry.packed() for entry in entries))
    table = b"".join(struct.pack("<I", number) for number in small.chain)
    minis = large.add(table + b"\xff" * (-len(table) % _SECTOR))
    mini_sectors = -(-len(table) // _SECTOR)
    fats = 1
    while fats * (_SECTOR // 4) < len(large.blocks) + fats:
        fats += 1
    if fats > _HEADER_FATS:
        raise ValueError("larger than a compound file without a double table")
    numbers = [len(large.blocks) + at for at in range(fats)]
    chain = [*large.chain, *[_FAT] * fats]
    chain += [_FREE] * (fats * (_SECTOR // 4) - len(chain))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, fats, directory, 0, _CUTOFF, minis, mini_sectors, _END, 0)
    head += struct.pack(f"<{_HEADER_FATS}I", *numbers, *[_FREE] * (_HEADER_FATS - fats))
    return head + b"".join(large.blocks) + struct.pack(f"<{len(chain)}I", *chain)
