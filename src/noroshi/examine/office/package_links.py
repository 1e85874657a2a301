"""What an OOXML document starts or loads by itself: fields, DDE links, controls, pieces of other formats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.model import Effect, EffectKind, Finding, Piece, Place, Severity
from noroshi.examine.office.fields import BEGIN, END, SEPARATOR, field_outcomes
from noroshi.examine.office.package import attributes, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.model import Outcome
    from noroshi.examine.office.package import Package

_PART: Final = re.compile(
    r"word/(?:document|header|footer|footnotes|endnotes|comments|glossary/document)\d*\.xml$"
)
_FIELD: Final = re.compile(
    r"<w:fldChar\b([^<>]*)>|<w:instrText\b[^<>]*(?<!/)>([^<]*)<|<w:fldSimple\b([^<>]*)>|<w:t(?:\s[^<>]*)?(?<!/)>([^<]*)<"
)
_MARKS: Final = {"begin": BEGIN, "separate": SEPARATOR, "end": END}
_DDE: Final = re.compile(r"<(?:\w+:)?ddeLink\b([^<>]*)>")
_CONTROL: Final = re.compile(r"<ax:ocx\b([^<>]*)>")
CLASSES: Final = {
    "EAB22AC3-30C1-11CF-A7EB-0000C05BAE0B": "Shell.Explorer",
    "8856F961-340A-11D0-A96B-00C04FD705A2": "Shell.Explorer.2",
    "D27CDB6E-AE6D-11CF-96B8-444553540000": "ShockwaveFlash",
    "06290BD2-48AA-11D2-8432-006008C3FBFC": "scriptletfile",
    "0002CE02-0000-0000-C000-000000000046": "Equation.3",
    "0003000C-0000-0000-C000-000000000046": "Package",
    "F20DA720-C02F-11CE-927B-0800095AE340": "Package.2",
    "00000300-0000-0000-C000-000000000046": "StdOleLink",
    "00020C01-0000-0000-C000-000000000046": "OLE2Link",
    "3050F4D8-98B5-11CF-BB82-00AA00BDCE0B": "htafile",
    "ECABB0C7-7F19-11D2-978E-0000F8757E2A": "new (moniker)",
    "ECABAFC6-7F19-11D2-978E-0000F8757E2A": "new (moniker)",
    "79EAC9E0-BAF9-11CE-8C82-00AA004BA90B": "URL moniker",
}
"""Class identifiers that attacks use, by name."""

_DANGEROUS: Final = frozenset(
    {"Shell.Explorer", "Shell.Explorer.2", "ShockwaveFlash", "scriptletfile", "htafile"}
)


def links(package: Package) -> Iterator[Outcome]:
    """What the parts of the package start or load."""
    for name in package.names:
        lower = name.lower().replace("\\", "/")
        if _PART.search(lower):
            yield from field_outcomes(_fields(package.text(name)))
        elif "/externallinks/" in lower and lower.endswith(".xml"):
            yield from _dde(package.text(name), name)
        elif "/activex/" in lower and lower.endswith(".xml"):
            yield from _controls(package.text(name), name)
    body = next((part for _, part in package.related("", "officeDocument")), "")
    for _, part in package.related(body, "aFChunk"):
        yield Finding("other-format", Severity.MEDIUM, {"name": part})
        yield Piece("embedded file", part, package.read(part))


def _fields(text: str) -> str:
    """The text of a part with its fields' marks as the binary format has them."""
    out: list[str] = []
    for match in _FIELD.finditer(text):
        mark, instruction, simple, shown = match.groups()
        if mark is not None:
            out.append(_MARKS.get(attributes(mark).get("w:fldchartype", ""), ""))
        elif simple is not None:
            out.append(f"{BEGIN}{attributes(simple).get('w:instr', '')}{END}")
        else:
            out.append(plain(instruction if instruction is not None else shown))
    return "".join(out)


def _dde(text: str, name: str) -> Iterator[Outcome]:
    for given in _DDE.findall(text):
        link = attributes(given)
        yield from dde_outcomes(link.get("ddeservice", ""), link.get("ddetopic", ""), Place(name=name))


def dde_outcomes(service: str, topic: str, place: Place) -> Iterator[Outcome]:
    """A DDE link: Office starts the service with the topic as its command line."""
    command = f"{service} {topic}".strip()
    yield Finding("dde", Severity.HIGH, {"what": command[:300]}, place)
    yield Effect(EffectKind.PROCESS, {"command": command}, "DDE", place)
    yield Piece("command", "", command, "command-line", place=place)


def _controls(text: str, name: str) -> Iterator[Outcome]:
    for given in _CONTROL.findall(text):
        identifier = attributes(given).get("ax:classid", "").strip("{}").upper()
        known = CLASSES.get(identifier, "")
        severity = Severity.HIGH if known in _DANGEROUS else Severity.INFO
        yield Finding("control", severity, {"class": known or identifier}, Place(name=name))
