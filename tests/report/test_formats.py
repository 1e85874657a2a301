"""Reports for other programs: what their specifications require stands in them."""

from __future__ import annotations

import csv as csv_module
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from noroshi.alerts.build import AlertBuilder
from noroshi.engine.hits import Evidence
from noroshi.report import csv, sarif, timesketch
from noroshi.report.navigator import Heat, layer
from tests.alerts.test_build import HIT, RULESET

if TYPE_CHECKING:
    from noroshi.alerts.model import Alert

EVIL = '=HYPERLINK("http://evil.example")\r\n\'<script>'


def alert() -> Alert:
    """The alert of one hit."""
    return AlertBuilder(RULESET).from_hit(HIT)


def test_sarif_has_what_the_standard_requires() -> None:
    """SARIF 2.1.0: version, runs, tool.driver.name, message.text; ruleIndex leads to the rule's id."""
    document = json.loads(b"".join(sarif.lines([alert(), alert()])))
    assert "2.1.0" == document["version"]
    (run,) = document["runs"]
    assert "Noroshi" == run["tool"]["driver"]["name"]
    rules = run["tool"]["driver"]["rules"]
    assert ["r1"] == [one["id"] for one in rules]
    for result in run["results"]:
        assert result["ruleId"] == rules[result["ruleIndex"]]["id"]
        assert result["message"]["text"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert "sysmon.json" == result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert "error" == run["results"][0]["level"]


def test_sarif_without_alerts_is_a_document() -> None:
    """A run with no result."""
    assert [] == json.loads(b"".join(sarif.lines([])))["runs"][0]["results"]


def test_a_navigator_layer_has_what_its_format_requires() -> None:
    """Layer format 4.5: name, versions, domain; techniques with id and score within the gradient."""
    heat = Heat()
    heat.add(alert())
    made = json.loads(json.dumps(layer(heat, name="day", attack_version="18")))
    assert ("day", "enterprise-attack", "4.5") == (made["name"], made["domain"], made["versions"]["layer"])
    assert ["T1059.001"] == [one["techniqueID"] for one in made["techniques"]]
    assert made["gradient"]["minValue"] <= made["techniques"][0]["score"] <= made["gradient"]["maxValue"]
    assert {"alerts": "1", "level": "high", "first": "2020-07-22T04:12:09.123Z"} == {
        one["name"]: one["value"] for one in made["techniques"][0]["metadata"]
    }


def test_timesketch_has_its_three_fields() -> None:
    """``message``, ``datetime`` in ISO 8601 and ``timestamp_desc``; the timestamp in microseconds."""
    (line,) = timesketch.lines([alert()])
    read = json.loads(line)
    assert read["message"]
    assert read["timestamp_desc"]
    assert datetime(2020, 7, 22, 4, 12, 9, 123000, tzinfo=UTC) == datetime.fromisoformat(read["datetime"])
    assert 1595391129123000 == read["timestamp"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_runs_no_formula(start: str) -> None:
    """A value that a spreadsheet would calculate begins with an apostrophe."""
    hostile = replace(alert(), meaning=f"{start}cmd|' /C calc'!A0")
    read = list(
        csv_module.reader(io.StringIO(b"".join(csv.lines([hostile])).decode("utf-8-sig"), newline=""))
    )
    assert len(csv.COLUMNS) == len(read[1])
    assert f"'{start}cmd|' /C calc'!A0" == read[1][csv.COLUMNS.index("meaning")]


def test_csv_keeps_a_record_together() -> None:
    """Quotes and line ends inside a value stay inside it."""
    hostile = replace(alert(), matched=(Evidence("a", EVIL, "*"),))
    read = list(
        csv_module.reader(io.StringIO(b"".join(csv.lines([hostile])).decode("utf-8-sig"), newline=""))
    )
    assert 2 == len(read)
    assert f"a={EVIL}" == read[1][csv.COLUMNS.index("matched")]
