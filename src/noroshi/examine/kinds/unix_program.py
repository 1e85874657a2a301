"""Programs of Linux (ELF) and macOS (Mach-O): their type, their machine, the addresses in them."""

from __future__ import annotations

import re
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import Recognition
from noroshi.examine.model import Detail, Place, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_ADDRESSES: Final = 200
_ADDRESS: Final = re.compile(rb"(?:https?|ftp)://[!-~]{4,400}")
_WIDE: Final = re.compile(rb"(?:h\0t\0t\0p\0(?:s\0)?|f\0t\0p\0):\0/\0/\0(?:[!-~]\0){4,400}")
_ELF_KINDS: Final = {1: "object", 2: "program", 3: "library or program", 4: "core"}
_ELF_MACHINES: Final = {
    3: "x86", 8: "MIPS", 20: "PowerPC", 21: "PowerPC 64", 22: "S390", 40: "ARM", 62: "x86-64", 183: "ARM64",
    243: "RISC-V",
}  # fmt: skip
_MACH: Final = {
    b"\xfe\xed\xfa\xce": ">",
    b"\xfe\xed\xfa\xcf": ">",
    b"\xce\xfa\xed\xfe": "<",
    b"\xcf\xfa\xed\xfe": "<",
}
_MACH_MACHINES: Final = {7: "x86", 0x1000007: "x86-64", 12: "ARM", 0x100000C: "ARM64", 18: "PowerPC"}
_MACH_KINDS: Final = {1: "object", 2: "program", 6: "library", 8: "bundle"}
_FAT: Final = b"\xca\xfe\xba\xbe"


def addresses(raw: bytes) -> Iterator[Seen]:
    """URLs that stand in a program's bytes, in 8 and in 16 bits a character."""
    told: set[str] = set()
    found = [(one.start(), one[0].decode("ascii")) for one in _ADDRESS.finditer(raw)]
    found += [(one.start(), one[0].decode("utf-16-le")) for one in _WIDE.finditer(raw)]
    for place, text in found:
        if text not in told and len(told) < MAX_ADDRESSES:
            told.add(text)
            yield Seen(text, "literal", Place(offset=place))


class UnixExaminer:
    """Examines ELF and Mach-O files."""

    name: Final = "unix-program"
    types: Final = frozenset({"elf", "mach-o"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By magic; a fat Mach-O shares it with Java classes, whose version follows as a larger number."""
        del name
        if isinstance(content, str):
            return None
        if content[:4] == b"\x7fELF":
            return Recognition("elf", 0.95)
        fat = content[:4] == _FAT and 0 < int.from_bytes(content[4:8], "big") < 20
        return Recognition("mach-o", 0.9) if fat or content[:4] in _MACH else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Machine, kind, addresses."""
        del budget
        raw = specimen.raw
        with suppress(struct.error):
            yield from _elf(raw) if specimen.type == "elf" else _mach(raw)
        yield from addresses(raw)


def _elf(raw: bytes) -> Iterator[Outcome]:
    order = ">" if raw[5:6] == b"\x02" else "<"
    kind, machine = struct.unpack_from(f"{order}HH", raw, 16)
    yield Detail("cpu", _ELF_MACHINES.get(machine, str(machine)))
    yield Detail("kind", _ELF_KINDS.get(kind, str(kind)))


def _mach(raw: bytes) -> Iterator[Outcome]:
    if raw[:4] == _FAT:
        (count,) = struct.unpack_from(">I", raw, 4)
        found = [struct.unpack_from(">I", raw, 8 + 20 * at)[0] for at in range(count)]
        yield Detail("cpu", ", ".join(_MACH_MACHINES.get(one, str(one)) for one in found))
        return
    machine, _, kind = struct.unpack_from(f"{_MACH[raw[:4]]}III", raw, 4)
    yield Detail("cpu", _MACH_MACHINES.get(machine, str(machine)))
    yield Detail("kind", _MACH_KINDS.get(kind, str(kind)))


EXAMINERS: Final = (UnixExaminer(),)
