"""Office documents, OLE and OOXML: macros, embedded files, references to the outside."""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import unescape

import olefile

from noroshi.examine.examiner import DamagedSpecimenError, Recognition
from noroshi.examine.kinds.archives import opened
from noroshi.examine.model import Detail, Finding, Piece, Place, Seen, Severity
from noroshi.examine.ovba import decompressed, modules, source
from noroshi.examine.unfolding import unfold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_STREAMS: Final = 5_000
_OUTSIDE: Final = re.compile(r"<Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE)
_TARGET: Final = re.compile(r"\bTarget\s*=\s*[\"']([^\"']*)")
_KIND: Final = re.compile(r"\bType\s*=\s*[\"'][^\"']*/(\w+)[\"']")
_LOADED: Final = frozenset({"attachedTemplate", "oleObject", "frame", "subDocument", "externalLink"})


class OpenXmlExaminer:
    """Examines OOXML documents: ``.docx``, ``.docm``, ``.xlsx``, ``.xlsm``, ``.pptm``."""

    name: Final = "ooxml"
    types: Final = frozenset({"ooxml"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """A zip with the list of content types near its beginning or in its directory."""
        del name
        known = isinstance(content, bytes) and content[:4] == b"PK\3\4" and b"[Content_Types].xml" in content
        return Recognition("ooxml", 0.9) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """References to the outside first, then macros and embedded files."""
        archive = opened(specimen.raw)
        for member in archive.infolist()[:MAX_STREAMS]:
            name = str(member.filename)
            lower = name.lower()
            if lower.endswith(".rels"):
                yield from _outside(_read(archive, member, budget).decode("utf-8", "replace"), name)
            elif lower.endswith("vbaproject.bin"):
                yield Piece("macro project", name, _read(archive, member, budget), "ole")
            elif "/embeddings/" in lower or "/activex/" in lower:
                yield Piece("embedded file", name, _read(archive, member, budget))


def _read(archive: Any, member: Any, budget: Budget) -> bytes:
    with archive.open(member) as stream:
        return unfold(stream, budget).content


def _outside(text: str, name: str) -> Iterator[Outcome]:
    for reference in _OUTSIDE.findall(text):
        target, kind = _TARGET.search(reference), _KIND.search(reference)
        address = unescape(target[1]) if target else ""
        yield Seen(address, "reference", Place(name=name))
        if kind and kind[1] in _LOADED:
            yield Finding("loads-from-outside", Severity.HIGH, {"kind": kind[1], "target": address})


class OleExaminer:
    """Examines compound files: ``.doc``, ``.xls``, ``.ppt``, ``vbaProject.bin``."""

    name: Final = "ole"
    types: Final = frozenset({"ole"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By magic."""
        del name
        known = isinstance(content, bytes) and content.startswith(olefile.MAGIC)
        return Recognition("ole", 0.9) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its properties, macros and embedded files."""
        try:
            container = olefile.OleFileIO(io.BytesIO(specimen.raw))
            streams = container.listdir()[:MAX_STREAMS]
        except Exception as problem:
            raise DamagedSpecimenError("the compound file's tables cannot be read") from problem
        if ["EncryptedPackage"] in streams:
            yield Finding("encrypted", Severity.MEDIUM, {"name": specimen.name})
        for path in streams:
            if [one.lower() for one in path[-2:]] == ["vba", "dir"]:
                yield from _project(container, path[:-1], budget)
            elif path[-1].lower() == "\x01ole10native":
                yield from _package(container.openstream(path).read())


def _project(container: Any, storage: list[str], budget: Budget) -> Iterator[Outcome]:
    try:
        codec, found = modules(decompressed(container.openstream([*storage, "dir"]).read()))
    except ValueError as problem:
        raise DamagedSpecimenError("the macro project's directory is damaged") from problem
    yield Finding("macros", Severity.MEDIUM, {"modules": ", ".join(module.name for module in found[:20])})
    yield Detail("code page", codec)
    for module in found[:MAX_STREAMS]:
        try:
            text = source(
                container.openstream([*storage, module.stream or module.name]).read(), module, codec
            )
        except (ValueError, OSError):
            yield Finding("macro-unreadable", Severity.MEDIUM, {"module": module.name})
            continue
        if budget.take("unfolded", len(text)) and text.strip():
            yield Piece("macro", module.name, text, "vba", place=Place(name=module.name))


def _package(raw: bytes) -> Iterator[Outcome]:
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


EXAMINERS: Final = (OpenXmlExaminer(), OleExaminer())
