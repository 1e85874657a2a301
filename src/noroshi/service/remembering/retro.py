"""The retro check: indicators that came later, against logs that were read before.

Every part of what is kept knows up to which moment indicators were matched against it. A scan with indicators
sets it, and so does this check. So an indicator alerts for a part if it came after that moment; what a scan
or an earlier check has told is not told again, and nothing is missed if a check was not run for a week. But
indicators that were seen before are looked for, too: what was told of them raises host matches near it.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from noroshi.alerts.indicators import IndicatorAlerts, nobody
from noroshi.alerts.model import level_rank
from noroshi.engine.indicators import IndicatorMatcher
from noroshi.indicators.snapshot import IndicatorSnapshot, build_snapshot, key_of_record
from noroshi.service.remembering.searching import search
from noroshi.service.remembering.settling import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from noroshi.alerts.indicators import Exclusion
    from noroshi.alerts.model import Alert
    from noroshi.indicators.ageing import Lifetimes
    from noroshi.indicators.indicator import Indicator
    from noroshi.indicators.snapshot import Record
    from noroshi.service.remembering.searching import Found
    from noroshi.store.observed import Part
    from noroshi.store.store import Store

_MAX_FOUND: Final = 500_000


@dataclass(frozen=True, slots=True)
class RetroOptions:
    """What is checked, and how.

    Attributes:
        at: The moment of the check (aware UTC).
        tenant: Whose logs.
        everything: All indicators against all that is kept, what was told before included.
        since, until: Only logs of this period; the check then counts for nothing later.
        level: The lowest level of alerts that are given.
        language: ``en`` or ``ja``.
        excluded: Indicator and precision → what exclusion lists say.
        relays: Whether many machines stand behind an address.
        lifetimes: How indicators age; None: the defaults.
    """

    at: datetime
    excluded: Callable[[Indicator, str], Exclusion]
    tenant: str = "default"
    everything: bool = False
    since: datetime | None = None
    until: datetime | None = None
    level: str = "informational"
    language: str = "en"
    relays: Callable[[str], bool] = nobody
    lifetimes: Lifetimes | None = None


@dataclass(slots=True)
class RetroCheck:
    """What was found.

    Attributes:
        kept: Whether anything is kept of logs.
        indicators: How many new ones were looked for.
        parts: Parts of logs that were looked through, …
        observables: … and the observables in them.
        sighted: The alerts, and what was kept from alerting.
        known: Matches that a scan or an earlier check has told already.
        left_out: Matches beyond what one check takes.
    """

    options: RetroOptions
    sighted: IndicatorAlerts
    kept: bool = True
    indicators: int = 0
    parts: int = 0
    observables: int = 0
    known: int = 0
    left_out: int = 0

    def alerts(self) -> Iterator[Alert]:
        """Alerts in the order of time."""
        lowest = level_rank(self.options.level)
        return (alert for alert in self.sighted.alerts() if level_rank(alert.rule.level) >= lowest)


def retro_check(store: Store, options: RetroOptions) -> RetroCheck:
    """Match indicators against what is kept of logs.

    Raises:
        LocatedError: What is kept cannot be read.
    """
    never, oldest = store.observed.oldest_match(options.tenant)
    kept = never or oldest is not None
    since = None if never or options.everything or oldest is None else moment_of(oldest)
    seen = [] if since is None else list(store.snapshots.seen_records(since))
    with tempfile.TemporaryDirectory(prefix="noroshi-") as folder:
        path = Path(folder) / "indicators"
        records = chain(store.snapshots.records(since), seen) if kept else ()
        build_snapshot(records, path, options.at.isoformat(timespec="seconds"))
        snapshot = IndicatorSnapshot(path)  # the mapping outlives the name
    alerts = IndicatorAlerts(
        snapshot,
        options.language,
        options.excluded,
        options.relays,
        lifetimes=options.lifetimes,
        sighted=store.sightings.latest(),
    )
    check = RetroCheck(options, alerts, kept, len(snapshot) - len(seen))
    if check.indicators:
        _take(check, _new(store, check, IndicatorMatcher(snapshot)))
    return check


def finish(store: Store, check: RetroCheck) -> int:
    """Once the alerts were given: note what was checked, and record sightings; how many are known."""
    options = check.options
    sightings = store.sightings.record(check.sighted.tally.sightings())
    if options.since is None and options.until is None and not check.left_out:
        store.observed.matched(options.tenant, options.at)
    return sightings


def _new(store: Store, check: RetroCheck, matcher: IndicatorMatcher) -> Iterator[Found]:
    """Matches that nobody has told yet."""
    options = check.options
    since = _Since(store)
    for found in search(_parts(store, check), matcher):
        matched = found.part.matched_at
        if not options.everything and matched is not None and since.of(found.record) <= matched:
            check.known += found.count
            check.sighted.add_told(found.hit(), found.who, found.count, found.last_time)
            continue
        yield found


def _parts(store: Store, check: RetroCheck) -> Iterator[Part]:
    options = check.options
    for part in store.observed.parts(options.tenant, options.since, options.until):
        check.parts += 1
        check.observables += part.observables
        yield part


class _Since:
    """Since when indicators alert, asked for once each."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[bytes, int] = {}

    def of(self, record: Record) -> int:
        """Microseconds since 1970-01-01 UTC."""
        key = key_of_record(record)
        if key not in self._known:
            self._known[key] = self._store.indicators.alerting_since([key]).get(key, 0)
        return self._known[key]


_Seen = tuple[str, str, str, str, str, str, int]


def _take(check: RetroCheck, found: Iterable[Found]) -> None:
    """Hand the matches on as hits. An event may show an indicator in several fields: it counts once."""
    together: dict[_Seen, dict[str, list[Found]]] = defaultdict(lambda: defaultdict(list))
    count = 0
    for one in found:
        if not _in_period(one, check.options):
            continue
        count += 1
        if count > _MAX_FOUND:
            check.left_out += 1
            continue
        record, context = one.record, one.context
        place = one.who.key, context.outcome, one.part.input, one.part.day
        key = record.type, record.value, one.precision, *place
        together[key][one.field].append(one)
    for by_field in together.values():
        fullest = max(by_field.values(), key=lambda same: sum(one.count for one in same))
        for one in sorted(fullest, key=lambda same: (same.first, str(same.position))):
            check.sighted.add(one.hit(), one.who, one.count, one.last_time)


def _in_period(one: Found, options: RetroOptions) -> bool:
    early = options.since is not None and moment_of(one.last) < options.since
    late = options.until is not None and moment_of(one.first) >= options.until
    return not early and not late
