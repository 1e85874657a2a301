"""RAR archives: members are listed; those that are stored are taken out, packed ones cannot be.

No library with a usable licence unpacks RAR. Sources: RARLAB's technical note on RAR 5.0, and the description
of the older blocks that came with UnRAR 3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import Recognition
from noroshi.examine.kinds.archives import MAX_MEMBERS
from noroshi.examine.model import Detail, Finding, Piece, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

_FIVE: Final = b"Rar!\x1a\x07\x01\x00"
_FOUR: Final = b"Rar!\x1a\x07\x00"
MAX_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive.

    Attributes:
        content: Its bytes where they are only stored; None where they are packed or encrypted.
    """

    name: str
    size: int
    encrypted: bool
    content: bytes | None


class RarExaminer:
    """Examines RAR archives as far as it is possible without unpacking them."""

    name: Final = "rar"
    types: Final = frozenset({"rar"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By magic."""
        del name
        known = isinstance(content, bytes) and content.startswith((_FIVE, _FOUR))
        return Recognition("rar", 0.9) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Names of members, then the stored ones."""
        raw = specimen.raw
        members = [*_of_five(raw)] if raw.startswith(_FIVE) else [*_of_four(raw)]
        files = [one for one in members if one is not None]
        yield Detail("members", str(len(files)))
        if files:
            names = [f"{one.name} ({one.size:,})" for one in files[:MAX_SHOWN]]
            yield Detail("names", ", ".join(names))
        if len(files) < len(members) or any(one.encrypted for one in files):
            yield Finding("encrypted", Severity.MEDIUM, {"name": specimen.name or "RAR"})
        packed = sum(1 for one in files if one.content is None and not one.encrypted)
        if packed:
            yield Finding("not-unpacked", Severity.MEDIUM, {"type": "RAR", "count": str(packed)})
        for one in files:
            if one.content is not None and budget.take("unfolded", len(one.content)):
                yield Piece("rar", one.name, one.content)


def _number(raw: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if not byte & 0x80:
            break
    return value, at


def _of_five(raw: bytes) -> Iterator[Member | None]:
    """Members of version 5; None where the rest is encrypted, heads and all."""
    at = len(_FIVE)
    try:
        for _ in range(MAX_MEMBERS * 4):
            size, begin = _number(raw, at + 4)
            kind, here = _number(raw, begin)
            flags, here = _number(raw, here)
            extra, here = _number(raw, here) if flags & 1 else (0, here)
            length, here = _number(raw, here) if flags & 2 else (0, here)
            end = begin + size
            if kind == 4:
                yield None
                return
            if kind == 2:
                yield _file_of_five(raw, here, end, extra, length)
            if kind == 5:
                return
            at = end + length
    except (IndexError, struct.error):
        return


def _file_of_five(raw: bytes, here: int, end: int, extra: int, length: int) -> Member:
    flags, here = _number(raw, here)
    size, here = _number(raw, here)
    _, here = _number(raw, here)
    here += (4 if flags & 2 else 0) + (4 if flags & 4 else 0)
    method, here = _number(raw, here)
    _, here = _number(raw, here)
    count, here = _number(raw, here)
    name = raw[here : here + count].decode("utf-8", "replace")
    encrypted = 1 in _records(raw, end - extra, end)
    stored = not encrypted and method >> 7 & 7 == 0 and not flags & 1
    return Member(name, size, encrypted, raw[end : end + length] if stored else None)


def _records(raw: bytes, at: int, end: int) -> Iterator[int]:
    """The types of the records behind a head; 1 says that the file is encrypted."""
    while at < end:
        size, begin = _number(raw, at)
        yield _number(raw, begin)[0]
        at = begin + max(size, 1)


def _of_four(raw: bytes) -> Iterator[Member | None]:
    """Members of versions before 5; None where the heads are encrypted."""
    at = len(_FOUR)
    try:
        for _ in range(MAX_MEMBERS * 4):
            _, kind, flags, size = struct.unpack_from("<HBHH", raw, at)
            (length,) = struct.unpack_from("<I", raw, at + 7) if flags & 0x8000 or kind == 0x74 else (0,)
            if kind == 0x73 and flags & 0x80:
                yield None
                return
            if kind == 0x74 and flags & 0xE0 != 0xE0:
                yield _file_of_four(raw, at, flags, size, length)
            if kind == 0x7B or size < 7:
                return
            at += size + length
    except struct.error:
        return


def _file_of_four(raw: bytes, at: int, flags: int, size: int, length: int) -> Member:
    unpacked, method, count = struct.unpack_from("<I9xxBH", raw, at + 11)
    place = at + 32 + (8 if flags & 0x100 else 0)
    written = raw[place : place + count].split(b"\0")[0]
    try:
        name = written.decode("utf-8")
    except ValueError:
        name = written.decode("cp932", "replace")
    begin = at + size
    encrypted = bool(flags & 0x04)
    stored = method == 0x30 and not encrypted
    return Member(name, unpacked, encrypted, raw[begin : begin + length] if stored else None)


EXAMINERS: Final = (RarExaminer(),)
