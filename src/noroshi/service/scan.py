"""`noroshi scan`: stored logs in, alerts and encounters out.

All inputs are read first (by this process, or by workers), hits and identity facts collected. Then the
hits go, in order of time, through identity (whose entities they get), correlation and alerts. So the order
of files and of records in them does not matter.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC
from itertools import chain, islice
from time import perf_counter
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from noroshi.alerts.build import AlertBuilder
from noroshi.alerts.indicators import IndicatorAlerts
from noroshi.alerts.model import level_rank
from noroshi.engine.correlate import Correlator
from noroshi.engine.indicators import IndicatorMatcher
from noroshi.engine.matcher import Matcher
from noroshi.events.model import ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.identity import SHARED_LISTS, Evidence, LinkCollector, load_identities
from noroshi.service.indicators import is_relay
from noroshi.service.memory import few_collections
from noroshi.service.reading import Counts, Period, Reader
from noroshi.service.remembering.collector import Collector
from noroshi.service.spool import HitSpool, with_offsets
from noroshi.service.workers import Progress, Work, read_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import timedelta, tzinfo
    from pathlib import Path

    from noroshi.alerts.model import Alert
    from noroshi.engine.hits import Hit
    from noroshi.events.problems import DeadLetters
    from noroshi.identity import Declared, Directory, Joined
    from noroshi.indicators.lists import ListSnapshot
    from noroshi.service.indicators import Indicators
    from noroshi.service.reading import Quarters
    from noroshi.service.remembering.collected import Collected
    from noroshi.service.ruleset import Prepared
    from noroshi.service.years import YearSeen

_BATCH: Final = 256


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What to scan and how.

    Attributes:
        paths: Files, folders, ``-``.
        identities: Asset and identity CSV files.
        level: The lowest level of alerts that are shown.
        period: Which events are matched.
        workers: Processes that read; 1 reads in this one.
        language: ``en`` or ``ja``.
        tenant: The watched organisation.
        zone: Time zone of records that name none.
        timed: Count events over time, for a report.
        year: The year of times that are written without one; None: learn it.
        indicators: What observables are matched against.
        remember: Keep the observables of all events, for `noroshi.service.remembering`.
    """

    paths: Sequence[Path]
    identities: Sequence[Path] = ()
    level: str = "informational"
    period: Period = field(default_factory=Period)
    workers: int = 1
    language: str = "en"
    tenant: str = "default"
    zone: tzinfo | None = None
    dead_letters: DeadLetters | None = None
    timed: bool = False
    year: int | None = None
    indicators: Indicators | None = None
    remember: bool = False


@dataclass(slots=True)
class Scan:
    """A scan whose input has been read; its alerts can be asked for.

    Attributes:
        counts: Events by format and log source.
        problems: What could not be read.
        skipped: Inputs passed over, by reason.
        read_seconds: How long reading and matching took.
        quarters: Events over time, if that was asked for.
        offsets: Offsets of hosts' clocks from UTC, learnt from the records that show them.
        years: Inputs whose times are written without a year, and how they got one.
        fired: Hits by rule id, filled while alerts are made.
        assumed: Hits whose time was taken for UTC because nothing told its zone, by log source; likewise.
        uncorrelated: Correlation id → why it could not take hits → how many; likewise.
        sighted: Alerts of indicators, filled while alerts are made; None without indicators.
        collected: Observables of all events, if that was asked for.
    """

    options: ScanOptions
    prepared: Prepared
    spool: HitSpool
    links: LinkCollector
    declared: Declared | None
    counts: Counts
    problems: Problems
    skipped: Counter[str]
    inputs: int
    read_seconds: float
    fired: Counter[str] = field(default_factory=Counter)
    assumed: Counter[str] = field(default_factory=Counter)
    uncorrelated: dict[str, dict[str, int]] = field(default_factory=dict)
    quarters: Quarters | None = None
    offsets: Mapping[str, timedelta] = field(default_factory=dict)
    years: Sequence[YearSeen] = ()
    sighted: IndicatorAlerts | None = None
    collected: Collected | None = None
    _directory: Directory | None = None

    @property
    def directory(self) -> Directory:
        """Who is who, from everything that was read."""
        if self._directory is None:
            self._directory = self.links.directory(self.declared, self.offsets)
        return self._directory

    @property
    def events(self) -> int:
        """Events read."""
        return self.counts.total()

    def alerts(self) -> Iterator[Alert]:
        """Alerts of rules in order of time, then those of correlations, then those of indicators."""
        lowest = level_rank(self.options.level)
        self.fired.clear()
        self.assumed.clear()
        sighted = self._sighted()
        for alert in chain(self._of_rules(sighted), sighted.alerts()):
            if level_rank(alert.rule.level) >= lowest:
                yield alert

    def _of_rules(self, sighted: IndicatorAlerts) -> Iterator[Alert]:
        """Alerts of rules and correlations at any level; the hits of indicators go to `sighted`."""
        ruleset = self.prepared.loaded.ruleset
        builder = AlertBuilder(ruleset, self.options.language)
        correlator = Correlator(ruleset)
        correlated: dict[str, Alert] = {}
        hits = (hit for hit in self.spool if self.options.period.holds(hit.time))
        while True:
            with few_collections():
                batch = _batch(hits)
                known = list(zip(batch, self._joined(batch), strict=True))
                shown = list(self._of_batch(known, builder, sighted))
            if not batch:
                break
            yield from shown
            fed = [
                replace(hit, entities=who.entities) for hit, who in known if hit.rule_id in correlator.wanted
            ]
            for found in correlator.feed(fed, batch[-1].time):
                correlated[found.alert_id] = builder.from_correlation(found)
        for found in correlator.finish():
            correlated[found.alert_id] = builder.from_correlation(found)
        self.uncorrelated = correlator.counts()
        for alert in sorted(correlated.values(), key=lambda one: (one.time, one.alert_id)):
            self.fired[alert.rule.id] += 1
            sighted.note(alert)
            if builder.shows(alert.rule.id):
                yield alert

    def _of_batch(
        self, known: list[tuple[Hit, Joined]], builder: AlertBuilder, sighted: IndicatorAlerts
    ) -> Iterator[Alert]:
        for hit, who in known:
            if hit.indicator is not None:
                sighted.add(hit, who)
                continue
            self.fired[hit.rule_id] += 1
            if hit.zone == ZoneOrigin.ASSUMED_UTC:
                self.assumed[_source_name(hit)] += 1
            if builder.shows(hit.rule_id):
                alert = builder.from_hit(hit, who)
                sighted.note(alert)
                yield alert

    def _sighted(self) -> IndicatorAlerts:
        """A fresh gatherer of the hits of indicators."""
        indicators = self.options.indicators
        if indicators is None:
            return IndicatorAlerts(None, self.options.language)
        self.sighted = IndicatorAlerts(
            indicators.snapshot,
            self.options.language,
            indicators.excluded,
            is_relay(self.prepared.lists),
            sighted=indicators.sighted,
        )
        return self.sighted

    def _joined(self, batch: list[Hit]) -> list[Joined]:
        """Who each hit is about; hits of one event stand together and are about the same."""
        found: list[Joined] = []
        before: Hit | None = None
        for hit in batch:
            same = before is not None and hit.event_id == before.event_id and hit.entities == before.entities
            found.append(found[-1] if same else self._join(hit))
            before = hit
        return found

    def _join(self, hit: Hit) -> Joined:
        record = Evidence(hit.event_id, hit.path, str(hit.position), "")
        return self.directory.resolve(hit.entities, hit.time, hit.fields, record)

    def close(self) -> None:
        """Free temporary files."""
        self.spool.close()


def _source_name(hit: Hit) -> str:
    """Product and service, ``windows/security``."""
    source = hit.logsource
    return "/".join(part for part in (source.product, source.service) if part) or "–"


def _batch(hits: Iterator[Hit]) -> list[Hit]:
    """The next hits; few, since a hit may hold `HIT_LETTERS` letters. Empty at the end."""
    return list(islice(hits, _BATCH))


def _declared(options: ScanOptions, lists: ListSnapshot, problems: Problems) -> Declared:
    """What identity lists say, and the addresses that site lists name as shared by many."""
    declared, errors = load_identities(options.identities, zone=options.zone or UTC)
    for error in errors:
        problems.add(error)
    for name in SHARED_LISTS:
        values = lists.get(name)
        if values is not None and values.type == "ip":
            declared.share(entry.value for entry in values.entries)
    return declared


def scan(options: ScanOptions, prepared: Prepared, progress: Progress | None = None) -> Scan:
    """Read everything and match it."""
    started = perf_counter()
    problems = Problems(dead_letters=options.dead_letters)
    links = LinkCollector()
    declared = _declared(options, prepared.lists, problems)
    spool = HitSpool()
    reader = Reader(Matcher(prepared.compiled, prepared.lists), spool, problems, options.period, links)
    reader.quarters = Counter() if options.timed else None
    if options.indicators is not None:
        reader.indicators = IndicatorMatcher(options.indicators.snapshot)
    reader.collector = Collector() if options.remember else None
    skipped: Counter[str] = Counter()
    tenant = options.tenant.encode("utf-8", "replace").decode()
    work = Work(options.paths, tenant, options.zone, options.workers, options.year)
    with few_collections():
        inputs = read_all(work, reader, skipped, progress or Progress())
    return Scan(
        options,
        prepared,
        with_offsets(spool, reader.learnt),
        links,
        declared,
        reader.counts(),
        problems,
        skipped,
        inputs,
        perf_counter() - started,
        quarters=reader.quarters,
        offsets=reader.learnt,
        years=reader.years,
        collected=reader.all_collected() if options.remember else None,
    )
