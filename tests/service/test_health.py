"""Every rule says whether it can fire on the logs seen, and if not, why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.events.problems import Problems
from noroshi.indicators.lists import ListSnapshot
from noroshi.rules import load_rules
from noroshi.service.health import examine, paths_of
from noroshi.service.ruleset import bundled_rules
from noroshi.service.states import Health, RuleHealth, State, Why
from noroshi.service.survey import Survey, opened
from tests.events.samples import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

SYSMON = (
    '{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","SourceName":"Microsoft-Windows-Sysmon",'
    '"EventTime":"2020-07-22 13:00:00","Hostname":"PC-001","UtcTime":"2020-07-22 04:00:00.000",'
    '"Image":"C:\\\\Windows\\\\notepad.exe","CommandLine":"%s","ParentImage":"C:\\\\a.exe"}\n'
)
SQUID = (
    "1595390400.000 10 10.0.0.1 TCP_MISS/200 500 GET http://www.site.example/a - "
    "HIER_DIRECT/192.0.2.1 text/html\n"
)
RULE = """title: {title}
id: 00000000-0000-4000-8000-{number:012}
logsource: {{{source}}}
detection:
  selection: {selection}
  filter: {filter}
  condition: {condition}
level: high
"""


def rule(
    number: int, source: str, selection: str, filter_: str = "{Image: none}", condition: str = "selection"
) -> str:
    """A rule document."""
    return RULE.format(
        title=f"rule {number}",
        number=number,
        source=source,
        selection=selection,
        filter=filter_,
        condition=condition,
    )


def health(folder: Path, rules: str, logs: dict[str, str] | None = None) -> list[RuleHealth]:
    """The health of the rules of one file on some logs."""
    (folder / "rules.yml").write_text(rules, encoding="utf-8")
    loaded = load_rules([folder / "rules.yml"])
    survey = None
    if logs is not None:
        survey = Survey(paths_of(loaded.ruleset))
        (folder / "logs").mkdir()
        for name, text in logs.items():
            (folder / "logs" / name).write_text(text, encoding="utf-8")
        for one in opened([folder / "logs"], Problems()):
            for event in one.events:
                survey.add(event)
    found: Health = examine(loaded.ruleset, ListSnapshot(), loaded.errors, survey)
    return list(found.rules)


WINDOWS = "product: windows, category: process_creation"


def test_a_rule_that_can_fire_is_active(tmp_path: Path) -> None:
    """Its log source is there, its field has values."""
    (one,) = health(tmp_path, rule(1, WINDOWS, "{CommandLine|contains: x}"), {"a.json": SYSMON % "a" * 5})
    assert State.ACTIVE == one.state
    assert () == one.reasons


@pytest.mark.parametrize("empty", ["", "-"])
def test_a_command_line_that_is_never_there_is_an_unmet_prerequisite(tmp_path: Path, empty: str) -> None:
    """The field stands in the log but never holds a value."""
    (one,) = health(tmp_path, rule(1, WINDOWS, "{CommandLine|contains: x}"), {"a.json": SYSMON % empty * 5})
    assert State.BLIND == one.state
    assert (Why.PREREQUISITE, ("CommandLine",), "command_line") == (
        one.reasons[0].why,
        one.reasons[0].names,
        one.reasons[0].setting,
    )


def test_a_rule_on_the_empty_value_is_not_blind_by_it(tmp_path: Path) -> None:
    """An empty command line is what this rule looks for."""
    (one,) = health(tmp_path, rule(1, WINDOWS, "{CommandLine: ''}"), {"a.json": SYSMON % "" * 5})
    assert State.ACTIVE == one.state


def test_a_field_never_present_names_the_nearest(tmp_path: Path) -> None:
    """A misspelt field is told with the name that is there."""
    (one,) = health(tmp_path, rule(1, WINDOWS, "{Command_Line|contains: x}"), {"a.json": SYSMON % "a" * 5})
    assert State.BLIND == one.state
    assert Why.FIELD == one.reasons[0].why
    assert (("Command_Line", "CommandLine"),) == one.reasons[0].near


def test_an_absent_log_source_is_not_applicable(tmp_path: Path) -> None:
    """Only proxy logs: a rule for DNS is no matter of this site, one for Sysmon 11 neither."""
    rules = rule(1, "category: dns", "{query: a}") + "---\n" + rule(2, WINDOWS, "{CommandLine: a}")
    found = health(tmp_path, rules, {"a.log": SQUID * 5})
    assert [State.ABSENT, State.ABSENT] == [one.state for one in found]
    assert [("dns",), ("windows/process_creation",)] == [one.reasons[0].names for one in found]


def test_event_types_not_logged_are_blind_where_the_product_is_logged(tmp_path: Path) -> None:
    """Sysmon logs process starts but no files: Sysmon 11 is a setting."""
    rules = rule(1, "product: windows, category: file_event", "{TargetFilename|endswith: .exe}")
    (one,) = health(tmp_path, rules, {"a.json": SYSMON % "a" * 5})
    assert State.BLIND == one.state
    assert (Why.CATEGORY, ("windows/file_event", "sysmon 11")) == (one.reasons[0].why, one.reasons[0].names)


def test_an_event_id_that_no_event_has_is_named(tmp_path: Path) -> None:
    """The service is there, the event is not."""
    (one,) = health(
        tmp_path, rule(1, "product: windows, service: sysmon", "{EventID: 255}"), {"a.json": SYSMON % "a" * 5}
    )
    assert (Why.EVENT_TYPE, ("EventID 255",)) == (one.reasons[0].why, one.reasons[0].names)


def test_extended_http_logging_off(tmp_path: Path) -> None:
    """Squid's native log has no Referer."""
    (one,) = health(tmp_path, rule(1, "category: proxy", "{cs-referer|contains: a}"), {"a.log": SQUID * 5})
    assert (State.BLIND, "extended_http") == (one.state, one.reasons[0].setting)


def test_a_rule_blind_on_one_of_its_sources_says_where_and_why(tmp_path: Path) -> None:
    """Squid's native log has no Referer, the combined one has: active, with the reason for the other."""
    combined = (
        '10.0.0.1 - - [22/Jul/2020:13:12:13 +0900] "GET http://www.site.example/ HTTP/1.1" 200 5 '
        '"http://a.example/" "agent" TCP_MISS:HIER_DIRECT\n'
    )
    rules = rule(1, "category: proxy", "{cs-referer: a}")
    (one,) = health(tmp_path, rules, {"a.log": SQUID * 5, "b.log": combined * 5})
    assert State.ACTIVE == one.state
    (note,) = one.notes
    assert (Why.PARTLY, ("squid: squid/access",)) == (note.why, note.names)
    assert note.because is not None
    assert (Why.PREREQUISITE, "extended_http") == (note.because.why, note.because.setting)


def test_a_correlation_has_the_log_sources_of_its_rules(tmp_path: Path) -> None:
    """In the matrix it stands where they stand."""
    rules = rule(1, WINDOWS, "{CommandLine|contains: a}") + CORRELATION.format(
        rule=FIRST, group="Image", span="1s"
    )
    found = health(tmp_path, rules, {"a.json": SYSMON % "a" * 5, "b.log": SQUID * 5})
    assert [State.ACTIVE, State.ACTIVE] == [one.state for one in found]
    assert {"windows-json: windows/sysmon": State.ACTIVE} == {
        str(at): state for at, state in found[1].cells.items()
    }


def test_a_filter_without_its_field_is_noted(tmp_path: Path) -> None:
    """The rule fires, and more often than its author meant."""
    (one,) = health(
        tmp_path,
        rule(1, WINDOWS, "{CommandLine: x}", "{ParentUser: y}", "selection and not filter"),
        {"a.json": SYSMON % "a" * 5},
    )
    assert State.ACTIVE == one.state
    assert [(Why.FILTER_FIELD, ("ParentUser",))] == [(note.why, note.names) for note in one.notes]


@pytest.mark.parametrize(
    ("selection", "filter_", "swallows"),
    [
        ("{Image|endswith: '\\cmd.exe'}", "{Image|endswith: '.exe'}", True),
        ("{Image|endswith: '\\cmd.exe'}", "{Image|contains: cmd}", True),
        ("{Image: 'C:\\a.exe'}", "{Image|startswith: 'C:\\'}", True),
        ("{Image: [a, b]}", "{Image: [b, a, c]}", True),
        ("{Image: a}", "{Image|re: '^a$'}", False),  # the rule folds, the expression does not
        ("{Image: a}", "{Image: '*'}", True),
        ("{Image: [a, b]}", "{Image: a}", False),
        ("{Image|endswith: '.exe'}", "{Image|endswith: '\\cmd.exe'}", False),
        ("{Image: a}", "{Image: a, User: b}", False),
        ("{Image: a, User: b}", "{Image: a}", True),
        ("{Image: a}", "{CommandLine: a}", False),
    ],
)
def test_a_filter_that_swallows_everything(
    tmp_path: Path, selection: str, filter_: str, *, swallows: bool
) -> None:
    """Decided from the rule alone, and only where it is certain."""
    (one,) = health(tmp_path, rule(1, WINDOWS, selection, filter_, "selection and not filter"))
    assert (State.BLIND if swallows else State.ACTIVE) == one.state
    assert ([Why.FILTER] if swallows else []) == [reason.why for reason in one.reasons]


def test_an_unknown_list_is_blind(tmp_path: Path) -> None:
    """Without logs already."""
    (one,) = health(tmp_path, rule(1, WINDOWS, "{User|expand: '%nobody_knows%'}"))
    assert (State.BLIND, Why.LIST_UNKNOWN, ("nobody_knows",)) == (
        one.state,
        one.reasons[0].why,
        one.reasons[0].names,
    )


def test_a_rule_blind_by_its_list_is_blind_on_the_sources_that_are_there(tmp_path: Path) -> None:
    """In the matrix it is not "not applicable" where its log source stands."""
    rules = rule(1, WINDOWS, "{User|expand: '%nobody_knows%'}")
    (one,) = health(tmp_path, rules, {"a.json": SYSMON % "a" * 5, "b.log": SQUID * 5})
    assert (State.BLIND, Why.LIST_UNKNOWN) == (one.state, one.reasons[0].why)
    assert {"windows-json: windows/sysmon": State.BLIND} == {
        str(at): state for at, state in one.cells.items()
    }


CORRELATION = """---
title: many
id: 00000000-0000-4000-8000-000000000099
correlation:
  type: event_count
  rules: [{rule}]
  group-by: [{group}]
  timespan: {span}
  condition: {{gte: 5}}
level: high
"""
FIRST = "00000000-0000-4000-8000-000000000001"


def test_a_correlation_with_an_unknown_rule_is_told(tmp_path: Path) -> None:
    """It is not loaded, and says so among the rules."""
    found = health(
        tmp_path,
        rule(1, WINDOWS, "{CommandLine: a}") + CORRELATION.format(rule="no_such", group="Image", span="1h"),
    )
    rejected = [one for one in found if one.kind == "rejected"]
    assert [(State.BLIND, Why.REJECTED)] == [(one.state, one.reasons[0].why) for one in rejected]


def test_a_correlation_over_a_blind_rule_is_blind(tmp_path: Path) -> None:
    """It names the rule."""
    rules = rule(1, WINDOWS, "{Nothing: a}") + CORRELATION.format(rule=FIRST, group="Image", span="1h")
    found = health(tmp_path, rules, {"a.json": SYSMON % "a" * 5})
    assert (State.BLIND, Why.REFERS, (FIRST,)) == (
        found[1].state,
        found[1].reasons[0].why,
        found[1].reasons[0].names,
    )


def test_a_correlation_without_its_group_field_is_blind(tmp_path: Path) -> None:
    """Hits without a key are never counted together."""
    rules = rule(1, WINDOWS, "{CommandLine: a}") + CORRELATION.format(rule=FIRST, group="Nothing", span="1h")
    found = health(tmp_path, rules, {"a.json": SYSMON % "a" * 5})
    assert (State.BLIND, Why.GROUP, ("Nothing",)) == (
        found[1].state,
        found[1].reasons[0].why,
        found[1].reasons[0].names,
    )


def test_a_window_longer_than_the_data_is_noted(tmp_path: Path) -> None:
    """It can fire, but sees less than it asks for."""
    rules = rule(1, WINDOWS, "{CommandLine: a}") + CORRELATION.format(rule=FIRST, group="Image", span="7d")
    found = health(tmp_path, rules, {"a.json": SYSMON % "a" * 5})
    assert (State.ACTIVE, [Why.WINDOW]) == (found[1].state, [note.why for note in found[1].notes])


SERVICE = (
    "{Provider_Name: Service Control Manager, EventID: 7045}",
    "{Provider_Name: Service Controll Manager, EventID: 7045}",
)


@pytest.mark.parametrize(
    ("selection", "cell"), [(SERVICE[0], "windows/system"), (SERVICE[1], "windows-json: windows/sysmon")]
)
def test_another_writers_events_are_no_matter_of_a_rule(tmp_path: Path, selection: str, cell: str) -> None:
    """A rule that names the writer is blind on the writer's log; on any log, where nobody knows the name."""
    (one,) = health(tmp_path, rule(1, "product: windows", selection), {"a.json": SYSMON % "a" * 5})
    assert {cell: State.BLIND} == {str(at): state for at, state in one.cells.items()}
    assert (State.BLIND, Why.EVENT_TYPE) == (one.state, one.reasons[0].why)


def test_a_correlation_is_blind_where_its_rule_has_no_key(tmp_path: Path) -> None:
    """Two rules, one of which never has the field to group by: its log source is blind in the matrix."""
    rules = (
        rule(1, WINDOWS, "{CommandLine|contains: a}")
        + "---\n"
        + rule(2, "category: proxy", "{c-uri|contains: a}")
        + CORRELATION.format(rule=f"{FIRST}, {FIRST[:-1]}2", group="Image", span="1s")
    )
    found = health(tmp_path, rules, {"a.json": SYSMON % "a" * 5, "b.log": SQUID * 5})
    assert State.ACTIVE == found[2].state
    assert {
        "windows-json: windows/sysmon": State.ACTIVE,
        "squid: squid/access": State.BLIND,
    } == {str(at): state for at, state in found[2].cells.items()}


def test_a_rejected_document_can_fire_nowhere(tmp_path: Path) -> None:
    """What it is about is unknown, so every log source says so."""
    rules = rule(1, WINDOWS, "{CommandLine: a}") + CORRELATION.format(
        rule="no_such", group="Image", span="1h"
    )
    found = health(tmp_path, rules, {"a.json": SYSMON % "a" * 5})
    assert [State.BLIND] == [state for one in found if one.kind == "rejected" for state in one.cells.values()]


def test_row_and_cells_agree_on_every_format(tmp_path: Path) -> None:
    """Each bundled rule on one file of each format alone: the row is the best of the cells."""
    ruleset = load_rules([bundled_rules()]).ruleset
    order = [State.ABSENT, State.BLIND, State.ACTIVE]
    for name, text in sorted(SAMPLES.items()):
        path = tmp_path / name
        path.write_bytes(text)
        survey = Survey(paths_of(ruleset))
        for one in opened([path], Problems()):
            for event in one.events:
                survey.add(event)
        found = examine(ruleset, ListSnapshot(), (), survey)
        for row in found.rules:
            best = max((order.index(state) for state in row.cells.values()), default=0)
            assert (name, row.title, order[best]) == (name, row.title, row.state)
