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
