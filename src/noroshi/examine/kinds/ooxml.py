"""OOXML documents: references to the outside, macros, embedded files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import Recognition
from noroshi.examine.model import Detail, Finding, Piece, Place, Seen, Severity
from noroshi.examine.office.biff12 import is_binary
from noroshi.examine.office.biff12 import read_book as read_binary
from noroshi.examine.office.macro_sheets import read_book
from noroshi.examine.office.package import Package, relations_in
from noroshi.examine.office.package_links import links
from noroshi.examine.office.package_properties import known_of
from noroshi.examine.office.xlm import cells_of, macro_sheets
from noroshi.examine.xlm.nodes import Book

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_SHOWN: Final = 300
_LOADED: Final = frozenset(
    {"attachedtemplate", "oleobject", "frame", "subdocument", "externallink", "afchunk", "externallinkpath"}
)
_SHOWN: Final = (
    "title", "subject", "author", "last author", "comments", "keywords", "company", "template",
    "application name",
)  # fmt: skip


class OpenXmlExaminer:
    """Examines OOXML documents: ``.docx``, ``.docm``, ``.xlsx``, ``.xlsm``, ``.xlsb``, ``.pptm``."""

    name: Final = "ooxml"
    types: Final = frozenset({"ooxml"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """A zip with the list of content types near its beginning or in its directory."""
        del name
        known = isinstance(content, bytes) and content[:4] == b"PK\3\4" and b"[Content_Types].xml" in content
        return Recognition("ooxml", 0.9) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Properties and references to the outside first, then macros and embedded files."""
        package = Package(specimen.raw, budget)
        known = known_of(package)
        book = _book(package)
        if is_binary(package):
            known = {**cells_of(book), **known}
        yield from shown(known)
        for name in package.names:
            if name.lower().endswith(".rels"):
                yield from _outside(package.text(name), name)
        yield from links(package)
        yield from macro_sheets(book, budget)
        for name in package.names:
            yield from _part(package, name, known)


def _book(package: Package) -> Book:
    """The workbook, where the package has macro sheets or is BIFF12; else an empty one."""
    if is_binary(package):
        return read_binary(package)
    sheets = any("macrosheets/" in name.lower() for name in package.names)
    return read_book(package) if sheets else Book()


def _part(package: Package, name: str, known: dict[str, str]) -> Iterator[Outcome]:
    lower = name.lower().replace("\\", "/")
    if lower.endswith("vbaproject.bin"):
        yield Piece("macro project", name, package.read(name), "ole", known=known)
    elif "/embeddings/" in lower or ("/activex/" in lower and lower.endswith(".bin")):
        unfolded = package.unfolded(name)
        if unfolded is None:
            yield Finding("member-damaged", Severity.LOW, {"name": name})
            return
        if unfolded.padding:
            sizes = {"size": str(unfolded.size), "real": str(len(unfolded.content))}
            yield Finding("padded", Severity.MEDIUM, {"name": name, **sizes})
        yield Piece("embedded file", name, unfolded.content, size=unfolded.size)


def shown(known: dict[str, str]) -> Iterator[Outcome]:
    """The properties that an analyst wants to read; a long one is a text to search as well."""
    for name in _SHOWN:
        if name in known:
            yield Detail(name, known[name][:MAX_SHOWN])
            yield Seen(known[name], "property", Place(name=name))


def _outside(text: str, name: str) -> Iterator[Outcome]:
    for relation in relations_in(text):
        if not relation.outside:
            continue
        yield Seen(relation.target, "reference", Place(name=name))
        if relation.kind.lower() in _LOADED:
            yield Finding(
                "loads-from-outside", Severity.HIGH, {"kind": relation.kind, "target": relation.target}
            )


EXAMINERS: Final = (OpenXmlExaminer(),)
