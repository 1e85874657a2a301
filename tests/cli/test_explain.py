"""``noroshi explain``: why a rule matches, or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.test_scan import sysmon, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

RULE = "emotet_wmi_starts_powershell"


@pytest.mark.parametrize(
    ("language", "matches", "otherwise"),
    [("en", "matches", "does not match"), ("ja", "一致します", "一致しません")],
)
def test_both_languages_say_what_was_true(
    run: Run, tmp_path: Path, language: str, matches: str, otherwise: str
) -> None:
    """The values found stand beside what was wanted."""
    log = write(tmp_path / "a.json", sysmon())
    result = run("explain", RULE, log, "--lang", language)
    assert 0 == result.status
    assert matches in result.out.splitlines()[0]
    assert "✓ ParentImage = *\\WmiPrvSE.exe" in result.out
    other = write(tmp_path / "b.json", sysmon().replace("WmiPrvSE", "explorer"))
    told = run("explain", RULE, other, "--lang", language).out
    assert otherwise in told.splitlines()[0]
    assert "✗ ParentImage = *\\WmiPrvSE.exe" in told
    assert "C:\\Windows\\System32\\wbem\\explorer.exe" in told


def test_values_are_shown_not_obeyed(run: Run, tmp_path: Path) -> None:
    """An escape sequence in a value reaches the terminal as text."""
    log = write(tmp_path / "a.json", sysmon().replace("WmiPrvSE.exe", "\\u001b[2J[red]WmiPrvSE.exe"))
    told = run("explain", RULE, log).out
    assert "\x1b" not in told
    assert "\\x1b[2J[red]WmiPrvSE.exe" in told


@pytest.mark.parametrize(
    "arguments", [("no_such_rule", "LOG"), (RULE, "nowhere"), (RULE, "LOG", "--record", "77")]
)
def test_wrong_usage_is_one_line_and_exit_status_2(
    run: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """An unknown rule, a missing file, a position that holds no event."""
    log = str(write(tmp_path / "a.json", sysmon()))
    result = run("explain", *(log if one == "LOG" else one for one in arguments))
    assert 2 == result.status
    assert 1 == len(result.err.splitlines())


def test_the_events_that_match_are_shown(run: Run, tmp_path: Path) -> None:
    """Not the first ones of the log: those that the rule matches, wherever they stand."""
    others = "\n".join(sysmon().strip().replace("WmiPrvSE", f"other{at}") for at in range(20))
    log = write(tmp_path / "a.json", f"{others}\n{sysmon()}")
    told = run("explain", RULE, log).out
    assert 1 == told.count(": matches")
    assert "does not match" not in told


def test_where_none_matches_it_says_so(run: Run, tmp_path: Path) -> None:
    """The first that the rule is for are shown, and how many were looked at."""
    lines = [sysmon().strip().replace("WmiPrvSE", f"other{at}") for at in range(7)]
    foreign = lines[0].replace('"EventID": 1', '"EventID": 22').replace('"EventID":1', '"EventID":22')
    log = write(tmp_path / "a.json", "\n".join([foreign, *lines]))
    told = run("explain", RULE, log, "--most", 2).out
    assert 2 == told.count("does not match")
    assert "other log source" not in told
    assert "none of 8 events matches" in told
    assert "8 件のイベントのいずれとも一致しません" in run("explain", RULE, log, "--lang", "ja").out


def test_a_correlation_names_its_rules(run: Run, tmp_path: Path) -> None:
    """No single event matches it; the rules that it counts can be explained."""
    log = write(tmp_path / "a.json", sysmon())
    result = run("explain", "emotet_infection_chain", log)
    assert 2 == result.status
    assert result.err.startswith("noroshi: emotet_infection_chain: is a correlation")
    first = result.err.rpartition(": ")[2].split(",")[0].strip()
    assert "no such rule" not in run("explain", first, log).err


def test_what_is_asked_is_said_in_the_readers_language(run: Run, tmp_path: Path) -> None:
    """Another field, a field that is there, any value of the event."""
    rule = tmp_path / "rule.yml"
    rule.write_text(
        "title: T\nid: 6f0b3d0e-6a44-4c0e-8a57-54f1ad2f5a23\nlogsource: {product: windows}\ndetection:\n"
        "  words: [nothing]\n  same: {Image|fieldref: ParentImage}\n  there: {Missing|exists: true}\n"
        "  condition: words or same or there\nlevel: low\n",
        encoding="utf-8",
    )
    log = write(tmp_path / "a.json", sysmon())
    told = run("explain", rule, log, "--lang", "ja").out
    assert "いずれかのフィールドの値 ⊃ *nothing*" in told or "いずれかのフィールドの値 ⊃ nothing" in told
    assert "Image = ParentImage" in told
    assert "Missing がある" in told
