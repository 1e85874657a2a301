"""Rule tests run through the real engine; mutants that no test notices are told by file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.service.ruletests import run_tests
from tests.rules.pack import CORRELATION, CORRELATION_TESTS, TESTS, write_pack

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.service.ruletests import Report


def only(folder: Path) -> Report:
    """The report of a pack with one rule."""
    (report,) = run_tests([folder])
    return report


def test_a_good_rule_passes_with_every_mutant_noticed(tmp_path: Path) -> None:
    """Three tests; four values, each of which some test needs."""
    write_pack(tmp_path)
    report = only(tmp_path)
    assert (True, 3, 4, ()) == (report.passed, len(report.tests), report.mutants, report.survivors)


@pytest.mark.parametrize(
    ("old", "new", "name", "why"),
    [
        (r"C:\w\powershell.exe", r"C:\w\cmd.exe", "Windows PowerShell", "event 1 does not match"),
        ("inventory.ps1", "other.ps1", "the inventory", "event 1 matches"),
    ],
)
def test_a_wrong_expectation_fails(tmp_path: Path, old: str, new: str, name: str, why: str) -> None:
    """The test and the reason are told; no mutants are tried then."""
    (write_pack(tmp_path) / "tests.yml").write_text(TESTS.replace(old, new))
    report = only(tmp_path)
    assert [(name, why)] == [(test.name, test.what) for test in report.tests if not test.passed]
    assert (False, 0) == (report.passed, report.mutants)


def test_a_log_source_that_does_not_fit_does_not_match(tmp_path: Path) -> None:
    """The matcher routes by log source."""
    (write_pack(tmp_path) / "tests.yml").write_text(TESTS.replace("process_creation", "file_event"))
    assert ["event 1 does not match"] * 2 == [test.what for test in only(tmp_path).tests if not test.passed]


def test_an_unnoticed_value_survives(tmp_path: Path) -> None:
    """Without the test for pwsh.exe that value could be anything; the place is the value's own line."""
    text = TESTS.replace(r"Image: 'C:\w\pwsh.exe'}", r"Image: 'C:\w\powershell.exe'}")
    (write_pack(tmp_path) / "tests.yml").write_text(text)
    (survivor,) = only(tmp_path).survivors
    assert ("line 11", True) == (survivor.place, survivor.path.endswith("rule.yml"))
    assert r"selection.Image|endswith: '\\pwsh.exe'" in survivor.what


def test_without_mutation(tmp_path: Path) -> None:
    """On wish only the tests."""
    write_pack(tmp_path)
    (report,) = run_tests([tmp_path], mutate=False)
    assert (True, 0) == (report.passed, report.mutants)


def test_a_correlation_runs_with_the_rules_of_its_pack(tmp_path: Path) -> None:
    """Repetitions, entities and the exact number of alerts; bounds and timespan are mutated."""
    write_pack(tmp_path, correlation=True)
    often = next(report for report in run_tests([tmp_path]) if report.title == "Three times")
    assert (True, 3, 4) == (often.passed, len(often.tests), often.mutants)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("alerts: 1", "alerts: 2", "1 alert, 2 expected"),
        ("repeat: 3\n        every: 4m", "repeat: 2", "0 alerts, 1 expected"),
        ("        repeat: 2\n", "        repeat: 3\n", "1 alert, none expected"),
        ("every: 8m", "every: 4m", "1 alert, none expected"),
        # the window is (t - 10 min, t]: the first of three events five minutes apart has just left it
        ("every: 4m", "every: 5m", "0 alerts, 1 expected"),
    ],
)
def test_a_wrong_number_of_alerts_fails(tmp_path: Path, old: str, new: str, why: str) -> None:
    """Too many, too few, at the window's border."""
    write_pack(tmp_path, correlation=True)
    assert old in CORRELATION_TESTS
    (tmp_path / "pack" / "often" / "tests.yml").write_text(CORRELATION_TESTS.replace(old, new, 1))
    often = next(report for report in run_tests([tmp_path]) if report.title == "Three times")
    assert [why] == [test.what for test in often.tests if not test.passed]


def test_a_timespan_that_no_test_needs_survives(tmp_path: Path) -> None:
    """Without the test that is too slow, twenty minutes would do as well."""
    write_pack(tmp_path, correlation=True)
    text = CORRELATION_TESTS.split("  - name: three within sixteen minutes")[0]
    (tmp_path / "pack" / "often" / "tests.yml").write_text(text)
    often = next(report for report in run_tests([tmp_path]) if report.title == "Three times")
    assert ["no test notices the change of timespan: '10m' → '20m'"] == [one.what for one in often.survivors]


LISTED = r"""title: Listed
logsource: {category: proxy}
detection:
  s: {r-ip|expand: '%bad%'}
  condition: s
"""


def test_lists_come_from_the_test_and_from_the_pack(tmp_path: Path) -> None:
    """The test's own replaces the pack's."""
    folder = tmp_path / "pack" / "listed"
    folder.mkdir(parents=True)
    (folder / "rule.yml").write_text(LISTED)
    lists = tmp_path / "pack" / "lists"
    lists.mkdir()
    (lists / "bad.txt").write_text("# type: ip\n192.0.2.0/24\n")
    event = "events: [{logsource: {category: proxy}, fields: {r-ip: ADDRESS}}]"
    (folder / "tests.yml").write_text(
        f"tests:\n  - name: pack\n    expect: match\n    {event.replace('ADDRESS', '192.0.2.9')}\n"
        "  - name: own\n    expect: no_match\n    near_miss: another list\n"
        "    lists: {bad: {type: ip, values: [198.51.100.1]}}\n"
        f"    {event.replace('ADDRESS', '192.0.2.9')}\n"
    )
    report = only(tmp_path)
    assert (True, 1) == (report.passed, report.mutants)


def test_a_raw_line_is_read_by_its_format(tmp_path: Path) -> None:
    """As the product writes it; an unknown format or an unreadable line fails the test with the reason."""
    folder = tmp_path / "pack" / "raw"
    folder.mkdir(parents=True)
    (folder / "rule.yml").write_text(LISTED.replace("r-ip|expand: '%bad%'", "c-uri|contains: /evil/"))
    line = (
        "1595391129.123    250 10.20.4.114 TCP_MISS/200 5120 GET http://www.shop.example/evil/ "
        "- HIER_DIRECT/192.0.2.10 text/html"
    )
    text = f"tests:\n  - name: a\n    expect: match\n    events: [{{raw: '{line}', format: squid}}]\n"
    (folder / "tests.yml").write_text(text)
    assert only(tmp_path).passed
    (folder / "tests.yml").write_text(text.replace("squid", "papyrus"))
    assert "'papyrus' is unknown" in only(tmp_path).errors[0].what
    (folder / "tests.yml").write_text(text.replace("1595391129.123", "yesterday"))
    assert "cannot read the record" in only(tmp_path).errors[0].what


def test_a_broken_rule_is_reported(tmp_path: Path) -> None:
    """With the rule's own error."""
    (write_pack(tmp_path) / "rule.yml").write_text("title: broken\n")
    report = only(tmp_path)
    assert not report.passed
    assert "log source" in report.errors[0].what


def test_a_correlation_on_a_missing_rule_is_reported(tmp_path: Path) -> None:
    """It could not be loaded, so it was not tested."""
    write_pack(tmp_path, correlation=True)
    (tmp_path / "pack" / "often" / "rule.yml").write_text(CORRELATION.replace("wmi_powershell", "nobody"))
    often = next(report for report in run_tests([tmp_path]) if report.folder.endswith("often"))
    assert "'nobody'" in often.errors[0].what
