"""OneNote sections by [MS-ONESTORE] and [MS-ONE]: embedded files with their names, texts, addresses of links.

The file is a graph of revisions; whatever any revision holds is of interest here, deleted pages too. So the
parts are found by their marks (the GUID before each file, the ids of properties), not by way of the graph.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SECTION: Final = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3")
"""{7B5C52E4-D88C-4DA7-AEB1-5378D02996D3}, the type of ``.one``."""

CONTENTS: Final = bytes.fromhex("a12fff43d9ef764c9ee210ea5722765f")
"""{43FF2FA1-EFD9-4C76-9EE2-10EA5722765F}, the type of ``.onetoc2``."""

FILE_HEAD: Final = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
"""{BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC}, before each file ([MS-ONESTORE] 2.6.13)."""

MAX_FILES: Final = 500
MAX_PROPERTIES: Final = 5_000
MAX_PLACES: Final = 20
MAX_TEXT: Final = 1 << 18
_MAX_SET: Final = 64
_FILE_NAME, _TEXT, _LINK, _SOURCE = 0x1C001DD7, 0x1C001C22, 0x1C001E20, 0x1C001D9C
_ANSI_TEXT: Final = 0x1C003498
_KINDS: Final = {_FILE_NAME: "file name", _TEXT: "text", _LINK: "link", _SOURCE: "source", _ANSI_TEXT: "text"}
_SIZES: Final = {
    0x1: 0,
    0x2: 0,
    0x3: 1,
    0x4: 2,
    0x5: 4,
    0x6: 8,
    0x8: 0,
    0x9: 4,
    0xA: 0,
    0xB: 4,
    0xC: 0,
    0xD: 4,
}
"""Bytes of a property's value by its type; 7 has its length before it ([MS-ONESTORE] 2.6.6)."""

_LENGTH_BEFORE: Final = 0x7
_REFERENCE: Final = re.compile(
    "<ifndf>{".encode("utf-16-le") + b"((?:[0-9A-Fa-f-]\0){36})" + "}".encode("utf-16-le")
)
_STORED: Final = struct.Struct("<16sQIQ")


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file in a section.

    Attributes:
        name: As it is shown; empty where none was found.
        offset: Of its first byte.
        whole: Whether all its bytes are there.
    """

    name: str
    offset: int
    content: bytes
    whole: bool


@dataclass(frozen=True, slots=True)
class Property:
    """A text in a section: ``file name``, ``text``, ``link`` or ``source`` (where a file came from)."""

    kind: str
    value: str


def embedded(raw: bytes) -> Iterator[Embedded]:
    """All embedded files, in the order of the file."""
    names = [one.value for one in properties(raw) if one.kind == "file name"]
    extensions = _extensions(raw)
    at = raw.find(FILE_HEAD)
    for _ in range(MAX_FILES):
        if at < 0 or at + _STORED.size > len(raw):
            return
        _, size, _, _ = _STORED.unpack_from(raw, at)
        begin = at + _STORED.size
        content = raw[begin : begin + size]
        extension = extensions.get(at, "")
        yield Embedded(_name(names, extension), begin, content, len(content) == size)
        at = raw.find(FILE_HEAD, begin + len(content))


def _name(names: list[str], extension: str) -> str:
    """The first name with this extension that no file has yet; pictures have none."""
    for at, name in enumerate(names):
        if extension and name.lower().endswith(extension.lower()):
            return names.pop(at)
    return ""


def _extensions(raw: bytes) -> dict[int, str]:
    """The extension of the file at each offset: declared by GUID, which stands beside the offset."""
    found: dict[int, str] = {}
    for match in list(_REFERENCE.finditer(raw))[:MAX_FILES]:
        digits = match[1].decode("utf-16-le").replace("-", "")
        extension = _counted(raw, match.end())
        try:
            parts = bytes.fromhex(digits)
        except ValueError:
            continue
        guid = parts[3::-1] + parts[5:3:-1] + parts[7:5:-1] + parts[8:]
        at = raw.find(guid, 16)
        for _ in range(MAX_PLACES):
            if at < 0:
                break
            # FileDataStoreObjectReferenceFND: where and how long, then the GUID.
            for stp, cb in product((8, 4, 2), (8, 4, 2, 1)):  # the widths that a reference may have
                place = int.from_bytes(raw[at - cb - stp : at - cb], "little")
                for one in (place, place * 8):  # compressed ones count in eight bytes
                    if raw[one : one + 16] == FILE_HEAD:
                        found.setdefault(one, extension)
            at = raw.find(guid, at + 1)
    return found


def _counted(raw: bytes, at: int) -> str:
    """A text behind the number of its characters ([MS-ONESTORE] 2.2.3)."""
    count = int.from_bytes(raw[at : at + 4], "little")
    return raw[at + 4 : at + 4 + 2 * min(count, 260)].decode("utf-16-le", "replace").rstrip("\0")


def properties(raw: bytes) -> Iterator[Property]:
    """The texts of the known properties, each once."""
    told: set[Property] = set()
    marks = re.compile(b"|".join(re.escape(struct.pack("<I", one)) for one in _KINDS))
    for match in list(marks.finditer(raw))[:MAX_PROPERTIES]:
        (identifier,) = struct.unpack("<I", match[0])
        value = _value(raw, match.start(), identifier)
        if value and (found := Property(_KINDS[identifier], value)) not in told:
            told.add(found)
            yield found


def _value(raw: bytes, at: int, identifier: int) -> str:
    """The text of the property whose id stands there: ids first, then all values in the same order."""
    for before in range(_MAX_SET):
        begin = at - 4 * before - 2
        if begin < 0:
            return ""
        count = int.from_bytes(raw[begin : begin + 2], "little")
        if not before < count <= _MAX_SET or begin + 2 + 4 * count > len(raw):
            continue
        ids = struct.unpack_from(f"<{count}I", raw, begin + 2)
        place = _place(raw, begin + 2 + 4 * count, ids[:before])
        if place is None:
            continue
        size = int.from_bytes(raw[place : place + 4], "little")
        if 2 <= size <= min(MAX_TEXT, len(raw) - place - 4):
            text = raw[place + 4 : place + 4 + size]
            wide = identifier != _ANSI_TEXT
            value = text.decode("utf-16-le", "replace") if wide else text.decode("cp1252", "replace")
            return value.rstrip("\0")
    return ""


def _place(raw: bytes, at: int, before: tuple[int, ...]) -> int | None:
    """Where the value behind those of these properties begins; None if one is of a type that nests."""
    for identifier in before:
        kind = identifier >> 26 & 0x1F
        if kind == _LENGTH_BEFORE:
            at += 4 + int.from_bytes(raw[at : at + 4], "little")
        elif kind in _SIZES:
            at += _SIZES[kind]
        else:
            return None
        if at + 4 > len(raw):
            return None
    return at
