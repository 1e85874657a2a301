"""The correlator against a recount by hand, and against itself in pieces."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from noroshi.engine.correlate import CorrelationAlert, Correlator, Limits, plan_one, step
from noroshi.engine.correlation.contribution import Contribution, Key, microseconds, of_hit
from noroshi.events.model import Entities, Outcome
from noroshi.rules.model import Bound, Correlation, RuleSet
from tests.engine.test_correlate import START, hit, rule

if TYPE_CHECKING:
    from noroshi.engine.hits import Hit

SPAN = 10
LATEST = 20
OUTCOMES = (Outcome.ALLOWED, Outcome.BLOCKED, Outcome.UNKNOWN)

single_hits = st.builds(
    lambda seconds, name, host, user, number, outcome: hit(
        seconds,
        name,
        f"e{number}",
        Host=host,
        User=user,
        Bytes=number,
        outcome=outcome,
        entities=Entities(host=host, user=user),
    ),
    st.integers(0, 40),
    st.sampled_from("abc"),
    st.sampled_from(("x", "Y", "y", None)),
    st.sampled_from(("u", "v", "w", None)),
    st.integers(0, 30),
    st.sampled_from(OUTCOMES),
)
streams = st.lists(single_hits, max_size=25, unique_by=lambda one: (one.event_id, one.rule_id, one.time))
bounds = st.builds(Bound, op=st.sampled_from(("gt", "gte")), value=st.integers(0, 4))
waiting_bounds = st.builds(Bound, op=st.sampled_from(("lt", "lte", "eq", "neq")), value=st.integers(0, 4))


@st.composite
def correlations(draw: st.DrawFn) -> Correlation:
    """Any correlation over a, b and c."""
    kind = draw(
        st.sampled_from(
            ("event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_median")
        )
    )
    names = draw(st.sampled_from((("a",), ("a", "b"), ("b", "a", "c"), ("a", "b", "a"))))
    chosen = draw(
        st.lists(st.one_of(bounds, waiting_bounds), min_size=0 if "temporal" in kind else 1, max_size=2)
    )
    fields = {"value_count": ("User",), "value_sum": ("Bytes",), "value_median": ("Bytes",)}.get(kind, ())
    return rule(kind, *names, span=SPAN, id="own", bounds=tuple(chosen), fields=fields)


def last_words(told: list[CorrelationAlert]) -> list[CorrelationAlert]:
    """What a sink holds after upserting everything."""
    held: dict[str, CorrelationAlert] = {}
    for alert in told:
        known = held.get(alert.alert_id)
        assert known is None or known.revision < alert.revision
        held[alert.alert_id] = replace(alert, fresh=False, signals=())
    return sorted(held.values(), key=lambda alert: alert.alert_id)


def correlator(*rules: Correlation, limits: Limits | None = None) -> Correlator:
    """A fresh one."""
    return Correlator(RuleSet(rules=(), correlations=rules), limits)


CHAIN = (
    rule("event_count", "a", span=SPAN, gte=2, id="many"),
    rule("event_count", "b", span=SPAN, lt=2, id="few"),
    rule("temporal_ordered", "many", "few", "c", span=30, id="story", group=("User",)),
)


@settings(max_examples=60, deadline=None)
@given(correlations(), streams, st.lists(st.integers(0, LATEST), min_size=25, max_size=25), st.integers(2, 5))
def test_pieces_are_the_whole(
    correlation: Correlation, hits: list[Hit], delays: list[int], keys: int
) -> None:
    """Hits that come late and one by one, with a restart after each, give what they give at once and sorted.

    A chain and the bounds of the state are in it as well.
    """
    rules = (correlation, *CHAIN)
    limits = Limits(keys=keys - 1, entries=3 * keys, entries_per_key=5)
    whole = correlator(*rules, limits=limits)
    expected = last_words(whole.run(sorted(hits, key=lambda one: one.time)))
    arrivals = sorted(
        zip(hits, delays, strict=False), key=lambda pair: pair[0].time + timedelta(seconds=pair[1])
    )
    told: list[CorrelationAlert] = []
    live = correlator(*rules, limits=limits)
    for one, delay in arrivals:
        told += live.feed([one], one.time + timedelta(seconds=delay - LATEST))
        saved, live = live.snapshot(), correlator(*rules, limits=limits)
        live.restore(saved)
    told += live.finish()
    assert expected == last_words(told)
    assert whole.counts() == live.counts()


@settings(max_examples=60, deadline=None)
@given(correlations(), streams, st.lists(st.integers(0, 60), max_size=4))
def test_the_keyed_step_is_the_driver(
    correlation: Correlation, hits: list[Hit], watermarks: list[int]
) -> None:
    """Key by key with the state as bytes, called at any watermarks and at its own timers."""
    expected = last_words(correlator(correlation).run(hits))
    plan = plan_one(correlation)
    told: list[CorrelationAlert] = []
    for key, contributions in keyed(correlation, hits):
        state, timer = None, None
        for at, seconds in enumerate(sorted(watermarks)):
            given_now = contributions if at == 0 else []
            watermark = microseconds(START + timedelta(seconds=seconds))
            if timer is not None and timer < watermark:
                state, alerts, timer = step(plan, key, state, [], timer)
                told += alerts
            state, alerts, timer = step(plan, key, state, given_now, watermark)
            told += alerts
        state, alerts, timer = step(plan, key, state, [] if watermarks else contributions)
        told += alerts
        assert (None, None) == (state, timer)
    assert expected == last_words(told)


def keyed(correlation: Correlation, hits: list[Hit]) -> list[tuple[Key, list[Contribution]]]:
    """The contributions that have a key and a value, by key."""
    plan = plan_one(correlation)
    wanted = [one for one in hits if one.rule_id in correlation.rules and one.fields["Host"] is not None]
    if correlation.fields:
        wanted = [one for one in wanted if one.fields[correlation.fields[0]] is not None]
    pairs = sorted((of_hit(plan, one) for one in wanted), key=lambda pair: pair[0])
    return [(key, [one for _, one in group]) for key, group in groupby(pairs, key=lambda pair: pair[0])]


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(("event_count", "value_count", "temporal", "temporal_ordered")),
    streams,
    bounds,
    st.booleans(),
)
def test_the_sliding_window_is_a_recount(kind: str, hits: list[Hit], bound: Bound, own: bool) -> None:  # noqa: FBT001
    """Every window counted again from the whole list: edges, counts and measures agree."""
    fields = ("User",) if kind == "value_count" else ()
    chosen = (bound,) if own or kind in {"event_count", "value_count"} else ()
    correlation = rule(kind, "b", "a", "c", span=SPAN, bounds=chosen, fields=fields)
    expected = [edge for host in ("x", "y") for edge in recount(correlation, hits, host)]
    actual = [
        (alert.group[0][1].lower(), (alert.time - START).total_seconds(), alert.count, alert.measure)
        for alert in correlator(correlation).run(hits)
    ]
    assert sorted(expected) == sorted(actual)


def recount(correlation: Correlation, hits: list[Hit], host: str) -> list[tuple[str, float, int, float]]:
    """(host, fired, count, measure) of each alert, by the definition."""
    need = correlation.bounds[0] if correlation.bounds else Bound(op="gte", value=3)
    mine = [one for one in hits if str(one.fields["Host"]).lower() == host]
    if correlation.fields:
        mine = [one for one in mine if one.fields["User"] is not None]
    ordered = correlation.type == "temporal_ordered"
    place = correlation.rules.index
    mine.sort(
        key=lambda one: (one.time, place(one.rule_id) if ordered else 0, one.event_id, place(one.rule_id))
    )
    told: list[tuple[str, float, int, float]] = []
    was = False
    for at, one in enumerate(mine):
        window = [other for other in mine[: at + 1] if other.time > one.time - timedelta(seconds=SPAN)]
        value = measured(correlation, window)
        now = value > need.value if need.op == "gt" else value >= need.value
        fired = (one.time - START).total_seconds()
        if now and (not was or len(window) == 1):
            told.append((host, fired, len(window), value))
        elif now:
            _, fired, count, _ = told.pop()
            told.append((host, fired, count + 1, value))
        was = now
    return told


def measured(correlation: Correlation, window: list[Hit]) -> int:
    """Count, distinct values, distinct rules, or the longest run in the document's order."""
    if correlation.type == "event_count":
        return len(window)
    if correlation.type == "value_count":
        return len({one.fields["User"] for one in window})
    if correlation.type == "temporal":
        return len({one.rule_id for one in window})
    best = [0] * len(correlation.rules)
    for one in window:
        place = correlation.rules.index(one.rule_id)
        best[place] = max(best[place], 1 + max(best[:place], default=0))
    return whole_or_longest(correlation, window, max(best, default=0))


def whole_or_longest(correlation: Correlation, window: list[Hit], longest: int) -> int:
    """Without a condition only the sequence from the first rule on counts."""
    if correlation.bounds:
        return longest
    reached = 0
    for one in window:
        if one.rule_id == correlation.rules[reached : reached + 1][0]:
            reached += 1
        if reached == len(correlation.rules):
            break
    return reached
