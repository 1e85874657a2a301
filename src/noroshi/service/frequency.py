"""How often each rule alerts a day: what an analyst has to live with, rule by rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from noroshi.alerts.model import level_rank
from noroshi.service.reading import QUARTER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, tzinfo

    from noroshi.alerts.model import Alert
    from noroshi.service.reading import Quarters


@dataclass(frozen=True, slots=True)
class Frequency:
    """The alerts of one rule at one level; what was blocked may count lower, so a rule may have two of these.

    Attributes:
        level: As shown on the alerts, after the outcome was taken into account.
        alerts: How many in all.
        per_day: Over all days on which the logs have events.
        busiest: How many on the day with the most.
    """

    rule_id: str
    title: str
    level: str
    alerts: int
    per_day: float
    busiest: int


def days_of(quarters: Quarters, zone: tzinfo = UTC) -> int:
    """On how many days of this zone there are events; 1 where no event has a time."""
    stamps = {quarter * QUARTER_SECONDS for _, _, quarter in quarters}
    return len({datetime.fromtimestamp(stamp, zone).date() for stamp in stamps}) or 1


def frequencies(alerts: Iterable[Alert], days: int, zone: tzinfo = UTC) -> list[Frequency]:
    """The alerts counted, the most severe first, then the most frequent.

    Args:
        alerts: Of one scan.
        days: On how many days the logs have events, see `days_of`.
        zone: Whose days are meant.
    """
    by_day: dict[tuple[str, str, str], Counter[date]] = defaultdict(Counter)
    for alert in alerts:
        key = alert.rule.id, alert.rule.title, alert.rule.level
        by_day[key][alert.time.astimezone(zone).date()] += 1
    found = [
        Frequency(rule_id, title, level, total, total / days, max(counts.values()))
        for (rule_id, title, level), counts in by_day.items()
        if (total := counts.total())
    ]
    return sorted(found, key=lambda one: (-level_rank(one.level), -one.alerts, one.title))
