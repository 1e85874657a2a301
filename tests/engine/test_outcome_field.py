"""Rules reach the outcome of an event of any product as one field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.engine.explain import explain
from noroshi.engine.matcher import Matcher
from noroshi.engine.reference import EMPTY_CONTEXT
from noroshi.events.model import Event, Kind, LogSource, Source
from noroshi.events.traits import TableTraits, load_table
from noroshi.rules import load_rules
from noroshi.service.survey import Survey

if TYPE_CHECKING:
    from pathlib import Path

RULE = """
title: Blocked by a firewall
id: 0e1ef2f6-31c5-4f3f-b12c-0b5fd3a0a6cf
logsource: {category: firewall}
detection:
  blocked:
    noroshi_outcome: blocked
    dst_port: 445
  condition: blocked
"""
LOGSOURCE = LogSource("fortigate", "traffic", frozenset({"firewall"}))
KIND = Kind("fortigate", LOGSOURCE, {}, TableTraits(load_table("fortigate")))


def event(**fields: str) -> Event:
    """A firewall's event."""
    return Event(KIND, {"dst_port": "445", **fields}, Source("fw.log", "s"), 1)


def matcher(tmp_path: Path) -> Matcher:
    """A matcher of the rule."""
    path = tmp_path / "rule.yml"
    path.write_text(RULE)
    return Matcher(load_rules([path]).ruleset)


def test_the_products_own_word_decides(tmp_path: Path) -> None:
    """`deny` is blocked, `accept` is not, each time anew."""
    found = matcher(tmp_path)
    assert [1, 0, 1] == [len(found.match(event(action=word))) for word in ("deny", "accept", "deny")]
    (hit,) = found.match(event(action="deny"))
    assert ("noroshi_outcome", "blocked") in {(one.field, one.value) for one in hit.evidence}


def test_no_log_can_write_it(tmp_path: Path) -> None:
    """A field of that name in the record is replaced."""
    found = matcher(tmp_path)
    assert () == found.match(event(action="accept", noroshi_outcome="blocked"))
    rule = found.compiled.rules[0]
    assert explain(rule, event(action="deny", noroshi_outcome="x"), EMPTY_CONTEXT).matches


def test_health_knows_that_every_event_has_it() -> None:
    """A survey of events never misses the field."""
    survey = Survey()
    assert survey.add(event(action="deny")).has("noroshi_outcome")
