"""Outcomes in the story: only where a product had to decide."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from noroshi.alerts.encounters import EncounterBuilder
from noroshi.cli.story.facts import Facts
from noroshi.cli.story.moments import tale
from noroshi.events.model import LogSource
from noroshi.rules.model import RuleSet
from tests.cli.test_headline import C2, EXECUTION, HOST, alert

if TYPE_CHECKING:
    from noroshi.cli.story.moments import Tale

PROCESS = LogSource("windows", "sysmon", frozenset({"process_creation"}))
SERVICE = LogSource("windows", "system")
CONNECTION = LogSource("windows", "sysmon", frozenset({"network_connection"}))
DEFENDER = LogSource("windows", "windefend", frozenset({"antivirus"}))
LINUX = LogSource("linux", "auditd", frozenset({"process_creation"}))
PROXY = LogSource("squid", "access", frozenset({"proxy"}))


def told(*parts: tuple[LogSource, str, dict[str, Any]]) -> Tale:
    """The story of alerts with these log sources, outcomes and fields."""
    builder = EncounterBuilder()
    for number, (source, outcome, event) in enumerate(parts):
        tags = C2 if source is PROXY else EXECUTION
        builder.add(replace(alert(number, (tags, "high", outcome), HOST), logsource=source, event=event))
    (encounter,) = builder.grouping().encounters
    scan: Any = SimpleNamespace(prepared=SimpleNamespace(loaded=SimpleNamespace(ruleset=RuleSet(()))))
    return tale(encounter, Facts(scan, {}))


@pytest.mark.parametrize(
    ("source", "outcome", "event", "expected"),
    [
        (PROCESS, "allowed", {}, "happened"),
        (SERVICE, "allowed", {}, "happened"),
        (LINUX, "allowed", {}, "happened"),
        (LogSource("linux", "sysmon", frozenset({"raw_access_thread"})), "allowed", {}, "happened"),
        (LogSource("windows", "registry", frozenset({"registry_set"})), "allowed", {}, "happened"),
        (LogSource("linux", "sysmon", frozenset({"network_connection"})), "allowed", {}, "allowed"),
        (PROCESS, "blocked", {}, "blocked"),
        (PROCESS, "failed", {}, "failed"),
        (CONNECTION, "allowed", {}, "allowed"),
        (DEFENDER, "allowed", {}, "allowed"),
        (PROXY, "allowed", {}, "allowed"),
        (LogSource(), "allowed", {}, "allowed"),
        (LogSource("windows", "security"), "allowed", {"EventID": 4697}, "happened"),
        (LogSource("windows", "security"), "allowed", {"DestAddress": "192.0.2.1"}, "allowed"),
    ],
)
def test_what_simply_happened_was_not_allowed_by_anybody(
    source: LogSource, outcome: str, event: dict[str, Any], expected: str
) -> None:
    """Processes, services: no decision. Connections, antivirus and proxies decide, and so does a block."""
    (moment,) = told((source, outcome, event)).moments
    assert expected == moment.told


def test_the_counts_tell_both_apart() -> None:
    """Two programs that ran are not two things that were let through."""
    story = told((PROCESS, "allowed", {}), (PROCESS, "allowed", {}), (PROXY, "allowed", {}))
    assert (("happened", 2), ("allowed", 1)) == story.outcomes
