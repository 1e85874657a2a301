"""One encounter on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from noroshi.cli.story.checking import print_checks, short_name
from noroshi.cli.story.evidence import of_line
from noroshi.cli.story.headline import headline, in_short
from noroshi.cli.story.moments import tale
from noroshi.cli.story.page import LEVEL_STYLES, OUTCOME_STYLES
from noroshi.cli.story.phases import is_strong
from noroshi.cli.story.sightings import print_sightings
from noroshi.events.model import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noroshi.alerts.encounters import Encounter, Line
    from noroshi.alerts.model import Alert
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.moments import Moment, Tale
    from noroshi.cli.story.page import Page, Part
    from noroshi.cli.story.sightings import Sightings

_IN: Final = 11
"""Indentation of what stands below the time of a moment."""
_VALUES: Final = 2
_PLACES: Final = 2
_NAMES: Final = 4
_AT_THE_END: Final = 3


def print_encounter(
    page: Page, encounter: Encounter, facts: Facts, sightings: Sightings, number: tuple[int, int]
) -> None:
    """Tell one encounter."""
    story = tale(encounter, facts)
    style = LEVEL_STYLES.get(encounter.level, "bold")
    title = page.say("encounter.title", number=number[0], of=number[1])
    page.rule(title, page.say.term("level", encounter.level), style)
    page.line(headline(encounter, story, facts, page), style="bold")
    page.blank()
    _about(page, encounter, story)
    _verdicts(page, story, facts)
    page.heading(page.say("encounter.happened", zone=page.zone_name(encounter.first)))
    _moments(page, encounter, story, facts)
    _joins(page, encounter, facts)
    print_sightings(page, encounter, story, facts, sightings)
    print_checks(page, encounter, story, facts)


def print_overview(page: Page, encounters: Sequence[Encounter], facts: Facts, in_full: int) -> None:
    """The headlines of all encounters, the most urgent first."""
    page.line(page.say("overview.title", count=len(encounters)), style="bold")
    for number, one in enumerate(encounters, 1):
        word = page.say.term("level", one.level)
        page.line(
            f"{number:>3} ",
            (f"{word} ", LEVEL_STYLES.get(one.level, "")),
            page.say(
                "overview.line",
                what=in_short(one, tale(one, facts), facts, page),
                at=page.day(one.first) or page.clock(one.first),
            ),
            hang=4,
        )
    if len(encounters) > in_full:
        page.line((page.say("overview.in_full", count=in_full), "dim"))
    page.blank()


def print_end(page: Page, encounters: Sequence[Encounter], facts: Facts) -> None:
    """The most urgent headlines again: on a terminal the beginning has gone out of sight."""
    if not encounters:
        return
    page.heading(page.say("summary.in_short"))
    for one in encounters[:_AT_THE_END]:
        page.line("- ", headline(one, tale(one, facts), facts, page), indent=2, hang=4)
    if len(encounters) > _AT_THE_END:
        page.line(page.say("list.more", count=len(encounters) - _AT_THE_END), indent=2)


def about(page: Page, encounter: Encounter, story: Tale) -> list[tuple[str, str]]:
    """Who, when, how far it came, how many alerts: names and values."""
    say = page.say
    outcomes = (f"{say.term('outcome', name)} {count:,}" for name, count in story.outcomes)
    last, zone = page.clock(encounter.last, encounter.first), page.zone_name(encounter.first)
    return [
        (
            say("encounter.who"),
            say("list.semicolon").join(
                f"{say(f'entity.{kind}')} {_names(names)}" for kind, names in encounter.entities.items()
            ),
        ),
        (
            say("encounter.when"),
            f"{page.day(encounter.first)} {page.clock(encounter.first)} – {last} {zone}"
            if is_known(encounter.first)
            else say("time.unknown"),
        ),
        (say("encounter.stages"), stages(page, story, encounter)),
        (
            say("encounter.outcomes"),
            say("encounter.alerts", count=encounter.alerts, outcomes=say("list.comma").join(outcomes)),
        ),
    ]


def _about(page: Page, encounter: Encounter, story: Tale) -> None:
    rows = about(page, encounter, story)
    wide = max(cell_len(name) for name, _ in rows) + 2
    for name, value in rows:
        page.line((name + " " * (wide - cell_len(name)), "dim"), value, hang=wide)


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" (+{more})" if more > 0 else "")


def stages(page: Page, story: Tale, encounter: Encounter) -> str:
    """The phases with the time at which each was first seen."""
    seen: dict[str, str] = {}
    for moment in story.moments:
        if not moment.minor:
            seen.setdefault(moment.phase, page.clock(moment.first, encounter.first)[:-3])
    return " → ".join(f"{page.say(f'phase.{phase}')} {at}" for phase, at in seen.items())


def _verdicts(page: Page, story: Tale, facts: Facts) -> None:
    for line in story.verdicts:
        page.blank()
        page.line(*_title(page, line, facts), page.say("encounter.dash"), line.meaning)


def _title(page: Page, line: Line, facts: Facts) -> list[str | Part]:
    level = page.say.term("level", line.rule.level)
    return [
        (f"{level} ", LEVEL_STYLES.get(line.rule.level, "")),
        (facts.title(line.rule.id, page.language, line.rule.title), "bold"),
    ]


def _moments(page: Page, encounter: Encounter, story: Tale, facts: Facts) -> None:
    told: set[str] = set()
    phase = ""
    for moment in story.moments:
        if moment.phase != phase and not moment.minor:
            phase = moment.phase
            page.line((page.say(f"phase.{phase}"), "bold underline"), indent=1)
        _moment(page, encounter, moment, facts, told)


def _moment(page: Page, encounter: Encounter, moment: Moment, facts: Facts, told: set[str]) -> None:
    line = moment.lead
    again = line.rule.id in told
    told.add(line.rule.id)
    text = (
        facts.title(line.rule.id, page.language, line.rule.title) if moment.minor or again else line.meaning
    )
    page.line(
        f"{page.clock(moment.first, encounter.first):<8} ",
        *_state(page, encounter, moment),
        text,
        indent=2,
        hang=_IN,
    )
    own = frozenset(name for names in encounter.entities.values() for name in names)
    if moment.minor:
        for shown in of_line(line, facts, 1, own):
            page.line((shown.text(page.say, page.width - _IN - 2), "dim"), indent=_IN, hang=_IN + 2)
        return
    parts: list[str | Part] = []
    for shown in of_line(line, facts, _values(moment, again=again), own):
        parts += [(shown.text(page.say, page.width - _IN - 2), "cyan"), "  "]
    page.line(*parts, (f"({places(page, moment, facts)})", "dim"), indent=_IN, hang=_IN + 2)
    _reported(page, line)
    if not again:
        _others(page, moment, facts)


def _reported(page: Page, line: Line) -> None:
    """Of an indicator: why no exclusion list holds it back, and why its level is not the score's own."""
    part = line.samples[0].indicator
    if part is not None:
        texts = (part.exclusion_text, *part.reasons)
        page.line((page.say("list.semicolon").join(texts), "dim"), indent=_IN, hang=_IN + 2)


def counted(page: Page, alert: Alert) -> str:
    """What a correlation counted."""
    part = alert.correlation
    if part is None or part.type not in {"event_count", "value_count"}:
        return ""
    key = "encounter.values" if part.type == "value_count" else "encounter.events"
    return page.say(key, count=alert.count, values=int(part.measure))


def _values(moment: Moment, *, again: bool) -> int:
    return 1 if again or not is_strong(moment.lead.rule) else _VALUES


def _state(page: Page, encounter: Encounter, moment: Moment) -> list[Part | str]:
    """Level, outcome if there was one, how often and until when."""
    say, level = page.say, moment.lead.rule.level
    times = f" ×{moment.times:,}" if moment.times > 1 else ""
    word = (say.term("outcome", moment.outcome), OUTCOME_STYLES.get(moment.outcome, ""))
    outcome: list[Part | str] = [] if moment.happened else [say("list.comma"), word]
    return [
        (say.term("level", level), LEVEL_STYLES.get(level, "")),
        *outcome,
        times
        + _until(page, encounter, moment)
        + counted(page, moment.lead.samples[0])
        + say("encounter.colon"),
    ]


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
        parts += [" / " if at else " ", (f"{level} ", LEVEL_STYLES.get(line.rule.level, ""))]
        parts.append(f"{facts.title(line.rule.id, page.language, line.rule.title)}{times}")
    page.line(*parts, indent=_IN, hang=_IN + 2)


def places(page: Page, moment: Moment, facts: Facts) -> str:
    """The rule's short name, and where the first events stand."""
    rule = moment.lead.rule
    places: dict[str, dict[str, None]] = {}
    for sample in moment.lead.samples:
        hits = [(hit.path, str(hit.position)) for hit in facts.behind(sample)]
        for path, position in hits or [(sample.source.path, str(sample.source.record))]:
            places.setdefault(facts.short_path(path), {})[position] = None
    shown = [
        page.say(
            "encounter.place", path=path, position=page.say("list.comma").join(list(positions)[:_PLACES])
        )
        for path, positions in list(places.items())[:_PLACES]
    ]
    return "; ".join([short_name(rule.folder) or rule.id[:8], *shown])


def _joins(page: Page, encounter: Encounter, facts: Facts) -> None:
    sentences = {facts.short_path(join.sentence(page.language, page.zone)): None for join in encounter.joins}
    if not sentences:
        return
    page.heading(page.say("encounter.together", name=encounter.name))
    for sentence in sentences:
        page.line("- ", sentence, indent=2, hang=4)
