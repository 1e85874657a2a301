"""What Noroshi makes of a log: format, log sources, fields, observables, time, and what it cannot show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.limits import all_limits
from noroshi.events.model import ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import TEXT_ONLY
from noroshi.events.values import as_text, elements
from noroshi.service.gaps import PATHS, Gap, gaps_of, is_judged, marks_in
from noroshi.service.survey import MAX_NAMES, Opened, Survey, is_empty, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta, tzinfo
    from pathlib import Path

    from noroshi.engine.matcher import Matcher
    from noroshi.events.limits import Limits
    from noroshi.events.model import Event, Kind, LogSource
    from noroshi.service.gaps import Mark
    from noroshi.service.years import YearSeen

EXAMPLES: Final = 3
EXAMPLE_CHARS: Final = 300
MAX_OBSERVABLES: Final = 100_000
"""Different values counted for each type of observable; more are only said to be more."""
_NESTED: Final = 3


@dataclass(slots=True)
class FieldSeen:
    """A field (nested ones by their dotted path).

    Attributes:
        events: In how many it holds a value.
        examples: The first few different values, cut at `EXAMPLE_CHARS`.
    """

    events: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, value: Any) -> None:
        """Take one value."""
        self.events += 1
        if len(self.examples) >= EXAMPLES:
            return
        for element in islice(elements(value), EXAMPLES):
            text = as_text(element)
            if text and text[:EXAMPLE_CHARS] not in self.examples and len(self.examples) < EXAMPLES:
                self.examples.append(text[:EXAMPLE_CHARS])


@dataclass(slots=True)
class Observed:
    """The observables of one type.

    Attributes:
        count: All of them, repeats included.
        distinct: The different ones, up to `MAX_OBSERVABLES`.
    """

    count: int = 0
    distinct: dict[str, None] = field(default_factory=dict)

    def add(self, value: str) -> None:
        """Take one."""
        self.count += 1
        if len(self.distinct) < MAX_OBSERVABLES:
            self.distinct[value] = None


@dataclass(slots=True)
class Inspection:
    """One input.

    Attributes:
        format: Name, empty where none is known.
        confidence: 0 to 1.
        runners_up: (format, confidence), best first.
        events: Events read; `complete` is False where reading stopped before the end.
        matchable: Events that at least one rule can look at.
        rules: Ids of the rules that can look at any of them.
        zones: How the zone of each event's time was known (`ZoneOrigin` value).
        zone: The zone configured for the input, if any.
        offsets: Host → offset of its clock from UTC, learnt from records that hold both.
        year: How times that are written without a year got one; None where they have one.
        entities: Events by kind of entity that they name.
        sourceless: Events of no log source that Sigma has a word for.
        texts: Lines of programs that no format reads, by program: they are events with their text only.
        judged: Whether anything is looked for in logs of these categories.
        marks: Of `gaps.SHOWN`, those that were met.
        gaps: What the events could show and do not.
        limits: Format → what its log cannot show, of the formats of the events, the most frequent first;
            a customer's own format has none.
        problems: What could not be read.
    """

    path: str
    format: str = ""
    confidence: float = 0.0
    runners_up: tuple[tuple[str, float], ...] = ()
    events: int = 0
    complete: bool = True
    matchable: int = 0
    rules: set[str] = field(default_factory=set)
    sourceless: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    judged: bool = False
    sources: Counter[LogSource] = field(default_factory=Counter)
    fields: dict[str, FieldSeen] = field(default_factory=dict)
    observables: dict[str, Observed] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    entities: Counter[str] = field(default_factory=Counter)
    zones: Counter[str] = field(default_factory=Counter)
    zone: tzinfo | None = None
    offsets: dict[str, timedelta] = field(default_factory=dict)
    year: YearSeen | None = None
    span: tuple[Any, Any] | None = None
    gaps: tuple[Gap, ...] = ()
    limits: dict[str, Limits] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)
    marks: set[Mark] = field(default_factory=set)


def inspect(
    paths: Sequence[Path],
    matcher: Matcher,
    *,
    zone: tzinfo | None = None,
    most: int | None = None,
    year: int | None = None,
) -> Iterator[Inspection]:
    """Inspect every input behind some paths.

    Args:
        paths: Files, folders, ``-``.
        matcher: The rules that are asked whether they look at an event.
        zone: Zone of records that name none.
        most: Stop after so many events of an input; None reads it whole.
        year: The year of times that are written without one; None: learn it.

    Yields:
        One inspection an input; at the end one without a format for errors that concern no input, if any.
    """
    outside = Problems()
    seen = 0
    for one in opened(paths, outside, zone, year):
        # Errors between two inputs belong to the one before; those of the file itself come with it.
        yield _inspect(one, matcher, most, outside)
        seen = outside.total
    if outside.total > seen:
        yield Inspection("", problems=outside)


def _inspect(one: Opened, matcher: Matcher, most: int | None, problems: Problems) -> Inspection:
    source, detection = one.input.source, one.detection
    before = problems.mark()
    known = detection.format
    found = Inspection(
        path=source.path,
        format=known.name if known is not None else "",
        confidence=detection.confidence,
        runners_up=tuple((entry.name, mark) for entry, mark in detection.runners_up),
        zone=source.zone,
        year=one.year,
    )
    survey, taker = Survey(PATHS), _Taker(found, matcher)
    for event in one.events:
        if most is not None and found.events >= most:
            found.complete = False
            break
        taker.take(event, survey)
    found.sources = Counter({place: count for (_, place), count in survey.sources.items()})
    found.offsets = dict(source.learnt_offsets)
    found.span = survey.span
    found.gaps = (*gaps_of(survey.kinds, found.marks), *_timeless(found))
    found.judged = is_judged(survey.kinds)
    found.limits = _limits(survey)
    found.problems = problems.since(before)
    return found


@dataclass(slots=True)
class _Taker:
    """Takes events one by one."""

    found: Inspection
    matcher: Matcher

    def take(self, event: Event, survey: Survey) -> None:
        """Take one event."""
        found = self.found
        found.events += 1
        route = self.matcher.route(event.kind)
        if route is not None:
            found.matchable += 1
            if event.kind not in survey.kinds:
                found.rules |= route.rules
        survey.add(event)
        source = event.logsource
        found.sourceless += not (source.product or source.service or source.categories)
        if event.kind.format == TEXT_ONLY and len(found.texts) < MAX_NAMES:
            found.texts[as_text(event.fields.get("program")) or ""] += 1
        found.zones[event.time.zone.value] += 1
        found.outcomes[event.outcome.value] += 1
        self._entities(event)
        for name, value in _flat(event.fields):
            self._field(event.kind, name, value)
        for one in event.observables:
            found.observables.setdefault(one.type, Observed()).add(one.value)

    def _entities(self, event: Event) -> None:
        entities = event.entities
        for kind in ("host", "user", "address", "mailbox"):
            if getattr(entities, kind):
                self.found.entities[kind] += 1

    def _field(self, kind: Kind, name: str, value: Any) -> None:
        if is_empty(value):
            return
        self.found.marks.update(marks_in(kind, name, value))
        known = self.found.fields.get(name)
        if known is None:
            if len(self.found.fields) >= MAX_NAMES:
                return
            known = self.found.fields[name] = FieldSeen()
        known.add(value)


def _flat(fields: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Fields with the dotted paths of nested ones."""
    for name, value in fields.items():
        if isinstance(value, dict) and depth < _NESTED:
            yield from _flat(value, f"{prefix}{name}.", depth + 1)
        else:
            yield f"{prefix}{name}", value


def _timeless(found: Inspection) -> Iterator[Gap]:
    if found.events and found.zones[ZoneOrigin.MISSING.value] == found.events:
        yield Gap("time", ())


def _limits(survey: Survey) -> dict[str, Limits]:
    counts: Counter[str] = Counter()
    for kind, seen in survey.kinds.items():
        counts[kind.format] += seen.events
    known = all_limits()
    return {name: known[name] for name, _ in counts.most_common() if name in known}
