"""The process around an examination: what was told before its end stands."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from multiprocessing import Pipe
from typing import TYPE_CHECKING

import pytest

from noroshi.errors import LocatedError
from noroshi.examine import process, worker
from noroshi.examine.budget import Budget
from noroshi.examine.model import Detail
from noroshi.examine.process import examine_file, examine_files
from noroshi.examine.result import Examination, Told
from noroshi.examine.traces import traces_of
from noroshi.examine.walk import walk
from noroshi.examine.worker import ProcessLimits
from tests.examine import specimens

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    """A process that ends without its last word leaves the events before it, incomplete."""
    reader, writer = Pipe(duplex=False)
    for event in list(walk(b"http://a.example/", "a.txt", Budget()))[:2]:
        worker.tell(writer, event)
    job = process._Job(0, Examination("a.txt"))
    while reader.poll():
        assert process._took(job, reader.recv_bytes())
    assert not job.examination.complete
    assert ["text"] == [node.type for node in job.examination.nodes]
    assert ["http://a.example/", "a.example"] == [
        trace.value for trace in traces_of(job.examination) if trace.type in {"url", "domain"}
    ]


def test_many_files_come_in_their_order(tmp_path: Path) -> None:
    """Two processes, one of which is replaced after every second file; what cannot be read is one error."""
    paths = [tmp_path / f"{number}.txt" for number in range(7)]
    for path in paths:
        path.write_text(f"http://{path.stem}.example/", encoding="utf-8")
    paths[3].unlink()
    paths[5].unlink()
    paths[5].mkdir()
    found = list(examine_files(paths, workers=2, around=ProcessLimits(files=2)))
    assert [str(path) for path in paths] == [one.path for one in found]
    assert [3, 5] == [at for at, one in enumerate(found) if isinstance(one, LocatedError)]
    assert [f"http://{at}.example/" for at in (0, 1, 2, 4, 6)] == [
        traces_of(one)[1].value for one in found if isinstance(one, Examination)
    ]


def test_a_killed_process_loses_only_its_file(tmp_path: Path) -> None:
    """The file at which it was is bounded; the others are whole."""
    stuck, plain = tmp_path / "stuck", [tmp_path / "a.txt", tmp_path / "b.txt"]
    os.mkfifo(stuck)
    for path in plain:
        path.write_text("http://a.example/", encoding="utf-8")
    pool = process._Pool(worker.Setup(), 2)

    def paths() -> Iterator[Path]:
        yield stuck
        pool.busy[0]._process.kill()
        yield from plain

    try:
        first, second, third = pool.run(paths())
    finally:
        pool.close()
    assert isinstance(first, Examination)
    assert ([], False, ["time"]) == (first.nodes, first.complete, [one.what for one in first.bounded])
    assert [True, True] == [one.complete for one in (second, third) if isinstance(one, Examination)]


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is too large is refused."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"12345")
    monkeypatch.setattr(process, "MAX_FILE", 4)
    with pytest.raises(LocatedError, match="larger"):
        examine_file(path)


def test_texts_of_a_librarys_own_kind_go_through_the_pipe() -> None:
    """A subclass of text, as readers of formats give it, lone surrogates or not."""

    class Own(str):
        __slots__ = ()

    reader, writer = Pipe(duplex=False)
    worker.tell(writer, Told(0, Detail("a", Own("b"))))
    worker.tell(writer, Told(0, Detail("a", Own("b\ud800"))))
    job = process._Job(0, Examination("a"))
    assert all(process._took(job, reader.recv_bytes()) for _ in range(2))
    assert ["b", "b?"] == [one.value for one in job.examination.of(0)[0]]


def test_a_process_that_needs_more_memory_is_told_as_bounded(tmp_path: Path) -> None:
    """What was told before stands, the file after it is examined by another process."""
    heavy, light = tmp_path / "a.gz", tmp_path / "b.txt"
    heavy.write_bytes(gzip.compress(bytes(range(256)) * 400_000, 1))
    light.write_text("http://a.example/", encoding="utf-8")
    found = list(examine_files([heavy, light], around=ProcessLimits(memory=192 << 20)))
    first, second = (one for one in found if isinstance(one, Examination))
    assert ["memory"] == [one.what for one in first.bounded]
    assert "gz" == first.nodes[0].type
    assert (True, []) == (second.complete, second.bounded)


def test_a_kind_that_is_nested_a_thousand_times_is_bounded(tmp_path: Path) -> None:
    """Zip in zip, mail in mail: to the depth, and no further."""
    archive = b"x"
    for _ in range(200):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            made.writestr("a.zip", archive)
        archive = out.getvalue()
    mail = b"From: a@corp.example\nTo: b@corp.example\nSubject: x\nContent-Type: message/rfc822\n\n" * 1_000
    (tmp_path / "a.zip").write_bytes(archive)
    (tmp_path / "a.eml").write_bytes(mail + b"x")
    for result in examine_files([tmp_path / "a.zip", tmp_path / "a.eml"]):
        assert isinstance(result, Examination)
        assert result.complete
        assert {"depth"} == {one.what for one in result.bounded} or ["damaged"] == [
            finding.code for _, finding in result.findings()
        ]
