"""What to do about an encounter: the first steps of the guides, the response, what could not be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from noroshi.alerts.folds import is_significant
from noroshi.cli.options import program
from noroshi.cli.story.moments import telling
from noroshi.cli.story.phases import C2, DOWNLOAD, phase_of
from noroshi.cli.story.plain import shortened
from noroshi.cli.story.searches import Known, filled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.alerts.encounters import Encounter, Line
    from noroshi.alerts.model import Alert
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.moments import Tale
    from noroshi.cli.story.page import Page
    from noroshi.rules.guide import Guide, Step

_STEPS: Final = 3
_DESCRIPTION: Final = 600
_UNSEEN: Final = 3
_BLIND: Final = frozenset({DOWNLOAD, C2})
"""Phases whose blind spots decide what the report may claim."""
_SENTENCE: Final = re.compile(r"(?<=\.)\s+|(?<=。)\s*")
_CODE: Final = re.compile(r"`([^`]*)`")


@dataclass(frozen=True, slots=True)
class Advice:
    """A rule's line and its guide."""

    line: Line
    guide: Guide


def print_checks(page: Page, encounter: Encounter, story: Tale, facts: Facts) -> None:
    """Steps, response, blind spots: of the most telling rules that have a guide."""
    found = list(guides(page, story, facts))
    if not found:
        _described(page, story, facts)
        return
    _steps(page, found, encounter, facts)
    _response(page, found)
    _unseen(page, found)


def _leads(story: Tale) -> list[Line]:
    """The most telling lines: judgements over the whole, then one for each phase."""
    leads: dict[str, Line] = {}
    for moment in sorted(story.moments, key=lambda one: telling(one.lead)):
        leads.setdefault(moment.phase, moment.lead)
    return [*story.verdicts, *leads.values()]


def _described(page: Page, story: Tale, facts: Facts) -> None:
    """What rules without a guide say of themselves."""
    lines = [
        line for line in _leads(story) if is_significant(line.rule) and facts.meta(line.rule.id).description
    ][:_STEPS]
    if not lines:
        return
    page.heading(page.say("check.title"))
    for line in lines:
        meta = facts.meta(line.rule.id)
        text = shortened(" ".join(meta.description.split()), _DESCRIPTION)
        page.line("- ", (facts.title(line.rule.id, page.language), "bold"), ": ", text, indent=2, hang=4)
        if causes := page.say("list.semicolon").join(meta.falsepositives):
            page.line((page.say("check.settles"), "green"), " ", causes, indent=4, hang=4)


def guides(page: Page, story: Tale, facts: Facts) -> Iterator[Advice]:
    """Guides, that of the most telling rule first."""
    for line in _leads(story):
        guide = facts.guide(line.rule.folder, page.language)
        if guide is not None:
            yield Advice(line, guide)


def _steps(page: Page, found: list[Advice], encounter: Encounter, facts: Facts) -> None:
    steps = [(one.line, step) for one in found for step in one.guide.steps][:_STEPS]
    if not steps:
        return
    page.heading(page.say("check.title"))
    for number, (line, step) in enumerate(steps, 1):
        _step(page, number, step, line.samples[0], encounter, facts)
    if found[0].line.kind == "indicator":
        return
    page.line(
        (page.say("check.guides", program=program(), name=short_name(found[0].line.rule.folder)), "dim"),
        indent=2,
        hang=2,
    )


def _step(page: Page, number: int, step: Step, alert: Alert, encounter: Encounter, facts: Facts) -> None:
    say = page.say
    page.line(f"{number}. ", (step.question, "bold"), indent=2, hang=5)
    page.line((say("check.raises"), "red"), " ", step.raises, indent=5, hang=7)
    page.line((say("check.settles"), "green"), " ", step.settles, indent=5, hang=7)
    if step.search:
        known = Known(alert, encounter.entities, facts, program())
        page.whole(("$ ", "dim"), (filled(step.search, known, page), "cyan"), indent=5)


def _response(page: Page, found: list[Advice]) -> None:
    page.heading(page.say("next.title"))
    for sentence in sentences(found[0].guide.response):
        page.line("- ", sentence, indent=2, hang=4)


def _unseen(page: Page, found: list[Advice]) -> None:
    page.heading(page.say("unseen.title"))
    ranked = sorted(found, key=lambda one: phase_of(one.line.rule) not in _BLIND)
    for one in (found[:1] + [other for other in ranked if other is not found[0]])[:_UNSEEN]:
        page.line("- ", paragraph(one.guide.blind_spots), indent=2, hang=4)


def short_name(folder: str) -> str:
    """By which ``noroshi rules show`` finds a rule of a pack; empty for foreign rules."""
    return Path(folder).name


def sentences(text: str) -> list[str]:
    """A guide's paragraph in its sentences, without Markdown's quotes."""
    return [part.strip() for part in _SENTENCE.split(paragraph(text)) if part.strip()]


def paragraph(text: str) -> str:
    """A guide's paragraph on one line, without Markdown's quotes.

    Whole, because languages cut the same list into sentences at different places.
    """
    return _CODE.sub(r"\1", " ".join(text.split()))
