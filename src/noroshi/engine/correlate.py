"""The correlator: hits in, alerts of correlations out, by event time.

`Correlator` drives the keyed state of `noroshi.engine.correlation` over all correlations of a rule set. It
buffers hits until the watermark has passed them, so the order in which they come does not matter, and runs
the correlations in topological order, so that one may refer to another: an alert that fires is a hit for
those that name it, at the instant when it fired and with the fields of the hit it fired on. While it stays
true it goes on being a hit for the temporal types, which ask whether it was there, not for those that count.

    correlator = Correlator(ruleset)
    alerts = correlator.run(hits)                     # everything at once, or
    alerts = correlator.feed(hits, watermark)         # batch by batch: the latest revision of what changed,
    alerts += correlator.finish()                     # and at the end what only the end decides
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec

from noroshi.engine.correlation.contribution import (
    Contribution,
    Key,
    Refusal,
    microseconds,
    of_alert,
    of_hit,
)
from noroshi.engine.correlation.finding import Contributor, CorrelationAlert, alert_id
from noroshi.engine.correlation.plan import TEMPORAL, Limits, Plan, plan_all, plan_one
from noroshi.engine.correlation.step import END, KeyState, decode, encode, step

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from noroshi.engine.hits import Hit
    from noroshi.rules.model import RuleSet

__all__ = [
    "Contribution",
    "Contributor",
    "CorrelationAlert",
    "Correlator",
    "Key",
    "Limits",
    "Plan",
    "alert_id",
    "plan_one",
    "step",
]

Keyed = tuple[Key, Contribution]
_BEGIN: Final = -END


class _Snapshot(msgspec.Struct, array_like=True):
    """One correlation's state as it is written down."""

    rule_hash: str
    states: list[tuple[Key, bytes]]
    buffer: list[Keyed]
    counts: dict[str, int]


class _Stage:
    """One correlation with all its keys, those longest without a hit first."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.states: OrderedDict[Key, KeyState] = OrderedDict()
        self.buffer: list[Keyed] = []
        self.closing: list[tuple[int, Key]] = []
        self.entries = 0
        self.counts: Counter[str] = Counter()

    def accept(self, keyed: Keyed, watermark: int) -> None:
        """Buffer a hit; one before the watermark is late and only counted."""
        if keyed[1].time < watermark:
            self.counts["late"] += 1
        else:
            self.buffer.append(keyed)

    def advance(self, watermark: int) -> list[CorrelationAlert]:
        """Evaluate all before the watermark, in order; what fired or changed, by time."""
        out: list[CorrelationAlert] = []
        touched: dict[Key, KeyState] = {}
        for key, hit in self._ready(watermark):
            self._close(hit.time, out)
            touched[key] = self._add(key, hit, out)
            self._make_room(hit.time, out)
        self._close(watermark, out)
        while self.states and self._is_over(watermark):
            self._forget(watermark, out)
        for state in touched.values():
            state.tell(out)
        out.sort(key=lambda alert: (alert.time, alert.alert_id))
        return out

    def _ready(self, watermark: int) -> list[Keyed]:
        order = self.plan.order
        self.buffer.sort(key=lambda item: order(item[1]))
        cut = bisect_left(self.buffer, watermark, key=lambda item: item[1].time)
        ready, self.buffer = self.buffer[:cut], self.buffer[cut:]
        return ready

    def _add(self, key: Key, hit: Contribution, out: list[CorrelationAlert]) -> KeyState:
        state = self.states.get(key)
        if state is None:
            state = self.states[key] = KeyState(self.plan, key)
        else:
            self.states.move_to_end(key)
        before, opened = len(state.window.entries), state.opened
        state.add(hit, out)
        self.entries += len(state.window.entries) - before
        if state.opened is not None and state.opened != opened:
            heapq.heappush(self.closing, (state.opened + self.plan.span, key))
        return state

    def _close(self, watermark: int, out: list[CorrelationAlert]) -> None:
        while self.closing and self.closing[0][0] <= watermark:
            end, key = heapq.heappop(self.closing)
            state = self.states.get(key)
            if state is not None and state.opened is not None and state.opened + self.plan.span == end:
                self.entries -= len(state.window.entries)
                state.retire(end, out)
                state.tell(out)

    def _is_over(self, now: int) -> bool:
        oldest = next(iter(self.states.values()))
        return oldest.last + self.plan.span <= now

    def _forget(self, now: int, out: list[CorrelationAlert]) -> None:
        _, state = self.states.popitem(last=False)
        self.entries -= len(state.window.entries)
        state.retire(now, out)
        state.tell(out)

    def _make_room(self, now: int, out: list[CorrelationAlert]) -> None:
        limits = self.plan.limits
        while len(self.states) > limits.keys or (self.entries > limits.entries and len(self.states) > 1):
            if self._is_over(now):
                self._forget(now, out)
                continue
            _, state = self.states.popitem(last=False)
            self.entries -= len(state.window.entries)
            self.counts["evicted"] += 1
            state.abandon(out)

    def snapshot(self) -> _Snapshot:
        states = [(key, encode(state)) for key, state in self.states.items()]
        return _Snapshot(self.plan.correlation.hash, states, self.buffer, dict(self.counts))

    def restore(self, saved: _Snapshot) -> None:
        for key, raw in saved.states:
            state = self.states[key] = decode(self.plan, key, raw)
            self.entries += len(state.window.entries)
            if state.opened is not None:
                heapq.heappush(self.closing, (state.opened + self.plan.span, key))
        self.buffer, self.counts = saved.buffer, Counter(saved.counts)


class _Saved(msgspec.Struct, array_like=True):
    watermark: int
    stages: dict[str, _Snapshot]


class Correlator:
    """All correlations of one rule set over one stream of hits.

    Attributes:
        wanted: Ids of the rules whose hits some correlation refers to; other hits need not be kept for it.
    """

    def __init__(self, ruleset: RuleSet, limits: Limits | None = None) -> None:
        plans = plan_all(ruleset, limits or Limits())
        self._stages = {plan.correlation.id: _Stage(plan) for plan in plans}
        self._by_rule: dict[str, list[_Stage]] = {}
        self._by_correlation: dict[str, list[_Stage]] = {}
        before: set[str] = set()
        for name, stage in self._stages.items():
            for rule in stage.plan.positions:
                refers = self._by_correlation if rule in before else self._by_rule
                refers.setdefault(rule, []).append(stage)
            before.add(name)
        self._watermark = _BEGIN
        self.wanted = frozenset(self._by_rule)

    def run(self, hits: Iterable[Hit]) -> list[CorrelationAlert]:
        """All alerts of all hits, in any order, each with its last revision, by time."""
        self._accept(hits)
        return self.finish()

    def add(self, hits: Iterable[Hit]) -> None:
        """Take hits without evaluating anything yet."""
        self._accept(hits)

    def feed(self, hits: Iterable[Hit], watermark: datetime) -> list[CorrelationAlert]:
        """Take hits and evaluate everything before the watermark.

        Args:
            hits: In any order. One before the watermark of an earlier call is late: counted, not evaluated.
            watermark: Aware UTC; no event before it is expected any more. One earlier than before is ignored.

        Returns:
            What fired or changed, each alert once with its latest revision, by time.
        """
        self._accept(hits)
        return self._advance(max(microseconds(watermark), self._watermark))

    def finish(self) -> list[CorrelationAlert]:
        """Evaluate everything that is left and close all windows as they are: no more hits will come."""
        return self._advance(END)

    def _accept(self, hits: Iterable[Hit]) -> None:
        for hit in hits:
            for stage in self._by_rule.get(hit.rule_id, ()):
                try:
                    keyed = of_hit(stage.plan, hit)
                except Refusal as why:
                    stage.counts[str(why)] += 1
                else:
                    stage.accept(keyed, self._watermark)

    def _advance(self, watermark: int) -> list[CorrelationAlert]:
        told: list[CorrelationAlert] = []
        for stage in self._stages.values():
            alerts = stage.advance(watermark)
            for alert in alerts:
                self._chain(alert)
            if stage.plan.correlation.alerts:
                told += alerts
        self._watermark = watermark
        return _latest(told)

    def _chain(self, alert: CorrelationAlert) -> None:
        for stage in self._by_correlation.get(alert.rule_id, ()):
            for signal in alert.signals:
                if signal.fired or stage.plan.type in TEMPORAL:
                    try:
                        stage.accept(of_alert(stage.plan, alert, signal), self._watermark)
                    except Refusal as why:
                        stage.counts[str(why)] += 1

    def counts(self) -> dict[str, dict[str, int]]:
        """Correlation id → what did not go as usual.

        ``keyless`` (a group-by field is missing), ``valueless`` (the counted or measured value is missing),
        ``timeless`` (the event has no time), ``late`` (came behind the watermark), ``evicted`` (groups
        forgotten for want of room).
        """
        return {name: dict(stage.counts) for name, stage in self._stages.items() if stage.counts}

    def snapshot(self) -> bytes:
        """Everything that is remembered, as MessagePack; `restore` goes on from it with the same results."""
        stages = {name: stage.snapshot() for name, stage in self._stages.items()}
        return msgspec.msgpack.encode(_Saved(self._watermark, stages))

    def restore(self, raw: bytes) -> None:
        """Go on from a snapshot; the state of a correlation that has changed since is dropped.

        Raises:
            msgspec.DecodeError: If the bytes are not a snapshot.
        """
        saved = msgspec.msgpack.decode(raw, type=_Saved)
        self._watermark = saved.watermark
        for name, stage in self._stages.items():
            kept = saved.stages.get(name)
            if kept is not None and kept.rule_hash == stage.plan.correlation.hash:
                stage.restore(kept)


def _latest(alerts: list[CorrelationAlert]) -> list[CorrelationAlert]:
    newest: dict[str, CorrelationAlert] = {}
    for alert in alerts:
        known = newest.get(alert.alert_id)
        if known is None or known.revision <= alert.revision:
            newest[alert.alert_id] = alert
    return sorted(newest.values(), key=lambda alert: (alert.time, alert.rule_id, alert.alert_id))
