"""The HTML page of an examination: one file without scripts and without outside requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from noroshi.report.html import page

if TYPE_CHECKING:
    from noroshi.report.model import Badge


@dataclass(frozen=True, slots=True)
class Effect:
    """What it would do: the verb, its arguments by name, what asks for it."""

    verb: str
    arguments: tuple[tuple[str, str], ...]
    by: str


@dataclass(frozen=True, slots=True)
class Part:
    """One specimen in the tree.

    Attributes:
        number, via, name, type, size: As in the table.
        tone: Severity of its worst finding; empty for none.
        same: That it is the same as another one; empty otherwise.
        details: Name and value of its properties and hashes.
        findings: Badge and sentence.
        texts: Name and text: the text itself, the script cleaned.
        foldings: How it was cleaned: rule, before, after.
        children: What came out of it.
    """

    number: int
    via: str
    name: str
    type: str
    size: str
    tone: str
    same: str
    details: tuple[tuple[str, str], ...]
    findings: tuple[tuple[Badge, str], ...]
    effects: tuple[Effect, ...]
    texts: tuple[tuple[str, str], ...]
    foldings: tuple[tuple[str, str, str], ...]
    children: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace with its way from the file given."""

    type: str
    value: str
    confidence: str
    way: str


@dataclass(frozen=True, slots=True)
class Examined:
    """One file given.

    Attributes:
        levels: Name of the pyramid level and its traces, the most durable first.
        notes: What was bounded, damaged or not isolated.
    """

    anchor: str
    title: str
    level: Badge | None
    sentence: str
    part: Part | None
    levels: tuple[tuple[str, tuple[Trace, ...]], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """Specimens that belong together, and what all of them have."""

    title: str
    members: tuple[str, ...]
    common: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SpecimenReport:
    """The whole page; every text is plain, the template escapes it."""

    language: str
    title: str
    subtitle: str
    figures: tuple[tuple[str, str], ...]
    files: tuple[Examined, ...]
    families: tuple[Family, ...]
    footer: str
    labels: dict[str, str]


def render(report: SpecimenReport) -> bytes:
    """The page of an examination."""
    return page("specimens.html", ("page.css", "specimens.css"), report)
