"""Every correlation type, worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from noroshi.engine.correlate import CorrelationAlert, Correlator, Limits
from noroshi.engine.hits import Hit
from noroshi.events.model import Entities, LogSource, Outcome
from noroshi.rules.model import Alias, Bound, Correlation, RuleMeta, RuleSet

OPERATORS = ("lt", "lte", "gt", "gte", "eq", "neq")
START = datetime(2020, 7, 22, 4, 0, tzinfo=UTC)


def hit(
    seconds: float,
    rule: str = "a",
    event: str | None = None,
    *,
    entities: Entities | None = None,
    outcome: Outcome = Outcome.UNKNOWN,
    tenant: str = "default",
    zone: str = "record",
    **fields: Any,
) -> Hit:
    """A hit so many seconds after `START`; without an id of its own the event is named by its time."""
    return Hit(
        event_id=event or f"e{seconds:09.3f}",
        tenant=tenant,
        time=START + timedelta(seconds=seconds),
        zone=zone,
        rule_id=rule,
        rule_hash=f"hash-{rule}",
        logsource=LogSource(product="windows"),
        entities=entities or Entities(),
        outcome=outcome,
        evidence=(),
        fields={"Host": "pc-1", **fields},
        path="log.json",
        position=1,
    )


def rule(
    kind: str, *rules: str, span: float = 60, group: tuple[str, ...] = ("Host",), **more: Any
) -> Correlation:
    """A correlation over `rules`; a bound as ``gte=3``."""
    bounds = tuple(Bound(op=op, value=more.pop(op)) for op in OPERATORS if op in more)
    bounds += more.pop("bounds", ())
    name = more.pop("id", "c")
    return Correlation(
        id=name,
        name=name,
        hash=f"hash-{name}",
        type=kind,
        rules=rules or ("a",),
        group_by=group,
        timespan_seconds=span,
        bounds=bounds,
        meta=RuleMeta(title=name),
        **more,
    )


def run(
    correlations: Correlation | tuple[Correlation, ...], *hits: Hit, limits: Limits | None = None
) -> list[CorrelationAlert]:
    """All alerts over the hits."""
    rules = correlations if isinstance(correlations, tuple) else (correlations,)
    return Correlator(RuleSet(rules=(), correlations=rules), limits).run(hits)


def at(alert: CorrelationAlert) -> float:
    """Seconds after `START` at which it fired."""
    return (alert.time - START).total_seconds()


def told(alerts: list[CorrelationAlert]) -> list[tuple[float, int, float]]:
    """(fired at, count, measure) of each alert."""
    return [(at(alert), alert.count, alert.measure) for alert in alerts]


# event_count


def test_event_count_fires_on_the_edge_and_is_updated() -> None:
    """Three within 60 s: fires at the third, the fourth and fifth only raise count, last and revision."""
    (alert,) = run(rule("event_count", gte=3), *[hit(s) for s in (0, 10, 20, 30, 40)])
    assert (20, 5, 5) == (at(alert), alert.count, alert.measure)
    assert (START, START + timedelta(seconds=40)) == (alert.first, alert.last)
    assert 3 == alert.revision
    assert ["e00000.000", "e00010.000", "e00020.000", "e00030.000", "e00040.000"] == [
        c.event_id for c in alert.contributors
    ]


def test_the_window_is_open_at_its_begin() -> None:
    """(t - span, t]: exactly one span apart is outside, a millisecond less is inside."""
    assert [] == run(rule("event_count", gte=2), hit(0), hit(60))
    assert [(59.999, 2, 2)] == told(run(rule("event_count", gte=2), hit(0), hit(59.999)))


def test_the_window_slides() -> None:
    """Hits at 50 and 70 are in no window of a clock minute together, but in a sliding one."""
    assert [(70, 2, 2)] == told(run(rule("event_count", gte=2), hit(50), hit(70)))


def test_a_new_edge_is_a_new_alert() -> None:
    """True at 1, false at 62 (one in the window), true again at 63: two alerts with different ids."""
    first, second = run(rule("event_count", gte=2), *[hit(s) for s in (0, 1, 62, 63)])
    assert [(1, 2), (63, 2)] == [(at(first), first.count), (at(second), second.count)]
    assert first.alert_id != second.alert_id


def test_a_window_that_ran_empty_is_false() -> None:
    """With ``gte: 1`` a hit after a span of silence is a new alert, one within the span is an update."""
    assert [(0, 2, 2), (119, 1, 1)] == told(run(rule("event_count", gte=1), hit(0), hit(59), hit(119)))


def test_gt_is_strict() -> None:
    """``gt: 2`` needs three."""
    assert [] == run(rule("event_count", gt=2), hit(0), hit(1))
    assert [(2, 3, 3)] == told(run(rule("event_count", gt=2), hit(0), hit(1), hit(2)))


def test_event_count_over_two_rules_counts_both_for_one_event() -> None:
    """The same event hit by two rules counts for both."""
    (alert,) = run(rule("event_count", "a", "b", gte=2), hit(0, "a", "e"), hit(0, "b", "e"))
    assert (("a", 1), ("b", 1)) == alert.rules


def test_a_repeated_delivery_counts_once() -> None:
    """The same event hit by the same rule again is not a second one."""
    assert [] == run(rule("event_count", gte=2), hit(0, "a", "e"), hit(0, "a", "e"))


# keys


def test_keys_are_counted_apart() -> None:
    """Two on each of two hosts are no three."""
    hits = [hit(0, Host="x"), hit(1, Host="y"), hit(2, Host="x"), hit(3, Host="y")]
    assert [] == run(rule("event_count", gte=3), *hits)
    assert [("x",), ("y",)] == [
        tuple(value for _, value in alert.group) for alert in run(rule("event_count", gte=2), *hits)
    ]


def test_keys_are_folded() -> None:
    """Host names differ in case between logs; the alert shows the one it fired on."""
    (alert,) = run(rule("event_count", gte=2), hit(0, Host="PC-1"), hit(1, Host="pc-1"))
    assert (("Host", "pc-1"),) == alert.group


def test_numbers_and_their_text_are_one_key() -> None:
    """A port is 443 in one log and "443" in another."""
    assert 1 == len(run(rule("event_count", gte=2, group=("Port",)), hit(0, Port=443), hit(1, Port="443")))


def test_a_missing_field_makes_no_key() -> None:
    """Hits without the field are counted, not grouped; JSON null is missing, the empty text is not."""
    correlator = Correlator(RuleSet(rules=(), correlations=(rule("event_count", gte=2, group=("User",)),)))
    assert [] == correlator.run([hit(0), hit(1), hit(2, User=None), hit(3, User="")])
    assert {"c": {"keyless": 3}} == correlator.counts()


def test_no_group_by_is_one_key() -> None:
    """Everything together."""
    assert 1 == len(run(rule("event_count", gte=2, group=()), hit(0, Host="x"), hit(1, Host="y")))


def test_tenants_are_never_grouped() -> None:
    """The same host name at two customers is not one host."""
    assert [] == run(rule("event_count", gte=2), hit(0, tenant="one"), hit(1, tenant="two"))


def test_entities_are_keys() -> None:
    """``entity.host`` groups a proxy's and a host's log that identity has joined."""
    hits = [
        hit(0, "a", entities=Entities(host="pc-014", address="10.20.4.114")),
        hit(1, "b", entities=Entities(host="pc-014", user="t.suzuki")),
        hit(2, "b", entities=Entities(user="t.suzuki")),
    ]
    (alert,) = run(rule("temporal", "a", "b", group=("entity.host",)), *hits)
    assert Entities(host="pc-014", user="t.suzuki", address="10.20.4.114") == alert.entities
    assert 2 == alert.count


def test_entities_that_differ_are_left_open() -> None:
    """Failed logons of two users on one host are about the host, not about one of the users."""
    hits = [hit(s, entities=Entities(host="h", user=user)) for s, user in ((0, "x"), (1, "y"), (2, "x"))]
    (alert,) = run(rule("event_count", gte=2), *hits)
    assert Entities(host="h") == alert.entities


def test_aliases_join_different_fields() -> None:
    """The specification's example: destination of one log is the source of the other."""
    alias = Alias(name="internal_ip", fields={"a": "destination.ip", "b": "source.ip"})
    correlation = rule("temporal", "a", "b", span=10, group=("internal_ip",), aliases=(alias,))
    one = hit(0, "a", destination={"ip": "10.0.0.1"}, source={"ip": "198.51.100.1"})
    assert 1 == len(run(correlation, one, hit(5, "b", source={"ip": "10.0.0.1"})))
    assert [] == run(correlation, one, hit(5, "b", destination={"ip": "10.0.0.1"}))


def test_an_event_without_time_is_counted_only() -> None:
    """They would all stand at the epoch and look like a burst."""
    correlator = Correlator(RuleSet(rules=(), correlations=(rule("event_count", gte=2),)))
    assert [] == correlator.run([hit(0, zone="missing"), hit(1, zone="missing")])
    assert {"c": {"timeless": 2}} == correlator.counts()


# value_count


def test_value_count_counts_distinct_values() -> None:
    """Three hits with two users are two; the third user fires."""
    hits = [hit(s, User=user) for s, user in ((0, "x"), (1, "X"), (2, "y"), (3, "z"))]
    assert [(3, 4, 3)] == told(run(rule("value_count", gte=3, fields=("User",)), *hits))


def test_value_count_forgets_what_left_the_window() -> None:
    """After x has left at 60: y and z are two."""
    hits = [hit(0, User="x"), hit(30, User="y"), hit(60, User="z")]
    assert [] == run(rule("value_count", gte=3, fields=("User",)), *hits)


def test_value_count_of_a_list_counts_tuples() -> None:
    """(x, 1), (x, 2), (y, 1) are three; the parts are not confused with each other."""
    hits = [
        hit(s, User=user, Port=port)
        for s, (user, port) in enumerate([("x", 1), ("x", 2), ("y", 1), ("x", 1)])
    ]
    assert [(2, 4, 3)] == told(run(rule("value_count", gte=3, fields=("User", "Port")), *hits))
    confusable = [hit(0, A="1:a", B="b"), hit(1, A="1", B="a:b")]
    assert 1 == len(run(rule("value_count", gte=2, fields=("A", "B")), *confusable))


def test_value_count_without_the_value() -> None:
    """A hit without the field is counted as such and takes no part."""
    correlator = Correlator(
        RuleSet(rules=(), correlations=(rule("value_count", gte=1, fields=("User", "Port")),))
    )
    assert [] == correlator.run([hit(0, User="x")])
    assert {"c": {"valueless": 1}} == correlator.counts()


def test_long_values_stay_distinct() -> None:
    """Values beyond what is kept as text differ by their digest."""
    hits = [hit(0, User="x" * 500 + "1"), hit(1, User="x" * 500 + "2"), hit(2, User="X" * 500 + "2")]
    (alert,) = run(rule("value_count", gte=2, fields=("User",)), *hits)
    assert 2 == alert.measure


# temporal


def test_temporal_needs_every_rule_once() -> None:
    """In any order, repeated ones count once."""
    correlation = rule("temporal", "a", "b", "c")
    assert [] == run(correlation, hit(0, "a"), hit(1, "a"), hit(2, "b"))
    (alert,) = run(correlation, hit(0, "c"), hit(1, "a"), hit(2, "a"), hit(3, "b"))
    assert (3, 4, 3) == (at(alert), alert.count, alert.measure)
    assert (("a", 2), ("b", 1), ("c", 1)) == alert.rules


def test_temporal_with_a_condition_counts_distinct_rules() -> None:
    """Two of three."""
    assert [(2, 3, 2)] == told(
        run(rule("temporal", "a", "b", "c", gte=2), hit(0, "a"), hit(1, "a"), hit(2, "c"))
    )


def test_temporal_at_its_border() -> None:
    """All rules inside one half-open window."""
    assert [] == run(rule("temporal", "a", "b"), hit(0, "a"), hit(60, "b"))
    assert 1 == len(run(rule("temporal", "a", "b"), hit(0.001, "a"), hit(60, "b")))


def test_temporal_by_one_event() -> None:
    """An event that both rules hit is enough."""
    assert 1 == len(run(rule("temporal", "a", "b"), hit(0, "a", "e"), hit(0, "b", "e")))


# temporal_ordered


def test_ordered_needs_the_documents_order() -> None:
    """No: b before a does not fire, a before b does, whatever lies between."""
    correlation = rule("temporal_ordered", "a", "b")
    assert [] == run(correlation, hit(0, "b"), hit(1, "a"))
    assert [(2, 3, 2)] == told(run(correlation, hit(0, "b"), hit(1, "a"), hit(2, "b")))


def test_ordered_takes_the_latest_begin() -> None:
    """The first a is too old for b, the second is not; c completes the sequence that still fits."""
    correlation = rule("temporal_ordered", "a", "b", "c")
    hits = [hit(0, "a"), hit(20, "a"), hit(30, "b"), hit(79, "c")]
    assert [79] == [at(alert) for alert in run(correlation, *hits)]
    assert [] == run(correlation, *hits[:-1], hit(80, "c"))


def test_ordered_does_not_mix_old_and_new() -> None:
    """a, then b, then a again: c needs an a before its b inside the window."""
    correlation = rule("temporal_ordered", "a", "b", "c")
    assert [] == run(correlation, hit(0, "a"), hit(10, "b"), hit(50, "a"), hit(65, "c"))


def test_hits_of_one_instant_are_in_order() -> None:
    """A log of whole seconds cannot tell which was first: equal times never break an order."""
    correlation = rule("temporal_ordered", "a", "b")
    assert 1 == len(run(correlation, hit(0, "a", "e1"), hit(0, "b", "e2")))
    assert 1 == len(run(correlation, hit(0, "a", "e2"), hit(0, "b", "e1")))
    assert 1 == len(run(correlation, hit(0, "b", "e"), hit(0, "a", "e")))


def test_ordered_with_a_rule_twice_needs_two_hits() -> None:
    """a, b, a: one a does not stand at both ends."""
    correlation = rule("temporal_ordered", "a", "b", "a")
    assert [] == run(correlation, hit(0, "a"), hit(1, "b"))
    assert [(2, 3, 3)] == told(run(correlation, hit(0, "a"), hit(1, "b"), hit(2, "a")))


def test_ordered_with_a_rule_twice_in_a_row_needs_two_hits() -> None:
    """One hit never fills two places."""
    correlation = rule("temporal_ordered", "a", "a")
    assert [] == run(correlation, hit(0, "a"))
    assert [(1, 2, 2)] == told(run(correlation, hit(0, "a"), hit(1, "a")))


def test_ordered_with_a_condition_measures_the_longest_sequence() -> None:
    """Two of a, b, c in order: a then c counts, c then b does not."""
    correlation = rule("temporal_ordered", "a", "b", "c", gte=2)
    assert [(1, 2, 2)] == told(run(correlation, hit(0, "a"), hit(1, "c")))
    assert [] == run(correlation, hit(0, "c"), hit(1, "b"))


# conditions that wait for the window's end


def test_lt_waits_for_the_end_of_the_window() -> None:
    """Fewer than three in the minute that the first hit opens; a key never seen says nothing."""
    correlation = rule("event_count", lt=3)
    assert [(60, 2, 2)] == told(run(correlation, hit(0), hit(10)))
    assert [] == run(correlation, hit(0), hit(10), hit(59.999))
    assert [(60, 2, 2)] == told(run(correlation, hit(0), hit(10), hit(60), hit(61), hit(62)))
    assert [] == run(correlation)


def test_lte_eq_and_neq_wait_as_well() -> None:
    """Two hits: lte 2 and eq 2 hold, neq 2 does not; three: the other way round."""
    two, three = [hit(0), hit(1)], [hit(0), hit(1), hit(2)]
    rules = {op: rule("event_count", bounds=(Bound(op=op, value=2),)) for op in ("lte", "eq", "neq")}
    fired = {op: (len(run(one, *two)), len(run(one, *three))) for op, one in rules.items()}
    assert {"lte": (1, 0), "eq": (1, 0), "neq": (0, 1)} == fired


def test_a_range_with_an_upper_bound_waits() -> None:
    """Two to three: three do, four do not, although the first two of them would have."""
    correlation = rule("event_count", gt=1, lte=3)
    assert [(60, 3, 3)] == told(run(correlation, *[hit(s) for s in range(3)]))
    assert [] == run(correlation, *[hit(s) for s in range(4)])


def test_a_range_of_lower_bounds_does_not_wait() -> None:
    """Both bounds must hold; they do at the fourth hit."""
    assert [(3, 4, 4)] == told(run(rule("event_count", gt=3, gte=2), *[hit(s) for s in range(4)]))


def test_windows_true_one_after_another_are_one_alert() -> None:
    """Two hits in each of two minutes: one alert, updated; after a span of silence a new one."""
    correlation = rule("event_count", lt=3)
    hits = [hit(s) for s in (0, 50, 70, 80)]
    assert [(60, 4, 2)] == told(run(correlation, *hits))
    assert [(60, 4, 2), (260, 1, 1)] == told(run(correlation, *hits, hit(200)))


# metrics


@pytest.mark.parametrize(
    ("kind", "percentile", "expected"),
    [
        ("value_sum", None, 100),
        ("value_avg", None, 20),
        ("value_median", None, 15),
        ("value_percentile", 50, 15),
        ("value_percentile", 80, 25),
        ("value_percentile", 81, 40),
        ("value_percentile", 0, 5),
        ("value_percentile", 100, 40),
    ],
)
def test_metrics(kind: str, percentile: float | None, expected: float) -> None:
    """5, 15, 15, 25, 40: percentiles by nearest rank, the ceil(p/100 · 5)-th smallest."""
    hits = [hit(s, Bytes=value) for s, value in enumerate((40, "15", 5.0, 25, 15))]
    assert [(60, 5, expected)] == told(run(rule(kind, gt=0, fields=("Bytes",), percentile=percentile), *hits))


def test_the_median_of_an_even_number() -> None:
    """Half way between the two in the middle."""
    hits = [hit(s, Bytes=value) for s, value in enumerate((1, 2, 4, 100))]
    assert [(60, 4, 3)] == told(run(rule("value_median", eq=3, fields=("Bytes",)), *hits))


def test_metrics_are_judged_at_the_end() -> None:
    """The average of 100 and 0 is 50: that the first alone was above 90 does not fire."""
    hits = [hit(0, Bytes=100), hit(1, Bytes=0)]
    assert [] == run(rule("value_avg", gt=90, fields=("Bytes",)), *hits)
    assert [(60, 2, 50)] == told(run(rule("value_avg", gte=50, fields=("Bytes",)), *hits))


def test_what_is_no_number_takes_no_part() -> None:
    """Text, booleans, NaN, infinity and numbers beyond every float are counted as such."""
    correlator = Correlator(RuleSet(rules=(), correlations=(rule("value_sum", gte=1, fields=("B",)),)))
    values = ["many", True, float("nan"), float("inf"), 10**400, None, 7]
    (alert,) = correlator.run([hit(s, B=value) for s, value in enumerate(values)])
    assert (1, 7) == (alert.count, alert.measure)
    assert {"c": {"valueless": 6}} == correlator.counts()


# chaining


def test_a_correlation_is_a_hit_for_the_next() -> None:
    """The specification's example: many failed logons on a computer, then a successful one of that user.

    The second correlation uses its own group-by only: the user of the hit on which the first one fired.
    """
    many = rule("event_count", "failed", gte=3, id="many", group=("Host",))
    then = rule("temporal_ordered", "many", "ok", id="then", group=("User",), span=3600)
    hits = [hit(s, "failed", User="x") for s in (0, 1, 2)]
    alerts = run((many, then), *hits, hit(100, "ok", User="x", Host="other"))
    assert [("many", 2), ("then", 100)] == [(alert.rule_id, at(alert)) for alert in alerts]
    assert [alerts[0].alert_id, "e00100.000"] == [c.event_id for c in alerts[1].contributors]
    assert ["many"] == [a.rule_id for a in run((many, then), *hits, hit(100, "ok", User="y"))]


def test_what_stays_true_is_still_there_for_a_temporal_chain() -> None:
    """A stage that began in the morning and goes on is a stage of what happens at noon."""
    stage = rule("event_count", "noise", gte=1, id="stage", span=100)
    for kind in ("temporal", "temporal_ordered"):
        outer = rule(kind, "stage", "b", id="outer", span=100)
        noise = [hit(s, "noise") for s in range(0, 1000, 50)]
        stages, outers = run((stage, outer), *noise, hit(975, "b"))
        assert ("stage", 20, 0) == (stages.rule_id, stages.count, at(stages))
        assert ("outer", 975) == (outers.rule_id, at(outers))
        assert [stages.alert_id, "e00975.000"] == [c.event_id for c in outers.contributors]


def test_an_update_is_no_second_hit_in_a_chain_that_counts() -> None:
    """Five failed logons are one `many`."""
    many = rule("event_count", "failed", gte=3, id="many")
    twice = rule("event_count", "many", gte=2, id="twice", span=3600)
    assert ["many"] == [a.rule_id for a in run((many, twice), *[hit(s, "failed") for s in range(5)])]
    bursts = [hit(s, "failed") for s in (0, 1, 2, 200, 201, 202)]
    assert ["many", "many", "twice"] == [a.rule_id for a in run((many, twice), *bursts)]


def test_an_update_in_a_later_batch_is_no_second_hit_either() -> None:
    """The chain hears of an alert once, when it fires; nothing is late."""
    many = rule("event_count", "failed", gte=2, id="many")
    outer = rule("event_count", "many", gte=1, id="outer", span=3600)
    correlator = Correlator(RuleSet(rules=(), correlations=(many, outer)))
    told_of = [correlator.feed([hit(s, "failed")], START + timedelta(seconds=s + 0.5)) for s in range(4)]
    assert [[], ["many", "outer"], ["many"], ["many"]] == [[a.rule_id for a in told] for told in told_of]
    assert {} == correlator.counts()


def test_a_chain_that_closes_later_is_in_order() -> None:
    """The quiet minute is known at 60 and comes after the hit at 30, before the one at 90."""
    quiet = rule("event_count", "a", lt=3, id="quiet")
    ordered = rule("temporal_ordered", "quiet", "b", id="ordered", span=3600)
    assert ["quiet"] == [a.rule_id for a in run((quiet, ordered), hit(0, "a"), hit(30, "b"))]
    assert ["quiet", "ordered"] == [a.rule_id for a in run((quiet, ordered), hit(0, "a"), hit(90, "b"))]


def test_a_silent_correlation_feeds_the_chain_only() -> None:
    """Without ``generate`` in the outer one, the inner one does not alert alone."""
    many = rule("event_count", "a", gte=2, id="many", alerts=False)
    outer = rule("temporal", "many", "b", id="outer", span=3600)
    assert ["outer"] == [a.rule_id for a in run((many, outer), hit(0), hit(1), hit(2, "b"))]


def test_an_inactive_correlation_does_not_run() -> None:
    """It was loaded with a reason why it cannot fire."""
    assert [] == run(rule("event_count", gte=1, inactive="why"), hit(0))


# outcome


def test_what_went_through_is_told_first() -> None:
    """Two blocked and one allowed call: allowed."""
    outcomes = (Outcome.BLOCKED, Outcome.ALLOWED, Outcome.BLOCKED)
    (alert,) = run(rule("event_count", gte=3), *[hit(s, outcome=o) for s, o in enumerate(outcomes)])
    assert "allowed" == alert.outcome
    assert (("allowed", 1), ("blocked", 2)) == alert.outcomes


# time, lateness and room


def test_hits_wait_for_the_watermark() -> None:
    """Nothing is said before the watermark has passed a hit; the border belongs to what may still come."""
    correlator = Correlator(RuleSet(rules=(), correlations=(rule("event_count", gte=2),)))
    assert [] == correlator.feed([hit(1)], START)
    assert [] == correlator.feed([hit(0)], START + timedelta(seconds=1))
    assert [1] == [at(a) for a in correlator.feed([], START + timedelta(seconds=2))]


def test_a_late_hit_is_counted() -> None:
    """Behind the watermark it is too late, at the watermark it is not."""
    correlator = Correlator(RuleSet(rules=(), correlations=(rule("event_count", gte=2),)))
    correlator.feed([hit(0)], START + timedelta(seconds=10))
    assert [] == correlator.feed([hit(9)], START + timedelta(seconds=20))
    assert {"c": {"late": 1}} == correlator.counts()
    assert [20] == [at(a) for a in correlator.feed([hit(20)], START + timedelta(seconds=21))]


def test_an_update_has_the_same_id_in_a_later_batch() -> None:
    """Sinks upsert by id: revision 1 fires, revision 2 follows."""
    correlator = Correlator(RuleSet(rules=(), correlations=(rule("event_count", gte=2),)))
    (first,) = correlator.feed([hit(0), hit(1)], START + timedelta(seconds=5))
    (second,) = correlator.feed([hit(10)], START + timedelta(seconds=15))
    assert (first.alert_id, 1, True) == (second.alert_id, first.revision, first.fresh)
    assert (2, 3, False) == (second.revision, second.count, second.fresh)
    assert [] == correlator.finish()


def test_the_oldest_key_goes_first() -> None:
    """Room for two hosts: the third drives out the one longest silent, whose open alert says partial."""
    limits = Limits(keys=2)
    correlator = Correlator(RuleSet(rules=(), correlations=(rule("event_count", gte=2),)), limits)
    hits = [hit(0, Host="x"), hit(1, Host="y"), hit(2, Host="x"), hit(3, Host="z"), hit(4, Host="y")]
    (alert,) = correlator.run([*hits, hit(5, Host="w")])
    assert {"c": {"evicted": 3}} == correlator.counts()
    assert ((("Host", "x"),), True, 2) == (alert.group, alert.partial, alert.count)


def test_what_time_alone_ends_is_not_evicted() -> None:
    """Keys whose window has run out make room without loss."""
    correlator = Correlator(RuleSet(rules=(), correlations=(rule("event_count", gte=2),)), Limits(keys=1))
    correlator.run([hit(0, Host="x"), hit(60, Host="y"), hit(120, Host="z")])
    assert {} == correlator.counts()


def test_a_closed_window_takes_no_room() -> None:
    """Room for three hits: those of x are judged at 60 and free before y needs it at 61."""
    correlation = rule("event_count", lt=5)
    correlator = Correlator(RuleSet(rules=(), correlations=(correlation,)), Limits(entries=3))
    x, y = [hit(s, Host="x") for s in (0, 1, 2)], [hit(s, Host="y") for s in (61, 61.5, 61.8)]
    assert [(60, 3, 3), (121, 3, 3)] == told(correlator.run([*x, *y]))
    assert {} == correlator.counts()


def test_a_full_window_says_partial() -> None:
    """Room for three in a window: the sum is that of the last three, and says so."""
    hits = [hit(s, Bytes=10) for s in range(5)]
    (alert,) = run(rule("value_sum", gte=1, fields=("Bytes",)), *hits, limits=Limits(entries_per_key=3))
    assert (30, True) == (alert.measure, alert.partial)
    (whole,) = run(rule("value_sum", gte=1, fields=("Bytes",)), *hits[:3], limits=Limits(entries_per_key=3))
    assert not whole.partial


def test_the_condition_decides_how_much_must_be_kept() -> None:
    """A threshold above the usual room still fires."""
    hits = [hit(s) for s in range(10)]
    assert [(9, 10, 10)] == told(run(rule("event_count", gte=10), *hits, limits=Limits(entries_per_key=3)))


def test_evidence_is_bounded_and_names_every_rule() -> None:
    """Fifty of a, then b: the latest five and the only b stand there, all are counted."""
    hits = [hit(0, "b"), *[hit(1 + s / 10, "a") for s in range(50)], hit(20, "c")]
    (alert,) = run(rule("temporal", "a", "b", "c"), *hits, limits=Limits(evidence=5))
    assert 52 == alert.count
    assert ["b", "a", "a", "a", "a", "c"] == [c.rule_id for c in alert.contributors]


def test_no_input_breaks_it() -> None:
    """Lone surrogates, nested lists, the last day of the calendar."""
    strange = hit(0, Host="\ud800", User=[["x"], {"y": 1}, None])
    last = replace(strange, time=datetime.max.replace(tzinfo=UTC), event_id="z")
    correlation = rule("value_count", lt=5, group=("Host",), fields=("User",), span=1e300)
    correlator = Correlator(RuleSet(rules=(), correlations=(correlation,)))
    correlator.add([strange, replace(last, path="\udcff")])
    assert isinstance(correlator.snapshot(), bytes)
    assert [1] == [alert.measure for alert in correlator.finish()]
