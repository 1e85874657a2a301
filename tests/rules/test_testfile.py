"""`tests.yml`: what may stand in it, and every mistake with its line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from noroshi.rules.testfile import ListValues, RuleTestEvent, read_tests

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.errors import LocatedError
    from noroshi.rules.testfile import TestFile


def read(folder: Path, text: str) -> tuple[TestFile, list[LocatedError]]:
    """A file with this text, read."""
    path = folder / "tests.yml"
    path.write_text(dedent(text), encoding="utf-8")
    return read_tests(path)


def test_everything_that_may_be_said(tmp_path: Path) -> None:
    """Lists, times, outcomes, entities, raw records, repetitions."""
    file, errors = read(
        tmp_path,
        """\
        lists:
          bad_hosts: {type: domain, values: [bad.example]}
        tests:
          - name: fields
            expect: match
            alerts: 2
            lists: {bad_hosts: {type: domain, values: [worse.example]}, own: {values: [a]}}
            events:
              - logsource: {product: windows, service: sysmon, categories: [process_creation, other]}
                fields: {EventID: 1, List: [a, 2], Nothing: null}
                time: 2020-07-22T13:12:09.5+09:00
                outcome: blocked
                entities: {host: PC-014, user: t.suzuki}
                repeat: 3
                every: 500ms
          - name: raw
            expect: no_match
            near_miss: not the one
            events:
              - {raw: a line, format: squid, time: '2020-07-22T00:00:00Z'}
              - {logsource: {category: proxy}, fields: {}}
        """,
    )
    assert [] == errors
    first, second = file.tests
    assert (True, 2, 4) == (first.matches, first.alerts, first.line)
    assert {
        "bad_hosts": ListValues("domain", ("worse.example",)),
        "own": ListValues("text", ("a",)),
    } == first.lists
    assert (
        RuleTestEvent(
            product="windows",
            service="sysmon",
            categories=("process_creation", "other"),
            fields={"EventID": 1, "List": ["a", 2], "Nothing": None},
            time=datetime(2020, 7, 22, 4, 12, 9, 500_000, tzinfo=UTC),
            outcome="blocked",
            entities={"host": "PC-014", "user": "t.suzuki"},
            repeat=3,
            every=timedelta(milliseconds=500),
        ),
    ) == first.events
    assert (False, "not the one", {"bad_hosts": ListValues("domain", ("bad.example",))}) == (
        second.matches,
        second.near_miss,
        second.lists,
    )
    assert ("a line", "squid") == (second.events[0].raw, second.events[0].format)
    assert ("proxy",) == second.events[1].categories


EVENT = "{logsource: {category: proxy}, fields: {a: 1}}"
BAD = [
    ("tests: 5", 1, "no list"),
    ("tests: []", 1, "no list"),
    ("[]", 1, "no single mapping"),
    ("tests:\n  - 5", 2, "no mapping"),
    (f"tests:\n  - expect: match\n    events: [{EVENT}]", 2, "no name"),
    (f"tests:\n  - name: a\n    expect: yes\n    events: [{EVENT}]", 3, "expect"),
    ("tests:\n  - name: a\n    expect: match", 2, "no events"),
    (f"tests:\n  - name: a\n    expect: match\n    alerts: 0\n    events: [{EVENT}]", 4, "alerts"),
    (f"tests:\n  - name: a\n    expect: match\n    when: now\n    events: [{EVENT}]", 4, "'when' is unknown"),
    ("tests:\n  - name: a\n    expect: match\n    events:\n      - {fields: {a: 1}}", 5, "no logsource"),
    (
        "tests:\n  - name: a\n    expect: match\n    events:\n      - {logsource: {product: a}}",
        5,
        "'fields' or",
    ),
    ("tests:\n  - name: a\n    expect: match\n    events:\n      - {raw: a line}", 5, "needs 'format'"),
]
BAD_PARTS = [
    ("time: 2020-07-22T00:00:00", "no zone"),
    ("time: soon", "ISO 8601"),
    ("outcome: nice", "outcome"),
    ("entities: {planet: earth}", "'planet' is unknown"),
    ("entities: {host: 5}", "no text"),
    ("repeat: 0", "repeat"),
    ("repeat: 1000000", "repeat"),
    ("every: often", "duration"),
    ("colour: red", "'colour' is unknown"),
]


@pytest.mark.parametrize(("text", "line", "why"), BAD, ids=range(len(BAD)))
def test_a_mistake_is_located(tmp_path: Path, text: str, line: int, why: str) -> None:
    """With the line of its key."""
    file, errors = read(tmp_path, text)
    assert [f"line {line}"] == [error.place for error in errors]
    assert why in errors[0].what
    assert () == file.tests


@pytest.mark.parametrize(("part", "why"), BAD_PARTS)
def test_a_mistake_in_an_event_is_located(tmp_path: Path, part: str, why: str) -> None:
    """At the key of the event."""
    head = "tests:\n  - name: a\n    expect: match\n    events:\n      - logsource: {category: proxy}\n"
    errors = read(tmp_path, f"{head}        fields: {{a: 1}}\n        {part}\n")[1]
    assert ["line 7"] == [error.place for error in errors]
    assert why in errors[0].what


def test_a_date_as_value_must_be_quoted(tmp_path: Path) -> None:
    """YAML would make a date of it, which no log has."""
    event = "{logsource: {category: proxy}, fields: {a: 2020-07-22}}"
    errors = read(tmp_path, f"tests:\n  - name: a\n    expect: match\n    events:\n      - {event}\n")[1]
    assert "quotes" in errors[0].what


def test_names_are_unique_and_good_tests_stay(tmp_path: Path) -> None:
    """A bad test is left out, the others are read."""
    test = f"  - name: a\n    expect: match\n    events: [{EVENT}]\n"
    file, errors = read(tmp_path, f"tests:\n{test}{test}")
    assert (1, ["line 5"]) == (len(file.tests), [error.place for error in errors])


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """It says so."""
    assert "cannot be read" in read_tests(tmp_path / "tests.yml")[1][0].what
