"""One encounter on the page."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from noroshi.cli.story.checking import print_checks
from noroshi.cli.story.evidence import of_line
from noroshi.cli.story.headline import headline
from noroshi.cli.story.moments import tale
from noroshi.cli.story.page import LEVEL_STYLES, OUTCOME_STYLES
from noroshi.cli.story.sightings import print_sightings

if TYPE_CHECKING:
    from noroshi.alerts.encounters import Encounter, Line
    from noroshi.alerts.model import SourceRef
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.moments import Moment, Tale
    from noroshi.cli.story.page import Page, Part
    from noroshi.cli.story.sightings import Sightings

_IN: Final = 11
"""Indentation of what stands below the time of a moment."""
_VALUES: Final = 2
_PLACES: Final = 2
_NAMES: Final = 4


def print_encounter(
    page: Page, encounter: Encounter, facts: Facts, sightings: Sightings, number: tuple[int, int]
) -> None:
    """Tell one encounter."""
    story = tale(encounter, facts)
    style = LEVEL_STYLES.get(encounter.level, "bold")
    title = page.say("encounter.title", number=number[0], of=number[1])
    page.rule(title, page.say.term("level", encounter.level), style)
    page.line(headline(encounter, story, page), style="bold")
    page.blank()
    _about(page, encounter, story)
    _verdicts(page, story, facts)
    page.heading(page.say("encounter.happened", zone=page.zone_name(encounter.first)))
    _moments(page, encounter, story, facts)
    _joins(page, encounter, facts)
    print_sightings(page, encounter, story, facts, sightings)
    print_checks(page, encounter, story, facts)


def _about(page: Page, encounter: Encounter, story: Tale) -> None:
    say = page.say
    rows = [(say(f"entity.{kind}"), _names(names)) for kind, names in encounter.entities.items()]
    last = page.clock(encounter.last, encounter.first)
    zone = page.zone_name(encounter.first)
    when = f"{page.day(encounter.first)} {page.clock(encounter.first)} – {last} {zone}"
    rows.append((say("encounter.when"), when))
    rows.append((say("encounter.stages"), _stages(page, story, encounter)))
    outcomes = (f"{say.term('outcome', name)} {count:,}" for name, count in encounter.outcome.counts)
    rows.append(
        (
            say("encounter.outcomes"),
            say("encounter.alerts", count=encounter.alerts, outcomes=", ".join(outcomes)),
        )
    )
    wide = max(cell_len(name) for name, _ in rows) + 2
    for name, value in rows:
        page.line((name + " " * (wide - cell_len(name)), "dim"), value, indent=2, hang=2 + wide)


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" (+{more})" if more > 0 else "")


def _stages(page: Page, story: Tale, encounter: Encounter) -> str:
    seen: dict[str, str] = {}
    for moment in story.moments:
        if not moment.minor:
            seen.setdefault(moment.phase, page.clock(moment.first, encounter.first))
    return " → ".join(f"{page.say(f'phase.{phase}')} {at}" for phase, at in seen.items())


def _verdicts(page: Page, story: Tale, facts: Facts) -> None:
    for line in story.verdicts:
        page.blank()
        page.line(*_title(page, line, facts), indent=2, hang=4)
        page.line(line.meaning, indent=4, hang=4)


def _title(page: Page, line: Line, facts: Facts) -> list[str | Part]:
    level = page.say.term("level", line.rule.level)
    return [
        (f"{level} ", LEVEL_STYLES.get(line.rule.level, "")),
        (facts.title(line.rule.id, page.language, line.rule.title), "bold"),
    ]


def _moments(page: Page, encounter: Encounter, story: Tale, facts: Facts) -> None:
    told: set[str] = set()
    for phase, moments in groupby(story.moments, key=lambda one: one.phase):
        page.line((page.say(f"phase.{phase}"), "bold underline"), indent=1)
        for moment in moments:
            _moment(page, encounter, moment, facts, told)


def _moment(page: Page, encounter: Encounter, moment: Moment, facts: Facts, told: set[str]) -> None:
    say, line = page.say, moment.lead
    outcome = say.term("outcome", moment.outcome)
    times = f" ×{moment.times:,}" if moment.times > 1 else ""
    start = page.clock(moment.first, encounter.first)
    page.line(
        f"{start:<8} ",
        *_title(page, line, facts),
        times,
        " – ",
        (outcome, OUTCOME_STYLES.get(moment.outcome, "")),
        _until(page, encounter, moment),
        indent=2,
        hang=_IN,
    )
    if line.rule.id not in told and not (moment.minor and line.rule.level == "low"):
        page.line(line.meaning, indent=_IN, hang=_IN)
    told.add(line.rule.id)
    if moment.minor:
        return
    for shown in of_line(line, facts, _VALUES):
        page.line((shown.text(say, page.width - _IN - 2), "cyan"), indent=_IN, hang=_IN + 2)
    _others(page, moment, facts)
    page.line((_places(page, moment, facts), "dim"), indent=_IN, hang=_IN + 2)


def _until(page: Page, encounter: Encounter, moment: Moment) -> str:
    if (moment.last - moment.first).total_seconds() < 1:
        return ""
    return page.say("encounter.until", last=page.clock(moment.last, encounter.first))


def _others(page: Page, moment: Moment, facts: Facts) -> None:
    if not moment.others:
        return
    parts: list[str | Part] = [(page.say("encounter.also"), "dim")]
    for at, line in enumerate(moment.others):
        level = page.say.term("level", line.rule.level)
        times = f" ×{line.alerts:,}" if line.alerts > 1 else ""
        parts += ["; " if at else " ", (f"{level} ", LEVEL_STYLES.get(line.rule.level, ""))]
        parts.append(f"{facts.title(line.rule.id, page.language, line.rule.title)}{times}")
    page.line(*parts, indent=_IN, hang=_IN + 2)


def _places(page: Page, moment: Moment, facts: Facts) -> str:
    """Where the first events stand."""
    places: dict[str, None] = {}
    for sample in moment.lead.samples:
        hits = list(facts.behind(sample))
        for hit in hits:
            places[_place(page, hit.path, hit.position, facts)] = None
        if not hits:
            places[_source(page, sample.source, facts)] = None
    more = len(places) - _PLACES
    shown = "; ".join(list(places)[:_PLACES])
    return f"{shown}; …" if more > 0 else shown


def _source(page: Page, source: SourceRef, facts: Facts) -> str:
    return _place(page, source.path, source.record, facts)


def _place(page: Page, path: str, position: object, facts: Facts) -> str:
    return page.say("encounter.place", path=facts.short_path(path), position=position)


def _joins(page: Page, encounter: Encounter, facts: Facts) -> None:
    sentences = {facts.short_path(join.sentence(page.language, page.zone)): None for join in encounter.joins}
    if not sentences:
        return
    page.heading(page.say("encounter.together", name=encounter.name))
    for sentence in sentences:
        page.line("- ", sentence, indent=2, hang=4)
