"""Correlation documents of Sigma 2.1, from YAML to the alerts of the correlator, worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from textwrap import indent
from typing import TYPE_CHECKING, Any

import pytest

from noroshi.engine.correlate import Correlator
from noroshi.engine.hits import Hit
from noroshi.events.model import Entities, LogSource, Outcome
from tests.engine.sigma import load, refused

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.rules import Loaded

IDS = {name: f"{name * 8}-{name * 4}-4{name * 3}-8{name * 3}-{name * 12}" for name in "abcdef"}
START = datetime(2020, 7, 22, 4, 0, tzinfo=UTC)
RULES = "---\n".join(
    f"title: {name}\nid: {IDS[name]}\nname: rule_{name}\nlogsource: {{product: windows}}\n"
    f"detection: {{sel: {{A: {name}}}, condition: sel}}\n"
    for name in "abc"
)


def correlation(body: str, name: str = "d") -> str:
    """A correlation with these lines."""
    return f"title: {name}\nid: {IDS[name]}\nname: corr_{name}\ncorrelation:\n{indent(body, '  ')}\n"


def hit(seconds: float, rule: str = "a", host: str | None = None, **fields: Any) -> Hit:
    """A hit so many seconds after the start; a host is an entity as well as a field."""
    named = {} if host is None else {"Host": host}
    return Hit(
        event_id=f"{seconds:012.3f}{rule}", tenant="default", time=START + timedelta(seconds=seconds),
        zone="record", rule_id=IDS[rule], rule_hash=rule, logsource=LogSource("windows"),
        entities=Entities(host=host), outcome=Outcome.UNKNOWN, evidence=(), fields={**named, **fields},
        path="sample.log", position=1,
    )  # fmt: skip


def alerts(loaded: Loaded, *hits: Hit) -> list[tuple[str, float]]:
    """(title of the correlation, seconds after the start) of each alert, whatever the order of the hits."""
    assert () == loaded.errors
    titles = {one.id: one.meta.title for one in loaded.ruleset.correlations}
    answers = [
        [
            (titles[one.rule_id], (one.time - START).total_seconds())
            for one in Correlator(loaded.ruleset).run(order)
        ]
        for order in (hits, tuple(reversed(hits)))
    ]
    assert answers[0] == answers[1]
    return answers[0]


def times(body: str, *hits: Hit) -> list[float]:
    """When the one correlation with these lines fires."""
    return [at for _, at in alerts(load(RULES, correlation(body)), *hits)]


COUNT = "type: event_count\nrules: [rule_a]\ngroup-by: [Host]\ntimespan: 60s\ncondition: "


def test_event_count() -> None:
    """Per group, in a window that is open at its begin."""
    assert [20] == times(COUNT + "{gte: 3}", *(hit(s, host="x") for s in (0, 10, 20)))
    assert [] == times(COUNT + "{gte: 3}", hit(0, host="x"), hit(10, host="y"), hit(20, host="x"))
    assert [] == times(COUNT + "{gte: 2}", hit(0, host="x"), hit(60, host="x"))
    assert [59] == times(COUNT + "{gt: 1}", hit(0, host="x"), hit(59, host="X"))


def test_a_range_is_a_conjunction() -> None:
    """Two or three within the minute; an upper bound is known when the window closes."""
    for condition in ("{gte: 2, lt: 4}", "{gt: 1, lte: 3}", "{lte: 3, gte: 2}"):
        assert [[], [60], [60], []] == [
            times(COUNT + condition, *(hit(s, host="x") for s in range(count))) for count in (1, 2, 3, 4)
        ]
    assert [2] == times(COUNT + "{gte: 2, gt: 2}", *(hit(s, host="x") for s in range(3)))


@pytest.mark.parametrize(
    ("condition", "count", "fires"),
    [
        ("{lt: 3}", 2, True),
        ("{lt: 3}", 3, False),
        ("{lte: 3}", 3, True),
        ("{eq: 2}", 2, True),
        ("{eq: 2}", 3, False),
        ("{neq: 2}", 3, True),
        ("{neq: 2}", 2, False),
    ],
)
def test_what_only_the_end_of_the_window_decides(condition: str, count: int, *, fires: bool) -> None:
    """For keys that were seen, when the window closes: 60 s after its first hit."""
    assert [60.0] * fires == times(COUNT + condition, *(hit(s, host="x") for s in range(count)))


def test_a_missing_group_by_field_is_no_group() -> None:
    """Hits without it are not grouped with one another."""
    assert [] == times(COUNT + "{gte: 2}", hit(0), hit(1), hit(2, host="x"))
    assert [1] == times(COUNT.replace("group-by: [Host]\n", "") + "{gte: 2}", hit(0), hit(1, host="x"))


@pytest.mark.parametrize(("unit", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("3d", 259_200)])
def test_timespans(unit: str, seconds: int) -> None:
    """Seconds, minutes, hours, days: just inside, and just outside."""
    body = COUNT.replace("60s", unit) + "{gte: 2}"

    assert [seconds - 1] == times(body, hit(0, host="x"), hit(seconds - 1, host="x"))
    assert [] == times(body, hit(0, host="x"), hit(seconds, host="x"))


def test_value_count() -> None:
    """Distinct values under folding; of several fields the combinations."""
    body = COUNT.replace("event_count", "value_count")
    users = ["bob", "BOB", "eve", "bob", "kim"]
    hits = [hit(s, host="x", User=user) for s, user in enumerate(users)]
    assert [4] == times(body + "{field: User, gte: 3}", *hits, hit(9, host="x"))
    assert [] == times(body + "{field: User, gte: 4}", *hits)

    pairs = [("bob", 1), ("bob", 2), ("bob", 1), ("eve", 1)]
    both = [hit(s, host="x", User=user, Port=port) for s, (user, port) in enumerate(pairs)]
    assert [3] == times(body + "{field: [User, Port], gte: 3}", *both)
    assert [] == times(body + "{field: [User, Port], gte: 4}", *both)


@pytest.mark.parametrize(
    ("kind", "condition", "fires"),
    [
        # 10, 20, 30, 40, 100: sum 200, average 40, median 30; nearest rank: 80 % is the 4th, 81 % the 5th.
        ("value_sum", "{field: B, eq: 200}", True),
        ("value_sum", "{field: B, gt: 200}", False),
        ("value_avg", "{field: B, eq: 40}", True),
        ("value_avg", "{field: B, lt: 40}", False),
        ("value_median", "{field: B, eq: 30}", True),
        ("value_median", "{field: B, gt: 30}", False),
        ("value_percentile", "{field: B, percentile: 80, eq: 40}", True),
        ("value_percentile", "{field: B, percentile: 81, eq: 100}", True),
        ("value_percentile", "{field: B, percentile: 100, eq: 100}", True),
        ("value_percentile", "{field: B, percentile: 50, eq: 30}", True),
        ("value_percentile", "{field: B, percentile: 0, eq: 10}", True),
        ("value_percentile", "{field: B, percentile: 50, gte: 31}", False),
        ("value_sum", "{field: B, gte: 100, lte: 300}", True),
    ],
)
def test_metrics(kind: str, condition: str, *, fires: bool) -> None:
    """Over the window, when it closes; numbers written as text count, what is no number does not."""
    values = [40, "10", 100, 20, 30.0, "x", None]
    hits = [hit(s, host="x", B=value) for s, value in enumerate(values)]

    assert [60.0] * fires == times(COUNT.replace("event_count", kind) + condition, *hits)


BOTH = "rules: [rule_a, rule_b]\ngroup-by: [Host]\ntimespan: 1m"


def test_temporal() -> None:
    """All rules within the window, in any order, for the same group."""
    body = f"type: temporal\n{BOTH}"
    assert [5] == times(body, hit(0, "b", "x"), hit(5, "a", "x"))
    assert [5] == times(body, hit(0, "a", "x"), hit(5, "b", "x"))
    assert [] == times(body, hit(0, "a", "x"), hit(5, "b", "y"))
    assert [] == times(body, hit(0, "a", "x"), hit(60, "b", "x"))
    assert [] == times(body, hit(0, "a", "x"), hit(5, "a", "x"))


def test_temporal_ordered() -> None:
    """In the order of the document only."""
    body = f"type: temporal_ordered\n{BOTH}"
    assert [5] == times(body, hit(0, "a", "x"), hit(5, "b", "x"))
    assert [] == times(body, hit(0, "b", "x"), hit(5, "a", "x"))
    assert [9] == times(body, hit(0, "b", "x"), hit(5, "a", "x"), hit(9, "b", "x"))
    three = body.replace("rule_b]", "rule_b, rule_c]")
    assert [] == times(three, hit(0, "a", "x"), hit(5, "c", "x"), hit(9, "b", "x"))
    assert [9] == times(three, hit(0, "a", "x"), hit(5, "b", "x"), hit(9, "c", "x"))


def test_aliases_join_differently_named_fields() -> None:
    """The alias is the group's name; a field of that name itself does not count."""
    body = (
        "type: temporal\nrules: [rule_a, rule_b]\ngroup-by: [ip]\ntimespan: 1m\n"
        f"aliases:\n  ip:\n    rule_a: SourceIp\n    {IDS['b']}: c-ip"
    )
    assert [5] == times(body, hit(0, "a", SourceIp="192.0.2.1"), hit(5, "b", **{"c-ip": "192.0.2.1"}))
    assert [] == times(body, hit(0, "a", SourceIp="192.0.2.1"), hit(5, "b", **{"c-ip": "192.0.2.2"}))
    assert [] == times(body, hit(0, "a", ip="192.0.2.1"), hit(5, "b", ip="192.0.2.1"))


def test_groups_by_entity() -> None:
    """``entity.host`` is what identity found, not a field of the event."""
    body = f"type: temporal\n{BOTH}".replace("[Host]", "[entity.host]")
    assert [5] == times(body, hit(0, "a", "x"), hit(5, "b", "x"))
    assert [] == times(body, hit(0, "a", "x"), hit(5, "b"))
    assert [] == times(body, hit(0, "a", **{"entity.host": "x"}), hit(5, "b", **{"entity.host": "x"}))


def test_a_chain_of_correlations() -> None:
    """By id or name, wherever the documents stand: three failures, then a success."""
    inner = correlation(COUNT + "{gte: 3}", "d")
    outer = "type: temporal_ordered\nrules: [INNER, rule_b]\ngroup-by: [Host]\ntimespan: 5m"
    hits = [*(hit(s, "a", "x") for s in (0, 10, 20)), hit(100, "b", "x")]
    for reference in ("corr_d", IDS["d"]):
        for files in ([RULES, inner, outer], [outer, inner, RULES]):
            documents = [
                correlation(one.replace("INNER", reference), "e") if one is outer else one for one in files
            ]
            assert [("e", 100)] == alerts(load(*documents), *hits)
    shown = correlation(outer.replace("INNER", "corr_d") + "\ngenerate: true", "e")
    assert [("d", 20), ("e", 100)] == alerts(load(RULES, inner, shown), *hits)
    assert [] == alerts(load(RULES, inner, correlation(outer.replace("INNER", "corr_d"), "e")), *hits[1:])


def test_generate_decides_who_alerts_alone() -> None:
    """False is the default; a rule that one correlation lets speak goes on speaking."""
    silent = correlation(COUNT + "{gte: 3}", "d")
    loud = correlation(COUNT + "{gte: 5}\ngenerate: true", "e")

    def speaking(*documents: str) -> set[str]:
        return {one.meta.title for one in load(RULES, *documents).ruleset.rules if one.alerts}

    assert {"b", "c"} == speaking(silent)
    assert {"a", "b", "c"} == speaking(loud)
    assert {"a", "b", "c"} == speaking(silent, loud)


@pytest.mark.parametrize(
    ("body", "line", "reason"),
    [
        (COUNT.replace("rule_a", "nobody") + "{gte: 1}", 6, "nobody"),
        (COUNT.replace("event_count", "event_sum") + "{gte: 1}", 5, "event_sum"),
        (COUNT.replace("60s", "60 parsecs") + "{gte: 1}", 8, "timespan"),
        (COUNT.replace("60s", "0s") + "{gte: 1}", 8, "timespan"),
        (COUNT.replace("timespan: 60s\n", "") + "{gte: 1}", 4, "timespan"),
        (COUNT.replace("rules: [rule_a]\n", "") + "{gte: 1}", 4, "rule"),
        (COUNT.replace("[rule_a]", "[]") + "{gte: 1}", 6, "rule"),
        (COUNT.rpartition("condition")[0], 4, "condition"),
        (COUNT + "{}", 9, "condition"),
        (COUNT + "{gte: many}", 9, "many"),
        (COUNT + "{gte: .nan}", 9, "nan"),
        (COUNT + "{about: 3}", 9, "condition"),
        (COUNT.replace("event_count", "value_count") + "{gte: 1}", 9, "field"),
        (COUNT.replace("event_count", "value_sum") + "{gte: 1}", 9, "field"),
        (COUNT.replace("event_count", "value_percentile") + "{field: B, gte: 1}", 9, "percentile"),
        (
            COUNT.replace("event_count", "value_percentile") + "{field: B, gte: 1, percentile: 101}",
            9,
            "percentile",
        ),
        (COUNT + "{gte: 1, percentile: 5}", 9, "percentile"),
        (COUNT.replace("rule_a", "corr_d") + "{gte: 1}", 6, "circle"),
        ("x", 4, "mapping"),
        (f"type: temporal\n{BOTH}\naliases:\n  ip:\n    nobody: x", 9, "nobody"),
        (f"type: temporal\n{BOTH}\naliases: [x]", 9, "alias"),
        (f"type: temporal\n{BOTH}\ngenerate: perhaps", 9, "generate"),
    ],
)
def test_a_wrong_correlation_is_located(body: str, line: int, reason: str) -> None:
    """One error at its line; the rules stay and alert alone."""
    ((name, place, what),) = refused(RULES, correlation(body))

    assert ("1.yml", f"line {line}") == (name, place)
    assert reason in what.lower()
    assert all(one.alerts for one in load(RULES, correlation(body)).ruleset.rules)


def test_a_pipeline_renames_the_fields_of_correlations(tmp_path: Path) -> None:
    """Group-by and the counted field follow the names of the events."""
    path = tmp_path / "pipeline.yml"
    path.write_text(
        "name: Ours\npriority: 10\ntransformations:\n"
        "  - id: names\n    type: field_name_mapping\n    mapping: {Host: host.name, User: user.name}\n"
    )
    body = COUNT.replace("event_count", "value_count") + "{field: User, gte: 2}"
    loaded = load(RULES, correlation(body), pipelines=[path])

    assert [("d", 1)] == alerts(
        loaded, *(hit(s, **{"host.name": "x", "user.name": name}) for s, name in enumerate(("bob", "eve")))
    )
    assert [] == alerts(loaded, *(hit(s, host="x", User=name) for s, name in enumerate(("bob", "eve"))))
