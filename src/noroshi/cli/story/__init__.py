"""What a scan found, told for people: encounters as stories, other alerts, a summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.cli.story.closing import print_summary
from noroshi.cli.story.encounter import print_encounter, print_end, print_overview
from noroshi.cli.story.facts import gather
from noroshi.cli.story.loose import print_loose
from noroshi.cli.story.sightings import Sightings

if TYPE_CHECKING:
    from noroshi.alerts.encounters import Grouping
    from noroshi.cli.story.page import Page
    from noroshi.service.scan import Scan

IN_FULL: Final = 10
"""Encounters that are told; of further ones the headline stands in the overview."""
__all__ = ["Sightings", "Told", "tell"]


@dataclass(frozen=True, slots=True)
class Told:
    """What is told.

    Attributes:
        started: `perf_counter` when the command began.
    """

    scan: Scan
    grouping: Grouping
    sightings: Sightings
    started: float


def tell(told: Told, page: Page) -> None:
    """Write the stories, the other alerts and the summary."""
    encounters = told.grouping.encounters
    facts = gather(told.scan, encounters)
    if len(encounters) > 1:
        print_overview(page, encounters, facts, IN_FULL)
    for number, one in enumerate(encounters[:IN_FULL], 1):
        if number > 1:
            page.blank()
        print_encounter(page, one, facts, told.sightings, (number, len(encounters)))
    if not encounters:
        page.line(page.say("encounter.none"), style="bold")
    print_loose(page, told.grouping, facts)
    print_summary(page, facts, told.started)
    print_end(page, encounters, facts)
