"""How often rules alert a day: counted by hand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from noroshi.events.model import LogSource
from noroshi.service.frequency import Frequency, days_of, frequencies

if TYPE_CHECKING:
    from noroshi.service.reading import Quarters

START = datetime(2020, 7, 22, 14, 0, tzinfo=UTC)


def alert(hours: float, level: str = "medium", rule: str = "r") -> Any:
    """An alert of this rule so many hours after the start."""
    ref = SimpleNamespace(id=rule, title=f"Rule {rule}", level=level)
    return SimpleNamespace(rule=ref, time=START + timedelta(hours=hours))


def quarters(*hours: int) -> Quarters:
    """Events at these hours after the start."""
    at = [int((START + timedelta(hours=hour)).timestamp()) // 900 for hour in hours]
    return Counter({("squid", LogSource("squid"), quarter): 5 for quarter in at})


def test_days_are_those_of_the_zone() -> None:
    """14:00 and 16:00 UTC are one day there and two in Japan; a week without events is no day."""
    assert 1 == days_of(quarters(0, 2))
    assert 2 == days_of(quarters(0, 2), ZoneInfo("Asia/Tokyo"))
    assert 2 == days_of(quarters(0, 24 * 7))
    assert 1 == days_of(Counter())


def test_alerts_are_counted_by_rule_and_level() -> None:
    """Blocked and passed stand apart; the severe come first, then the frequent."""
    found = frequencies(
        [alert(0), alert(1), alert(30), alert(2, "low"), alert(3, "high", "s"), alert(0, rule="t")], 2
    )
    assert [
        Frequency("s", "Rule s", "high", 1, 0.5, 1),
        Frequency("r", "Rule r", "medium", 3, 1.5, 2),
        Frequency("t", "Rule t", "medium", 1, 0.5, 1),
        Frequency("r", "Rule r", "low", 1, 0.5, 1),
    ] == found


def test_nothing_is_nothing() -> None:
    """No alert, no row."""
    assert [] == frequencies([], 1)
