"""One input from bytes to hits: decode, route, match; and on the way the facts that identity joins by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol

from noroshi.alerts.ndjson import dumps
from noroshi.engine.indicator_matches import indicator_hits
from noroshi.engine.matcher import hits_of
from noroshi.errors import LocatedError, NoroshiError, Sentence
from noroshi.events.format import is_broken
from noroshi.events.formats._lines import REPORT, failed
from noroshi.events.model import EPOCH, ZoneOrigin, is_known
from noroshi.events.recognition import recognise
from noroshi.events.registry import detect
from noroshi.identity import LinkCollector
from noroshi.service.remembering.collected import Collected
from noroshi.service.years import YearBook, YearSeen, settle_years

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from noroshi.engine.hits import Hit
    from noroshi.engine.indicator_matches import IndicatorMatch
    from noroshi.engine.indicators import IndicatorMatcher
    from noroshi.engine.matcher import Matcher
    from noroshi.engine.routes import Route
    from noroshi.events.format import ByteSource, Head
    from noroshi.events.model import Event, Kind, LogSource, Source, Timestamp
    from noroshi.events.problems import Problems
    from noroshi.events.registry import Detection
    from noroshi.service.remembering.collector import Collector

NO_TIME: Final = "holds no time that can be read; its alerts say that the time is unknown"
_NO_TIME_MEND: Final = "look for its time in the raw record; no correlation takes it"
UNKNOWN_FORMAT = "is in no format that is known"
_FARTHEST: Final = timedelta(hours=18)
"""No clock's offset from UTC is larger."""


@dataclass(frozen=True, slots=True)
class Period:
    """Only events from `since` on and before `until` are matched; None leaves that end open."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self.since is None and self.until is None

    def holds(self, at: datetime) -> bool:
        """Whether this instant lies inside; one that is unknown may."""
        if not is_known(at):
            return True
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def may_hold(self, stamp: Timestamp) -> bool:
        """Whether it lies inside, or might once the offset of its host's clock is known."""
        if stamp.zone is not ZoneOrigin.ASSUMED_UTC:
            return self.holds(stamp.at)
        early = self.since is not None and stamp.at < EPOCH + (self.since - EPOCH - _FARTHEST)
        return not early and (self.until is None or stamp.at - EPOCH < self.until - EPOCH + _FARTHEST)


@dataclass(slots=True)
class _Plan:
    """What is to be done with the events of one kind."""

    kind: Kind
    route: Route | None
    links: bool
    count: int = 0


class HitSink(Protocol):
    """Where hits go."""

    def add(self, hits: Iterable[Hit], raw: bytes | None = None) -> None:
        """Keep some hits; of one event, whose bytes these are, if any are given."""


Counts = Counter[tuple[str, "LogSource"]]
"""Events by format and log source."""
Quarters = Counter[tuple[str, "LogSource", int]]
"""Events by format, log source and quarter of an hour, counted from the epoch."""
QUARTER_SECONDS: Final = 900
MAX_QUARTERS: Final = 100_000
"""Quarters of all log sources together; a log with hostile times gets no more."""


@dataclass(slots=True)
class Reader:
    """Reads inputs, one after another, with one matcher.

    Attributes:
        matcher: The rules.
        sink: Where hits go.
        problems: Where errors go.
        period: Which events are matched.
        links: Collects identity facts of every input read.
        beat: Called after every few thousand events with the number read since the last call.
        learnt: Offsets of hosts' clocks from UTC, from the records that show them.
        quarters: Counts events over time, if not None: for reports, since it reads the time of every event.
        book: What is known of the year of times that are written without one.
        years: Inputs with such times, and how they got their year.
        indicators: Matches observables, if not None.
        collector: Keeps the observables of all events, if not None, whatever the period …
        collected: … and what was kept by workers.
    """

    matcher: Matcher
    sink: HitSink
    problems: Problems
    period: Period = field(default_factory=Period)
    links: LinkCollector = field(default_factory=LinkCollector)
    beat: Callable[[int], None] | None = None
    learnt: dict[str, timedelta] = field(default_factory=dict)
    quarters: Quarters | None = None
    book: YearBook = field(default_factory=YearBook)
    years: list[YearSeen] = field(default_factory=list)
    indicators: IndicatorMatcher | None = None
    collector: Collector | None = None
    collected: Collected = field(default_factory=Collected)
    _plans: dict[Kind, _Plan] = field(default_factory=dict)
    _counts: Counts = field(default_factory=Counter)
    _timeless: Event | None = None

    def read(self, head: Head, stream: ByteSource, source: Source) -> bool:
        """Read one whole input; whether it is in a format that is known."""
        detection, head, stream = recognise(head, stream)
        found = detection.format
        if found is None:
            mend = "see `docs/reference/formats.md` for the formats; a new one is one file"
            unknown = LocatedError(source.path, "", UNKNOWN_FORMAT, mend)
            # What is left of an input that broke off needs no second error.
            (self.problems.keep_cut if is_broken(stream) else self.problems.add)(unknown, head.data[:4096])
            return False
        self._settle_years(source, head, detection)
        batches = getattr(found, "decode_batches", None)
        if batches is None:
            self.read_events(found.decode(stream, source, self.problems), source)
        else:
            self.read_events(chain.from_iterable(batches(stream, source, self.problems)), source)
        return True

    def read_range(self, head: Head, stream: ByteSource, source: Source, start: int, end: int) -> None:
        """Read the records that begin in a byte range of a plain file with this beginning."""
        detection = detect(head)
        if detection.format is None:
            return
        self._settle_years(source, head, detection)
        decode_range = detection.format.decode_range  # type: ignore[attr-defined]
        events = decode_range(stream, source, self.problems, start, end)
        self.read_events(events, source)

    def _settle_years(self, source: Source, head: Head, detection: Detection) -> None:
        seen = settle_years(source, head, detection, self.book)
        if seen is not None and seen not in self.years:
            self.years.append(seen)

    def read_events(self, events: Iterable[Event], source: Source) -> None:
        """Match events and collect identity facts; a failure of the reader ends this input, not the scan."""
        try:
            self._read_events(events if self.quarters is None else self._timed(events, self.quarters))
        except NoroshiError:
            raise
        except Exception as failure:  # noqa: BLE001 - no input, however hostile, may stop the others
            what = Sentence("{failure}; the rest of this input is left out", failure=failed(failure))
            self.problems.add(LocatedError(source.path, "", what, REPORT))
        self.learn(source.learnt_offsets)

    def learn(self, offsets: dict[str, timedelta]) -> None:
        """Remember offsets; of two for one host the smaller, whatever the order of inputs."""
        for host, offset in offsets.items():
            self.learnt[host] = min(offset, self.learnt.get(host, offset))

    def _read_events(self, events: Iterable[Event]) -> None:
        plans, everything, indicators = self._plans, self.period.everything, self.indicators
        collector = self.collector
        read = 0
        for event in events:
            plan = plans.get(event.kind) or self._new_plan(event.kind)
            plan.count += 1
            try:
                if plan.links:
                    self.links.observe(event)
                route = plan.route
                if route is not None and (everything or self.period.may_hold(event.time)):
                    verdict = route.ask(event)
                    if verdict.found:
                        self._keep(event, hits_of(event, verdict))
                if indicators is not None and (shown := indicators.find(event)):
                    self._sight(event, shown)
                if collector is not None:
                    collector.observe(event)
            except NoroshiError:
                raise
            except Exception as failure:  # noqa: BLE001 - no event, however hostile, may stop the rest
                self._failed(event, failure)
            read += 1
            if not read & 0xFFF and self.beat is not None:
                self.beat(4096)
        if self.beat is not None:
            self.beat(read & 0xFFF)

    def _sight(self, event: Event, shown: tuple[IndicatorMatch, ...]) -> None:
        if self.period.everything or self.period.may_hold(event.time):
            self._keep(event, indicator_hits(event, shown))

    def _keep(self, event: Event, hits: tuple[Hit, ...]) -> None:
        """Keep the hits of one event; where nobody knows when it happened, that is an error of the input."""
        if hits[0].zone == ZoneOrigin.MISSING and event is not self._timeless:
            self._timeless = event
            where = f"position {event.position}"
            raw = event.raw or dumps(event.fields)
            self.problems.add(LocatedError(event.source.path, where, NO_TIME, _NO_TIME_MEND), raw)
        self.sink.add(hits, event.raw)

    def _timed(self, events: Iterable[Event], quarters: Quarters) -> Iterator[Event]:
        for event in events:
            stamp = event.time
            if stamp.zone is not ZoneOrigin.MISSING:
                kind = event.kind
                key = kind.format, kind.logsource, int(stamp.at.timestamp()) // QUARTER_SECONDS
                if key in quarters or len(quarters) < MAX_QUARTERS:
                    quarters[key] += 1
            yield event

    def _failed(self, event: Event, failure: Exception) -> None:
        what = Sentence("matching failed with {kind}", kind=type(failure).__name__)
        mend = "this is a mistake in Noroshi: please report it with the record"
        where = f"position {event.position}"
        self.problems.add(LocatedError(event.source.path, where, what, mend), event.raw or b"")

    def _new_plan(self, kind: Kind) -> _Plan:
        if len(self._plans) >= 20_000:
            self._settle()
        plan = self._plans[kind] = _Plan(kind, self.matcher.route(kind), self.links.wants(kind))
        return plan

    def _settle(self) -> None:
        for plan in self._plans.values():
            self._counts[plan.kind.format, plan.kind.logsource] += plan.count
        self._plans.clear()

    def all_collected(self) -> Collected:
        """What this reader and its workers kept of all events."""
        if self.collector is not None:
            self.collected.add(self.collector.collected())
        return self.collected

    def add_counts(self, counts: Counts) -> None:
        """Add what another reader counted."""
        self._counts.update(counts)

    def counts(self) -> Counts:
        """Events read so far, by format and log source."""
        self._settle()
        return self._counts
