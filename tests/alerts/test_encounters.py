"""From alerts to encounters, worked by hand."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from noroshi.alerts.encounters import Encounter, EncounterBuilder, Grouping, Policy
from noroshi.alerts.model import Alert, RuleRef, SourceRef
from noroshi.alerts.risk import rule_points
from noroshi.events.model import Entities, LogSource
from noroshi.identity.model import Joined
from tests.alerts.test_build import JOIN

START = datetime(2020, 7, 22, 4, 0, tzinfo=UTC)


def alert(
    minutes: float,
    rule: str,
    level: str = "medium",
    *,
    host: str = "pc-014",
    outcome: str = "unknown",
    kind: str = "rule",
    tags: tuple[str, ...] = (),
    trace_kind: str = "process",
    event: str = "",
    revision: int = 1,
    began: float | None = None,
    threat: str = "emotet",
    pyramid: str = "artefact",
    entities: Entities | None = None,
) -> Alert:
    """An alert so many minutes after `START`."""
    time = START + timedelta(minutes=minutes)
    named = entities or Entities(host=host)
    return Alert(
        alert_id=f"{rule}-{host}-{minutes}",
        revision=revision,
        kind=kind,
        rule=RuleRef(rule, f"title {rule}", level, tags, level, threat, trace_kind, pyramid),
        time=time,
        zone="record",
        tenant="default",
        entities=named,
        key=Joined(named).key,
        outcome=outcome,
        meaning=f"meaning {rule}",
        count=1,
        first=time if began is None else START + timedelta(minutes=began),
        last=time,
        logsource=LogSource(),
        matched=(),
        source=SourceRef("f", 1),
        event_id="" if kind == "correlation" else event or f"e{minutes}",
        event={"Field": "value"},
        joins=(JOIN,),
    )


def group(*alerts: Alert, policy: Policy | None = None) -> Grouping:
    """All of them."""
    builder = EncounterBuilder(policy)
    for one in alerts:
        builder.add(one)
    return builder.grouping()


def only(*alerts: Alert) -> Encounter:
    """The one encounter that they make."""
    grouping = group(*alerts)
    assert 1 == len(grouping.encounters)
    return grouping.encounters[0]


CHAIN = (
    alert(0, "mail", "medium", tags=("attack.initial-access",), trace_kind="mail"),
    alert(7, "wmi", "medium", tags=("attack.execution",), pyramid="ttp"),
    alert(8, "download", "high", tags=("attack.command-and-control",), outcome="allowed", trace_kind="http"),
    alert(9, "persist", "medium", tags=("attack.persistence", "attack.privilege-escalation")),
    alert(
        20,
        "c2",
        "high",
        tags=("attack.command_and_control",),
        outcome="blocked",
        trace_kind="http",
        pyramid="ip",
    ),
    alert(
        21,
        "c2",
        "high",
        tags=("attack.command_and_control",),
        outcome="blocked",
        trace_kind="http",
        pyramid="ip",
    ),
    alert(
        30,
        "c2",
        "high",
        tags=("attack.command_and_control",),
        outcome="allowed",
        trace_kind="http",
        pyramid="ip",
    ),
    alert(21, "chain", "critical", kind="correlation", began=-5, outcome="allowed"),
)


def test_one_story() -> None:
    """The chain on one host is one encounter with all that a headline needs."""
    told = only(*CHAIN)
    assert ("host:pc-014", "host", "pc-014") == (told.key, told.kind, told.name)
    assert ("critical", "level", 8) == (told.level, told.reason, told.alerts)
    assert (START - timedelta(minutes=5), START + timedelta(minutes=30)) == (told.first, told.last)
    assert ("emotet",) == told.threats
    assert {"host": ("pc-014",)} == told.entities
    assert (JOIN,) == told.joins


def test_the_lines_are_in_order_and_folded() -> None:
    """A repeated alert is one line with count, first and last; another outcome is another line."""
    lines = only(*CHAIN).lines
    assert [
        ("mail", "unknown", 1),
        ("wmi", "unknown", 1),
        ("download", "allowed", 1),
        ("persist", "unknown", 1),
        ("c2", "blocked", 2),
        ("chain", "allowed", 1),
        ("c2", "allowed", 1),
    ] == [(line.rule.id, line.outcome, line.alerts) for line in lines]
    assert (20, 21) == tuple((t - START).total_seconds() / 60 for t in (lines[4].first, lines[4].last))
    assert "meaning c2" == lines[4].meaning
    assert {"Field": "value"} == lines[4].samples[0].event


def test_a_correlation_stands_after_what_it_rests_on() -> None:
    """At the same instant, whatever the ids."""
    told = only(alert(0, "b", "high"), alert(0, "a", "high", kind="correlation", began=-1))
    assert ["b", "a"] == [line.rule.id for line in told.lines]


def test_the_stages_are_in_order_of_time() -> None:
    """Tactics as they were first seen; two of one alert in ATT&CK's order; both spellings are one."""
    stages = only(*CHAIN).stages
    assert [
        "initial-access",
        "execution",
        "command-and-control",
        "persistence",
        "privilege-escalation",
    ] == [stage.tactic for stage in stages]
    assert ("download", "c2") == stages[2].rule_ids


def test_the_outcome_says_what_went_through() -> None:
    """C2 blocked twice, allowed once; the correlation is not counted beside its members."""
    outcome = only(*CHAIN).outcome
    assert (("unknown", 3), ("allowed", 2), ("blocked", 2)) == outcome.counts
    assert (True, ("allowed", "blocked"), False) == (outcome.allowed, outcome.c2, outcome.c2_stopped)
    stopped = only(*CHAIN[:2], *CHAIN[4:6]).outcome
    assert (False, ("blocked",), True) == (stopped.allowed, stopped.c2, stopped.c2_stopped)


def test_the_score_shows_where_it_comes_from() -> None:
    """By hand: 100 + 40·1 + 40·0.8·(1 + 1/2 + 1/4) + 15·1.2 + 15 + 15."""
    told = only(*CHAIN)
    assert {"chain": 100.0, "c2": 56.0, "download": 40.0, "wmi": 18.0, "mail": 15.0, "persist": 15.0} == {
        item.rule_id: item.points for item in told.points
    }
    assert 244.0 == told.score
    assert ["chain", "c2", "download"] == [item.rule_id for item in told.points[:3]]


@pytest.mark.parametrize(
    ("level", "pyramid", "alerts", "expected"),
    [
        ("medium", "", 1, 15.0),
        ("medium", "ttp", 2, 27.0),
        ("low", "hash", 1_000_000, 4.8),
        ("nonsense", "", 9, 0.0),
    ],
)
def test_points(level: str, pyramid: str, alerts: int, expected: float) -> None:
    """A million repetitions are worth twice the first."""
    assert expected == rule_points(level, pyramid, alerts)


def test_a_near_miss_is_no_encounter() -> None:
    """A management tool's encoded PowerShell under WMI: two medium rules, one event; shown, not told."""
    wmi, encoded = alert(0, "wmi", event="e1"), alert(0, "encoded", trace_kind="command line", event="e1")
    grouping = group(wmi, encoded, alert(1, "noise", "low"), alert(60, "wmi", event="e2"))
    assert () == grouping.encounters
    (loose,) = grouping.loose
    assert ("medium", 4, "") == (loose.level, loose.alerts, loose.reason)


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        ((alert(0, "a"), alert(1, "b"), alert(2, "c", trace_kind="http")), 1),
        ((alert(0, "a"), alert(1, "b"), alert(2, "c")), 0),
        ((alert(0, "a"), alert(1, "b", trace_kind="http"), alert(2, "b", trace_kind="http")), 0),
        ((alert(0, "a", event="e"), alert(0, "b", event="e"), alert(1, "c", trace_kind="http")), 0),
        ((alert(0, "a"), alert(1, "b", trace_kind="http"), alert(2, "c", "low", trace_kind="mail")), 0),
        (
            (
                alert(0, "a"),
                alert(1, "b", trace_kind="http"),
                alert(2, "c", kind="correlation", trace_kind=""),
            ),
            0,
        ),
        ((alert(0, "a", "high"),), 1),
        ((alert(0, "a", "high", kind="correlation"),), 1),
        ((alert(0, "a", "high", entities=Entities()),), 0),
    ],
)
def test_what_is_enough(alerts: tuple[Alert, ...], expected: int) -> None:
    """One high alert, or three medium rules on three events of two trace kinds; of somebody that is known."""
    assert expected == len(group(*alerts).encounters)


def test_entities_are_told_apart() -> None:
    """Each has its own; the more urgent first."""
    grouping = group(alert(0, "a", "high", host="pc-1"), alert(0, "a", "critical", host="pc-2"))
    assert ["pc-2", "pc-1"] == [told.name for told in grouping.encounters]


def test_silence_splits() -> None:
    """24 hours apart is together, one second more is not; minor alerts between hold nothing together."""
    day = 24 * 60
    noise = [alert(minutes, "noise", "low") for minutes in range(0, day, 30)]
    assert 1 == len(group(alert(0, "a", "high"), alert(day, "b", "high")).encounters)
    apart = group(alert(0, "a", "high"), alert(day + 1 / 60, "b", "high"), *noise)
    assert ["a", "b"] == sorted(
        line.rule.id for told in apart.encounters for line in told.lines if line.rule.id != "noise"
    )
    assert apart.encounters[0].id != apart.encounters[1].id


def test_minor_alerts_are_attached_within_the_margin() -> None:
    """An hour before and after; further away they are loose."""
    noise = [alert(minutes, "noise", "low") for minutes in (-125, -30, 30, 185)]
    grouping = group(alert(0, "a", "high"), *noise)
    assert [3] == [told.alerts for told in grouping.encounters]
    assert [2] == [told.alerts for told in grouping.loose]


def test_a_later_revision_replaces_an_earlier_one() -> None:
    """In whatever order they come."""
    first = alert(0, "c", "high", kind="correlation", outcome="blocked")
    second = alert(0, "c", "high", kind="correlation", outcome="allowed", revision=2)
    for order in ((first, second), (second, first)):
        assert [("allowed", 1)] == [(line.outcome, line.alerts) for line in only(*order).lines]


def test_the_order_of_arrival_does_not_matter() -> None:
    """Shuffled alerts give the same encounters."""
    alerts = [
        *CHAIN,
        *[alert(m, "noise", "low") for m in range(50)],
        *[alert(m, "b", host="x") for m in range(9)],
    ]
    expected = group(*alerts)
    for seed in range(5):
        shuffled = list(alerts)
        random.Random(seed).shuffle(shuffled)  # noqa: S311 - the order is not a secret
        assert expected == group(*shuffled)


def test_a_flood_is_a_few_numbers() -> None:
    """Twenty thousand low alerts of one rule and host in two hours: two folds, one slim sample each."""
    builder = EncounterBuilder()
    for second in range(20_000):
        builder.add(alert(second * 120 / 20_000, "noise", "low", event=f"e{second}"))
    assert 2 == len(builder._folds._folds)
    (loose,) = builder.grouping().loose
    assert (20_000, 2) == (loose.alerts, len(loose.lines[0].samples))
    assert {} == loose.lines[0].samples[0].event


def test_minor_alerts_beyond_the_room_are_counted() -> None:
    """Medium ones always find room."""
    policy = Policy(minor_folds=2)
    alerts = [alert(0, "noise", "low", host=f"pc-{n}") for n in range(5)]
    grouping = group(*alerts, alert(0, "a", "medium"), policy=policy)
    assert 3 == grouping.left_out
    assert 3 == len(grouping.loose)
