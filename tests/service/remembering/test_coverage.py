"""When a log source was read, where it has gaps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from noroshi.service.remembering.coverage import Gap, Why, coverage_of
from noroshi.store.observed import Covered

DAY: Final = 18_465  # 2020-07-22
QUARTER: Final = 900_000_000


def covered(
    quarters: range | tuple[int, ...],
    *,
    source: str = "squid/access (proxy)",
    input_: str = "a",
    events: int = 1000,
) -> Covered:
    """A log source on the day, with events in these quarters."""
    begin = DAY * 96 * QUARTER
    bits = sum(1 << at for at in quarters)
    return Covered(
        input_,
        f"{input_}.log",
        DAY,
        source,
        begin + min(quarters) * QUARTER,
        begin + max(quarters) * QUARTER + 1,
        events,
        bits,
        frozenset({"url"}),
    )


def at(hour: int, minute: int = 0) -> datetime:
    """On the day."""
    return datetime(2020, 7, 22, hour, minute, tzinfo=UTC)


def test_a_silence_of_a_busy_log_is_a_gap() -> None:
    """Two hours without an event; one hour and three quarters are not enough."""
    (found,) = coverage_of([covered((*range(8), *range(16, 24), *range(31, 40)))])
    assert (Gap(at(2), at(4), Why.SILENT),) == found.gaps


def test_a_log_that_writes_seldom_may_be_silent_for_longer() -> None:
    """Ten events a day: half a day of silence says nothing."""
    (found,) = coverage_of([covered((0, 40, 80), events=10)])
    assert () == found.gaps


def test_an_alert_a_week_is_covered_by_the_flows_beside_it() -> None:
    """Of one input, all that is in it says that it was there; of another input nothing."""
    alert = covered((20,), source="suricata/alert (ids)", input_="eve", events=1)
    flows = covered(range(96), source="suricata/flow (firewall)", input_="eve")
    proxy = covered((*range(8), *range(40, 48)), input_="proxy")
    squid, alerts, flow = coverage_of([alert, flows, proxy])
    assert ("suricata/alert", "suricata/flow", "squid/access") == (alerts.source, flow.source, squid.source)
    assert ((), ()) == (alerts.gaps, flow.gaps)
    assert (1, at(0)) == (alerts.events, alerts.first)
    assert [Why.SILENT] == [gap.why for gap in squid.gaps]


def test_what_lies_outside_is_a_gap_only_if_it_is_asked_about() -> None:
    """Before the log begins and after it ends."""
    (found,) = coverage_of([covered(range(32, 64))], at(6), at(20))
    assert [(at(6), at(8), Why.BEFORE), (at(20), Why.AFTER)] == [
        (found.gaps[0].start, found.gaps[0].end, found.gaps[0].why),
        (found.gaps[-1].end, found.gaps[-1].why),
    ]
    (inside,) = coverage_of([covered(range(32, 64))], at(9), at(10))
    assert () == inside.gaps
