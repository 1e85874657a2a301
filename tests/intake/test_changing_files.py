"""Files that are refused, or change while they are read: one located error each, and the rest is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from noroshi.events.problems import Problems
from noroshi.intake import open_inputs

if TYPE_CHECKING:
    import pytest
from tests.intake.test_inputs import LOG, Reading


def test_a_file_that_may_not_be_read_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the operating system refuses it to anybody but root; the next file is read."""
    (tmp_path / "a.log").write_bytes(LOG)
    (tmp_path / "b.log").write_bytes(LOG)
    opened = Path.open

    def refusing(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "a.log":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refusing)
    reading = Reading(tmp_path)
    assert [f"{tmp_path}/a.log: cannot be read: Permission denied; check its permissions"] == reading.errors
    assert [f"{tmp_path}/b.log"] == list(reading.contents)


def test_a_file_that_is_cut_while_it_is_read_is_one_error(tmp_path: Path) -> None:
    """A rotation that copies and truncates; what was read before stays, and the next file is read."""
    (tmp_path / "a.log").write_bytes(LOG * 4)
    (tmp_path / "b.log").write_bytes(LOG)
    problems, read = Problems(), []
    for opened in open_inputs([tmp_path], problems=problems):
        first = opened.stream.read(100_000)
        if opened.source.path.endswith("a.log"):
            os.truncate(tmp_path / "a.log", 10)
        read.append(len(first) + sum(map(len, iter(lambda: opened.stream.read(4_096), b""))))  # noqa: B023 - used at once
    assert 1 == problems.total
    (error,) = problems.errors
    assert (
        f"{tmp_path}/a.log",
        "the file became shorter while it was read; what was gone by then is left out",
    ) == (
        error.path,
        error.what,
    )
    assert 65_536 <= read[0] < 4 * len(LOG)
    assert len(LOG) == read[1]
