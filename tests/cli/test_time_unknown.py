"""An event whose time nobody can read: its alerts say so in every format, and never 1970."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

LINE = (
    "CEF:0|Imperva Inc.|SecureSphere|12.0|SQL Injection|SQL Injection|High|act=None dst=10.0.0.1 "
    "src=203.0.113.4 rt={} request=/a.php?id=1%27%20union%20select%201"
)
BAD = "the day before yesterday"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """One attack at a time that can be read, and the same at one that cannot."""
    path = tmp_path / "waf.log"
    path.write_text(f"{LINE.format('08 March 2023 10:11:12')}\n{LINE.format(BAD)}\n", encoding="utf-8")
    return path


def test_programs_are_told_null_and_the_error_names_the_place(run: Run, log: Path, tmp_path: Path) -> None:
    """A month in full is read; the other event is one located error, and kept as a dead letter."""
    dead = tmp_path / "dead.ndjson"
    result = run("scan", log, "--format", "ndjson", "--dead-letters", dead)
    alerts = [json.loads(line) for line in result.out.splitlines()]
    assert [(None, "missing"), ("2023-03-08T10:11:12.000Z", "assumed-utc")] == [
        (one["time"], one["time_zone_from"]) for one in alerts
    ]
    assert [None, None] == [alerts[0]["first"], alerts[0]["last"]]
    second = len(LINE.format("08 March 2023 10:11:12")) + 1
    assert f"{log}: position {second}: holds no time that can be read" in result.err
    letters = [json.loads(line) for line in dead.read_text(encoding="utf-8").splitlines()]
    assert [f"position {second}"] == [one["place"] for one in letters]
    assert BAD in letters[0]["text"]


@pytest.mark.parametrize(("language", "words"), [("en", "time unknown"), ("ja", "時刻不明")])
def test_people_are_told_in_words(run: Run, log: Path, language: str, words: str) -> None:
    """The table and the report, in both languages."""
    for shape in ("table", "html"):
        out = run("scan", log, "--lang", language, "--format", shape).out
        assert words in out
        assert "1970" not in out


def test_tables_of_other_programs_leave_it_empty(run: Run, log: Path) -> None:
    """An empty cell in CSV; "Not a time" in Timesketch, as Plaso says it; no 1970 in SARIF and layers."""
    rows = run("scan", log, "--format", "csv").out.splitlines()
    assert ["", "2023-03-08T10:11:12.000Z"] == [row.split(",")[0] for row in rows[1:]]
    sketch = [json.loads(line) for line in run("scan", log, "--format", "timesketch").out.splitlines()]
    assert ["Not a time", "Noroshi alert"] == [one["timestamp_desc"] for one in sketch]
    for shape in ("sarif", "attack-navigator", "json"):
        assert "1970" not in run("scan", log, "--format", shape).out


def test_a_period_keeps_what_may_lie_inside(run: Run, log: Path) -> None:
    """Nobody knows that it lies outside, so it is shown."""
    result = run("scan", log, "--since", "2024-01-01", "--format", "ndjson")
    assert [None] == [json.loads(line)["time"] for line in result.out.splitlines()]
