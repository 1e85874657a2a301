"""The correlator: hits per second of each type, and whether many distinct values cost more."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from benchmarks.measuring import Figure, interleaved
from noroshi.engine.correlate import Correlator
from noroshi.engine.hits import Hit
from noroshi.events.model import Entities, LogSource, Outcome
from noroshi.rules.model import Bound, Correlation, Rule, RuleLogSource, RuleMeta, RuleSet, Text

RUNS = 3
HITS = 100_000
START = datetime(2020, 7, 22, tzinfo=UTC)


def hits(distinct: int) -> list[Hit]:
    """Hits of one rule, ten a second, with so many distinct values of one field."""
    return [
        Hit(
            f"{at:08d}", "default", START + timedelta(seconds=at / 10), "record", "base", "h", LogSource(),
            Entities(host=f"pc-{at % 7}"), Outcome.ALLOWED, (), {"User": f"u{at % distinct}"}, "log", at,
        )
        for at in range(HITS)
    ]  # fmt: skip


def rules(kind: str) -> RuleSet:
    """A base rule and one correlation over ten minutes."""
    base = Rule("base", "base", "h", RuleLogSource(), Text("A", ("x",)), RuleMeta("base"))
    over = Correlation(
        "c", "", "hc", kind, ("base",), ("entity.host",), 600.0, (Bound("gte", 10_000),), RuleMeta("c"),
        fields=("User",) if kind.startswith("value") else (),
    )  # fmt: skip
    return RuleSet((base,), (over,))


def correlated(chosen: RuleSet, found: list[Hit]) -> int:
    """The number of alerts."""
    return len(list(Correlator(chosen).run(found)))


def run() -> Iterator[Figure]:
    """Hits per second, and the price of many distinct values."""
    few, many = hits(10), hits(1_800)
    for kind in ("event_count", "value_count"):
        chosen = rules(kind)
        one, two = interleaved(
            RUNS,
            partial(correlated, chosen, few),
            partial(correlated, chosen, many),
        )
        yield Figure(f"{kind}: hits/s, 10 distinct values", HITS / statistics.median(one), "hits/s")
        yield Figure(
            f"{kind}: cost with 1,800 distinct values ÷ with 10",
            statistics.median(two) / statistics.median(one),
            "",
            "<= 1.5",
        )
