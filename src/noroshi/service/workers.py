"""Reading spread over processes: files, and byte ranges of large plain files, each read by one worker.

The compiled rules are shared by forking after they were made. A worker gives back hits, identity facts,
counts and errors; correlation sees hits only, which are few, and stays in the parent.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import LocatedError, NoroshiError
from noroshi.events.formats._lines import REPORT, failed
from noroshi.events.problems import Problems
from noroshi.events.registry import detect, splittable
from noroshi.identity import LinkCollector
from noroshi.intake import open_inputs
from noroshi.intake.first_look import first_look
from noroshi.intake.walk import Walk, shown
from noroshi.service.pool import folder, pool_of, without_pipe_signal
from noroshi.service.ranges import FileRange, LinesBefore, Rotations, is_one_of, read_range
from noroshi.service.reading import Counts, Period, Quarters, Reader
from noroshi.service.remembering.collector import Collector
from noroshi.service.spool import HitSpool, Parcel
from noroshi.service.years import YearBook, YearSeen, learn_years

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import timedelta, tzinfo

    from noroshi.engine.indicators import IndicatorMatcher
    from noroshi.engine.matcher import Matcher
    from noroshi.intake import Input
    from noroshi.intake.first_look import Look
    from noroshi.service.remembering.collected import Collected

SPLIT_BYTES: Final = 64 << 20
"""Plain files of formats without state are read in ranges of this size."""
_STDIN: Final = Path("-")
_DEAD_BYTES: Final = 64 << 20
_WAITING: Final = 64
"""Tasks handed to the workers at any time."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be read.

    Attributes:
        year: The year of times that are written without one, if the user named it.
    """

    paths: Sequence[Path]
    tenant: str = "default"
    zone: tzinfo | None = None
    workers: int = 1
    year: int | None = None


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
    with first_look(files) as looks:
        found = [looks.get(path, path) for path in files]
        reader.book = learn_years(files, fixed=work.year, zone=work.zone)
        progress.total_bytes = None if _STDIN in files else sum(map(_size, found))
        if work.workers > 1:
            tasks = _tasks(found, work)
            if len(tasks) > 1:
                inputs = _read_path(_STDIN, work, reader, skipped, progress) if _STDIN in files else 0
                return inputs + _spread(tasks, work, reader, skipped, progress)
        return sum(_read_path(file, work, reader, skipped, progress) for file in found)


def _size(file: Path | Look) -> int:
    return 0 if isinstance(file, Path) else file.size


def _read_path(
    file: Path | Look, work: Work, reader: Reader, skipped: Counter[str], progress: Progress
) -> int:
    done, size, count = progress.read_bytes, _size(file), 0
    for opened in _opened(file, work, reader.problems, skipped):
        progress.path = opened.source.path
        reader.beat = _beat(progress, opened, done, size)
        count += reader.read(opened.head, opened.stream, opened.source)
    progress.read_bytes = done + size
    progress.tell()
    return count


def _opened(
    file: Path | Look, work: Work, problems: Problems, skipped: Counter[str] | None = None
) -> Iterator[Input]:
    """The inputs of a file; a failure of what opens them ends this file, not the scan."""
    inputs = open_inputs([file], problems=problems, skipped=skipped, tenant=work.tenant, zone=work.zone)
    try:
        yield from inputs
    except NoroshiError:
        raise
    except Exception as failure:  # noqa: BLE001 - no file, however hostile, may stop the others
        path = file if isinstance(file, Path) else file.path
        problems.add(LocatedError(shown(path), "", failed(failure), REPORT))


def _beat(progress: Progress, opened: Input, done: int, size: int) -> Callable[[int], None]:
    def beat(events: int) -> None:
        progress.events += events
        progress.read_bytes = done + int((opened.fraction_read or 0) * size)
        progress.tell()

    return beat


@dataclass(frozen=True, slots=True)
class _Task:
    """A file, the `number`-th of all, or a byte range of one."""

    number: int
    file: Path | Look
    size: int
    part: FileRange | None = None


@dataclass(slots=True)
class _Result:
    """What a worker gives back for a task."""

    task: _Task
    hits: Parcel
    links: bytes
    learnt: dict[str, timedelta]
    years: list[YearSeen]
    counts: Counts
    quarters: Quarters | None
    skipped: Counter[str]
    inputs: int
    problem_counts: Counter[str]
    errors: list[LocatedError]
    repaired: int
    repairs: list[LocatedError]
    dead: list[tuple[LocatedError, bytes]]
    collected: Collected | None = None


def _tasks(files: Iterable[Path | Look], work: Work) -> list[_Task]:
    """Tasks, the largest first."""
    found = [
        task for number, file in enumerate(files) if file != _STDIN for task in _tasks_of(number, file, work)
    ]
    return sorted(found, key=lambda task: -task.size)


def _tasks_of(number: int, file: Path | Look, work: Work) -> Iterator[_Task]:
    size = _size(file)
    if isinstance(file, Path) or size < 2 * SPLIT_BYTES or not _is_splittable(file, work):
        yield _Task(number, file, size)
        return
    for start in range(0, size, SPLIT_BYTES):
        end = min(start + SPLIT_BYTES, size)
        yield _Task(number, file, end - start, FileRange(file, start, end))


def _is_splittable(file: Look, work: Work) -> bool:
    with closing(_opened(file, work, Problems())) as inputs:  # type: ignore[type-var]  # a generator
        first = next(inputs, None)
        if first is None or first.raw_path is None:
            return False
        found = detect(first.head).format
        return found is not None and splittable(found, first.head)


_Placed = tuple[int, int, int, LocatedError]
"""An error with the number of its file, the beginning of its range, and its place among the others there."""


class _Shared:
    """What workers inherit by forking."""

    matcher: Matcher
    indicators: IndicatorMatcher | None
    period: Period
    work: Work
    timed: bool
    remembering: bool
    book: YearBook
    events: Any
    folder: str


def _spread(tasks: list[_Task], work: Work, reader: Reader, skipped: Counter[str], progress: Progress) -> int:
    context = multiprocessing.get_context("fork")
    _Shared.matcher, _Shared.period, _Shared.work = reader.matcher, reader.period, work
    _Shared.timed, _Shared.book = reader.quarters is not None, reader.book
    _Shared.indicators = reader.indicators
    _Shared.remembering = reader.collector is not None
    _Shared.events = context.Value("q", 0)
    taken = _Taken(reader, skipped, progress)
    count = min(work.workers, len(tasks))
    with folder() as _Shared.folder, without_pipe_signal(), pool_of(count, context, _begin) as pool:
        try:
            _feed(pool, tasks, taken)
        except BrokenProcessPool as error:
            raise NoroshiError("a worker process died (out of memory?); try `--workers 1`") from error
    taken.finish()
    return taken.inputs


def _feed(pool: ProcessPoolExecutor, tasks: list[_Task], taken: _Taken) -> None:
    """Few tasks under way at any time, so that results do not pile up."""
    left = iter(tasks)
    waiting = {pool.submit(_run, task) for task in islice(left, _WAITING)}
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        for one in done:
            taken.add(one.result())
        waiting |= {pool.submit(_run, task) for task in islice(left, len(done))}


@dataclass(slots=True)
class _Taken:
    """Puts together what workers give back, in whatever order it comes."""

    reader: Reader
    skipped: Counter[str]
    progress: Progress
    inputs: int = 0
    errors: list[_Placed] = field(default_factory=list)
    repairs: list[_Placed] = field(default_factory=list)
    _lines: LinesBefore = field(default_factory=LinesBefore)
    _rotations: Rotations = field(default_factory=Rotations)

    def add(self, result: _Result) -> None:
        """Take one result."""
        self._tell_once(result)
        reader, problems = self.reader, self.reader.problems
        reader.sink.unpack(result.hits)  # type: ignore[attr-defined]  # a scan's sink is a spool
        reader.links.merge(result.links)
        reader.learn(result.learnt)
        reader.years += [one for one in result.years if one not in reader.years]
        reader.add_counts(result.counts)
        if reader.quarters is not None and result.quarters is not None:
            reader.quarters.update(result.quarters)
        if result.collected is not None:
            reader.collected.add(result.collected)
        self.skipped.update(result.skipped)
        problems.counts.update(result.problem_counts)
        problems.repaired += result.repaired
        for error, raw in result.dead:
            if problems.dead_letters is not None:
                problems.dead_letters.keep(self._located(result.task, error), raw)
        self.inputs += result.inputs
        self._tell(result.task.size)
        self._keep(result)

    def _tell_once(self, result: _Result) -> None:
        """Leave out what each range of a rotated file finds anew."""
        again = self._rotations.told_before(result.task.number, result.errors)
        result.problem_counts.subtract(error.what for error in again)
        result.errors = [error for error in result.errors if not is_one_of(error, again)]
        result.dead = [(error, raw) for error, raw in result.dead if not is_one_of(error, again)]

    def _keep(self, result: _Result) -> None:
        """The errors and repairs that reading file by file would show first."""
        self.errors = self._first(self.errors, result.task, result.errors)
        self.repairs = self._first(self.repairs, result.task, result.repairs)

    def _first(self, known: list[_Placed], task: _Task, more: list[LocatedError]) -> list[_Placed]:
        start = task.part.start if task.part else 0
        found = [(task.number, start, at, self._located(task, error)) for at, error in enumerate(more)]
        return sorted([*known, *found], key=itemgetter(0, 1, 2))[: self.reader.problems.shown]

    def _located(self, task: _Task, error: LocatedError) -> LocatedError:
        return error if task.part is None else self._lines.located(task.part, error)

    def _tell(self, size: int) -> None:
        self.progress.read_bytes += size
        self.progress.events = _Shared.events.value
        self.progress.tell()

    def finish(self) -> None:
        """Hand the errors and repairs over."""
        problems = self.reader.problems
        for known, more in ((problems.errors, self.errors), (problems.repairs, self.repairs)):
            room = max(0, problems.shown - len(known))
            known.extend(error for *_, error in more[:room])


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


def _begin() -> None:
    """A worker's start: interrupts are the parent's, and with the parent it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(task: _Task) -> _Result:
    sink, dead, skipped = HitSpool(folder=_Shared.folder), _Dead(), Counter[str]()
    problems = Problems(dead_letters=dead)
    reader = Reader(_Shared.matcher, sink, problems, _Shared.period, LinkCollector(), beat=_count)
    reader.quarters = Counter() if _Shared.timed else None
    reader.book = _Shared.book
    reader.indicators = _Shared.indicators
    reader.collector = Collector() if _Shared.remembering else None
    inputs = _read(task, reader, skipped)
    return _Result(
        task,
        sink.parcel(),
        reader.links.export(),
        reader.learnt,
        reader.years,
        reader.counts(),
        reader.quarters,
        skipped,
        inputs,
        problems.counts,
        problems.errors,
        problems.repaired,
        problems.repairs,
        dead.kept,
        None if reader.collector is None else reader.collector.collected(),
    )


def _read(task: _Task, reader: Reader, skipped: Counter[str]) -> int:
    if task.part is not None:
        return _read_part(task.part, reader)
    with closing(_opened(task.file, _Shared.work, reader.problems, skipped)) as found:  # type: ignore[type-var]  # a generator
        return sum(reader.read(opened.head, opened.stream, opened.source) for opened in found)


def _read_part(part: FileRange, reader: Reader) -> int:
    problems = Problems()
    with closing(_opened(part.look, _Shared.work, problems)) as found:  # type: ignore[type-var]  # a generator
        read_range(part, next(found, None), problems, reader)
    return int(part.start == 0)


def _count(events: int) -> None:
    with _Shared.events.get_lock():
        _Shared.events.value += events
