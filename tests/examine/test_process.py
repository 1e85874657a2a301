"""The process around an examination: what was told before its end stands."""

from __future__ import annotations

import time
from multiprocessing import Pipe
from typing import TYPE_CHECKING

import pytest

from noroshi.errors import LocatedError
from noroshi.examine import process
from noroshi.examine.budget import Budget
from noroshi.examine.process import ProcessLimits, examine_file
from noroshi.examine.result import Examination
from noroshi.examine.traces import traces_of
from noroshi.examine.walk import walk
from tests.examine import specimens

if TYPE_CHECKING:
    from pathlib import Path


def test_an_examination_in_its_process_gives_the_same_chain(tmp_path: Path) -> None:
    """An examination in its process gives the same chain."""
    path = tmp_path / "a.eml"
    path.write_bytes(specimens.chain())
    result = examine_file(path)
    assert result.complete
    assert result.isolation in {"network", "none"}
    assert ["eml", "zip", "ooxml", "ole", "vba", "batch", "command-line", "powershell"] == [
        node.type for node in result.nodes
    ]


def test_a_process_at_its_limit_is_told_as_bounded(tmp_path: Path) -> None:
    """A process at its limit is told as bounded."""
    path = tmp_path / "a.txt"
    path.write_text("http://a.example/", encoding="utf-8")
    result = examine_file(path, around=ProcessLimits(seconds=0))
    assert not result.complete
    assert ["time"] == [one.what for one in result.bounded]


def test_what_was_told_before_the_end_of_the_process_stands() -> None:
    """A pipe that ends without its last word leaves the events before it, and an incomplete examination."""
    reader, writer = Pipe(duplex=False)
    for event in list(walk(b"http://a.example/", "a.txt", Budget()))[:2]:
        process._tell(writer, event)
    writer.close()
    examination = Examination("a.txt")
    process._receive(reader, examination, time.monotonic() + 5)
    assert not examination.complete
    assert ["text"] == [node.type for node in examination.nodes]
    assert ["http://a.example/", "a.example"] == [
        trace.value for trace in traces_of(examination) if trace.type in {"url", "domain"}
    ]


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is too large is refused."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"12345")
    monkeypatch.setattr(process, "MAX_FILE", 4)
    with pytest.raises(LocatedError, match="larger"):
        examine_file(path)
