"""Compound files: old Office documents and macro projects: properties, macros, embedded files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import DamagedSpecimenError, Recognition
from noroshi.examine.kinds.ooxml import shown
from noroshi.examine.model import Finding, Piece, Place, Seen, Severity
from noroshi.examine.office.biff import encrypted, read_book
from noroshi.examine.office.container import MAGIC, Container
from noroshi.examine.office.encryption import decrypted
from noroshi.examine.office.fields import field_outcomes
from noroshi.examine.office.macros import macros
from noroshi.examine.office.objects import class_outcomes, monikers, package_in
from noroshi.examine.office.project import read_project, roots
from noroshi.examine.office.properties import properties_of
from noroshi.examine.office.slides import stored_objects
from noroshi.examine.office.word import is_encrypted, read_document
from noroshi.examine.office.xlm import cells_of, macro_sheets

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
        own = properties_of(container)
        yield from shown(own)
        if _is_encrypted(container):
            yield from decrypted(specimen, container.read("EncryptionInfo"), budget)
            return
        known = {**own, **specimen.known}
        yield from _document(container, known)
        yield from _workbook(container, known, budget)
        yield from _macros(container, known, budget)
        for raw in stored_objects(container.read("PowerPoint Document"), budget):
            yield Piece("embedded file", "", raw)
        yield from _objects(container)


def _objects(container: Container) -> Iterator[Outcome]:
    """Files in packager objects, links, and classes that attacks use."""
    for path in container.paths:
        name = path[-1].lower()
        if name == "\x01ole10native":
            yield from package_in(container.read(*path))
        elif name == "\x01ole":
            yield from monikers(container.read(*path), "/".join(path[:-1]))
        elif name == "equation native":
            yield Finding("equation-editor", Severity.HIGH, {"class": "Equation Native"})
    classes = [("", container.root_class())] + [("/".join(path), one) for path, one in container.classes()]
    yield from class_outcomes(classes)


def _is_encrypted(container: Container) -> bool:
    if container.find("EncryptedPackage") or container.find("EncryptedSummary"):
        return True
    return is_encrypted(container) or encrypted(_workbook_stream(container))


def _workbook_stream(container: Container) -> bytes:
    return container.read("Workbook") or container.read("Book")


def _document(container: Container, known: dict[str, str]) -> Iterator[Outcome]:
    """A Word document's text, fields and template; `known` takes its variables and its text."""
    document = read_document(container)
    for name, text in document.variables.items():
        known.setdefault(name, text)
        yield Seen(text, "property", Place(name=name))
    if document.text:
        known.setdefault("Content", document.shown)
        yield Seen(document.shown, "text")
        yield from field_outcomes(document.text)
    if "://" in document.template or document.template.startswith("\\\\"):
        yield Seen(document.template, "reference", Place(name="template"))
        yield Finding(
            "loads-from-outside", Severity.HIGH, {"kind": "attachedTemplate", "target": document.template}
        )


def _workbook(container: Container, known: dict[str, str], budget: Budget) -> Iterator[Outcome]:
    """A workbook's macro sheets; `known` takes its cells."""
    raw = _workbook_stream(container)
    if raw:
        book = read_book(raw)
        for name, text in cells_of(book).items():
            known.setdefault(name, text)
        yield from macro_sheets(book, budget)


def _macros(container: Container, known: dict[str, str], budget: Budget) -> Iterator[Outcome]:
    for root in roots(container):
        try:
            yield from macros(read_project(container, root), known, budget)
        except DamagedSpecimenError as problem:
            yield Finding("damaged", Severity.LOW, {"type": "vba", "what": problem.what})


EXAMINERS: Final = (OleExaminer(),)
