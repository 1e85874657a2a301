"""Macro sheets of OOXML workbooks (``.xlsm``) and of SYLK files (``.slk``) as books."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.office.package import attributes, plain
from noroshi.examine.office.workbook import cells_in, shared_texts, sheets, workbook_part
from noroshi.examine.xlm.nodes import Book, Cell, Sheet
from noroshi.examine.xlm.text import FormulaError, parsed

if TYPE_CHECKING:
    from noroshi.examine.office.package import Package
    from noroshi.examine.xlm.nodes import Node

MAX_CELLS: Final = 200_000
_NAME: Final = re.compile(r"<(?:\w+:)?definedName\b([^<>]*)>([^<]*)<")
_ADDRESS: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})$")
_FIELD: Final = re.compile(r";(?=(?:;;)*[^;])")


def read_book(package: Package) -> Book:
    """The book of a package with XML sheets; what cannot be read is left out."""
    book, shared = Book(), shared_texts(package)
    count = 0
    for name, state, part in sheets(package):
        sheet = Sheet(name, state, "macrosheets/" in part.lower())
        book.sheets.append(sheet)
        for address, value, formula in cells_in(package.text(part), shared):
            found = _ADDRESS.match(address)
            if found is None or count >= MAX_CELLS:
                continue
            count += 1
            column = 0
            for letter in found[1]:
                column = column * 26 + ord(letter) - 64
            node = tree(formula) if formula else None
            sheet.cells[int(found[2]) - 1, column - 1] = Cell(_typed(value), node)
    for given, text in _NAME.findall(package.text(workbook_part(package))):
        named = attributes(given)
        name = named.get("name", "").lower().removeprefix("_xlnm.")
        node = tree(plain(text))
        if node is not None and name:
            book.names[name] = node
        if named.get("hidden") in {"1", "true"}:
            book.hidden_names.add(name)
    return book


def tree(text: str) -> Node | None:
    """The tree of a formula; None if it is none."""
    try:
        return parsed(text)
    except FormulaError:
        return None


def _typed(value: str) -> Any:
    """A stored value: a number where it looks like one."""
    if re.fullmatch(r"-?\d{1,15}", value):
        return int(value)
    if re.fullmatch(r"-?\d+\.\d+(?:E[-+]?\d+)?", value):
        return float(value)
    return value or None


def read_sylk(text: str) -> Book:
    """The sheet of a symbolic link file: ``C;X…;Y…;K…;E…`` a cell, ``NN;N…;E…`` a name."""
    sheet = Sheet("Sheet1", macro=True)
    book = Book([sheet])
    row = column = 0
    for line in text.splitlines()[:MAX_CELLS]:
        kind, *fields = (one.replace(";;", ";") for one in _FIELD.split(line))
        given = {one[:1]: one[1:] for one in fields if one}
        if kind == "C":
            row, column = _place(given, row, column)
            value = given.get("K", "")
            shown = value[1:-1].replace('""', '"') if value.startswith('"') else _typed(value)
            sheet.cells[row, column] = Cell(shown, tree(given["E"]) if "E" in given else None)
        elif kind == "NN" and "N" in given and "E" in given:
            node = tree(given["E"])
            if node is not None:
                book.names[given["N"].lower()] = node
    return book


def _place(given: dict[str, str], row: int, column: int) -> tuple[int, int]:
    """Row and column of a cell from 0; one that is not given stays."""
    if given.get("Y", "").isdecimal():
        row = int(given["Y"]) - 1
    if given.get("X", "").isdecimal():
        column = int(given["X"]) - 1
    return row, column
