"""The report's rules: guides, the alerts of each, and which log sources nobody sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from noroshi.alerts.model import level_rank
from noroshi.cli.story.checking import sentences
from noroshi.cli.story.evidence import listed_text
from noroshi.cli.story.plain import defanged, shortened, visible
from noroshi.cli.story.searches import Known, filled
from noroshi.cli.words import Words, words
from noroshi.events.model import is_known
from noroshi.report import model as m
from noroshi.rules.model import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from noroshi.alerts.encounters import Encounter, Grouping
    from noroshi.alerts.model import Alert
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.page import Page
    from noroshi.rules.guide import Guide, Step
    from noroshi.service.scan import Scan

MAX_ROWS: Final = 10_000
"""Alerts listed one by one; further ones are counted."""
_GUIDES: Final = 500
_MATCHED: Final = 3
_VALUE: Final = 240


@dataclass(frozen=True, slots=True)
class _Row:
    time: datetime
    level: str
    outcome: str
    who: str
    values: str
    place: str


@dataclass(slots=True)
class AlertRows:
    """Alerts in short, the most severe kept where there are too many.

    Attributes:
        say: The reader's words.
        total: All alerts.
    """

    say: Words = field(default_factory=partial(words, "en"))
    total: int = 0
    _kept: dict[str, list[tuple[str, _Row]]] = field(default_factory=dict)
    _count: int = 0
    _alerts: dict[str, tuple[Alert, int]] = field(default_factory=dict)

    def add(self, alert: Alert) -> None:
        """Take one alert."""
        self.total += 1
        known = self._alerts.get(alert.rule.id)
        self._alerts[alert.rule.id] = (alert if known is None else known[0], (known[1] if known else 0) + 1)
        level = alert.rule.level
        if self._count >= MAX_ROWS and not self._make_room(level):
            return
        self._kept.setdefault(level, []).append((alert.rule.id, _row(alert, self.say)))
        self._count += 1

    def _make_room(self, level: str) -> bool:
        """Give up one less severe row."""
        for lower in LEVELS[: level_rank(level)]:
            if self._kept.get(lower):
                self._kept[lower].pop()
                self._count -= 1
                return True
        return False

    @property
    def rules(self) -> int:
        """How many rules alerted."""
        return len(self._alerts)

    @property
    def shown(self) -> int:
        """How many rows are kept."""
        return self._count

    def by_rule(self) -> Iterator[tuple[Alert, int, list[_Row]]]:
        """(first alert, number of alerts, rows) of each rule, the most severe first."""
        rows: dict[str, list[_Row]] = {}
        for kept in self._kept.values():
            for rule_id, row in kept:
                rows.setdefault(rule_id, []).append(row)
        ranked = sorted(
            self._alerts.values(),
            key=lambda item: (-level_rank(item[0].rule.level), -item[1], item[0].rule.id),
        )
        for alert, count in ranked:
            yield alert, count, sorted(rows.get(alert.rule.id, ()), key=lambda row: row.time)


def _row(alert: Alert, say: Words) -> _Row:
    who = alert.entities
    ranked = sorted(alert.matched, key=lambda one: one.listed is None)
    values = "  ".join(
        f"{one.field}: {defanged(one.value[:_VALUE], one.field)}"
        + (f" [{listed_text(one.listed, one.value, one.field, say)}]" if one.listed is not None else "")
        for one in ranked[:_MATCHED]
    )
    record = "" if alert.source.record is None else f" #{alert.source.record}"
    return _Row(
        alert.time,
        alert.rule.level,
        alert.outcome,
        visible(who.host or who.user or who.address or who.mailbox or "–"),
        shortened(visible(values), _VALUE),
        visible(f"{alert.source.path}{record}") if alert.source.path else "",
    )


def guides(rows: AlertRows, grouping: Grouping, facts: Facts, page: Page) -> Iterator[m.Guide]:
    """Every rule that fired, with its guide where it has one, filled in from the rule's first alert."""
    groups: dict[str, list[Encounter]] = {}
    for one in (*grouping.encounters, *grouping.loose):
        for rule_id in {line.rule.id for line in one.lines}:
            groups.setdefault(rule_id, []).append(one)
    for alert, count, kept in islice(rows.by_rule(), _GUIDES):
        entities = _around(alert, groups.get(alert.rule.id, []))
        yield _guide(Known(alert, entities, facts), count, kept, page)


def _around(alert: Alert, groups: list[Encounter]) -> Mapping[str, tuple[str, ...]]:
    """The entities of the story that the alert belongs to: one that names an entity of the alert."""
    for one in groups:
        if any(getattr(alert.entities, kind) in names for kind, names in one.entities.items()):
            return one.entities
    return {}


def _guide(known: Known, count: int, kept: list[_Row], page: Page) -> m.Guide:
    alert, facts = known.alert, known.facts
    rule, meta = alert.rule, facts.meta(alert.rule.id)
    guide = facts.guide(rule.folder, page.language)
    sections = tuple(_sections(guide, page)) if guide else ()
    key = "report.hits" if len(kept) == count else "report.hits_shown"
    meaning = (guide.meaning if guide else "") or meta.description
    return m.Guide(
        title=visible(facts.title(rule.id, page.language, rule.title)),
        level=m.Badge(page.say.term("level", rule.level), rule.level),
        hits=page.say(key, count=count, shown=len(kept)),
        tags=visible(" ".join(rule.tags)),
        meaning=visible(" ".join(meaning.split())),
        sections=sections,
        steps=tuple(step(one, known, page) for one in guide.steps) if guide else (),
        rows=tuple(_shown(row, facts, page) for row in kept),
    )


def _shown(row: _Row, facts: Facts, page: Page) -> m.Row:
    return m.Row(
        when=f"{row.time.astimezone(page.zone):%Y-%m-%d %H:%M:%S}"
        if is_known(row.time)
        else page.say("time.unknown"),
        level=m.Badge(page.say.term("level", row.level), row.level),
        outcome=m.Badge(page.say.term("outcome", row.outcome), row.outcome),
        who=row.who,
        values=row.values,
        place=facts.short_path(row.place),
    )


def step(one: Step, known: Known, page: Page) -> m.Step:
    """A guide's step, its command filled in from an alert."""
    command = filled(one.search, known, page) if one.search else ""
    plain = [" ".join(sentences(text)) for text in (one.question, one.why, one.raises, one.settles)]
    return m.Step(plain[0], plain[1], command, plain[2], plain[3])


def _sections(guide: Guide, page: Page) -> Iterator[tuple[str, tuple[str, ...]]]:
    say = page.say
    for name in ("goal", "suspicious"):
        if text := getattr(guide, name):
            yield say(f"report.section.{name}"), (" ".join(sentences(text)),)
    if guide.false_positives:
        causes = tuple(
            say("encounter.dash").join(" ".join(sentences(text)) for text in (one.cause, one.recognise))
            for one in guide.false_positives
        )
        yield say("report.section.false_positives"), causes
    for name in ("blind_spots", "response"):
        if text := getattr(guide, name):
            yield say(f"report.section.{name}"), (" ".join(sentences(text)),)


def unseen_rules(scan: Scan) -> Counter[str]:
    """Log sources that rules ask for and no event had → number of those rules."""
    sources = {source for _, source in scan.counts}
    found: Counter[str] = Counter()
    for rule in scan.prepared.loaded.ruleset.rules:
        wanted = rule.logsource
        if not any(one.covers(wanted.product, wanted.service, wanted.category) for one in sources):
            found["/".join(part for part in (wanted.product, wanted.service, wanted.category) if part)] += 1
    return found
