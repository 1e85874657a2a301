"""What the HTML report shows, as finished texts: words are chosen, values made harmless by the room above.

Tones name styles: levels (``critical`` …), outcomes (``allowed`` …), states (``blind``). Texts are plain;
the template escapes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

CHART_WIDTH: Final = 100
"""Units across a chart: percent of its width, so that marks and letters keep their size on a phone."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A coloured word."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Value:
    """A field's value and what the rule looked for (empty for context)."""

    field: str
    value: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened at one time; `minor` ones are below medium."""

    clock: str
    level: Badge
    outcome: Badge
    note: str
    text: str
    values: tuple[Value, ...]
    others: tuple[str, ...]
    place: str
    minor: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """Moments of one phase that follow each other."""

    name: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on the timeline: x and the end of its bar in chart units."""

    x: float
    end: float
    tone: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A time below a chart.

    Attributes:
        x: Where, in chart units.
        text: The time.
        spare: Whether it gives way on a phone, where only few have room.
        anchor: ``start``, ``middle`` or ``end``: which part of the text stands at x on a phone.
    """

    x: float
    text: str
    spare: bool = False
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Lane:
    """A phase's row of the timeline."""

    name: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Process:
    """A node of the process tree; `level` is empty for a parent that itself raised nothing."""

    image: str
    detail: str
    clock: str
    level: str
    rules: tuple[str, ...]
    children: tuple[Process, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a guide."""

    question: str
    why: str
    command: str
    raises: str
    settles: str


@dataclass(frozen=True, slots=True)
class Encounter:
    """One story."""

    anchor: str
    title: str
    level: Badge
    headline: str
    about: tuple[tuple[str, str], ...]
    verdicts: tuple[str, ...]
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    phases: tuple[Phase, ...]
    tree: tuple[Process, ...]
    indicators: tuple[tuple[str, tuple[str, ...]], ...]
    joins: tuple[str, ...]
    steps: tuple[Step, ...]
    response: tuple[str, ...]
    unseen: tuple[str, ...]
    opened: bool


@dataclass(frozen=True, slots=True)
class Loose:
    """Entities with the same minor alerts, or an encounter that is only named."""

    level: Badge
    names: str
    when: str
    rules: str


@dataclass(frozen=True, slots=True)
class Row:
    """One alert in the list."""

    when: str
    level: Badge
    outcome: Badge
    who: str
    values: str
    place: str


@dataclass(frozen=True, slots=True)
class Guide:
    """A rule that fired: its guide, where it has one, and its alerts."""

    title: str
    level: Badge
    hits: str
    tags: str
    meaning: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    steps: tuple[Step, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A technique of the heat map."""

    id: str
    name: str
    alerts: str
    level: str


@dataclass(frozen=True, slots=True)
class Tactic:
    """A column of the heat map."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a strip, in chart units; the height from 0 to 1."""

    x: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Strip:
    """Events of one log source over time."""

    name: str
    count: str
    bars: tuple[Bar, ...]
    tone: str = "events"


@dataclass(frozen=True, slots=True)
class Report:
    """The page."""

    language: str
    title: str
    subtitle: str
    sentence: str
    figures: tuple[tuple[str, str], ...]
    encounters: tuple[Encounter, ...]
    others: tuple[Loose, ...]
    others_note: str
    loose: tuple[Loose, ...]
    loose_note: str
    tactics: tuple[Tactic, ...]
    strips: tuple[Strip, ...]
    strip_ticks: tuple[Tick, ...]
    guides: tuple[Guide, ...]
    guides_note: str
    unseen: tuple[tuple[str, tuple[str, ...]], ...]
    errors: tuple[tuple[str, tuple[str, ...]], ...]
    footer: str
    labels: dict[str, str] = field(default_factory=dict)
