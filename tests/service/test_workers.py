"""Reading spread over processes: the same result, and no worker's end goes unnoticed."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from noroshi.alerts.ndjson import to_line
from noroshi.engine.matcher import Matcher
from noroshi.errors import LocatedError, NoroshiError
from noroshi.events.model import Source
from noroshi.events.problems import Problems
from noroshi.events.registry import all_formats, detect, head_of
from noroshi.intake.first_look import first_look
from noroshi.service import workers
from noroshi.service.reading import Reader
from noroshi.service.scan import Scan, ScanOptions, scan
from noroshi.service.spool import HitSpool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from noroshi.events.formats._lines import FormatOfLines
    from noroshi.service.ruleset import Prepared


def alerts(prepared: Prepared, paths: list[Path], count: int) -> list[bytes]:
    """All alert lines of a scan with so many workers."""
    found = scan(ScanOptions(paths, workers=count), prepared)
    lines = [to_line(alert) for alert in found.alerts()]
    found.close()
    return lines


def scanned(prepared: Prepared, paths: list[Path], count: int) -> Scan:
    """A finished scan."""
    found = scan(ScanOptions(paths, workers=count), prepared)
    found.close()
    return found


@pytest.mark.parametrize("count", [2, 3])
def test_any_number_of_workers_finds_the_same(everything: Prepared, logs: Path, count: int) -> None:
    """Byte by byte: ids, times, joins, order."""
    one = alerts(everything, [logs], 1)
    assert len(one) > 500
    assert one == alerts(everything, [logs], count)


def test_ranges_of_a_file_give_what_the_whole_gives(
    everything: Prepared,
    logs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cut into ranges of 10 kB: whatever may be cut, and what may not because lines need others."""
    one = alerts(everything, [logs], 1)
    monkeypatch.setattr(workers, "SPLIT_BYTES", 10_000)
    assert one == alerts(everything, [logs], 2)


def test_a_proxy_log_is_cut_and_windows_logs_are_not(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parents, script parts and a host's offset stand in earlier records: those files stay whole."""
    monkeypatch.setattr(workers, "SPLIT_BYTES", 2_000)
    paths = [logs / "proxy" / "proxy01-access.log", logs / "windows" / "nxlog-clients.json"]
    with first_look(paths) as looks:
        cut = {
            path.name: len(list(workers._tasks_of(0, look, workers.Work([path]))))
            for path, look in looks.items()
        }
    assert cut["proxy01-access.log"] > 2
    assert cut["nxlog-clients.json"] == 1


def test_many_hits_travel_by_file(everything: Prepared, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results too large for memory go over the disk, and nothing of them is left there."""
    one = alerts(everything, [logs], 1)
    monkeypatch.setattr("noroshi.service.spool.KEPT_LETTERS", 100_000)
    assert one == alerts(everything, [logs], 2)


def test_errors_of_workers_arrive_in_the_order_of_files(everything: Prepared, tmp_path: Path) -> None:
    """An error travels whole, and the summary does not depend on who was faster."""
    good = b'{"EventID":1,"Channel":"Security","Hostname":"a","EventTime":"2020-07-22 04:00:00"}\n'
    for number in range(9):
        (tmp_path / f"{number}.json").write_bytes(good * (number * 50 + 1) + b'{"EventID":\n')
    one, two = scanned(everything, [tmp_path], 1), scanned(everything, [tmp_path], 2)
    assert 9 == one.problems.total
    assert [str(error) for error in one.problems.errors] == [str(error) for error in two.problems.errors]
    assert one.problems.counts == two.problems.counts


def test_errors_can_be_pickled_raised_and_passed_on() -> None:
    """An exception that cannot be pickled would break the pool of workers."""
    error = LocatedError("a", "line 1", "is bad", mend="mend it")
    assert error == pickle.loads(pickle.dumps(error))  # noqa: S301 - made just now
    assert {error} == {LocatedError("a", "line 1", "is bad", "mend it")}


def _slain(*_: Any) -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    return False


def _failing(*_: Any) -> bool:
    raise NoroshiError("there is no room on the disk")


def test_a_worker_that_is_killed_is_a_clear_error(
    everything: Prepared,
    logs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not a hang, not a silent end."""
    monkeypatch.setattr(Reader, "read", _slain)
    with pytest.raises(NoroshiError, match="a worker process died"):
        scan(ScanOptions([logs], workers=2), everything)


def test_a_worker_that_has_to_stop_says_why(
    everything: Prepared,
    logs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its error becomes the scan's."""
    monkeypatch.setattr(Reader, "read", _failing)
    with pytest.raises(NoroshiError, match="no room on the disk"):
        scan(ScanOptions([logs], workers=2), everything)


def test_after_an_interrupt_no_worker_is_left(
    everything: Prepared,
    logs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also while they are at work: they are ended, not waited for."""
    pids: list[int] = []
    begin = ProcessPoolExecutor.submit

    def interrupted(self: Any, *args: Any) -> Any:
        future = begin(self, *args)
        pids.extend(child.pid or 0 for child in multiprocessing.active_children())
        if len(pids) >= 4:
            raise KeyboardInterrupt
        return future

    monkeypatch.setattr(workers, "_run", _endless)
    monkeypatch.setattr(ProcessPoolExecutor, "submit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        scan(ScanOptions([logs], workers=2), everything)
    assert pids
    assert not any(_lives(pid) for pid in pids)


def _endless(_task: object) -> None:
    signal.pause()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


ORPHANS = """
import os, signal, sys
from noroshi.service import workers
from noroshi.service.ruleset import prepare
from noroshi.service.scan import ScanOptions, scan
from pathlib import Path

def endless(task):
    os.write(1, b"%d " % os.getpid())
    signal.pause()

workers._run = endless
scan(ScanOptions([Path(sys.argv[1])], workers=2), prepare([Path(sys.argv[2])]))
"""


def test_workers_end_with_their_parent(logs: Path, tmp_path: Path) -> None:
    """A parent that is killed leaves no process behind: the pipe that they share closes."""
    rule = tmp_path / "rule.yml"
    rule.write_text(
        "title: A\nid: 5e0ab2f2-0000-4000-8000-000000000009\nlogsource: {product: a}\n"
        "detection: {s: {a: b}, condition: s}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-c", ORPHANS, str(logs), str(rule)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:  # noqa: S603 - our own code
        assert parent.stdout is not None
        first = parent.stdout.read(3)
        parent.kill()
        rest, _ = parent.communicate(timeout=30)
    assert first + rest


@pytest.mark.parametrize(
    "found", [f for f in all_formats() if getattr(f, "splittable", False)], ids=lambda one: one.name
)
def test_formats_that_may_be_cut_give_the_same_events(found: FormatOfLines, logs: Path) -> None:
    """The events of all ranges are those of the whole file, wherever the day has such a log."""
    for path in _files_of(found, logs):
        whole = list(_ranges(found, path, path.stat().st_size))
        assert whole == list(_ranges(found, path, 997))


def _files_of(found: FormatOfLines, logs: Path) -> Iterator[Path]:
    for path in sorted(logs.rglob("*")):
        if path.is_file() and path.suffix != ".gz":
            with path.open("rb") as file:
                head = detect(_head(file.read(65_536))).format
            if head is not None and head.name == found.name:
                yield path


def _head(data: bytes) -> Any:
    return head_of(data)


def _ranges(found: FormatOfLines, path: Path, size: int) -> Iterator[tuple[Any, ...]]:
    total = path.stat().st_size
    source = Source("x", "x")
    for start in range(0, total, size):
        with path.open("rb") as stream:
            stream.seek(start)
            events = found.decode_range(stream, source, Problems(), start, min(start + size, total))
            for event in events:
                yield event.position, event.logsource, event.fields, event.time


ROTATIONS: dict[str, Callable[[Path], Any]] = {
    "the file was replaced": lambda path: (path.rename(f"{path}.1"), path.write_bytes(b"new\n")),
    "the file became shorter": lambda path: os.truncate(path, 30_000),
    "cannot be read": lambda path: path.unlink(),
}


@pytest.mark.parametrize("what", ROTATIONS)
@pytest.mark.parametrize("held", [0, 1], ids=["not-held", "held"])
def test_a_file_rotated_between_two_of_its_ranges(  # noqa: PLR0917 - fixtures
    what: str, held: int, everything: Prepared, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A range that is gone is one located error, nothing of another file is taken for it; held, none is."""
    monkeypatch.setattr(workers, "SPLIT_BYTES", 20_000)
    monkeypatch.setattr("noroshi.intake.first_look.MOST_HELD", held)
    path = tmp_path / "access.log"
    path.write_bytes((logs / "proxy" / "proxy01-access.log").read_bytes()[:100_000])
    work = workers.Work([path])
    monkeypatch.setattr(workers._Shared, "work", work, raising=False)
    reader = Reader(Matcher(everything.compiled, everything.lists), HitSpool(), Problems())
    with first_look([path]) as looks:
        second = list(workers._tasks_of(0, looks[path], work))[1]
        ROTATIONS[what](path)
        workers._read(second, reader, Counter())
    shorter = "the file became shorter" == what
    told = [(error.path, error.what[: len(what)]) for error in reader.problems.errors]
    assert ([] if held and not shorter else [(str(path), what)]) == told
    assert (sum(reader.counts().values()) > 0) == (held or shorter)
