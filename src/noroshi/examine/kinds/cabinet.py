"""Cabinet files by [MS-CAB]: stored and MSZIP folders; those under LZX or Quantum are listed only."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import DamagedSpecimenError, Recognition
from noroshi.examine.kinds.archives import MAX_MEMBERS, told
from noroshi.examine.model import Detail, Finding, Severity
from noroshi.examine.unfolding import Unfolded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_BLOCKS: Final = 20_000
_HISTORY: Final = 32_768
_STORED, _MSZIP = 0, 1
_METHODS: Final = {2: "Quantum", 3: "LZX"}
_UTF8: Final = 0x80


class CabinetExaminer:
    """Examines cabinet files."""

    name: Final = "cabinet"
    types: Final = frozenset({"cab"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By magic and the reserved zeros behind it."""
        del name
        known = isinstance(content, bytes) and content[:8] == b"MSCF\0\0\0\0"
        return Recognition("cab", 0.9) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its files, folder by folder."""
        raw = specimen.raw
        try:
            folders, files = _directory(raw)
        except (struct.error, ValueError) as problem:
            raise DamagedSpecimenError("its directory of members cannot be read") from problem
        yield Detail("members", str(len(files)))
        for number, (place, blocks, method) in enumerate(folders):
            inside = [one for one in files if one[2] == number]
            if method & 15 in _METHODS:
                kind = f"CAB ({_METHODS[method & 15]})"
                yield Finding("not-unpacked", Severity.MEDIUM, {"type": kind, "count": str(len(inside))})
                yield Detail("names", ", ".join(name for name, *_ in inside[:20]))
                continue
            content = _folder(raw, place, blocks, method & 15, budget)
            for name, size, _, begin in inside:
                piece = content[begin : begin + size]
                yield from told(name, "cab", Unfolded(piece, len(piece), complete=True))
                if len(piece) < size:
                    yield Finding("member-damaged", Severity.LOW, {"name": name})


def _directory(raw: bytes) -> tuple[list[tuple[int, int, int]], list[tuple[str, int, int, int]]]:
    """Folders (first block, blocks, method) and files (name, size, folder, offset inside it)."""
    (files_at,) = struct.unpack_from("<I", raw, 16)
    folders, files, flags = struct.unpack_from("<HHH", raw, 26)
    at, reserve = 36, 0
    if flags & 4:
        head, reserve, _ = struct.unpack_from("<HBB", raw, at)
        at += 4 + head
    for bit in (1, 2):
        if flags & bit:  # names of the cabinet before and after it, and of their discs
            at = raw.index(b"\0", raw.index(b"\0", at) + 1) + 1
    found: list[tuple[int, int, int]] = []
    for _ in range(min(folders, MAX_MEMBERS)):
        found.append(struct.unpack_from("<IHH", raw, at))
        at += 8 + reserve
    listed: list[tuple[str, int, int, int]] = []
    at = files_at
    for _ in range(min(files, MAX_MEMBERS)):
        size, begin, folder, _, _, attributes = struct.unpack_from("<IIHHHH", raw, at)
        end = raw.index(b"\0", at + 16)
        codec = "utf-8" if attributes & _UTF8 else "cp932"
        listed.append((raw[at + 16 : end].decode(codec, "replace"), size, folder, begin))
        at = end + 1
    return found, listed


def _folder(raw: bytes, at: int, blocks: int, method: int, budget: Budget) -> bytes:
    """What the blocks of a folder unfold to, up to the first damaged one."""
    out = bytearray()
    reserve = _reserve(raw)
    for _ in range(min(blocks, MAX_BLOCKS)):
        if at + 8 > len(raw):
            break
        _, packed, size = struct.unpack_from("<IHH", raw, at)
        block = raw[at + 8 + reserve : at + 8 + reserve + packed]
        at += 8 + reserve + packed
        if not budget.take("unfolded", size):
            break
        if method == _STORED:
            out += block
            continue
        try:
            reader = zlib.decompressobj(-15, zdict=bytes(out[-_HISTORY:]))
            out += reader.decompress(block[2:], _HISTORY)
        except zlib.error:
            break
    return bytes(out)


def _reserve(raw: bytes) -> int:
    (flags,) = struct.unpack_from("<H", raw, 30)
    return raw[39] if flags & 4 and len(raw) > 39 else 0


EXAMINERS: Final = (CabinetExaminer(),)
