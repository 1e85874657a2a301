"""`noroshi examine --yara`: matches in the story, mistakes in the rules as errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.examine import specimens
from tests.examine.test_yara import written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def test_the_command_tells_matches_and_errors(run: Run, tmp_path: Path) -> None:
    """The command tells matches and errors."""
    mail = tmp_path / "a.eml"
    mail.write_bytes(specimens.chain())
    result = run("examine", mail, "--yara", written(tmp_path / "rules"), "--lang", "ja")
    assert 0 == result.status
    assert "YARA ルール downloads に一致: dropper, web" in result.out.replace("\n", "")
    assert "own.yar: 12 行目: " in result.err
