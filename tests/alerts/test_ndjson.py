"""The NDJSON line."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from msgspec.structs import replace

from noroshi.alerts.build import AlertBuilder
from noroshi.alerts.ndjson import MAX_VALUE, dumps, to_dict, to_line
from noroshi.engine.correlate import Correlator
from noroshi.engine.hits import Evidence
from tests.alerts.test_build import HIT, JOIN, META, RULESET


def test_the_line_of_the_design() -> None:
    """The keys of the design in its order, then what was added; times in UTC with milliseconds."""
    line = to_line(AlertBuilder(RULESET).from_hit(HIT))
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    read = json.loads(line)
    alert_id = read.pop("alert_id")
    assert 32 == len(alert_id)
    assert {
        "kind": "rule",
        "rule": {
            "id": "r1",
            "title": "Encoded PowerShell",
            "level": "high",
            "tags": ["attack.execution", "attack.t1059.001"],
        },
        "time": "2020-07-22T04:12:09.123Z",
        "tenant": "default",
        "entities": {"host": "pc-014", "user": "t.suzuki"},
        "outcome": "allowed",
        "meaning": META.meaning.en,
        "count": 1,
        "first": "2020-07-22T04:12:09.123Z",
        "last": "2020-07-22T04:12:09.123Z",
        "logsource": {"product": "windows", "service": "sysmon", "categories": ["process_creation"]},
        "matched": [{"field": "CommandLine", "value": "powershell -e AAAA", "pattern": "* -e *"}],
        "source": {"path": "sysmon.json", "record": 17},
        "event": {"CommandLine": "powershell -e AAAA"},
        "revision": 1,
        "event_id": "e1",
        "time_zone_from": "record",
        "joins": [],
    } == read
    assert ["kind", "rule", "time", "tenant", "entities", "outcome", "meaning", "count"] == list(read)[:8]


def test_a_join_shows_its_evidence() -> None:
    """What was known, what it led to, since when, and the record that shows it."""
    alert = replace(AlertBuilder(RULESET).from_hit(HIT), joins=(JOIN,))
    assert [
        {
            "known": {"mailbox": "t.suzuki@minato-works.example"},
            "found": {"host": "pc-014"},
            "since": "2020-07-22T04:12:09.123Z",
            "until": None,
            "evidence": {"what": "logon", "event_id": "e9", "path": "dc01.json", "record": "5"},
        }
    ] == json.loads(to_line(alert))["joins"]


def test_a_lowered_level_says_so() -> None:
    """Programs filter by the level as alerted; the rule's own stands beside it."""
    alert = AlertBuilder(RULESET).from_hit(HIT)
    lowered = replace(alert, rule=dataclasses.replace(alert.rule, level="medium"))
    assert ("medium", "high") == (to_dict(lowered)["rule"]["level"], to_dict(lowered)["rule"]["own_level"])


def test_a_correlation_tells_its_members() -> None:
    """The contributing event ids, and a short list of where they stand."""
    second = replace(HIT, event_id="e2", time=HIT.time.replace(second=20))
    (found,) = Correlator(RULESET).run([second, HIT])
    event = json.loads(to_line(AlertBuilder(RULESET).from_correlation(found)))["event"]
    assert ["e1", "e2"] == event["contributing"]
    assert {"entity.host": "pc-014"} == event["group"]
    assert [{"id": "r1", "title": "Encoded PowerShell", "count": 2}] == event["rules"]
    assert (0, 2, False) == (event["not_listed"], event["measure"], event["partial"])
    assert {
        "time": "2020-07-22T04:12:20.123Z",
        "rule": "r1",
        "event_id": "e2",
        "outcome": "allowed",
        "path": "sysmon.json",
        "record": 17,
    } == event["hits"][1]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"n": 10**30}, {"n": "1" + "0" * 30}),
        ({"n": -(2**63)}, {"n": -(2**63)}),
        ({"n": 2**64 - 1, "big": 2**64}, {"n": 2**64 - 1, "big": str(2**64)}),
        ({"s": "a\ud800b"}, {"s": "a\ufffdb"}),
        ({"\udfff": 1}, {"\ufffd": 1}),
        ({1: "x", None: "y"}, {"1": "x", "None": "y"}),
        ({"f": float("nan"), "g": float("inf")}, {"f": None, "g": None}),
        (
            {"b": b"\xffa", "s": {"y", "x"}, "t": HIT.time},
            {"b": "\ufffda", "s": ["x", "y"], "t": HIT.time.isoformat()},
        ),
        ({"t": (HIT.time, 10**30)}, {"t": ["2020-07-22T04:12:09.123Z", str(10**30)]}),
        ({"日本": "語\n"}, {"日本": "語\n"}),
    ],
)
def test_what_json_cannot_hold(value: Any, expected: Any) -> None:
    """It is written as the nearest thing that JSON can hold; nothing raises."""
    assert expected == json.loads(dumps(value))


def test_depth_is_bounded() -> None:
    """Nesting beyond every limit of the library ends in an ellipsis."""
    deep: Any = "x"
    for _ in range(1000):
        deep = [deep]
    assert "…" in dumps({"deep": deep}).decode()


def test_a_long_value_is_cut_in_the_evidence_only() -> None:
    """A ten megabyte field stands once in the line, not once more for every pattern."""
    alert = replace(AlertBuilder(RULESET).from_hit(HIT), matched=(Evidence("F", "x" * 5000, "x*"),))
    assert MAX_VALUE + 1 == len(to_dict(alert)["matched"][0]["value"])
