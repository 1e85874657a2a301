"""Cells of OOXML workbooks as macros read them: ``Sheet1!B7`` → text (ECMA-376, part 1, 18.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.office.package import attributes, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.office.package import Package

MAX_CELLS: Final = 100_000
MAX_TEXT: Final = 1 << 23
"""Characters of all cells together."""

_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\b([^<>]*)>")
_ITEM: Final = re.compile(r"<(?:\w+:)?si\b[^<>]*>")
_TEXT: Final = re.compile(r"<(?:\w+:)?t\b[^<>]*(?<!/)>([^<]*)<")
_CELL: Final = re.compile(r"<(?:\w+:)?c\b([^<>]*?)(/?)>")
_VALUE: Final = re.compile(r"<(?:\w+:)?v\b[^<>]*(?<!/)>([^<]*)<")
_FORMULA: Final = re.compile(r"<(?:\w+:)?f\b[^<>]*(?<!/)>([^<]*)<")


def sheets(package: Package) -> Iterator[tuple[str, str, str]]:
    """Name, state (``visible``, ``hidden``, ``veryHidden``) and part of each sheet, in the book's order."""
    book = workbook_part(package)
    parts = {
        identifier: part
        for kind in ("worksheet", "xlMacrosheet", "xlIntlMacrosheet", "dialogsheet", "chartsheet")
        for identifier, part in package.related(book, kind)
    }
    for match in _SHEET.finditer(package.text(book)):
        given = attributes(match[1])
        identifier = next((value for name, value in given.items() if name.endswith(":id")), "")
        yield given.get("name", ""), given.get("state", "visible"), parts.get(identifier, "")


def workbook_part(package: Package) -> str:
    """The part of the workbook, by the package's relations."""
    return next((part for _, part in package.related("", "officeDocument")), "xl/workbook.xml")


def cells(package: Package) -> dict[str, str]:
    """The cells of all sheets that have a value, by sheet and address, and once more by the address alone.

    The first sheet's cells stand under their bare address too, because macros name the active sheet so.
    """
    shared = shared_texts(package)
    found: dict[str, str] = {}
    size = 0
    for name, _, part in sheets(package):
        for address, value, _ in cells_in(package.text(part), shared):
            size += len(value)
            if len(found) >= MAX_CELLS or size > MAX_TEXT:
                return found
            found[f"{name}!{address}"] = value
            found.setdefault(address, value)
    return found


def shared_texts(package: Package) -> list[str]:
    """The table of texts that cells refer to."""
    part = next((part for _, part in package.related(workbook_part(package), "sharedStrings")), "")
    text = package.text(part) if part else ""
    return ["".join(plain(one) for one in _TEXT.findall(item)) for item in _ITEM.split(text)[1:]]


def cells_in(text: str, shared: list[str]) -> Iterator[tuple[str, str, str]]:
    """Address, value and formula of each cell of a sheet's text."""
    starts = list(_CELL.finditer(text))
    for at, match in enumerate(starts):
        given = attributes(match[1])
        if match[2] or "r" not in given:
            continue
        end = starts[at + 1].start() if at + 1 < len(starts) else len(text)
        inner = text[match.end() : end]
        value = _value(given.get("t", ""), inner, shared)
        formula = _FORMULA.search(inner)
        if value or formula:
            yield given["r"].upper(), value, plain(formula[1]) if formula else ""


def _value(kind: str, inner: str, shared: list[str]) -> str:
    if kind == "inlineStr":
        return "".join(plain(one) for one in _TEXT.findall(inner))
    found = _VALUE.search(inner)
    if found is None:
        return ""
    if kind == "s":
        at = int(found[1]) if found[1].strip().isdecimal() else -1
        return shared[at] if 0 <= at < len(shared) else ""
    if kind == "b":
        return "True" if found[1].strip() == "1" else "False"
    return plain(found[1])
