"""OOXML packages: parts by name, read in bounds, and the relations between them (ECMA-376, part 2)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import unescape

from noroshi.examine.kinds.archives import opened
from noroshi.examine.unfolding import unfold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.unfolding import Unfolded

# All patterns over markup stop at the next "<": one that ran to the end would be tried at each tag, and take
# the square of the length of a hostile part.
MAX_PARTS: Final = 5_000
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\b([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"(?<![\w:])([\w:]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)')")
_CODED: Final = {"&quot;": '"', "&apos;": "'"}
_NUMBERED: Final = re.compile(r"&#(x[0-9A-Fa-f]{1,6}|\d{1,7});")


@dataclass(frozen=True, slots=True)
class Relation:
    """From one part to another, or to the outside.

    Attributes:
        kind: Last word of its type: ``attachedTemplate``, ``worksheet``, ``oleObject`` …
        target: As written, character references resolved.
    """

    identifier: str
    kind: str
    target: str
    outside: bool


class Package:
    """An open package.

    Attributes:
        names: Of its parts, in the order of the directory.
    """

    def __init__(self, raw: bytes, budget: Budget) -> None:
        """Open it.

        Raises:
            DamagedSpecimenError: It has no readable directory.
        """
        self._budget: Final = budget
        self._archive: Final = opened(raw)
        self._members: Final = {
            str(member.filename): member for member in self._archive.infolist()[:MAX_PARTS]
        }
        self._by_name: Final = {_folded(name): name for name in self._members}
        self.names: Final = list(self._members)

    def unfolded(self, name: str) -> Unfolded | None:
        """A part; None if it is not there or damaged."""
        member = self._members.get(self._by_name.get(_folded(name), ""))
        if member is None:
            return None
        try:
            with self._archive.open(member) as stream:
                return unfold(stream, self._budget)
        except Exception:  # noqa: BLE001 - readers of damaged or encrypted members fail in many ways
            return None

    def read(self, name: str) -> bytes:
        """The bytes of a part; empty if it is not there or damaged."""
        found = self.unfolded(name)
        return b"" if found is None else found.content

    def text(self, name: str) -> str:
        """A part as text, by its mark or UTF-8."""
        raw = self.read(name)
        codec = "utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
        return raw.decode(codec, "replace")

    def relations(self, name: str = "") -> Iterator[Relation]:
        """What a part refers to; without a name, the package itself."""
        folder, _, file = name.rpartition("/")
        part = f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"
        yield from relations_in(self.text(part))

    def related(self, name: str, kind: str) -> Iterator[tuple[str, str]]:
        """Identifier and part name of the inner relations of a kind."""
        for relation in self.relations(name):
            if relation.kind.lower() == kind.lower() and not relation.outside:
                yield relation.identifier, resolved(name, relation.target)


def relations_in(text: str) -> Iterator[Relation]:
    """The relations in the text of a ``.rels`` part; a damaged text gives what is readable."""
    for match in _RELATION.finditer(text):
        given = attributes(match[1])
        yield Relation(
            given.get("id", ""),
            given.get("type", "").rstrip("/").rpartition("/")[2],
            given.get("target", ""),
            given.get("targetmode", "").lower() == "external",
        )


def attributes(text: str) -> dict[str, str]:
    """The attributes in a start tag, names in lower case and with their prefix."""
    return {
        match[1].lower(): plain(match[2] if match[2] is not None else match[3])
        for match in _ATTRIBUTE.finditer(text)
    }


def plain(text: str) -> str:
    """A text of XML with its references resolved."""
    if "&" not in text:
        return text
    return unescape(_NUMBERED.sub(_numbered, text), _CODED)


def _numbered(match: re.Match[str]) -> str:
    digits = match[1]
    code = int(digits[1:], 16) if digits[0] == "x" else int(digits)
    return chr(code) if code < 0x110000 else ""


def resolved(source: str, target: str) -> str:
    """The name of a part that another one refers to."""
    if target.startswith("/"):
        return target[1:]
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
