"""Embedded and linked objects: OLE 1.0 streams, packages, and the monikers of OLE 2 ([MS-OLEDS])."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.examine.model import Effect, EffectKind, Finding, Piece, Place, Seen, Severity
from noroshi.examine.office.package_links import CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.model import Outcome

_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LINKED, _EMBEDDED = 1, 2
_URL_MONIKER: Final = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
_FILE_MONIKER: Final = bytes.fromhex("0303000000000000c000000000000046")
_WIDE_ADDRESS: Final = re.compile(
    rb"(?:[hH]\0[tT]\0[tT]\0[pP]\0|[fF]\0[iI]\0[lL]\0[eE]\0|\\\0\\\0)(?:[\x21-\x7e]\0){3,2000}"
)
_MAX_NAME: Final = 1_024


@dataclass(frozen=True, slots=True)
class Embedded:
    """An OLE 1.0 object.

    Attributes:
        linked: Whether it only says where the object is: `topic`.
        content: Its native data.
    """

    name: str
    linked: bool
    topic: str
    content: bytes


def read_object(raw: bytes) -> Embedded | None:
    """The object in an OLE 1.0 stream (2.2.4, 2.2.5); None if it is none.

    Its version is not looked at: Word does not either.
    """
    if len(raw) < 12:
        return None
    (kind,) = struct.unpack_from("<I", raw, 4)
    if kind & 0xFF not in {_LINKED, _EMBEDDED}:
        return None
    at, texts = 8, []
    for _ in range(3):
        if at + 4 > len(raw):
            return None
        (length,) = struct.unpack_from("<I", raw, at)
        if length > _MAX_NAME or at + 4 + length > len(raw):
            return None
        texts.append(raw[at + 4 : at + 4 + length].partition(b"\0")[0].decode("cp1252", "replace"))
        at += 4 + length
    if kind & 0xFF == _LINKED:
        return Embedded(texts[0], linked=True, topic=texts[1], content=b"")
    size = struct.unpack_from("<I", raw, at)[0] if at + 4 <= len(raw) else 0
    return Embedded(texts[0], linked=False, topic=texts[1], content=raw[at + 4 : at + 4 + size])


def object_outcomes(raw: bytes, name: str, place: Place) -> Iterator[Outcome]:
    """What an object of a document holds; one whose head is damaged is looked through for a compound file.

    Args:
        raw: The bytes of the object's stream.
        name: What the document calls its class; the object's own name counts more.
        place: In the document.
    """
    found = read_object(raw)
    known = (found.name if found is not None else "") or name
    yield Finding("object", Severity.MEDIUM, {"class": known or "?"}, place)
    if known.lower().startswith("equation."):
        yield Finding("equation-editor", Severity.HIGH, {"class": known}, place)
    if found is not None and found.linked:
        yield Seen(found.topic, "reference", place)
        yield Finding("loads-from-outside", Severity.HIGH, {"kind": known, "target": found.topic}, place)
        return
    content = found.content if found is not None and found.content else raw
    if known.lower() == "package":
        yield from package_in(bytes(4) + content)
        return
    at = content.find(_COMPOUND)
    if at >= 0:
        yield Piece("embedded object", known, content[at:], "ole", place=place)
    elif content:
        yield Piece("embedded object", known, content, place=place)


def package_in(raw: bytes) -> Iterator[Outcome]:
    """A file in a packager object: two paths, then its bytes (2.3.6, as the packager fills it)."""
    label, _, rest = raw[6:].partition(b"\0")
    _, _, rest = rest.partition(b"\0")
    if len(rest) < 8:
        return
    (length,) = struct.unpack_from("<I", rest, 4)
    path = rest[8 : 8 + length].partition(b"\0")[0].decode("cp932", "replace")
    rest = rest[8 + length :]
    if len(rest) >= 4:
        (size,) = struct.unpack_from("<I", rest)
        name = label.decode("cp932", "replace")
        if path:
            yield Effect(EffectKind.FILE_WRITE, {"path": path}, "Package")
        yield Piece("embedded file", name, rest[4 : 4 + size])


def monikers(raw: bytes, name: str) -> Iterator[Outcome]:
    r"""The addresses in a stream ``\x01Ole`` of a linked object (2.3.3)."""
    told: set[str] = set()
    for match in _WIDE_ADDRESS.finditer(raw):
        told.add(match[0].decode("utf-16-le", "replace"))
    at = raw.find(_FILE_MONIKER)
    if at >= 0 and at + 22 <= len(raw):
        (length,) = struct.unpack_from("<I", raw, at + 18)
        text = raw[at + 22 : at + 22 + min(length, _MAX_NAME)].partition(b"\0")[0].decode("cp1252", "replace")
        told.add(text)
    for target in sorted(one for one in told if one):
        yield Seen(target, "reference", Place(name=name))
        yield Finding("loads-from-outside", Severity.HIGH, {"kind": "moniker", "target": target})
        if "://" in target and _URL_MONIKER in raw:
            yield Effect(EffectKind.DOWNLOAD, {"url": target}, "URL moniker", Place(name=name))


def class_outcomes(identifiers: list[tuple[str, str]]) -> Iterator[Outcome]:
    """What the class identifiers of a compound file's storages say."""
    for where, identifier in identifiers:
        known = CLASSES.get(identifier, "")
        if known == "Equation.3":
            yield Finding("equation-editor", Severity.HIGH, {"class": known}, Place(name=where))
        elif known:
            yield Finding("object", Severity.MEDIUM, {"class": known}, Place(name=where))
