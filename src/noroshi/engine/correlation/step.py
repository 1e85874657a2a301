"""The pure keyed step: one correlation, one key, new hits, and how far time is known to have come.

``step(plan, key, state, hits, watermark) → (state, alerts, next_timer)`` has no clock and no memory of its
own; the driver in `noroshi.engine.correlate` and, later, Spark's keyed state call the same code.

Two kinds of condition:

* ``gt`` and ``gte`` on counts are evaluated at each hit over the sliding window ``(t - span, t]``. An alert
  fires when the condition comes true and is updated while it stays true. A window that ran empty is false.
* Everything else (``lt lte eq neq``, ranges with one of them, and the metric types) can only be judged when
  all has been seen: the first hit opens a window of one span, ``[t, t + span)``; when the watermark reaches
  its end it is evaluated once, and the next hit opens the next one. Windows that are true one after another,
  with less than a span of silence between their hits, are one alert.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from noroshi.engine.correlation.contribution import Contribution  # noqa: TC001 - msgspec reads it
from noroshi.engine.correlation.episode import Episode, extend, fire, signal, to_alert
from noroshi.engine.correlation.window import NEVER, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.engine.correlation.contribution import Key
    from noroshi.engine.correlation.finding import CorrelationAlert
    from noroshi.engine.correlation.plan import Plan

END: Final = 2**62
"""The watermark after the last event."""


class _Wire(msgspec.Struct, array_like=True):
    """A key's state as it is written down (MessagePack)."""

    entries: list[Contribution]
    starts: list[list[int]]
    dropped: int
    last: int
    opened: int | None
    newest: tuple[int, str, str] | None
    episode: Episode | None
    waiting: list[Contribution]


class KeyState:
    """All that is remembered of one key of one correlation.

    Attributes:
        window: The hits that may still count.
        last: Time of the latest evaluated hit.
        opened: Begin of the open window, where the condition waits for its end.
        episode: The alert that is true now.
        waiting: Hits at or after the watermark.
        late: Hits that came behind an evaluated one, in this call.
    """

    __slots__ = ("episode", "key", "last", "late", "newest", "opened", "plan", "waiting", "window")

    def __init__(self, plan: Plan, key: Key) -> None:
        self.plan = plan
        self.key = key
        self.window = Window(plan)
        self.last = NEVER
        self.opened: int | None = None
        self.newest: tuple[int, str, str] | None = None
        self.episode: Episode | None = None
        self.waiting: list[Contribution] = []
        self.late = 0

    def add(self, hit: Contribution, out: list[CorrelationAlert]) -> None:
        """Evaluate one hit; hits come in order, a repeated delivery is ignored."""
        identity = (hit.time, hit.event_id, hit.rule)
        if hit.time < self.last:
            self.late += 1
            return
        if identity == self.newest:
            return
        self.retire(hit.time, out)
        self.newest, self.last = identity, hit.time
        if self.plan.at_close:
            self._add_until_close(hit)
        else:
            self._add_and_evaluate(hit, out)

    def _add_and_evaluate(self, hit: Contribution, out: list[CorrelationAlert]) -> None:
        since = hit.time - self.plan.span
        self.window.evict(since)
        self.window.push(hit)
        self._judge(since, hit.time, [hit], out)

    def _add_until_close(self, hit: Contribution) -> None:
        if self.opened is None:
            self.opened = hit.time
        self.window.push(hit)

    def _judge(self, since: int, now: int, hits: list[Contribution], out: list[CorrelationAlert]) -> None:
        measure = self.window.measure(since)
        if not self.plan.holds(measure):
            self._end(out)
        elif self.episode is None:
            self.episode = fire(self.window, since, now, measure)
        else:
            partial = self.window.is_partial(since)
            extend(self.episode, hits, measure, 2 * self.plan.limits.evidence, partial=partial)
        if self.episode is not None and self.plan.carried is not None:
            signal(self.episode, hits[-1], now)

    def retire(self, now: int, out: list[CorrelationAlert]) -> bool:
        """Do what time alone does (close the window, end an alert after silence); whether all is over."""
        if self.opened is not None and now >= self.opened + self.plan.span:
            self._close(out)
        if self.opened is not None or now < self.last + self.plan.span:
            return False
        self._end(out)
        self.window.clear()
        return True

    def _close(self, out: list[CorrelationAlert]) -> None:
        if self.opened is None:
            return
        self._judge(self.opened - 1, self.opened + self.plan.span, list(self.window.entries), out)
        self.window.clear()
        self.opened = None

    def abandon(self, out: list[CorrelationAlert]) -> None:
        """Forget it for want of room; what it says is said now, and marked partial."""
        self._close(out)
        if self.episode is not None:
            self.episode.partial = True
            self.episode.revision += 1
            self.episode.touched = True
        self._end(out)

    def _end(self, out: list[CorrelationAlert]) -> None:
        self.tell(out)
        self.episode = None

    def tell(self, out: list[CorrelationAlert]) -> None:
        """Say what changed since it was last said."""
        if self.episode is not None and self.episode.touched:
            out.append(to_alert(self.plan, self.key, self.episode))

    def next_timer(self) -> int | None:
        """The watermark at which this key wants to be called though no hit has come, or None."""
        timers = [hit.time + 1 for hit in self.waiting[:1]]
        if self.opened is not None:
            timers.append(self.opened + self.plan.span)
        elif self.last != NEVER:
            timers.append(self.last + self.plan.span)
        return min(timers, default=None)

    def advance(self, watermark: int, out: list[CorrelationAlert]) -> None:
        """Evaluate the waiting hits before the watermark."""
        self.waiting.sort(key=self.plan.order)
        ready = [hit for hit in self.waiting if hit.time < watermark]
        self.waiting = self.waiting[len(ready) :]
        for hit in ready:
            self.add(hit, out)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Wire)


def encode(state: KeyState) -> bytes:
    """A key's state as MessagePack."""
    window = state.window
    wire = _Wire(
        entries=list(window.entries),
        starts=window.starts,
        dropped=window.dropped,
        last=state.last,
        opened=state.opened,
        newest=state.newest,
        episode=state.episode,
        waiting=state.waiting,
    )
    return _encoder.encode(wire)


def decode(plan: Plan, key: Key, raw: bytes) -> KeyState:
    """The state that `encode` wrote.

    Raises:
        msgspec.DecodeError: If the bytes are not such a state.
    """
    wire = _decoder.decode(raw)
    state = KeyState(plan, key)
    state.window.restore(wire.entries, wire.starts, wire.dropped)
    state.last, state.opened, state.newest = wire.last, wire.opened, wire.newest
    state.episode, state.waiting = wire.episode, wire.waiting
    return state


def step(
    plan: Plan, key: Key, state: bytes | None, hits: Iterable[Contribution], watermark: int = END
) -> tuple[bytes | None, tuple[CorrelationAlert, ...], int | None]:
    """One correlation over one key.

    Args:
        plan: The compiled correlation.
        key: Tenant and folded group-by values, from `contribution.of_hit`.
        state: What the last call gave back; None at first and when nothing needs to be remembered.
        hits: New hits of this key in any order; those before an earlier watermark should have been dropped.
        watermark: Microseconds since the epoch; no hit before it will come any more.

    Returns:
        The new state, the alerts that fired or changed (each id once, its latest revision), and the watermark
        at which to call again without hits, or None.
    """
    live = KeyState(plan, key) if state is None else decode(plan, key, state)
    live.waiting.extend(hits)
    out: list[CorrelationAlert] = []
    live.advance(watermark, out)
    over = live.retire(watermark, out)
    live.tell(out)
    if over and not live.waiting:
        return None, tuple(out), None
    return encode(live), tuple(out), live.next_timer()
