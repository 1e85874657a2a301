"""Property sets of compound files (MS-OLEPS): ``SummaryInformation`` and ``DocumentSummaryInformation``.

Names are those by which macros ask for them (``BuiltInDocumentProperties("Comments")``); a property that
somebody made up keeps his name.
"""

from __future__ import annotations

import codecs
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.office.container import Container

SUMMARY: Final = "\x05SummaryInformation"
DOCUMENT: Final = "\x05DocumentSummaryInformation"
MAX_PROPERTIES: Final = 2_000
_SUMMARY_NAMES: Final = {
    2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "comments", 7: "template", 8: "last author",
    9: "revision number", 18: "application name",
}  # fmt: skip
_DOCUMENT_NAMES: Final = {2: "category", 3: "format", 14: "manager", 15: "company", 29: "language"}
_DICTIONARY, _CODE_PAGE = 0, 1
_WIDE: Final = 1200
_INTEGERS: Final = {2: "<h", 3: "<i", 18: "<H", 19: "<I", 20: "<q", 21: "<Q", 22: "<i", 23: "<I"}
_REAL, _BOOLEAN, _TEXTS, _WIDE_TEXT = 5, 11, frozenset({8, 30}), 31


def properties_of(container: Container) -> dict[str, str]:
    """The document's properties that are texts, numbers or truths; a damaged one is left out."""
    found: dict[str, str] = {}
    for stream, names in ((SUMMARY, _SUMMARY_NAMES), (DOCUMENT, _DOCUMENT_NAMES)):
        raw = container.read(stream)
        for at, section in enumerate(_sections(raw)):
            found.update(_section(section, names if at == 0 else {}))
    return {name: text for name, text in found.items() if text}


def _sections(raw: bytes) -> Iterator[bytes]:
    """The property sets of a stream, at most two; the second holds the properties made up."""
    if len(raw) < 28 or raw[:2] != b"\xfe\xff":
        return
    (count,) = struct.unpack_from("<I", raw, 24)
    for at in range(min(count, 2)):
        if len(raw) < 28 + 20 * (at + 1):
            return
        (offset,) = struct.unpack_from("<I", raw, 28 + 20 * at + 16)
        yield raw[offset:]


def _section(raw: bytes, names: dict[int, str]) -> dict[str, str]:
    if len(raw) < 8:
        return {}
    (count,) = struct.unpack_from("<I", raw, 4)
    places: dict[int, int] = {}
    for at in range(min(count, MAX_PROPERTIES)):
        if len(raw) < 16 + 8 * at:
            break
        identifier, offset = struct.unpack_from("<II", raw, 8 + 8 * at)
        places[identifier] = offset
    codec = _codec(raw, places.get(_CODE_PAGE))
    names = names or _dictionary(raw, places.get(_DICTIONARY), codec)
    found: dict[str, str] = {}
    for identifier, offset in places.items():
        if identifier in names:
            try:
                found[names[identifier]] = _value(raw, offset, codec)
            except (struct.error, ValueError):
                continue
    return found


def _codec(raw: bytes, offset: int | None) -> str:
    if offset is None or len(raw) < offset + 6:
        return "cp1252"
    (page,) = struct.unpack_from("<H", raw, offset + 4)
    name = {_WIDE: "utf-16-le", 65001: "utf-8", 10000: "mac-roman"}.get(page, f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def _dictionary(raw: bytes, offset: int | None, codec: str) -> dict[int, str]:
    """Number → name of the properties made up (2.17)."""
    found: dict[int, str] = {}
    if offset is None or len(raw) < offset + 4:
        return found
    (count,) = struct.unpack_from("<I", raw, offset)
    at = offset + 4
    for _ in range(min(count, MAX_PROPERTIES)):
        if len(raw) < at + 8:
            break
        identifier, length = struct.unpack_from("<II", raw, at)
        size = length * 2 if codec == "utf-16-le" else length
        found[identifier] = raw[at + 8 : at + 8 + size].decode(codec, "replace").partition("\0")[0]
        at += 8 + size + (-size % 4 if codec == "utf-16-le" else 0)
    return found


def _value(raw: bytes, offset: int, codec: str) -> str:
    (kind,) = struct.unpack_from("<H", raw, offset)
    at = offset + 4
    if kind in _INTEGERS:
        return str(struct.unpack_from(_INTEGERS[kind], raw, at)[0])
    if kind == _REAL:
        return f"{struct.unpack_from('<d', raw, at)[0]:.15g}"
    if kind == _BOOLEAN:
        return "True" if struct.unpack_from("<H", raw, at)[0] else "False"
    if kind in _TEXTS or kind == _WIDE_TEXT:
        (size,) = struct.unpack_from("<I", raw, at)
        codec, size = ("utf-16-le", size * 2) if kind == _WIDE_TEXT else (codec, size)
        return raw[at + 4 : at + 4 + size].decode(codec, "replace").partition("\0")[0]
    return ""
