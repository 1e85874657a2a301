"""Examines files in processes of their own, with limits on memory, processor time and files, and no network.

A process stays warm from file to file and is replaced after a number of them, or when it ends at a limit: a
file that kills it loses what it had not told, and no other file loses anything.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from noroshi.errors import LocatedError, Sentence
from noroshi.examine.budget import MIB, Limits
from noroshi.examine.model import Bounded, Detail, Effect, Finding, Folding, Seen
from noroshi.examine.result import Examination, Node, Told
from noroshi.examine.worker import END, ProcessLimits, Setup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_FILE: Final = 1024 * MIB
_AHEAD: Final = 64
"""Results that may wait for an earlier file: what comes out is in the order of what went in."""
_TOLD: Final = {kind.__name__: kind for kind in (Detail, Effect, Finding, Folding, Seen, Bounded)}
_ENVELOPE: Final = msgspec.json.Decoder(tuple[str, int, msgspec.Raw])


def examine_file(
    path: Path, limits: Limits | None = None, around: ProcessLimits | None = None
) -> Examination:
    """Examine a file; nothing of it is executed, and the caller's process never parses it.

    Raises:
        LocatedError: The file is larger than `MAX_FILE`, or cannot be read.
    """
    (found,) = examine_files([path], limits=limits, around=around)
    if isinstance(found, LocatedError):
        raise found
    return found


def examine_files(
    paths: Iterable[Path],
    *,
    workers: int = 1,
    limits: Limits | None = None,
    around: ProcessLimits | None = None,
    rules: bytes = b"",
) -> Iterator[Examination | LocatedError]:
    """Examine files; the examination of each, or why it has none, in their order.

    Args:
        paths: Files.
        workers: Processes.
        limits: Counted limits for each file.
        around: Limits of the processes.
        rules: Compiled YARA rules to ask about every specimen.
    """
    with _kept(rules) as kept:
        pool = _Pool(Setup(limits or Limits(), around or ProcessLimits(), kept), workers)
        try:
            yield from pool.run(paths)
        finally:
            pool.close()


@contextmanager
def _kept(rules: bytes) -> Iterator[str]:
    """The path of a file with these rules while processes need it; empty for none."""
    if not rules:
        yield ""
        return
    with tempfile.NamedTemporaryFile(prefix="noroshi-", suffix=".yarc") as file:
        file.write(rules)
        file.flush()
        yield file.name


@dataclass(slots=True)
class _Job:
    """A file with what was told of it so far."""

    number: int
    examination: Examination
    until: float = 0.0
    problem: str = ""


class _Worker:
    """A process and the file that it is at."""

    def __init__(self, setup: Setup) -> None:
        down_out, down_in = os.pipe()
        up_out, up_in = os.pipe()
        self.reader = Connection(up_out, writable=False)
        self._writer = Connection(down_in, readable=False)
        command = [sys.executable, "-m", f"{__package__}.worker", str(down_out), str(up_in)]
        self._process = subprocess.Popen(  # noqa: S603 - our own program with two numbers
            command,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # libraries of formats complain there
            pass_fds=(down_out, up_in),
            env=_environment(),
        )
        os.close(down_out)
        os.close(up_in)
        self._writer.send_bytes(msgspec.json.encode(setup))
        self._seconds = setup.around.seconds
        self.files = 0
        self.job: _Job | None = None

    def begin(self, job: _Job) -> bool:
        """Give it a file; False where it has ended already."""
        job.until = time.monotonic() + 3 * self._seconds
        self.job = job
        self.files += 1
        try:
            self._writer.send_bytes(os.fsencode(job.examination.path))
        except OSError:
            return False
        return True

    def end(self) -> None:
        """End the process at once and wait for it."""
        self._process.kill()
        self._process.wait()
        self._writer.close()
        self.reader.close()


def _environment() -> dict[str, str]:
    """What the process needs to find its modules, and no secret of the caller's."""
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH") if name in os.environ
    }
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@dataclass(slots=True)
class _Pool:
    setup: Setup
    size: int
    busy: list[_Worker] = field(default_factory=list)
    idle: list[_Worker] = field(default_factory=list)
    done: dict[int, Examination | LocatedError] = field(default_factory=dict)

    def run(self, paths: Iterable[Path]) -> Iterator[Examination | LocatedError]:
        """The results in the order of the paths."""
        waiting, taken, given = iter(paths), 0, 0
        more = True
        while True:
            while more and len(self.busy) < self.size and taken - given < _AHEAD:
                path = next(waiting, None)
                more = path is not None
                if path is not None:
                    self._begin(taken, path)
                    taken += 1
            while given in self.done:
                yield self.done.pop(given)
                given += 1
            if self.busy:
                self._take_in()
            elif not more and given == taken:
                return

    def _begin(self, number: int, path: Path) -> None:
        try:
            if path.stat().st_size > MAX_FILE:
                what, mend = (
                    Sentence("is larger than {most} MiB", most=MAX_FILE >> 20),
                    "give the part to examine",
                )
                self.done[number] = LocatedError(str(path), "", what, mend)
                return
        except OSError as problem:
            self.done[number] = _unreadable(path, problem.strerror or str(problem))
            return
        job = _Job(number, Examination(str(path)))
        while True:
            worker = self.idle.pop() if self.idle else _Worker(self.setup)
            if worker.begin(job):
                self.busy.append(worker)
                return
            worker.end()

    def _take_in(self) -> None:
        """Wait until a process tells something, or is over its time; take in all that is there."""
        now = time.monotonic()
        nearest = min(worker.job.until for worker in self.busy if worker.job)
        readers = {worker.reader: worker for worker in self.busy}
        ready = wait(list(readers), max(0.0, nearest - now))
        for reader in ready:
            self._receive(readers[reader])  # type: ignore[index]  # only what was given comes back
        for worker in list(self.busy):
            if worker.job is not None and time.monotonic() >= worker.job.until:
                self._finish(worker, healthy=False)

    def _receive(self, worker: _Worker) -> None:
        job = worker.job
        try:
            while job is not None and worker.reader.poll():
                if not _took(job, worker.reader.recv_bytes()):
                    self._finish(worker, healthy=True)
                    return
        except (EOFError, OSError):
            self._finish(worker, healthy=False)

    def _finish(self, worker: _Worker, *, healthy: bool) -> None:
        """The file of this process is done; the process goes on where it may."""
        self.busy.remove(worker)
        job, worker.job = worker.job, None
        if job is None:
            return
        found = job.examination
        if not found.complete and not found.bounded:
            found.bounded.append(Bounded("time", self.setup.around.seconds))
        self.done[job.number] = _unreadable(Path(found.path), job.problem) if job.problem else found
        full = any(one.what == "memory" for one in found.bounded)
        if healthy and not full and worker.files < self.setup.around.files:
            self.idle.append(worker)
        else:
            worker.end()

    def close(self) -> None:
        """End all processes."""
        for worker in (*self.busy, *self.idle):
            worker.end()


def _unreadable(path: Path, why: str) -> LocatedError:
    return LocatedError(
        str(path), "", Sentence("cannot be read: {reason}", reason=why), "give a file that can be"
    )


def _took(job: _Job, message: bytes) -> bool:
    """Take in a message; False for the last one of its file."""
    tag, number, raw = _ENVELOPE.decode(message)
    examination = job.examination
    if tag == END:
        examination.complete = True
        return False
    if tag == "isolation":
        examination.isolation = msgspec.json.decode(raw, type=str)
    elif tag == "unreadable":
        job.problem = msgspec.json.decode(raw, type=str)
    elif tag == "Node":
        examination.add(msgspec.json.decode(raw, type=Node))
    else:
        outcome: Any = msgspec.json.decode(raw, type=_TOLD[tag])
        examination.add(Told(number, outcome))
    return True
