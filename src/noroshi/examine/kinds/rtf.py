"""RTF documents: objects, templates from outside, fields that start programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.examiner import Recognition
from noroshi.examine.model import Finding, Place, Seen, Severity
from noroshi.examine.office.fields import BEGIN, END, field_outcomes
from noroshi.examine.office.objects import object_outcomes, read_object
from noroshi.examine.rtf import contents, read_rtf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen
    from noroshi.examine.rtf import Object

_HEAD: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?[\s\x00]{0,64}\{\\rt", re.IGNORECASE)
_COMPOUND: Final = b"\xd0\xcf\x11\xe0"


class RtfExaminer:
    """Examines RTF documents, whatever their name says."""

    name: Final = "rtf"
    types: Final = frozenset({"rtf"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By its first control word; Word asks for no more than its first letters."""
        del name
        begin = content[:128].encode("utf-8", "replace") if isinstance(content, str) else content[:128]
        return Recognition("rtf", 0.9) if _HEAD.match(begin) else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Templates and fields first, then objects, then the text."""
        document = read_rtf(specimen.raw, budget)
        for target in document.templates:
            yield Seen(target, "reference", Place(name="template"))
            if "://" in target or target.startswith("\\\\"):
                yield Finding("loads-from-outside", Severity.HIGH, {"kind": "template", "target": target})
        for instruction in document.fields:
            yield from field_outcomes(f"{BEGIN}{instruction}{END}")
        for number, found in enumerate(document.objects):
            yield from _object(found, Place(name=f"object {number + 1}"), budget)
        if document.text.strip():
            yield Seen(document.text, "text")
        if document.too_deep:
            yield _damaged("nested too deeply")
        if any(not found.parts and not found.name for found in document.objects):
            yield _damaged("an object holds no data")


def _damaged(what: str) -> Finding:
    return Finding("damaged", Severity.LOW, {"type": "rtf", "what": what})


def _object(found: Object, place: Place, budget: Budget) -> Iterator[Outcome]:
    if "objupdate" in found.flags or "objautlink" in found.flags:
        yield Finding("object-updates", Severity.HIGH, {"class": found.name or "?"}, place)
    readings = list(contents(found))
    best = next((raw for raw in readings if _sound(raw)), readings[0] if readings else b"")
    if best and budget.take("unfolded", len(best)):
        yield from object_outcomes(best, found.name, place)
    elif found.name:
        yield Finding("object", Severity.MEDIUM, {"class": found.name}, place)


def _sound(raw: bytes) -> bool:
    """Whether a reading of the digits makes an object."""
    found = read_object(raw)
    return (found is not None and (found.linked or bool(found.content))) or _COMPOUND in raw


EXAMINERS: Final = (RtfExaminer(),)
