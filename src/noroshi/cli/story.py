"""Encounters as stories on the terminal."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from rich.console import Console

if TYPE_CHECKING:
    from noroshi.alerts.encounters import Encounter, Grouping
    from noroshi.service.scan import Scan


@dataclass(frozen=True, slots=True)
class Told:
    """What is told."""

    scan: Scan
    grouping: Grouping


def tell(told: Told, out: BinaryIO) -> None:
    """Write the stories and the summary."""
    text = io.StringIO()
    console = Console(file=text, highlight=False, width=110)
    for group, name in ((told.grouping.encounters, "ENCOUNTER"), (told.grouping.loose, "loose")):
        for one in group:
            _tell_one(console, one, name)
    console.print(f"{told.scan.events} events, {told.scan.problems.total} errors")
    out.write(text.getvalue().encode())


def _tell_one(console: Console, one: Encounter, name: str) -> None:
    console.print(f"{name} {one.key} {one.level} {one.score:.0f} {one.threats} {one.entities}", markup=False)
    for line in one.lines:
        console.print(
            f"   {line.first:%H:%M:%S} {line.rule.level:8} {line.outcome:8} x{line.alerts} {line.rule.title}",
            markup=False,
        )
