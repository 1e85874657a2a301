"""``noroshi scan --format html``: the facts of a scan as a page to hand on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from noroshi import __version__
from noroshi.alerts.encounters import EncounterBuilder
from noroshi.alerts.model import level_rank
from noroshi.cli.charts import Scale, heat_map, lanes, strips
from noroshi.cli.errors import sentence, told
from noroshi.cli.processes import Processes
from noroshi.cli.report_rules import AlertRows, guides, step, unseen_rules
from noroshi.cli.story.checking import guides as guides_of
from noroshi.cli.story.checking import paragraph, sentences
from noroshi.cli.story.closing import silent_rules
from noroshi.cli.story.encounter import about, counted, places
from noroshi.cli.story.evidence import of_line
from noroshi.cli.story.facts import gather
from noroshi.cli.story.headline import headline
from noroshi.cli.story.moments import tale
from noroshi.cli.story.plain import defanged, shortened, visible
from noroshi.cli.story.searches import Known
from noroshi.cli.story.sightings import KINDS, Sightings, mails
from noroshi.events.model import is_known
from noroshi.report import model as m
from noroshi.report.html import render
from noroshi.report.navigator import Heat
from noroshi.rules.attack import load_attack
from noroshi.service.reading import QUARTER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noroshi.alerts.encounters import Encounter, Grouping
    from noroshi.alerts.model import Alert
    from noroshi.cli.story.evidence import Shown
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.moments import Moment, Tale
    from noroshi.cli.story.page import Page
    from noroshi.service.scan import Scan

_ENCOUNTERS: Final = 100
_OPENED: Final = 3
_VALUES: Final = 3
_VALUE: Final = 400
_INDICATORS: Final = 40
_STEPS: Final = 5
_UNSEEN: Final = 4
_LOOSE: Final = 300
_OTHERS: Final = 10_000
"""Encounters that are only named, behind those that are told."""
_NAMES: Final = 12
_LINES: Final = 200


@dataclass(slots=True)
class Gathered:
    """What is collected while alerts go by."""

    encounters: EncounterBuilder = field(default_factory=EncounterBuilder)
    sightings: Sightings = field(default_factory=Sightings)
    heat: Heat = field(default_factory=Heat)
    processes: Processes = field(default_factory=Processes)
    rows: AlertRows = field(default_factory=AlertRows)
    quarters: Counter[int] = field(default_factory=Counter)

    def add(self, alert: Alert, title: str) -> None:
        """Take one alert; `title` is its rule's in the reader's language."""
        self.encounters.add(alert)
        self.sightings.add(alert)
        self.heat.add(alert)
        self.processes.add(alert, title)
        self.rows.add(alert)
        if is_known(alert.time):
            self.quarters[int(alert.time.timestamp()) // QUARTER_SECONDS] += 1


def html(scan: Scan, page: Page, seen: Callable[[Alert], Alert]) -> bytes:
    """The whole report.

    Args:
        scan: What was found.
        page: Words, zone and language; nothing is written to it.
        seen: Told of every alert.
    """
    titles = gather(scan, ())
    gathered = Gathered(rows=AlertRows(page.say))
    for alert in scan.alerts():
        gathered.add(seen(alert), titles.title(alert.rule.id, page.language, alert.rule.title))
    grouping = gathered.encounters.grouping()
    facts = gather(scan, grouping.encounters[:_ENCOUNTERS])
    return render(_report(grouping, facts, gathered, page))


def _report(grouping: Grouping, facts: Facts, gathered: Gathered, page: Page) -> m.Report:
    say, scan = page.say, facts.scan
    told = [
        _encounter(at, one, facts, gathered, page) for at, one in enumerate(grouping.encounters[:_ENCOUNTERS])
    ]
    strip_rows, ticks = strips(scan.quarters or Counter(), gathered.quarters, page)
    rows, loose = gathered.rows, _alike(grouping)
    first, last, zone = _period(scan, page)
    return m.Report(
        language=page.language,
        title=say("report.title"),
        subtitle=say("report.subtitle", first=first, last=last, zone=zone, version=__version__),
        sentence=_sentence(told, grouping, scan, rows, page),
        figures=_figures(grouping, scan, rows, page),
        encounters=tuple(told),
        others=tuple(
            _row([one], facts, page) for one in grouping.encounters[_ENCOUNTERS : _ENCOUNTERS + _OTHERS]
        ),
        others_note=_others_note(len(grouping.encounters), page),
        loose=tuple(_row(members, facts, page) for members in loose[:_LOOSE]),
        loose_note=_loose_note(len(loose), page),
        tactics=heat_map(gathered.heat, load_attack(), page),
        strips=strip_rows,
        strip_ticks=ticks,
        guides=tuple(guides(rows, grouping, facts, page)),
        guides_note=say("report.rules_note", shown=rows.shown, alerts=rows.total)
        if rows.shown < rows.total
        else "",
        unseen=tuple(_unseen(facts, page)),
        errors=tuple(_errors(scan, page)),
        footer=say("report.footer"),
        labels=_labels(page, "report.label."),
    )


def _labels(page: Page, prefix: str) -> dict[str, str]:
    return {
        key.removeprefix(prefix): text for key, text in page.say.entries.items() if key.startswith(prefix)
    }


def _period(scan: Scan, page: Page) -> tuple[str, str, str]:
    quarters = [quarter for _, _, quarter in scan.quarters or ()]
    if not quarters:
        return "–", "–", "UTC"
    begin, end = (_instant(at, page) for at in (min(quarters), max(quarters) + 1))
    return begin[0], end[0], begin[1]


def _instant(quarter: int, page: Page) -> tuple[str, str]:
    at = datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC)
    return f"{page.day(at)} {page.clock(at)[:-3]}", page.zone_name(at)


def _sentence(told: list[m.Encounter], grouping: Grouping, scan: Scan, rows: AlertRows, page: Page) -> str:
    count = len(grouping.encounters)
    if not count:
        return page.say("report.sentence_none", events=scan.events, alerts=rows.total)
    return page.say(
        "report.sentence_one" if count == 1 else "report.sentence", count=count, most=told[0].headline
    )


def _figures(grouping: Grouping, scan: Scan, rows: AlertRows, page: Page) -> tuple[tuple[str, str], ...]:
    loaded = scan.prepared.loaded.ruleset
    rules = len(loaded.rules) + len(loaded.correlations)
    return (
        (page.say("report.figure_encounters"), f"{len(grouping.encounters):,}"),
        (page.say("report.figure_alerts"), f"{rows.total:,}"),
        (page.say("report.figure_events"), f"{scan.events:,}"),
        (page.say("report.figure_inputs"), f"{scan.inputs:,}"),
        (page.say("report.figure_rules"), f"{rules:,} / {rows.rules:,}"),
        (page.say("report.figure_errors"), f"{scan.problems.total:,}"),
    )


def _encounter(at: int, one: Encounter, facts: Facts, gathered: Gathered, page: Page) -> m.Encounter:
    say, story = page.say, tale(one, facts)
    scale = Scale(one, story)
    advice = list(guides_of(page, story, facts))
    found = [
        step(part, Known(each.line.samples[0], one.entities, facts), page)
        for each in advice
        for part in each.guide.steps
    ]
    blind = (paragraph(each.guide.blind_spots) for each in advice[:_UNSEEN])
    return m.Encounter(
        anchor=f"encounter-{at + 1}",
        title=say("report.encounter", number=at + 1, name=visible(one.name)),
        level=_level(one.level, page),
        headline=visible(headline(one, story, facts, page)),
        about=tuple((name, visible(defanged(value))) for name, value in about(page, one, story)),
        verdicts=tuple(visible(line.meaning) for line in story.verdicts),
        lanes=lanes(story, scale, page),
        ticks=scale.ticks(page),
        phases=tuple(_phases(one, story, facts, page)),
        tree=gathered.processes.of(one, page),
        indicators=tuple(_indicators(one, story, facts, gathered, page)),
        joins=tuple(
            dict.fromkeys(
                visible(facts.short_path(join.sentence(page.language, page.zone))) for join in one.joins
            )
        ),
        steps=tuple(found[:_STEPS]),
        response=tuple(sentences(advice[0].guide.response)) if advice else (),
        unseen=tuple(dict.fromkeys(filter(None, blind))),
        opened=at < _OPENED,
    )


def _level(level: str, page: Page) -> m.Badge:
    return m.Badge(page.say.term("level", level), level)


def _phases(one: Encounter, story: Tale, facts: Facts, page: Page) -> Iterator[m.Phase]:
    for phase, moments in groupby(story.moments, key=lambda moment: moment.phase):
        yield m.Phase(page.say(f"phase.{phase}"), tuple(_moment(one, part, facts, page) for part in moments))


def _value(shown: Shown, page: Page) -> m.Value:
    """A value with what the rule looked for; a pattern is called one, for it looks like a value."""
    wanted = visible(shown.wanted(page.say))
    if wanted and shown.by_pattern:
        wanted = page.say("report.pattern", pattern=wanted)
    return m.Value(
        visible(shown.field), shortened(visible(defanged(shown.value, shown.field)), _VALUE), wanted
    )


def _moment(one: Encounter, moment: Moment, facts: Facts, page: Page) -> m.Moment:
    line, say = moment.lead, page.say
    own = frozenset(name for names in one.entities.values() for name in names)
    until = (moment.last - moment.first).total_seconds() >= 1
    note = f"×{moment.times:,}" if moment.times > 1 else ""
    note += say("encounter.until", last=page.clock(moment.last, one.first)) if until else ""
    values = of_line(line, facts, 1 if moment.minor else _VALUES, own)
    return m.Moment(
        clock=page.clock(moment.first, one.first),
        level=_level(line.rule.level, page),
        outcome=m.Badge(say.term("outcome", moment.told), moment.told),
        note=(note + counted(page, line.samples[0])).removeprefix(page.say("list.comma")),
        text=visible(line.meaning or facts.title(line.rule.id, page.language, line.rule.title)),
        values=tuple(_value(shown, page) for shown in values),
        others=tuple(
            visible(facts.title(other.rule.id, page.language, other.rule.title)) for other in moment.others
        ),
        place=visible(places(page, moment, facts)),
        minor=moment.minor,
    )


def _indicators(
    one: Encounter, story: Tale, facts: Facts, gathered: Gathered, page: Page
) -> Iterator[tuple[str, tuple[str, ...]]]:
    kinds = gathered.sightings.of(one)
    sent = list(dict.fromkeys(visible(text) for text in mails(page, story, facts)))
    for kind in KINDS:
        hosts = "url" if kind in {"c2", "peer"} else ""
        values = (
            sent if kind == "mail" else [visible(defanged(value, hosts)) for value in kinds.get(kind, ())]
        )
        if values:
            yield (
                page.say(f"sightings.{kind}"),
                tuple(shortened(value, _VALUE) for value in values[:_INDICATORS]),
            )


def _others_note(count: int, page: Page) -> str:
    """What stands above the encounters that are only named, and how many are not even that."""
    left = count - _ENCOUNTERS - _OTHERS
    more = [page.say("report.others_left", count=left)] if left > 0 else []
    return " ".join([page.say("report.others_note", told=_ENCOUNTERS), *more])


def _alike(grouping: Grouping) -> list[list[Encounter]]:
    """Groups of loose alerts with the same rules together, as in the story; the gravest first."""
    groups: dict[tuple[str, ...], list[Encounter]] = {}
    for one in grouping.loose:
        key = (one.level, *sorted({line.rule.id for line in one.lines}))
        groups.setdefault(key, []).append(one)
    return sorted(groups.values(), key=lambda members: -level_rank(members[0].level))


def _loose_note(count: int, page: Page) -> str:
    left = count - _LOOSE
    more = [page.say("report.loose_left", count=left)] if left > 0 else []
    return " ".join([page.say("loose.explained"), *more])


def _row(members: list[Encounter], facts: Facts, page: Page) -> m.Loose:
    """Who, when and what fired, in one row."""
    names = [one.name or page.say("loose.nobody") for one in members]
    more = [page.say("list.more", count=len(names) - _NAMES)] if len(names) > _NAMES else []
    first, last = min(one.first for one in members), max(one.last for one in members)
    titles = {
        facts.title(line.rule.id, page.language, line.rule.title): None
        for one in members
        for line in one.lines
    }
    return m.Loose(
        _level(members[0].level, page),
        visible(", ".join([*names[:_NAMES], *more])),
        page.span(first, last),
        visible(" / ".join(list(titles)[:_NAMES])),
    )


def _unseen(facts: Facts, page: Page) -> Iterator[tuple[str, tuple[str, ...]]]:
    say, scan = page.say, facts.scan
    absent = unseen_rules(scan)
    if absent:
        lines = (
            say("report.absent_line", source=name, count=count) for name, count in absent.most_common(_LINES)
        )
        yield say("report.absent"), tuple(lines)
    silent = [
        f"{facts.title(name, page.language)}: {sentence(reason, page.language)}"
        for name, reason in silent_rules(facts, page)
    ]
    if silent:
        yield say("report.silent"), tuple(map(visible, silent[:_LINES]))
    if scan.skipped:
        lines = (
            f"{sentence(reason, page.language)}: {count:,}"
            for reason, count in scan.skipped.most_common(_LINES)
        )
        yield say("report.skipped"), tuple(lines)


def _errors(scan: Scan, page: Page) -> Iterator[tuple[str, tuple[str, ...]]]:
    if scan.problems.total:
        texts = tuple(visible(told(error, page.language)) for error in scan.problems.errors[:_LINES])
        yield page.say("summary.input_errors", count=scan.problems.total), texts
    if scan.prepared.errors:
        texts = tuple(visible(told(error, page.language)) for error in scan.prepared.errors[:_LINES])
        yield page.say("summary.rule_errors", count=len(scan.prepared.errors)), texts
