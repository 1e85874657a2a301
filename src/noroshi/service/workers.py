"""Reading spread over processes: files, and byte ranges of large plain files, each read by one worker.

The compiled rules are shared by forking after they were made. A worker gives back hits, identity facts,
counts and errors; correlation sees hits only, which are few, and stays in the parent.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import NoroshiError
from noroshi.events.problems import Problems
from noroshi.events.registry import detect, splittable
from noroshi.identity import LinkCollector
from noroshi.intake import open_inputs
from noroshi.intake.walk import Walk
from noroshi.service.reading import Counts, Period, Reader
from noroshi.service.spool import decode_hit, encode_hit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import tzinfo

    from noroshi.engine.hits import Hit
    from noroshi.engine.matcher import Matcher
    from noroshi.errors import LocatedError
    from noroshi.intake import Input

SPLIT_BYTES: Final = 64 << 20
"""Plain files of formats without state are read in ranges of this size."""
_STDIN: Final = Path("-")
_DEAD_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be read."""

    paths: Sequence[Path]
    tenant: str = "default"
    zone: tzinfo | None = None
    workers: int = 1


@dataclass(slots=True)
class Progress:
    """How far the reading is; whoever shows it is told by `changed`.

    Attributes:
        total_bytes: Bytes on disk to read; None if unknown (standard input).
        read_bytes: Of which these have been read.
        events: Events read.
        path: What is being read.
    """

    total_bytes: int | None = None
    read_bytes: int = 0
    events: int = 0
    path: str = ""
    changed: Callable[[Progress], None] | None = None

    def tell(self) -> None:
        """Tell whoever watches."""
        if self.changed is not None:
            self.changed(self)


def read_all(work: Work, reader: Reader, skipped: Counter[str], progress: Progress) -> int:
    """Read everything behind the paths; the number of inputs read."""
    files = list(Walk(reader.problems, skipped).files(work.paths))
    progress.total_bytes = None if _STDIN in files else sum(_size(path) for path in files)
    if work.workers > 1:
        tasks = list(_tasks(files, work))
        if len(tasks) > 1:
            inputs = _read_path(_STDIN, work, reader, skipped, progress) if _STDIN in files else 0
            return inputs + _spread(tasks, work, reader, skipped, progress)
    return sum(_read_path(path, work, reader, skipped, progress) for path in files)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _read_path(path: Path, work: Work, reader: Reader, skipped: Counter[str], progress: Progress) -> int:
    done, size, count = progress.read_bytes, _size(path), 0
    inputs = open_inputs(
        [path], problems=reader.problems, skipped=skipped, tenant=work.tenant, zone=work.zone
    )
    for opened in inputs:
        progress.path = opened.source.path
        reader.beat = _beat(progress, opened, done, size)
        reader.read(opened.head, opened.stream, opened.source)
        count += 1
    progress.read_bytes = done + size
    progress.tell()
    return count


def _beat(progress: Progress, opened: Input, done: int, size: int) -> Callable[[int], None]:
    def beat(events: int) -> None:
        progress.events += events
        progress.read_bytes = done + int((opened.fraction_read or 0) * size)
        progress.tell()

    return beat


@dataclass(frozen=True, slots=True)
class _Task:
    """A file, or a byte range of one."""

    path: Path
    size: int
    start: int = 0
    end: int | None = None


@dataclass(slots=True)
class _Result:
    """What a worker gives back for a task."""

    size: int
    hits: list[bytes]
    links: bytes
    counts: Counts
    skipped: Counter[str]
    inputs: int
    problem_counts: Counter[str]
    errors: list[LocatedError]
    repaired: int
    dead: list[tuple[LocatedError, bytes]]


def _tasks(files: Iterable[Path], work: Work) -> Iterator[_Task]:
    """Tasks, the largest first."""
    found = [task for path in files if path != _STDIN for task in _tasks_of(path, work)]
    yield from sorted(found, key=lambda task: -task.size)


def _tasks_of(path: Path, work: Work) -> Iterator[_Task]:
    size = _size(path)
    if size < 2 * SPLIT_BYTES or not _is_splittable(path, work):
        yield _Task(path, size)
        return
    for start in range(0, size, SPLIT_BYTES):
        end = min(start + SPLIT_BYTES, size)
        yield _Task(path, end - start, start, end)


def _is_splittable(path: Path, work: Work) -> bool:
    with closing(_opened(path, work, Problems())) as inputs:
        first = next(inputs, None)
        if first is None or first.raw_path is None:
            return False
        found = detect(first.head).format
        return found is not None and splittable(found, first.head)


def _opened(path: Path, work: Work, problems: Problems, skipped: Counter[str] | None = None) -> Any:
    return open_inputs([path], problems=problems, skipped=skipped, tenant=work.tenant, zone=work.zone)


class _Shared:
    """What workers inherit by forking."""

    matcher: Matcher
    period: Period
    work: Work
    events: Any


def _spread(tasks: list[_Task], work: Work, reader: Reader, skipped: Counter[str], progress: Progress) -> int:
    context = multiprocessing.get_context("fork")
    _Shared.matcher, _Shared.period, _Shared.work = reader.matcher, reader.period, work
    _Shared.events = context.Value("q", 0)
    inputs = 0
    try:
        with ProcessPoolExecutor(min(work.workers, len(tasks)), mp_context=context) as pool:
            waiting = [pool.submit(_run, task) for task in tasks]
            for done in as_completed(waiting):
                inputs += _take(done.result(), reader, skipped, progress)
                waiting.remove(done)
    except BrokenProcessPool as error:
        raise NoroshiError("a worker process died (out of memory?); try `--workers 1`") from error
    return inputs


def _take(result: _Result, reader: Reader, skipped: Counter[str], progress: Progress) -> int:
    reader.sink.add(decode_hit(raw) for raw in result.hits)
    reader.links.merge(result.links)
    reader.add_counts(result.counts)
    skipped.update(result.skipped)
    problems = reader.problems
    problems.counts.update(result.problem_counts)
    problems.errors.extend(result.errors[: max(0, problems.shown - len(problems.errors))])
    problems.repaired += result.repaired
    for error, raw in result.dead:
        if problems.dead_letters is not None:
            problems.dead_letters.keep(error, raw)
    progress.read_bytes += result.size
    progress.events = _Shared.events.value
    progress.tell()
    return result.inputs


@dataclass(slots=True)
class _Encoded:
    """A sink that keeps hits as they travel."""

    hits: list[bytes] = field(default_factory=list)

    def add(self, hits: Iterable[Hit]) -> None:
        """Keep some hits."""
        self.hits.extend(map(encode_hit, hits))


@dataclass(slots=True)
class _Dead:
    """Dead letters on their way to the parent, which writes them."""

    kept: list[tuple[LocatedError, bytes]] = field(default_factory=list)
    size: int = 0

    def keep(self, error: LocatedError, raw: bytes) -> None:
        """Keep one, while there is room."""
        self.size += len(raw)
        if self.size <= _DEAD_BYTES:
            self.kept.append((error, raw))


def _run(task: _Task) -> _Result:
    sink, dead, skipped = _Encoded(), _Dead(), Counter[str]()
    problems = Problems(dead_letters=dead)
    reader = Reader(_Shared.matcher, sink, problems, _Shared.period, LinkCollector(), beat=_count)
    inputs = 0
    for opened in _opened(task.path, _Shared.work, problems, skipped):
        inputs += task.start == 0
        if task.end is None:
            reader.read(opened.head, opened.stream, opened.source)
        else:
            _read_range(task, task.end, opened, reader)
            break
    return _Result(
        task.size,
        sink.hits,
        reader.links.export(),
        reader.counts(),
        skipped,
        inputs,
        problems.counts,
        problems.errors,
        problems.repaired,
        dead.kept,
    )


def _read_range(task: _Task, end: int, opened: Input, reader: Reader) -> None:
    found = detect(opened.head).format
    if found is not None:
        with task.path.open("rb") as stream:
            stream.seek(task.start)
            reader.read_range(found, stream, opened.source, task.start, end)


def _count(events: int) -> None:
    with _Shared.events.get_lock():
        _Shared.events.value += events
