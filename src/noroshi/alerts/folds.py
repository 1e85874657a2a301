"""Repeated alerts folded as they come in: memory follows what is different, not how often it happened."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec import structs

from noroshi.alerts.model import level_rank

if TYPE_CHECKING:
    from datetime import datetime

    from noroshi.alerts.model import Alert, RuleRef

SAMPLES: Final = 3
_EVENT_IDS: Final = 8
_MEDIUM: Final = level_rank("medium")

FoldKey = tuple[str, str, str, str, str, str, int]
"""Tenant, entity key, kind, rule id, level, outcome, hour since the epoch."""


def is_significant(rule: RuleRef) -> bool:
    """Medium or above: holds an encounter together."""
    return level_rank(rule.level) >= _MEDIUM


@dataclass(eq=False, slots=True)
class Fold:
    """The alerts of one rule, level and outcome about one entity within one hour.

    Attributes:
        alerts: How many.
        first, last: Times of the earliest and the latest of them.
        begin: Time of the earliest hit behind one of them (earlier than `first` for correlations).
        samples: The earliest alerts, complete; of low and informational ones a single one without its event.
        event_ids: Some of the events, the smallest ids.
    """

    rule: RuleRef
    kind: str
    outcome: str
    first: datetime
    last: datetime
    begin: datetime
    alerts: int = 0
    samples: list[Alert] = field(default_factory=list)
    event_ids: list[str] = field(default_factory=list)

    def add(self, alert: Alert) -> None:
        """Count one more alert."""
        self.alerts += 1
        self.first = min(self.first, alert.time)
        self.last = max(self.last, alert.time, alert.last)
        self.begin = min(self.begin, alert.first)
        self._keep_sample(alert)
        if alert.event_id and alert.event_id not in self.event_ids:
            insort(self.event_ids, alert.event_id)
            del self.event_ids[_EVENT_IDS:]

    def _keep_sample(self, alert: Alert) -> None:
        room = SAMPLES if is_significant(self.rule) else 1
        order = (alert.time, alert.alert_id)
        if len(self.samples) == room and order >= _order(self.samples[-1]):
            return
        insort(self.samples, alert if room > 1 else structs.replace(alert, event={}), key=_order)
        del self.samples[room:]


def _order(alert: Alert) -> tuple[datetime, str]:
    return alert.time, alert.alert_id


class Folds:
    """All alerts of one run, folded.

    Attributes:
        limit: Folds of low and informational alerts that are kept; further ones are only counted.
        left_out: Alerts that were only counted.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.left_out = 0
        self._folds: dict[FoldKey, Fold] = {}
        self._minor = 0
        self._correlations: dict[str, Alert] = {}

    def add(self, alert: Alert) -> None:
        """Take one alert; of a correlation's alert the latest revision counts, whenever it comes."""
        if alert.kind == "correlation":
            self._keep_correlation(alert)
        else:
            self._fold(alert)

    def _keep_correlation(self, alert: Alert) -> None:
        known = self._correlations.get(alert.alert_id)
        if known is None and not is_significant(alert.rule) and len(self._correlations) >= self.limit:
            self.left_out += 1
        elif known is None or known.revision <= alert.revision:
            self._correlations[alert.alert_id] = alert

    def _fold(self, alert: Alert) -> None:
        key = _key(alert)
        fold = self._folds.get(key)
        if fold is None:
            minor = not is_significant(alert.rule)
            if minor and self._minor >= self.limit:
                self.left_out += 1
                return
            self._minor += minor
            fold = self._folds[key] = Fold(
                alert.rule, alert.kind, alert.outcome, alert.time, alert.last, alert.first
            )
        fold.add(alert)

    def by_entity(self) -> dict[tuple[str, str], list[Fold]]:
        """(tenant, entity key) → its folds by time."""
        folds = dict(self._folds)
        for alert in self._correlations.values():
            key = _key(alert)
            known = folds.get(key)
            if known is None:
                known = folds[key] = Fold(
                    alert.rule, alert.kind, alert.outcome, alert.time, alert.last, alert.first
                )
            known.add(alert)
        entities: dict[tuple[str, str], list[Fold]] = {}
        for key, fold in folds.items():
            entities.setdefault(key[:2], []).append(fold)
        for group in entities.values():
            group.sort(key=fold_order)
        return entities


def fold_order(fold: Fold) -> tuple[datetime, bool, str, str, str]:
    """By time, what a correlation says after what it rests on, and the same way at every run."""
    return fold.first, fold.kind == "correlation", fold.rule.id, fold.rule.level, fold.outcome


def _key(alert: Alert) -> FoldKey:
    hour = int(alert.time.timestamp() // 3600)
    return alert.tenant, alert.key, alert.kind, alert.rule.id, alert.level, alert.outcome, hour
