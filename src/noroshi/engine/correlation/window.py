"""The hits of one group inside the window, with everything that is measured kept up to date hit by hit.

No measure recounts the window: adding and dropping a hit cost the same whatever the window holds. Only the
metrics, which are evaluated once when the window closes, read all its values.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from typing import TYPE_CHECKING, Final

from noroshi.engine.correlation.plan import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.engine.correlation.contribution import Contribution
    from noroshi.engine.correlation.plan import Plan

NEVER: Final = -(2**62)
"""Before any time that a log can hold."""


def _less(counts: dict[str, int], name: str) -> None:
    left = counts[name] - 1
    if left:
        counts[name] = left
    else:
        del counts[name]


class Window:
    """Hits in order of time, and what is counted of them.

    Attributes:
        entries: The hits, oldest first.
        rules, outcomes, values: How many hits each rule, outcome and counted value has here.
        latest: The latest hit of each rule.
        dropped: Time of the latest hit that was dropped for want of room.
        starts: For `temporal_ordered`: ``starts[length][place]`` is the latest possible begin of a sequence
            of that length that ends with the rule at that place.
    """

    __slots__ = ("dropped", "entries", "latest", "outcomes", "plan", "rules", "starts", "values")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.dropped = NEVER
        self.clear()

    def clear(self) -> None:
        """Empty it; what was dropped stays known."""
        self.entries: deque[Contribution] = deque()
        self.rules: dict[str, int] = {}
        self.outcomes: dict[str, int] = {}
        self.values: dict[str, int] = {}
        self.latest: dict[str, Contribution] = {}
        places = len(self.plan.rules) if self.plan.type == "temporal_ordered" else 0
        self.starts = [[NEVER] * places for _ in range(places + 1)]

    def push(self, hit: Contribution) -> int:
        """Add the newest hit; how many hits were dropped for want of room."""
        self._count(hit)
        if self.starts[0]:
            self._extend(hit)
        if len(self.entries) <= self.plan.entries_limit:
            return 0
        self.dropped = self.entries[0].time
        self._drop()
        return 1

    def restore(self, hits: Iterable[Contribution], starts: list[list[int]], dropped: int) -> None:
        """What it was when it was written down."""
        self.clear()
        for hit in hits:
            self._count(hit)
        self.starts, self.dropped = starts, dropped

    def _count(self, hit: Contribution) -> None:
        self.entries.append(hit)
        self.rules[hit.rule] = self.rules.get(hit.rule, 0) + 1
        self.outcomes[hit.outcome] = self.outcomes.get(hit.outcome, 0) + 1
        self.latest[hit.rule] = hit
        if isinstance(hit.value, str):
            self.values[hit.value] = self.values.get(hit.value, 0) + 1

    def _drop(self) -> None:
        hit = self.entries.popleft()
        _less(self.rules, hit.rule)
        _less(self.outcomes, hit.outcome)
        if hit.rule not in self.rules:
            del self.latest[hit.rule]
        if isinstance(hit.value, str):
            _less(self.values, hit.value)

    def evict(self, until: int) -> int:
        """Drop the hits at or before `until` (the window is open there); how many."""
        before = len(self.entries)
        while self.entries and self.entries[0].time <= until:
            self._drop()
        return before - len(self.entries)

    def _extend(self, hit: Contribution) -> None:
        """Let the hit continue every sequence that it can.

        Places are visited from the last to the first, so that one hit never fills two places.
        """
        for place in reversed(self.plan.positions[hit.rule]):
            lengths = (place + 1,) if self.plan.full_order else range(1, place + 2)
            for length in lengths:
                row = self.starts[length - 1]
                begin = hit.time if length == 1 else max(row[length - 2 : place])
                self.starts[length][place] = max(self.starts[length][place], begin)

    def measure(self, since: int) -> float:
        """What the condition compares, of the window that is open at `since`."""
        kind = self.plan.type
        if kind == "event_count":
            return len(self.entries)
        if kind == "value_count":
            return len(self.values)
        if kind == "temporal":
            return len(self.rules)
        if kind == "temporal_ordered":
            return self._longest(since)
        return self._metric()

    def _longest(self, since: int) -> int:
        lengths = range(len(self.starts) - 1, 0, -1)
        return next((length for length in lengths if max(self.starts[length]) > since), 0)

    def _metric(self) -> float:
        values = sorted(hit.value for hit in self.entries if isinstance(hit.value, float))
        return metric(self.plan.type, values, self.plan.correlation.percentile)

    def is_partial(self, since: int) -> bool:
        """Whether a hit of the window that is open at `since` was dropped for want of room."""
        return self.dropped > since


def metric(kind: str, ordered: list[float], percentile: float | None) -> float:
    """Sum, average, median or percentile (nearest rank: the ceil(p/100 · n)-th smallest) of sorted values."""
    if kind not in METRICS or not ordered:
        return math.nan
    if kind == "value_median":
        return statistics.median(ordered)
    if kind == "value_percentile":
        rank = math.ceil((percentile or 0) * len(ordered) / 100)
        return ordered[max(rank, 1) - 1]
    try:
        total = math.fsum(ordered)
    except OverflowError:
        total = math.inf if ordered[-1] > -ordered[0] else -math.inf
    return total if kind == "value_sum" else total / len(ordered)
