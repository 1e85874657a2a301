"""From hits and correlations to alerts."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b

import pytest
from msgspec.structs import replace

from noroshi.alerts.build import AlertBuilder
from noroshi.alerts.model import effective_level
from noroshi.engine.correlate import Correlator
from noroshi.engine.hits import Evidence as Matched
from noroshi.engine.hits import Hit
from noroshi.events.model import Entities, LogSource, Outcome
from noroshi.identity.model import Evidence, Join, Joined, Link, Named
from noroshi.rules.model import AllOf, Bound, Correlation, Meaning, Rule, RuleLogSource, RuleMeta, RuleSet

META = RuleMeta(
    title="Encoded PowerShell",
    title_ja="エンコードされた PowerShell",
    level="high",
    tags=("attack.execution", "attack.t1059.001"),
    meaning=Meaning(
        en="PowerShell was started with an encoded command.",
        ja="PowerShell がエンコードされたコマンドで起動された。",
    ),
    trace_kind="command_line",
    pyramid_level="ttp",
    folder="rules/emotet/encoded-powershell",
)
RULE = Rule(id="r1", name="", hash="h1", logsource=RuleLogSource(), condition=AllOf(()), meta=META)
PAIR = Correlation(
    id="c1",
    name="",
    hash="h2",
    type="event_count",
    rules=("r1",),
    group_by=("entity.host",),
    timespan_seconds=60,
    bounds=(Bound(op="gte", value=2),),
    meta=RuleMeta(title="Twice", level="critical"),
)
RULESET = RuleSet(rules=(RULE,), correlations=(PAIR,))
HIT = Hit(
    event_id="e1",
    tenant="default",
    time=datetime(2020, 7, 22, 4, 12, 9, 123000, tzinfo=UTC),
    zone="record",
    rule_id="r1",
    rule_hash="h1",
    logsource=LogSource("windows", "sysmon", frozenset({"process_creation"})),
    entities=Entities(host="pc-014", user="t.suzuki"),
    outcome=Outcome.ALLOWED,
    evidence=(Matched("CommandLine", "powershell -e AAAA", "* -e *"),),
    fields={"CommandLine": "powershell -e AAAA"},
    path="sysmon.json",
    position=17,
)


def test_a_hit_becomes_an_alert() -> None:
    """Every part comes from the hit or its rule."""
    alert = AlertBuilder(RULESET).from_hit(HIT)
    assert ("rule", 1, 1, HIT.time, HIT.time) == (
        alert.kind,
        alert.revision,
        alert.count,
        alert.first,
        alert.last,
    )
    assert ("high", "emotet", "ttp") == (alert.level, alert.rule.threat, alert.rule.pyramid_level)
    assert ("host:pc-014", "allowed") == (alert.key, alert.outcome)
    assert ("sysmon.json", 17) == (alert.source.path, alert.source.record)
    assert HIT.evidence == alert.matched


def test_the_id_is_the_hash_of_its_parts() -> None:
    """hash(tenant, rule id, rule hash, key, event id), each part with its length before it."""
    raw = b"7:default2:r12:h11:02:e1"
    assert blake2b(raw, digest_size=16).hexdigest() == AlertBuilder(RULESET).from_hit(HIT).alert_id


@pytest.mark.parametrize(
    "other",
    [
        replace(HIT, tenant="other"),
        replace(HIT, rule_id="other"),
        replace(HIT, rule_hash="other"),
        replace(HIT, event_id="other"),
    ],
)
def test_the_id_depends_on_every_part(other: Hit) -> None:
    """Another tenant, rule, version of the rule or event is another alert; another text is not."""
    builder = AlertBuilder(RULESET)
    assert builder.from_hit(HIT).alert_id != builder.from_hit(other).alert_id
    corrected = AlertBuilder(RuleSet(rules=(), correlations=()))
    assert builder.from_hit(HIT).alert_id == corrected.from_hit(HIT).alert_id


def test_the_meaning_is_in_the_readers_language() -> None:
    """The guide's line; where there is none, the title in that language."""
    assert META.meaning.ja == AlertBuilder(RULESET, "ja").from_hit(HIT).meaning
    assert META.meaning.en == AlertBuilder(RULESET).from_hit(HIT).meaning
    assert "Twice" == AlertBuilder(RULESET).meaning("c1")
    assert "Twice" == AlertBuilder(RULESET, "ja").meaning("c1")


MAILBOX, HOST = Named("mailbox", "t.suzuki@minato-works.example"), Named("host", "pc-014")
JOIN = Join(MAILBOX, HOST, Link(MAILBOX, HOST, HIT.time, None, Evidence("e9", "dc01.json", "5", "logon")))


def test_joined_entities_replace_the_records_own() -> None:
    """A mail to a mailbox belongs to the machine where its owner is logged on, and the alert says why."""
    joined = Joined(Entities(host="pc-014", mailbox=MAILBOX.name), (JOIN,))
    alert = AlertBuilder(RULESET).from_hit(replace(HIT, entities=Entities(mailbox=MAILBOX.name)), joined)
    assert ("host:pc-014", "pc-014") == (alert.key, alert.entities.host)
    assert (JOIN,) == alert.joins


@pytest.mark.parametrize(
    ("level", "outcomes", "outcome", "expected"),
    [
        ("high", (), "blocked", "high"),
        ("high", ("allowed", "unknown"), "allowed", "high"),
        ("high", ("allowed", "unknown"), "blocked", "medium"),
        ("informational", ("allowed",), "blocked", "informational"),
        ("nonsense", (), "allowed", "informational"),
    ],
)
def test_the_outcome_decides_the_level(
    level: str, outcomes: tuple[str, ...], outcome: str, expected: str
) -> None:
    """A blocked download is one level lower, a blocked C2 call (a rule without outcomes) is not."""
    assert expected == effective_level(RuleMeta(title="t", level=level, outcomes=outcomes), outcome)


def test_a_correlation_becomes_an_alert() -> None:
    """With its members, its group and its own revision."""
    second = replace(HIT, event_id="e2", time=HIT.time.replace(second=20), outcome=Outcome.BLOCKED)
    (found,) = Correlator(RULESET).run([second, HIT])
    alert = AlertBuilder(RULESET).from_correlation(found)
    assert ("correlation", "critical", 2) == (alert.kind, alert.level, alert.count)
    assert ("host:pc-014", "allowed", "Twice") == (alert.key, alert.outcome, alert.meaning)
    assert (HIT.time, second.time, second.time) == (alert.first, alert.last, alert.time)
    assert alert.correlation is not None
    assert (("r1", "Encoded PowerShell", 2),) == alert.correlation.rules
    assert ["e1", "e2"] == [hit.event_id for hit in alert.correlation.contributors]


def test_food_for_a_correlation_is_not_shown() -> None:
    """A rule that only a correlation without ``generate`` refers to; an unknown rule is shown."""
    silent = Rule(
        id="s", name="", hash="", logsource=RuleLogSource(), condition=AllOf(()), meta=META, alerts=False
    )
    builder = AlertBuilder(RuleSet(rules=(RULE, silent)))
    assert [True, False, True] == [builder.shows(name) for name in ("r1", "s", "unknown")]
