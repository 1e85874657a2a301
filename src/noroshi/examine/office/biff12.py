"""Workbooks as BIFF12 parts of a package ([MS-XLSB], ``.xlsb``): sheets, cells, names, formulas."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.office.biff import packed_number
from noroshi.examine.office.workbook import workbook_part
from noroshi.examine.xlm.nodes import Book, Cell, Sheet
from noroshi.examine.xlm.tables import ERRORS
from noroshi.examine.xlm.tokens import Surroundings, formula, name_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.office.package import Package

MAX_RECORDS: Final = 2_000_000
MAX_CELLS: Final = 200_000
_STATES: Final = {0: "visible", 1: "hidden", 2: "veryHidden"}
_KINDS: Final = ("worksheet", "xlMacrosheet", "xlIntlMacrosheet", "dialogsheet")
_SELF: Final = frozenset({357, 358})
_SUPPORTING: Final = frozenset({355, 357, 358, 667})


def records(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each record (2.1.4); a damaged one ends them."""
    at = 0
    for _ in range(MAX_RECORDS):
        if at >= len(raw):
            return
        number, at = _packed(raw, at, 2)
        size, at = _packed(raw, at, 4)
        yield number, raw[at : at + size]
        at += size


def _packed(raw: bytes, at: int, most: int) -> tuple[int, int]:
    """A number in groups of seven bits, and where it ends; a record's own keeps its high bits."""
    number = 0
    for place in range(most):
        if at >= len(raw):
            break
        byte = raw[at]
        at += 1
        number |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return number, at


def text_at(raw: bytes, at: int) -> tuple[str, int]:
    """A wide text and where it ends (2.5.169)."""
    (count,) = struct.unpack_from("<I", raw, at)
    if count > len(raw):
        return "", at + 4
    end = at + 4 + 2 * count
    return raw[at + 4 : end].decode("utf-16-le", "replace"), end


def is_binary(package: Package) -> bool:
    """Whether the package's workbook is BIFF12."""
    return workbook_part(package).lower().endswith(".bin")


def read_book(package: Package) -> Book:
    """The book of a package; what is damaged is left out."""
    part = workbook_part(package)
    book, parts = Book(), {}
    for kind in _KINDS:
        for identifier, name in package.related(part, kind):
            parts[identifier] = (name, kind.endswith("Macrosheet"))
    places: list[str] = []
    names: list[tuple[str, bytes, bool]] = []
    own: list[bool] = []
    references: list[tuple[int, int]] = []
    for number, raw in records(package.read(part)):
        try:
            _global(number, raw, (book, places, parts), names, own, references)
        except (struct.error, IndexError):
            continue
    around = Surroundings(
        wide=True,
        names=[name for name, _, _ in names],
        sheets=[_sheet_at(book, own, one) for one in references],
    )
    shared = _shared(package, part)
    for sheet, place in zip(book.sheets, places, strict=True):
        _cells(package.read(place), sheet, shared, around)
    name_all(book, names, around)
    return book


def _global(  # noqa: PLR0913, PLR0917 - a record, and where what it says goes
    number: int,
    raw: bytes,
    sheets: tuple[Book, list[str], dict[str, tuple[str, bool]]],
    names: list[tuple[str, bytes, bool]],
    own: list[bool],
    references: list[tuple[int, int]],
) -> None:
    book, places, parts = sheets
    if number == 156:
        (state,) = struct.unpack_from("<I", raw)
        identifier, at = text_at(raw, 8)
        name, _ = text_at(raw, at)
        part, macro = parts.get(identifier, ("", False))
        book.sheets.append(Sheet(name, _STATES.get(state, "visible"), macro))
        places.append(part)
    elif number == 39:
        (flags,) = struct.unpack_from("<I", raw)
        name, at = text_at(raw, 9)
        (size,) = struct.unpack_from("<I", raw, at)
        names.append((name.removeprefix("_xlnm."), raw[at + 4 : at + 4 + size], bool(flags & 1)))
    elif number in _SUPPORTING:
        own.append(number in _SELF)
    elif number == 362:
        (count,) = struct.unpack_from("<I", raw)
        for at in range(min(count, 0x4000)):
            book_number, first, _ = struct.unpack_from("<Iii", raw, 4 + 12 * at)
            references.append((book_number, first))


def _sheet_at(book: Book, own: list[bool], reference: tuple[int, int]) -> str:
    number, first = reference
    known = (number < len(own) and own[number]) and 0 <= first < len(book.sheets)
    return book.sheets[first].name if known else "‹elsewhere›"


def _shared(package: Package, part: str) -> list[str]:
    name = next((one for _, one in package.related(part, "sharedStrings")), "")
    found: list[str] = []
    for number, raw in records(package.read(name) if name else b""):
        if number == 19 and len(raw) >= 5:
            found.append(text_at(raw, 1)[0])
    return found


def _cells(raw: bytes, sheet: Sheet, shared: list[str], around: Surroundings) -> None:
    row, last = 0, (0, 0)
    joint: list[tuple[int, int, int, int, bytes]] = []
    waiting: list[tuple[int, int]] = []
    for number, record in records(raw):
        if len(sheet.cells) >= MAX_CELLS:
            return
        try:
            if number == 0:
                (row,) = struct.unpack_from("<I", record)
            elif number == 427:
                (size,) = struct.unpack_from("<I", record, 16)
                joint.append((*struct.unpack_from("<IIII", record), record[20 : 20 + size]))
            elif 1 <= number <= 11:
                (column,) = struct.unpack_from("<I", record)
                last = (row, column)
                sheet.cells[last] = _cell(number, record, shared, around)
                if number >= 8 and sheet.cells[last].formula is None:
                    waiting.append(last)
        except (struct.error, IndexError):
            continue
    for place in waiting:
        _joint(sheet, place, joint, around)


def _joint(
    sheet: Sheet,
    place: tuple[int, int],
    joint: list[tuple[int, int, int, int, bytes]],
    around: Surroundings,
) -> None:
    """Give a cell the formula that a range shares."""
    for first, last, left, right, tokens in joint:
        if first <= place[0] <= last and left <= place[1] <= right:
            sheet.cells[place].formula = formula(tokens, b"", around)
            return


def _cell(number: int, raw: bytes, shared: list[str], around: Surroundings) -> Cell:
    value, at = _value(number, raw, shared)
    if number < 8:
        return Cell(value)
    (size,) = struct.unpack_from("<I", raw, at + 2)
    tokens = raw[at + 6 : at + 6 + size]
    return Cell(value, formula(tokens, raw[at + 10 + size :], around))


def _value(number: int, raw: bytes, shared: list[str]) -> tuple[Any, int]:
    """The value of a cell's record, and where it ends (2.4.308 and following)."""
    match number:
        case 2:
            return packed_number(struct.unpack_from("<I", raw, 8)[0]), 12
        case 3 | 11:
            return ERRORS.get(raw[8], "#VALUE!"), 9
        case 4 | 10:
            return bool(raw[8]), 9
        case 5 | 9:
            return struct.unpack_from("<d", raw, 8)[0], 16
        case 6 | 8:
            return text_at(raw, 8)
        case 7:
            return shared[struct.unpack_from("<I", raw, 8)[0]], 12
    return None, 8
