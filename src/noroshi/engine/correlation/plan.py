"""A correlation rule prepared for running: where a hit's key and values are, what is measured, and when.

Sigma Correlation Rules Specification 2.1 decides the types and the condition; `semantics.md` decides windows.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.rules.model import Bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.engine.correlation.contribution import Contribution
    from noroshi.rules.model import Correlation, RuleSet

TEMPORAL: Final = frozenset({"temporal", "temporal_ordered"})
METRICS: Final = frozenset({"value_sum", "value_avg", "value_percentile", "value_median"})
_AT_CLOSE: Final = frozenset({"lt", "lte", "eq", "neq"})
_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "eq": operator.eq,
    "neq": operator.ne,
}
Names = tuple[str, ...]
_LONGEST_SECONDS: Final = 1e12


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the correlator remembers; each is per correlation.

    Attributes:
        keys: Groups remembered at once; beyond it the one longest without a hit goes.
        entries: Hits remembered at once, over all groups; beyond it the same.
        entries_per_key: Hits remembered in one window; beyond it the oldest hit goes. Never below what the
            rule's own condition needs to come true, never above `entries`.
        evidence: Contributing hits that one alert names; all are counted.
    """

    keys: int = 100_000
    entries: int = 1_000_000
    entries_per_key: int = 100_000
    evidence: int = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """A correlation, compiled.

    Attributes:
        span: Length of the window in microseconds.
        positions: Rule id → its places in the document's order (a rule may be named twice).
        groups: Rule id → the field names that make the key, aliases resolved.
        values: Rule id → the field names of the counted or measured value, aliases resolved.
        carried: Field names that later correlations of a chain look up in this one's alerts; None if there is
            no chain.
        bounds: All must hold for the measure.
        at_close: Evaluated once when the window closes, instead of at each hit.
        full_order: `temporal_ordered` without a condition of its own: the whole sequence is needed.
        entries_limit: Hits remembered in one window.
        rules: Ids in the document's order.
    """

    correlation: Correlation
    limits: Limits
    span: int
    positions: dict[str, tuple[int, ...]]
    groups: dict[str, Names]
    values: dict[str, Names]
    carried: Names | None
    bounds: tuple[Bound, ...]
    at_close: bool
    full_order: bool
    entries_limit: int
    rules: Names

    @property
    def type(self) -> str:
        """The correlation's type."""
        return self.correlation.type

    def order(self, hit: Contribution) -> tuple[int, int, str, int]:
        """Time, event id, place of the rule in the document.

        Where the order of rules is asked for, hits of one instant come in the document's order: logs of whole
        seconds cannot say more, and event ids would decide by chance.
        """
        place = self.positions[hit.rule][0]
        return hit.time, place if self.type == "temporal_ordered" else 0, hit.event_id, place

    def holds(self, measure: float) -> bool:
        """Whether a measure fulfils the condition."""
        return all(_COMPARE[bound.op](measure, bound.value) for bound in self.bounds)


def plan_all(ruleset: RuleSet, limits: Limits) -> tuple[Plan, ...]:
    """Plans of all active correlations, referred ones first (the order of the rule set)."""
    active = [correlation for correlation in ruleset.correlations if not correlation.inactive]
    carried = _carried(active)
    return tuple(plan_one(each, limits, _names(carried.get(each.id))) for each in active)


def plan_one(correlation: Correlation, limits: Limits | None = None, carried: Names | None = None) -> Plan:
    """The plan of one correlation; `carried` are the fields that later correlations ask of its alerts."""
    limits = limits or Limits()
    bounds = correlation.bounds or (Bound(op="gte", value=len(set(correlation.rules))),)
    largest = max((b.value for b in bounds if math.isfinite(b.value)), default=0)
    ordered = correlation.type == "temporal_ordered" and not correlation.bounds
    if ordered:
        bounds = (Bound(op="gte", value=len(correlation.rules)),)
    return Plan(
        correlation=correlation,
        limits=limits,
        span=round(min(correlation.timespan_seconds, _LONGEST_SECONDS) * 1_000_000),
        positions=_positions(correlation),
        groups={rule: _resolved(correlation, rule, correlation.group_by) for rule in correlation.rules},
        values={rule: _resolved(correlation, rule, correlation.fields) for rule in correlation.rules},
        carried=carried,
        bounds=bounds,
        at_close=correlation.type in METRICS or any(bound.op in _AT_CLOSE for bound in bounds),
        full_order=ordered,
        entries_limit=min(max(limits.entries_per_key, math.ceil(largest) + 1), limits.entries),
        rules=correlation.rules,
    )


def _positions(correlation: Correlation) -> dict[str, tuple[int, ...]]:
    places: dict[str, tuple[int, ...]] = {}
    for at, rule in enumerate(correlation.rules):
        places[rule] = (*places.get(rule, ()), at)
    return places


def _resolved(correlation: Correlation, rule: str, names: Names) -> Names:
    aliases = {alias.name: alias.fields for alias in correlation.aliases}
    return tuple(aliases.get(name, {}).get(rule, name) for name in names)


def _names(carried: dict[str, None] | None) -> Names | None:
    return None if carried is None else tuple(carried)


def _carried(correlations: list[Correlation]) -> dict[str, dict[str, None]]:
    """Correlation id → the fields that those up the chain ask of its alerts, and so it of its own hits."""
    known = {correlation.id for correlation in correlations}
    carried: dict[str, dict[str, None]] = {}
    for correlation in reversed(correlations):
        for rule in known.intersection(correlation.rules):
            asked = _resolved(correlation, rule, (*correlation.group_by, *correlation.fields))
            names = carried.setdefault(rule, {})
            names.update(dict.fromkeys((*asked, *carried.get(correlation.id, {}))))
    return carried
