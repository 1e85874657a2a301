"""Alerts of indicators: one an indicator, entity, precision and day, however often it was seen.

Hits are taken in any order; the result is the same. `alert_id` is made of tenant, indicator, entity,
precision and the day (UTC) of the hits, so a second scan of the same logs gives the same alerts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from noroshi.alerts.indicator_texts import IndicatorTexts
from noroshi.alerts.model import Alert, IndicatorPart, RuleRef, SourceRef, level_rank
from noroshi.alerts.nearness import Moments, Surroundings
from noroshi.alerts.weighing import Weight, weigh
from noroshi.engine.correlate import alert_id
from noroshi.events.model import EPOCH
from noroshi.indicators.ageing import Lifetimes, default_lifetimes
from noroshi.indicators.indicator import Indicator, Sightings, SourceClaim, Threat
from noroshi.indicators.kinds import PyramidLevel
from noroshi.indicators.sightings import Sighting, SightingTally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from noroshi.engine.hits import Hit, IndicatorRef
    from noroshi.identity.model import Joined
    from noroshi.indicators.snapshot import IndicatorSnapshot, Record

MAX_ALERTS: Final = 200_000
"""Alerts of indicators of one run; further ones are only counted."""
_MEDIUM: Final = level_rank("medium")
GUIDES: Final = Path(__file__).with_name("guides")
_TAGS: Final[dict[Threat, tuple[str, ...]]] = {
    Threat.C2: ("attack.command-and-control", "attack.t1071"),
    Threat.DOWNLOAD: ("attack.command-and-control", "attack.t1105"),
    Threat.PAYLOAD: ("attack.execution", "attack.t1204"),
    Threat.MAIL: ("attack.initial-access", "attack.t1566"),
    Threat.PHISHING: ("attack.initial-access", "attack.t1566"),
    Threat.SPAM: ("attack.initial-access", "attack.t1566"),
    Threat.EXPLOIT: ("attack.initial-access", "attack.t1190"),
    Threat.SCAN: ("attack.reconnaissance", "attack.t1595"),
    Threat.MINER: ("attack.impact", "attack.t1496"),
}
_GUIDES: Final = {
    Threat.C2: "c2",
    Threat.MINER: "c2",
    Threat.DOWNLOAD: "download",
    Threat.PAYLOAD: "payload",
    Threat.MAIL: "mail",
    Threat.SPAM: "mail",
    Threat.PHISHING: "phishing",
}
_TRACE_KINDS: Final = {
    "url": "network destination", "domain": "network destination", "ip": "network destination",
    "cidr": "network destination", "ip:port": "network destination", "email": "mail", "mail_subject": "mail",
    "file_name": "file", "registry_key": "registry", "user_agent": "HTTP shape", "ja3": "certificate",
    "jarm": "certificate",
}  # fmt: skip
_CLAIMS: Final = msgspec.json.Decoder(tuple[SourceClaim, ...])


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What the exclusion lists say of an indicator.

    Attributes:
        verdict: ``none``, ``shared``, ``allow`` or ``exempt``.
        list: The list's name.
        held: Whether it keeps the match from alerting.
    """

    verdict: str = "none"
    list: str = ""
    held: bool = False


def nothing_excluded(_indicator: Indicator, _precision: str) -> Exclusion:
    """Without exclusion lists nothing is on one."""
    return Exclusion()


@dataclass(slots=True)
class _Group:
    """The hits that become one alert; the earliest is told."""

    hit: Hit
    who: Joined
    count: int = 0
    last: datetime | None = None
    outcomes: Counter[str] = field(default_factory=Counter)
    moments: Moments = field(default_factory=Moments)

    def add(self, hit: Hit, who: Joined, count: int, last: datetime) -> None:
        self.moments.add(hit.time)
        if last != hit.time:
            self.moments.add(last)
        self.count += count
        self.outcomes[str(hit.outcome)] += count
        self.last = last if self.last is None else max(self.last, last)
        if (hit.time, hit.event_id) < (self.hit.time, self.hit.event_id):
            self.hit, self.who = hit, who


@dataclass(frozen=True, slots=True)
class Known:
    """An indicator as alerts need it, made once."""

    indicator: Indicator
    exclusion: Exclusion


def nobody(_address: str) -> bool:
    """Where no site list names proxies or resolvers."""
    return False


class IndicatorAlerts:
    """Gathers the hits of indicators of one run, and makes alerts of them.

    A host match is raised by what the same entity did near it, also by other indicators
    (`noroshi.alerts.nearness`), so alerts are weighed only when all hits are there.

    Attributes:
        suppressed: Hits that an exclusion list or age kept from alerting: (why, list or type) → how many.
        made: Alerts made.
        tally: What was seen of indicators themselves: not what lists or age held back, nor the mere host of a
            URL.
        left_out: Alerts beyond `MAX_ALERTS`.
    """

    def __init__(  # noqa: PLR0913 - what decides about alerts, each given where it is known
        self,
        snapshot: IndicatorSnapshot | None,
        language: str,
        excluded: Callable[[Indicator, str], Exclusion] = nothing_excluded,
        relays: Callable[[str], bool] = nobody,
        *,
        lifetimes: Lifetimes | None = None,
        sighted: Mapping[bytes, datetime] | None = None,
    ) -> None:
        """Make an empty gatherer.

        Args:
            snapshot: The indicators; None: there are none.
            language: ``en`` or ``ja``.
            excluded: Indicator and precision → what the exclusion lists say.
            relays: Whether many machines stand behind an address.
            lifetimes: How indicators age; None: the defaults.
            sighted: Key of an indicator → when it was last seen in our own logs, where the store knows better
                than the snapshot.
        """
        self._snapshot = snapshot
        self._texts = IndicatorTexts(language)
        self._excluded = excluded
        self._relays = relays
        self._lifetimes = lifetimes or default_lifetimes()
        self._sighted = sighted or {}
        self.tally = SightingTally()
        self._groups: dict[tuple[str, ...], _Group] = {}
        self._known: dict[tuple[str, str, str], Known] = {}
        self._told: dict[tuple[str, ...], _Group] = {}
        self._surroundings = Surroundings()
        self.suppressed: Counter[tuple[str, str]] = Counter()
        self.made = 0
        self.left_out = 0

    def note(self, alert: Alert) -> None:
        """Another alert: at medium or above it raises host matches of the same entity near it."""
        if self._snapshot is not None and alert.key and level_rank(alert.rule.level) >= _MEDIUM:
            self._surroundings.note(alert.key, alert.time)

    def add(self, hit: Hit, who: Joined, count: int = 1, last: datetime | None = None) -> None:
        """Take the hit of an indicator, or `count` of them on one day, of which `hit` is the first."""
        reference = hit.indicator
        if reference is None:
            return
        known = self._of(reference)
        if known.exclusion.held:
            self.suppressed[known.exclusion.verdict, known.exclusion.list] += count
            return
        if self._lifetimes.score(known.indicator, hit.time).decayed:
            self.suppressed["decayed", reference.type] += count
            return
        end = last or hit.time
        if reference.precision != "host":
            place = who.key.replace(":", " ", 1)
            self.tally.add(
                Sighting(reference.type, reference.value, place, hit.time, end, count, reference.input)
            )
        self._group(self._groups, hit, who, count, end)

    def add_told(self, hit: Hit, who: Joined, count: int = 1, last: datetime | None = None) -> None:
        """Take a hit of which an alert was given before: it only raises host matches near it."""
        reference = hit.indicator
        if reference is None or reference.precision == "host":
            return
        known = self._of(reference)
        if not known.exclusion.held and not self._lifetimes.score(known.indicator, hit.time).decayed:
            self._group(self._told, hit, who, count, last or hit.time)

    def _group(
        self, groups: dict[tuple[str, ...], _Group], hit: Hit, who: Joined, count: int, last: datetime
    ) -> None:
        reference = _reference(hit)
        key = (hit.tenant, hit.rule_id, reference.precision, who.key, f"{hit.time:%Y-%m-%d}")
        group = groups.get(key)
        if group is None:
            if len(groups) >= MAX_ALERTS:
                self.left_out += groups is self._groups
                return
            group = groups[key] = _Group(hit, who)
        group.add(hit, who, count, last)

    def alerts(self) -> Iterator[Alert]:
        """All alerts in order of time, of the hits taken when the first is asked for."""
        order = sorted(self._groups.items(), key=lambda item: (item[1].hit.time, item[0]))
        self.made = len(order)
        self._note_indicators(group for _, group in chain(order, self._told.items()))
        for key, group in order:
            yield self._alert(key, group)

    def _of(self, reference: IndicatorRef) -> Known:
        key = reference.type, reference.value, reference.precision
        known = self._known.get(key)
        if known is None:
            indicator = self._read(reference)
            known = self._known[key] = Known(indicator, self._excluded(indicator, reference.precision))
        return known

    def _read(self, reference: IndicatorRef) -> Indicator:
        snapshot = self._snapshot
        record = None if snapshot is None else snapshot.get(reference.type, reference.value)
        if record is None:
            return Indicator(reference.value, reference.type)
        found = indicator_of(record)
        last = self._sighted.get(found.key)
        return found if last is None else replace(found, sightings=Sightings(1, last, last))

    def _note_indicators(self, groups: Iterable[_Group]) -> None:
        """What indicators tell of a machine raises its host matches; all of it, before the first is told."""
        for group in groups:
            reference, key = _reference(group.hit), group.who.key
            if reference.precision == "host" or not key:
                continue
            if level_rank(self._weighed(group).level) >= _MEDIUM:
                indicator = reference.type, reference.value
                self._surroundings.note_indicator(key, indicator, group.moments)

    def _near(self, group: _Group) -> bool:
        reference = _reference(group.hit)
        return reference.precision == "host" and self._surroundings.raises(
            group.who.key, reference.value, group.moments
        )

    def _weighed(self, group: _Group) -> Weight:
        reference, entities = _reference(group.hit), group.who.entities
        known = self._of(reference)
        return weigh(
            known.indicator,
            reference.precision,
            self._score(group),
            _outcome(group.outcomes),
            nearby=self._near(group),
            relayed=entities.host is None and self._relays(entities.address or ""),
        )

    def _score(self, group: _Group) -> float:
        known = self._of(_reference(group.hit))
        return self._lifetimes.score(known.indicator, group.hit.time).value

    def _alert(self, key: tuple[str, ...], group: _Group) -> Alert:
        hit, who = group.hit, group.who
        reference = _reference(hit)
        weight = self._weighed(group)
        part = self._part(group, weight)
        return Alert(
            alert_id=alert_id(hit.tenant, hit.rule_id, "", (reference.precision, who.key), key[-1]),
            revision=group.count,
            kind="indicator",
            rule=self._ref(hit.rule_id, part.indicator, weight.level),
            time=hit.time,
            zone=hit.zone,
            tenant=hit.tenant,
            entities=who.entities,
            key=who.key,
            outcome=_outcome(group.outcomes),
            meaning=self._texts.meaning(part.indicator, reference.precision, part.score, hit.time),
            count=group.count,
            first=hit.time,
            last=group.last or hit.time,
            logsource=hit.logsource,
            matched=hit.evidence,
            source=SourceRef(hit.path, hit.position),
            event_id=hit.event_id,
            event=hit.fields,
            joins=who.joins,
            indicator=part,
        )

    def _part(self, group: _Group, weight: Weight) -> IndicatorPart:
        """What the alert says of the indicator."""
        reference = _reference(group.hit)
        known = self._of(reference)
        return IndicatorPart(
            indicator=known.indicator,
            precision=reference.precision,
            score=round(self._score(group), 1),
            exclusion=known.exclusion.verdict,
            exclusion_list=known.exclusion.list,
            exclusion_text=self._texts.verdict(known.exclusion.verdict, known.exclusion.list),
            reasons=tuple(self._texts.reason(reason) for reason in weight.reasons),
        )

    def _ref(self, rule_id: str, indicator: Indicator, level: str) -> RuleRef:
        threat = indicator.threats[0] if indicator.threats else None
        return RuleRef(
            id=rule_id,
            title=self._texts.title(indicator),
            level=level,
            tags=_TAGS.get(threat, ()) if threat else (),
            own_level=level,
            threat=indicator.families[0].lower() if indicator.families else "",
            trace_kind=_TRACE_KINDS.get(indicator.type, "file"),
            pyramid_level=indicator.level.name.lower(),
            folder=str(GUIDES / (_GUIDES.get(threat, "other") if threat else "other")),
        )


def _reference(hit: Hit) -> IndicatorRef:
    """The indicator of a hit that was taken."""
    assert hit.indicator is not None, "`add` takes no other hits"
    return hit.indicator


def _outcome(counts: Counter[str]) -> str:
    """Allowed if anything was, else the most frequent."""
    return "allowed" if "allowed" in counts else max(sorted(counts), key=counts.__getitem__)


def indicator_of(record: Record) -> Indicator:
    """The indicator of a snapshot's record."""
    micros = record.sighted_last
    last = None if micros is None else EPOCH + timedelta(microseconds=micros)
    return Indicator(
        record.value,
        record.type,
        _CLAIMS.decode(bytes(record.claims)),
        PyramidLevel(record.level),
        exempt=record.exempt,
        sightings=Sightings(1, last, last) if last is not None else Sightings(),
    )
