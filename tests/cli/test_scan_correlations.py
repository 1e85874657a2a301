"""``noroshi scan`` with correlations, filters and pipelines: what fires and when, worked out by hand."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.cli.conftest import Run

START = datetime(2020, 7, 22, 4, 0, tzinfo=UTC)
BASE = "".join(
    f"""\
title: rule {name}
name: {name}
logsource: {{product: windows}}
detection: {{s: {{Step: {name}}}, condition: s}}
level: low
---
"""
    for name in "abc"
)

Happening = tuple[int, str, dict[str, Any]]


def step(seconds: int, name: str, host: str = "PC-1", **fields: Any) -> Happening:
    """An event so many seconds after the start that the rule of this name finds."""
    return seconds, name, {"Hostname": host, **fields}


def written(happenings: Sequence[Happening]) -> str:
    """The events as NDJSON, in the order given."""
    lines = []
    for seconds, name, fields in happenings:
        at = f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}Z"
        event = {"@timestamp": at, "Channel": "Security", "EventID": 9999, "Step": name, **fields}
        lines.append(f"{json.dumps(event)}\n")
    return "".join(lines)


@pytest.fixture
def fired(run: Run, tmp_path: Path) -> Any:
    """Scan these events with the base rules and these documents; (title, second, group) of each alert."""

    def scan(documents: str, happenings: Sequence[Happening], *options: object) -> list[tuple[str, int, str]]:
        (tmp_path / "rules.yml").write_text(BASE + documents, "utf-8")
        (tmp_path / "events.json").write_text(written(happenings), "utf-8")
        given = ("--rules", tmp_path / "rules.yml", "--format", "ndjson", *options)
        result = run("scan", tmp_path / "events.json", *given)
        assert (0, "") == (result.status, result.err)
        alerts = map(json.loads, result.out.splitlines())
        return sorted(
            (one["rule"]["title"], _second(one["time"]), "/".join(map(str, _group(one)))) for one in alerts
        )

    return scan


def _second(time: str) -> int:
    return round((datetime.fromisoformat(time) - START).total_seconds())


def _group(alert: dict[str, Any]) -> list[Any]:
    return (
        [str(value).lower() for value in alert["event"]["group"].values()]
        if alert["kind"] == "correlation"
        else []
    )


def correlation(body: str, title: str = "found", name: str = "x") -> str:
    """A correlation that is the only one that alerts, unless it generates."""
    return f"title: {title}\nname: {name}\ncorrelation: {{{body}}}\nlevel: high\n---\n"


MINUTE = "timespan: 1m, group-by: [Hostname]"
CASES: list[tuple[str, list[Happening], list[tuple[int, str]]]] = [
    (
        f"type: event_count, rules: [a], {MINUTE}, condition: {{gte: 3}}",
        # three within the minute at PC-1; at PC-2 the first is just out of (t - 60 s, t]
        [*(step(at, "a") for at in (0, 30, 59)), *(step(at, "a", "PC-2") for at in (0, 30, 60))],
        [(59, "pc-1")],
    ),
    (
        f"type: event_count, rules: [a, b], {MINUTE}, condition: {{gt: 1, lt: 4}}",
        # a range is known when the window closes: two at PC-1, four at PC-2
        [step(0, "a"), step(9, "b"), *(step(at, "a", "PC-2") for at in (0, 1, 2, 3))],
        [(60, "pc-1")],
    ),
    (
        f"type: event_count, rules: [a], {MINUTE}, condition: {{lte: 1}}",
        [step(0, "a"), *(step(at, "a", "PC-2") for at in (0, 1))],
        [(60, "pc-1")],
    ),
    (
        f"type: event_count, rules: [a], {MINUTE}, condition: {{eq: 2}}",
        [
            step(0, "a"),
            *(step(at, "a", "PC-2") for at in (0, 1)),
            *(step(at, "a", "PC-3") for at in (0, 1, 2)),
        ],
        [(60, "pc-2")],
    ),
    (
        f"type: value_count, rules: [a], {MINUTE}, condition: {{field: User, gte: 2}}",
        [
            *(step(at, "a", User=user) for at, user in enumerate(("bob", "BOB", "eve"))),
            *(step(at, "a", "PC-2", User="bob") for at in range(3)),
            *(step(at, "a", "PC-3") for at in range(3)),
        ],
        [(2, "pc-1")],
    ),
    (
        f"type: value_count, rules: [a], {MINUTE}, condition: {{field: [User, Port], gte: 3}}",
        [
            *(step(at, "a", User=u, Port=p) for at, (u, p) in enumerate([("x", 1), ("x", 2), ("y", 1)])),
            *(step(at, "a", "PC-2", User=u, Port=1) for at, u in enumerate("xyx")),
        ],
        [(2, "pc-1")],
    ),
    (
        f"type: temporal, rules: [a, b, c], {MINUTE}",
        [
            *(step(at, name) for at, name in ((0, "c"), (10, "a"), (50, "b"))),
            *(step(at, name, "PC-2") for at, name in ((0, "a"), (10, "a"), (50, "b"))),
            *(step(at, name, "PC-3") for at, name in ((0, "a"), (10, "b"), (60, "c"))),
        ],
        [(50, "pc-1")],
    ),
    (
        f"type: temporal_ordered, rules: [a, b, c], {MINUTE}",
        [
            *(step(at, name) for at, name in ((0, "a"), (10, "c"), (20, "b"), (30, "c"))),
            *(step(at, name, "PC-2") for at, name in ((0, "c"), (10, "a"), (50, "b"))),
        ],
        [(30, "pc-1")],
    ),
    (
        f"type: value_sum, rules: [a], {MINUTE}, condition: {{field: Size, gt: 10}}",
        [
            *(step(at, "a", Size=size) for at, size in ((0, 6), (1, "5"))),
            *(step(at, "a", "PC-2", Size=size) for at, size in ((0, 6), (61, 5))),
            *(step(at, "a", "PC-3", Size=size) for at, size in ((0, 6), (1, "many"))),
        ],
        [(60, "pc-1")],
    ),
    (
        f"type: value_avg, rules: [a], {MINUTE}, condition: {{field: Size, gte: 5}}",
        [
            *(step(at, "a", Size=size) for at, size in enumerate((1, 9))),
            *(step(at, "a", "PC-2", Size=size) for at, size in enumerate((1, 8))),
        ],
        [(60, "pc-1")],
    ),
    (
        f"type: value_median, rules: [a], {MINUTE}, condition: {{field: Size, lt: 5}}",
        [
            *(step(at, "a", Size=size) for at, size in enumerate((1, 4, 99))),
            *(step(at, "a", "PC-2", Size=size) for at, size in enumerate((1, 5, 6))),
        ],
        [(60, "pc-1")],
    ),
    (
        f"type: value_percentile, rules: [a], {MINUTE}, condition: {{field: Size, percentile: 90, gte: 9}}",
        # nearest rank: of ten values the ninth
        [
            *(step(at, "a", Size=at + 1) for at in range(10)),
            *(step(at, "a", "PC-2", Size=size) for at, size in enumerate([1] * 9 + [99])),
        ],
        [(60, "pc-1")],
    ),
    (
        "type: temporal, rules: [a, b], timespan: 1m, group-by: [ip], aliases: {ip: {a: From, b: To}}",
        [
            step(0, "a", From="192.0.2.1", To="192.0.2.9"),
            step(5, "b", "PC-2", From="192.0.2.9", To="192.0.2.1"),
            step(6, "b", "PC-2", To="192.0.2.2"),
        ],
        [(5, "192.0.2.1")],
    ),
    (
        "type: event_count, rules: [a], timespan: 1m, group-by: [Hostname, User], condition: {gte: 2}",
        [step(0, "a", User="x"), step(1, "a", User="y"), step(2, "a"), step(3, "a"), step(4, "a", User="X")],
        [(4, "pc-1/x")],
    ),
    (
        "type: event_count, rules: [a], timespan: 1m, group-by: [entity.host], condition: {gte: 2}",
        [step(0, "a", "PC-1.corp.example"), step(1, "a", "pc-1"), step(2, "a", "PC-2")],
        [(1, "pc-1")],
    ),
    (
        "type: event_count, rules: [a], timespan: 1m, condition: {gte: 3}",
        [step(0, "a"), step(1, "a", "PC-2"), step(2, "a", "PC-3")],
        [(2, "")],
    ),
]


@pytest.mark.parametrize(("body", "happenings", "expected"), CASES, ids=[body for body, _, _ in CASES])
def test_a_correlation_fires_where_and_when_it_must(
    fired: Any, body: str, happenings: list[Happening], expected: list[tuple[int, str]]
) -> None:
    """At the hit that makes it true, or when the window closes; the same whatever the order of the events."""
    shuffled = [*happenings]
    random.Random(3).shuffle(shuffled)  # noqa: S311 - the same order at every run

    wanted = [("found", at, group) for at, group in expected]
    assert wanted == fired(correlation(body), happenings)
    assert wanted == fired(correlation(body), shuffled)


def test_generate_lets_the_rules_speak(fired: Any) -> None:
    """Left out, they are silent; others are not."""
    events = [step(0, "a"), step(1, "b"), step(2, "c")]
    body = f"type: temporal, rules: [a, b], {MINUTE}"

    assert [("found", 1, "pc-1"), ("rule c", 2, "")] == fired(correlation(body), events)
    assert [("found", 1, "pc-1"), ("rule a", 0, ""), ("rule b", 1, ""), ("rule c", 2, "")] == fired(
        correlation(f"{body}, generate: true"), events
    )


def test_correlations_are_chained(fired: Any) -> None:
    """Three failures, then a success, wherever the documents stand; the one in between is silent."""
    chain = correlation(
        f"type: temporal_ordered, rules: [many, b], {MINUTE}", "success", "last"
    ) + correlation(f"type: event_count, rules: [a], {MINUTE}, condition: {{gte: 3}}", "failures", "many")
    right = [step(0, "a"), step(1, "a"), step(2, "a"), step(9, "b")]
    wrong = [step(0, "b", "PC-2"), *(step(at, "a", "PC-2") for at in (1, 2, 3)), step(63, "b", "PC-2")]

    assert [("success", 9, "pc-1")] == fired(chain, [*right, *wrong])


FILTER = """\
title: no admins
logsource: {product: windows}
filter:
  rules: %s
  admins: {User|startswith: adm}
  condition: not admins
---
"""


@pytest.mark.parametrize(
    ("rules", "expected"),
    [("[a]", [("rule a", 1, ""), ("rule b", 2, "")]), ("any", [("rule a", 1, "")])],
)
def test_a_filter_silences(fired: Any, rules: str, expected: list[tuple[str, int, str]]) -> None:
    """The rules that it names, or all of the log source."""
    events = [step(0, "a", User="adm-1"), step(1, "a", User="bob"), step(2, "b", User="ADM-2")]
    assert expected == fired(FILTER % rules, events)


PIPELINE = """\
name: ours
priority: 10
vars: {steps: [a, b]}
transformations:
  - {type: value_placeholders}
  - {type: field_name_mapping, mapping: {Step: Stage, User: [Account, Owner], Area: Zone}}
  - type: add_condition
    conditions: {Place: hq}
    rule_conditions: [{type: is_sigma_rule}]
"""
PLACED = """\
title: placed
logsource: {product: windows}
detection: {s: {Step|expand: '%steps%', User|contains: bob}, condition: s}
---
"""


def test_a_pipeline_of_the_user_changes_the_rules(fired: Any, tmp_path: Path) -> None:
    """Names (one by several, too), placeholders and conditions, in correlations as well."""
    (tmp_path / "pipeline.yml").write_text(PIPELINE)
    counted = correlation(
        "type: event_count, rules: [c], timespan: 1m, group-by: [Area], condition: {gte: 2}"
    )
    events = [
        step(0, "-", Stage="b", Owner="xBobx", Place="hq"),
        step(1, "-", Stage="b", Owner="xBobx", Place="branch"),
        step(2, "-", Stage="c", Account="Bob", Place="hq", Zone="z1"),
        step(3, "-", Stage="c", Place="hq", Zone="z2"),
        step(4, "-", Stage="c", Place="hq", Zone="z1"),
        step(5, "a", User="bob", Place="hq"),
    ]
    found = fired(counted + PLACED, events, "--pipeline", tmp_path / "pipeline.yml")
    assert [("found", 4, "z1"), ("placed", 0, ""), ("rule b", 0, "")] == found
