"""Workbooks as BIFF8 records ([MS-XLS]): sheets, cells, names, formulas; BIFF5 as far as constants go."""

from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.xlm.nodes import Book, Cell, Sheet
from noroshi.examine.xlm.tables import BUILT_IN_NAMES, ERRORS
from noroshi.examine.xlm.tokens import Surroundings, formula, name_all

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_RECORDS: Final = 2_000_000
MAX_CELLS: Final = 200_000
_CONTINUE: Final = 0x3C
_STATES: Final = {0: "visible", 1: "hidden", 2: "veryHidden"}
_BUILT_IN, _HIDDEN = 0x20, 0x01


@dataclass(slots=True)
class _Globals:
    """What stands before the sheets."""

    wide_texts: bool = True
    listed: list[tuple[int, Sheet]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    names: list[tuple[str, bytes, bool]] = field(default_factory=list)
    books: list[bool] = field(default_factory=list)
    references: list[tuple[int, int]] = field(default_factory=list)
    outer: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """One record, the ones that continue it behind it."""

    kind: int
    parts: list[bytes]

    @property
    def raw(self) -> bytes:
        """Its bytes, continued."""
        return b"".join(self.parts)


def records(raw: bytes, at: int = 0) -> Iterator[Record]:
    """The records from an offset on, each with its continuations."""
    waiting: Record | None = None
    for _ in range(MAX_RECORDS):
        if at + 4 > len(raw):
            break
        kind, size = struct.unpack_from("<HH", raw, at)
        part = raw[at + 4 : at + 4 + size]
        at += 4 + size
        if kind == _CONTINUE and waiting is not None:
            waiting.parts.append(part)
            continue
        if waiting is not None:
            yield waiting
        waiting = Record(kind, [part])
    if waiting is not None:
        yield waiting


def encrypted(raw: bytes) -> bool:
    """Whether the stream's records are encrypted (``FILEPASS``)."""
    return any(record.kind == 0x2F for record in _until_end(raw, 0))


def read_book(raw: bytes) -> Book:
    """The book in a ``Workbook`` stream; what is damaged is left out."""
    known = _globals(raw)
    around = Surroundings(
        names=[name for name, _, _ in known.names],
        sheets=[_sheet_at(known, book, first) for book, first in known.references],
        outer_names={(reference, number): name
                     for reference, (book, _) in enumerate(known.references)
                     for (owner, number), name in known.outer.items() if owner == book},
    )  # fmt: skip
    book = Book()
    for offset, sheet in known.listed:
        book.sheets.append(sheet)
        _cells(raw, offset, sheet, known, around)
    name_all(book, known.names, around)
    return book


def _until_end(raw: bytes, at: int) -> Iterator[Record]:
    """The records of one substream; those of charts inside it are passed."""
    depth = 0
    for record in records(raw, at):
        if record.kind in {0x0809, 0x0409, 0x0209, 0x0009}:
            depth += 1
        elif record.kind == 0x000A:
            depth -= 1
            if depth <= 0:
                return
        elif depth <= 1:
            yield record


def _globals(raw: bytes) -> _Globals:
    known = _Globals(wide_texts=raw[4:6] == b"\x00\x06")
    for record in _until_end(raw, 0):
        try:
            _global(record, known)
        except (struct.error, IndexError):
            continue
    return known


def _global(record: Record, known: _Globals) -> None:
    raw = record.raw
    match record.kind:
        case 0x0085:
            offset, state, kind = struct.unpack_from("<IBB", raw)
            name = _text(raw, 6, raw[6], wide=known.wide_texts, head=7)
            known.listed.append((offset, Sheet(name, _STATES.get(state & 3, "visible"), macro=kind == 1)))
        case 0x00FC:
            known.texts = _shared(record.parts)
        case 0x0018:
            known.names.append(_name(raw, wide=known.wide_texts))
        case 0x01AE:
            known.books.append(raw[2:4] == b"\x01\x04")
        case 0x0023 if known.books:
            key = (len(known.books) - 1, sum(one[0] == len(known.books) - 1 for one in known.outer) + 1)
            known.outer[key] = _text(raw, 6, raw[6], wide=known.wide_texts, head=7)
        case 0x0017 if known.wide_texts:
            (count,) = struct.unpack_from("<H", raw)
            for at in range(min(count, 0x2000)):
                book, first, _ = struct.unpack_from("<HhH", raw, 2 + 6 * at)
                known.references.append((book, first))


def _sheet_at(known: _Globals, book: int, first: int) -> str:
    own = book < len(known.books) and known.books[book]
    return known.listed[first][1].name if own and 0 <= first < len(known.listed) else "‹elsewhere›"


def _text(raw: bytes, _: int, count: int, *, wide: bool, head: int) -> str:
    """A short text: its characters behind a byte that says how wide they are, in BIFF8."""
    if not wide:
        return raw[head : head + count].decode("cp1252", "replace")
    if raw[head] & 1:
        return raw[head + 1 : head + 1 + 2 * count].decode("utf-16-le", "replace")
    return raw[head + 1 : head + 1 + count].decode("latin-1")


def _name(raw: bytes, *, wide: bool) -> tuple[str, bytes, bool]:
    """A defined name: itself, its tokens, whether it is hidden (2.4.150)."""
    flags, _, count, size = struct.unpack_from("<HBBH", raw)
    text = _text(raw, 0, count, wide=wide, head=14)
    begin = 14 + (1 + count * (2 if raw[14] & 1 else 1) if wide else count)
    if flags & _BUILT_IN and text and ord(text[0]) < len(BUILT_IN_NAMES):
        text = BUILT_IN_NAMES[ord(text[0])] + text[1:]
    return text.replace("\0", ""), raw[begin : begin + size], bool(flags & _HIDDEN)


class _Texts:
    """Reads the table of texts, which may go on in the next record in the midst of one (2.5.293)."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts, self.part, self.at = parts, 0, 8

    def take(self, count: int) -> bytes:
        """So many bytes, from as many records as that takes."""
        out = bytearray()
        while len(out) < count and self.part < len(self.parts):
            piece = self.parts[self.part][self.at : self.at + count - len(out)]
            out += piece
            self.at += len(piece)
            if len(out) < count:
                self._on()
        if len(out) < count:
            raise IndexError
        return bytes(out)

    def _on(self) -> None:
        self.part, self.at = self.part + 1, 0

    def characters(self, count: int, *, wide: bool) -> str:
        """Characters; where a record ends among them, the next one says anew how wide they are."""
        out: list[str] = []
        while count > 0:
            if self.part >= len(self.parts):
                raise IndexError
            size = 2 if wide else 1
            left = (len(self.parts[self.part]) - self.at) // size
            if not left:
                self._on()
                wide = bool(self.take(1)[0] & 1)
                continue
            raw = self.take(min(count, left) * size)
            out.append(raw.decode("utf-16-le" if wide else "latin-1", "replace"))
            count -= min(count, left)
        return "".join(out)

    def text(self) -> str:
        """One text, its formatting passed over."""
        count, flags = struct.unpack("<HB", self.take(3))
        runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
        found = self.characters(count, wide=bool(flags & 1))
        self.take(4 * runs + extra)
        return found


def _shared(parts: list[bytes]) -> list[str]:
    """The table of texts; what comes before damage is kept."""
    found: list[str] = []
    if len(parts[0]) < 8:
        return found
    (count,) = struct.unpack_from("<I", parts[0], 4)
    reader = _Texts(parts)
    with suppress(IndexError, struct.error):
        found.extend(reader.text() for _ in range(min(count, MAX_CELLS)))
    return found


def _cells(raw: bytes, offset: int, sheet: Sheet, known: _Globals, around: Surroundings) -> None:
    """Read the cells of one sheet's substream."""
    shared: dict[tuple[int, int], bytes] = {}
    waiting: list[tuple[int, int, bytes]] = []
    last: tuple[int, int] = (-1, -1)
    for record in _until_end(raw, offset):
        if len(sheet.cells) >= MAX_CELLS:
            break
        try:
            last = _cell(record, sheet, known, around, waiting, shared, last)
        except (struct.error, IndexError, UnicodeDecodeError):
            continue
    for row, column, tokens in waiting:
        base = struct.unpack_from("<HH", tokens, 1)
        node = formula(shared[base], b"", around) if base in shared else None
        if node is not None:
            sheet.cells[row, column].formula = node


def _cell(  # noqa: PLR0913, PLR0917 - a record, and where what it says goes
    record: Record,
    sheet: Sheet,
    known: _Globals,
    around: Surroundings,
    waiting: list[tuple[int, int, bytes]],
    shared: dict[tuple[int, int], bytes],
    last: tuple[int, int],
) -> tuple[int, int]:
    """Read one record of a sheet; returns the place of the latest formula."""
    raw = record.raw
    if record.kind == 0x0207:  # the text of the formula before it
        sheet.cells[last].value = _long_text(raw, known, 0)
        return last
    if record.kind == 0x04BC:
        (size,) = struct.unpack_from("<H", raw, 8)
        shared[last] = raw[10 : 10 + size]
        return last
    if record.kind not in _CELLS or len(raw) < 6:
        return last
    row, column = struct.unpack_from("<HH", raw)
    if record.kind == 0x0006:
        (size,) = struct.unpack_from("<H", raw, 20)
        tokens = raw[22 : 22 + size]
        sheet.cells[row, column] = Cell(_result(raw[6:14]), formula(tokens, raw[22 + size :], around))
        if tokens[:1] == b"\x01":
            waiting.append((row, column, tokens))
        return row, column
    for at, value in enumerate(_values(record.kind, raw, known)):
        sheet.cells[row, column + at] = Cell(value)
    return last


_CELLS: Final = frozenset({0x0006, 0x00FD, 0x0204, 0x00D6, 0x0203, 0x027E, 0x00BD, 0x0205})


def _values(kind: int, raw: bytes, known: _Globals) -> list[Any]:
    if kind == 0x00FD:
        (at,) = struct.unpack_from("<I", raw, 6)
        return [known.texts[at]]
    if kind in {0x0204, 0x00D6}:
        return [_long_text(raw, known, 6)]
    if kind == 0x0203:
        return [struct.unpack_from("<d", raw, 6)[0]]
    if kind == 0x0205:
        return [ERRORS.get(raw[6], "#VALUE!") if raw[7] else bool(raw[6])]
    step = 6
    count = 1 if kind == 0x027E else (len(raw) - 6) // step
    return [packed_number(struct.unpack_from("<I", raw, 6 + step * at)[0]) for at in range(count)]


def packed_number(number: int) -> int | float:
    """A number in four bytes (``RkNumber``, 2.5.217)."""
    if number & 2:
        value: float = (number >> 2) - (1 << 30 if number & 0x8000_0000 else 0)
    else:
        (value,) = struct.unpack("<d", struct.pack("<Q", (number & 0xFFFF_FFFC) << 32))
    if number & 1:
        value /= 100
    return int(value) if value == value // 1 and abs(value) < 1e15 else value


def _long_text(raw: bytes, known: _Globals, at: int) -> str:
    (count,) = struct.unpack_from("<H", raw, at)
    return _text(raw, 0, count, wide=known.wide_texts, head=at + 2)


def _result(raw: bytes) -> Any:
    """The value that a formula had; None for a text, which stands in a record of its own."""
    if raw[6:8] != b"\xff\xff":
        return struct.unpack("<d", raw)[0]
    return {1: bool(raw[2]), 2: ERRORS.get(raw[2], "#VALUE!")}.get(raw[0])
