"""OneNote sections (``.one``): the files behind their pictures of buttons, texts and links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import Recognition
from noroshi.examine.model import Detail, Finding, Piece, Place, Seen, Severity
from noroshi.examine.onenote import CONTENTS, SECTION, embedded, properties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"\x01\0\0\0\x6c\0\0\0")
_HOW: Final = {"text": "body", "link": "reference"}


class OneNoteExaminer:
    """Examines sections and tables of contents."""

    name: Final = "onenote"
    types: Final = frozenset({"onenote"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By the GUID of the file's type."""
        del name
        known = isinstance(content, bytes) and content[:16] in {SECTION, CONTENTS}
        return Recognition("onenote", 0.95) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Texts and links, then the embedded files; pictures are left out, they are the page's decoration."""
        raw = specimen.raw
        for one in properties(raw):
            if one.kind == "source":
                yield Detail("source path", one.value[:500])
            elif budget.take("text", len(one.value)):
                yield Seen(one.value, _HOW.get(one.kind, "property"), Place(name=one.kind))
        pictures = 0
        for file in embedded(raw):
            if file.content.startswith(_PICTURES):
                pictures += 1
                continue
            if not budget.take("unfolded", len(file.content)):
                return
            place = Place(offset=file.offset)
            values = {"name": file.name, "size": str(len(file.content))}
            yield Finding("file-inside", Severity.MEDIUM, values, place)
            if not file.whole:
                what = "an embedded file ends early"
                yield Finding("damaged", Severity.LOW, {"type": "onenote", "what": what}, place)
            yield Piece("embedded file", file.name, file.content, place=place)
        if pictures:
            yield Detail("pictures", str(pictures))


EXAMINERS: Final = (OneNoteExaminer(),)
