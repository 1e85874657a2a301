"""What people read about guessed passwords: who tried from where, and that a success was not stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.cli.conftest import Run

RULES: Final = Path(__file__).parents[2] / "rules" / "logon"
LINE: Final = "2020-07-22T04:00:{:02}Z web01 sshd[{}]: {} password for root from 203.0.113.9 port 4711 ssh2\n"


def _log(folder: Path) -> Path:
    """Twenty-five refusals and a success."""
    lines = [LINE.format(number, number, "Failed") for number in range(25)]
    lines.append(LINE.format(30, 30, "Accepted"))
    path = folder / "auth.log"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_a_guess_that_fits_is_not_told_as_stopped(run: Run, tmp_path: Path) -> None:
    """Twenty-five refusals and one success: the success decides. No threat is named after the pack."""
    out = run("scan", _log(tmp_path), "--rules", RULES, "--lang", "en").out
    assert "Suspicious activity on web01" in out
    assert "Check web01 as below." in out
    assert "was stopped" not in out
    assert "logon_origin: 203.0.113[.]9" in out


def test_the_searches_of_a_correlation_name_what_it_groups_by(run: Run, tmp_path: Path) -> None:
    """A correlation has no event of its own, but its group is known."""
    out = run("scan", _log(tmp_path), "--rules", RULES, "--lang", "en").out
    assert """select(.event.logon_host == "web01")""" in out
