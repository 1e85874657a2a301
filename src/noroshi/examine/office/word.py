"""Word's binary documents ([MS-DOC]): text, fields, document variables, the template loaded with them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.examine.office.fields import BEGIN, END, SEPARATOR, parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.office.container import Container

MAX_TEXT: Final = 1 << 22
MAX_PIECES: Final = 100_000
_PLACES: Final = 154
"""Where the list of places in the table stream begins (``FibRgFcLcb97``)."""
_ASSOCIATED, _PIECES, _VARIABLES = 32, 33, 60
_TEMPLATE: Final = 1
_NESTED: Final = 100
"""Fields inside each other that are looked at; deeper ones were built to cost time."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a document holds.

    Attributes:
        text: With fields as they stand in the file: begin, instruction, separator, result, end.
        variables: Document variables by name.
        template: The template it was made from; a macro or an address may hide there.
    """

    text: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    template: str = ""

    @property
    def shown(self) -> str:
        """The text without the instructions of fields and without marks."""
        out: list[str] = []
        marks: list[bool] = []
        for part in parts(self.text):
            if part == BEGIN:
                marks.append(True)
            elif part == SEPARATOR and marks:
                marks[-1] = False
            elif part == END and marks:
                marks.pop()
            elif not any(marks[-_NESTED:]):
                out.append(part)
        return "".join(out)


def read_document(container: Container) -> Document:
    """The document in a compound file; empty parts where they are damaged."""
    head = container.read("WordDocument")
    if len(head) < 0x1AA:
        return Document()
    (flags,) = struct.unpack_from("<H", head, 0x0A)
    table = container.read("1Table" if flags & 0x0200 else "0Table")
    if flags & 0x0100:  # encrypted
        return Document()
    return Document(
        _text(head, _part(head, table, _PIECES)),
        _variables(_part(head, table, _VARIABLES)),
        _template(_part(head, table, _ASSOCIATED)),
    )


def is_encrypted(container: Container) -> bool:
    """Whether the document's header says so."""
    head = container.read("WordDocument")
    return len(head) >= 12 and bool(struct.unpack_from("<H", head, 0x0A)[0] & 0x0100)


def _part(head: bytes, table: bytes, number: int) -> bytes:
    at = _PLACES + 8 * number
    if at + 8 > len(head):
        return b""
    begin, size = struct.unpack_from("<II", head, at)
    return table[begin : begin + size]


def _text(head: bytes, pieces: bytes) -> str:
    """The text by its table of pieces (2.4.1); without one, what stands behind the header."""
    out: list[str] = []
    for begin, end, place in _pieces(pieces):
        if place & 0x4000_0000:
            at = (place & 0x3FFF_FFFF) // 2
            out.append(head[at : at + end - begin].decode("cp1252", "replace"))
        else:
            out.append(head[place : place + 2 * (end - begin)].decode("utf-16-le", "replace"))
    return "".join(out)[:MAX_TEXT]


def _pieces(raw: bytes) -> Iterator[tuple[int, int, int]]:
    """First and last character and place of each piece (2.9.38, 2.9.178)."""
    at = 0
    while raw[at : at + 1] == b"\x01" and at + 3 <= len(raw):
        at += 3 + struct.unpack_from("<H", raw, at + 1)[0]
    if raw[at : at + 1] != b"\x02" or at + 5 > len(raw):
        return
    (size,) = struct.unpack_from("<I", raw, at + 1)
    body = raw[at + 5 : at + 5 + size]
    count = (len(body) - 4) // 12
    left = MAX_TEXT
    for number in range(min(count, MAX_PIECES)):
        begin, end = struct.unpack_from("<II", body, 4 * number)
        (place,) = struct.unpack_from("<I", body, 4 * (count + 1) + 8 * number + 2)
        if end < begin or left <= 0:
            return
        left -= end - begin
        yield begin, min(end, begin + MAX_TEXT), place


def _strings(raw: bytes) -> tuple[list[str], int]:
    """The texts of a table (``STTB``, 2.2.4) of wide characters, and where it ends."""
    if len(raw) < 6 or raw[:2] != b"\xff\xff":
        return [], 0
    count, extra = struct.unpack_from("<HH", raw, 2)
    found: list[str] = []
    at = 6
    for _ in range(count):
        if at + 2 > len(raw):
            break
        (length,) = struct.unpack_from("<H", raw, at)
        found.append(raw[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace"))
        at += 2 + 2 * length + extra
    return found, at


def _variables(raw: bytes) -> dict[str, str]:
    """Names, then as many values (``StwUser``, 2.9.274)."""
    names, at = _strings(raw)
    found: dict[str, str] = {}
    for name in names:
        if at + 2 > len(raw):
            break
        (length,) = struct.unpack_from("<H", raw, at)
        found[name] = raw[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace")
        at += 2 + 2 * length
    return found


def _template(raw: bytes) -> str:
    found, _ = _strings(raw)
    return found[_TEMPLATE] if len(found) > _TEMPLATE else ""
