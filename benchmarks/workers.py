"""Two workers against one: the same files, the same alerts."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measuring import Figure, interleaved, ratio, windows_files
from benchmarks.windows import windows_rules
from noroshi.indicators.lists import EMPTY
from noroshi.rules.loading import Loaded
from noroshi.service.ruleset import Prepared
from noroshi.service.scan import ScanOptions, scan

RUNS = 3


def scanned(workers: int) -> int:
    """The number of alerts of a whole scan of the Windows recordings."""
    compiled = windows_rules()
    prepared = Prepared(Loaded(compiled.ruleset), compiled, EMPTY, ())
    done = scan(ScanOptions(windows_files(), workers=workers), prepared)
    count = sum(1 for _ in done.alerts())
    done.close()
    return count


def run() -> Iterator[Figure]:
    """Speed-up of the second worker."""
    yield Figure("alerts with one worker minus alerts with two", scanned(1) - scanned(2), "", "<= 0")
    one, two = interleaved(RUNS, lambda: scanned(1), lambda: scanned(2))
    yield Figure("speed with two workers ÷ speed with one, median", ratio(one, two), "", ">= 1.7")
