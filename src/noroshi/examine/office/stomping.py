"""Macros whose source was taken away or replaced while Office keeps running their compiled code.

A module's stream holds compiled code, then the compressed source. Nothing here runs or decompiles the code.
Three signs are looked for: lines of code where there is no source; texts in the code that no module's source
has; names of procedures that start by themselves, or of dangerous functions, in the tables of names but in no
source.

Limits: the layout of compiled code is not published ([MS-OVBA] 2.3.4.3 calls it implementation-specific), and
what is known of it (the mark before its lines, the code of a text) holds for Office 97 and later as far as
others have found out. Code that holds neither texts nor such names, and a source that has them in a comment,
pass unnoticed. The tables keep names that were typed once and deleted again.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.office.project import Project

_LINES: Final = b"\xfe\xca\x01\x00"
"""Stands before the table of lines."""

_TEXT_CODES: Final = frozenset({0xB7, 0xB9})
"""What a text begins with in the code: of Office 97, and of later ones; ten bits of the word count."""

_SHORTEST: Final = 4
_MOST_SHOWN: Final = 10
_ATTRIBUTE: Final = re.compile(r"(?im)^\s*Attribute\s+VB_.*$")
_TELLING: Final = re.compile(
    rb"(?i)(?<![A-Za-z0-9_])(auto_?open|auto_?close|auto_?exec|document_(?:open|close|new)|workbook_(?:open|activate|beforeclose)"
    rb"|createobject|getobject|shell|callbyname|urldownloadtofilea?|shellexecutea?|winexec|virtualalloc(?:ex)?"
    rb"|rtlmovememory|createthread|executeexcel4macro)(?![A-Za-z0-9_])"
)


@dataclass(frozen=True, slots=True)
class Stomped:
    """A sign that source and compiled code do not belong together.

    Attributes:
        module: Empty for the whole project.
        sign: ``source`` (there is none), ``texts`` or ``names`` (missing from the source).
        missing: What the source does not have.
    """

    module: str
    sign: str
    missing: tuple[str, ...] = ()


def stomped(project: Project) -> Iterator[Stomped]:
    """The signs in a project, module after module, then in its tables of names."""
    everything = "\n".join(project.sources.values()).lower()
    compiled = False
    for name, stream in project.streams.items():
        code = stream[: project.places[name]]
        lines = code_lines(code)
        compiled = compiled or lines > 0
        source = _ATTRIBUTE.sub("", project.sources.get(name, "")).strip()
        if lines and not source:
            yield Stomped(name, "source")
        missing = tuple(text for text in code_texts(code, project.codec) if not _has(everything, text))
        if len(missing) >= 2 or (missing and lines):
            yield Stomped(name, "texts", missing[:_MOST_SHOWN])
    if compiled:
        tables = (project.compiled, *project.streams.values())
        places = (len(project.compiled), *(project.places[name] for name in project.streams))
        names = {
            match.decode("ascii")
            for table, place in zip(tables, places, strict=True)
            for match in _TELLING.findall(table[:place])
        }
        missing = tuple(sorted(name for name in names if name.lower() not in everything))
        if missing:
            yield Stomped("", "names", missing[:_MOST_SHOWN])


def code_lines(code: bytes) -> int:
    """How many lines of compiled code there are; 0 where none can be found."""
    at = code.find(_LINES)
    if at < 0 or at + 6 > len(code):
        return 0
    (count,) = struct.unpack_from("<H", code, at + 4)
    return int(count)


def code_texts(code: bytes, codec: str) -> Iterator[str]:
    """The texts in compiled code, each once: behind their code stand a length and as many printable bytes."""
    begin = max(0, code.find(_LINES))
    found: dict[str, None] = {}
    for at in range(begin, len(code) - 4):
        word, length = struct.unpack_from("<HH", code, at)
        if word & 0x3FF not in _TEXT_CODES or not _SHORTEST <= length <= len(code) - at - 4:
            continue
        text = code[at + 4 : at + 4 + length].decode(codec, "replace")
        if text.isprintable() and "\ufffd" not in text:
            found.setdefault(text)
    yield from found


def _has(source: str, text: str) -> bool:
    """Whether a source, in lower case, has a text; a quotation mark is written twice there."""
    return text.lower().replace('"', '""') in source or text.lower() in source
