"""Compound files: old Office documents and macro projects: properties, macros, embedded files."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import DamagedSpecimenError, Recognition
from noroshi.examine.kinds.ooxml import shown
from noroshi.examine.model import Finding, Piece, Severity
from noroshi.examine.office.biff import encrypted, read_book
from noroshi.examine.office.container import MAGIC, Container
from noroshi.examine.office.macros import macros
from noroshi.examine.office.project import read_project, roots
from noroshi.examine.office.properties import properties_of
from noroshi.examine.office.xlm import cells_of, macro_sheets
from noroshi.examine.xlm.nodes import Book

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen


class OleExaminer:
    """Examines compound files: ``.doc``, ``.xls``, ``.ppt``, ``vbaProject.bin``."""

    name: Final = "ole"
    types: Final = frozenset({"ole"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By magic."""
        del name
        known = isinstance(content, bytes) and content.startswith(MAGIC)
        return Recognition("ole", 0.9) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its properties, macros and embedded files."""
        container = Container(specimen.raw, budget)
        if container.find("EncryptedPackage"):
            yield Finding("encrypted", Severity.MEDIUM, {"name": specimen.name})
        own = properties_of(container)
        yield from shown(own)
        book = _book(container)
        known = {**own, **cells_of(book), **specimen.known}
        yield from macro_sheets(book, budget)
        for root in roots(container):
            try:
                yield from macros(read_project(container, root), known, budget)
            except DamagedSpecimenError as problem:
                yield Finding("damaged", Severity.LOW, {"type": "vba", "what": problem.what})
        for path in container.paths:
            if path[-1].lower() == "\x01ole10native":
                yield from package_in(container.read(*path))


def _book(container: Container) -> Book:
    """The workbook of an ``.xls``; empty in every other file, or where it is encrypted."""
    raw = container.read("Workbook") or container.read("Book")
    return read_book(raw) if raw and not encrypted(raw) else Book()


def package_in(raw: bytes) -> Iterator[Outcome]:
    """A file in a packager object: two paths, then its bytes (MS-OLEDS 2.3.6, as the packager fills it)."""
    label, _, rest = raw[6:].partition(b"\0")
    _, _, rest = rest.partition(b"\0")
    if len(rest) < 8:
        return
    (length,) = struct.unpack_from("<I", rest, 4)
    rest = rest[8 + length :]
    if len(rest) >= 4:
        (size,) = struct.unpack_from("<I", rest)
        yield Piece("embedded file", label.decode("cp932", "replace"), rest[4 : 4 + size])


EXAMINERS: Final = (OleExaminer(),)
