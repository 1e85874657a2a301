"""Windows events: the complete path from bytes to alerts, against `orjson.loads` alone over the lines."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

import orjson

from benchmarks.measuring import Figure, interleaved, ratio, rule_folders, windows_files
from noroshi.engine.matcher import CompiledRules
from noroshi.indicators.lists import EMPTY, ListSnapshot
from noroshi.rules.loading import Loaded, load_rules
from noroshi.rules.model import RuleSet
from noroshi.service.ruleset import Prepared
from noroshi.service.scan import ScanOptions, scan

RUNS = 5


@cache
def windows_rules() -> CompiledRules:
    """All Windows rules of SigmaHQ, compiled."""
    loaded = load_rules(rule_folders()).ruleset
    rules = tuple(rule for rule in loaded.rules if rule.logsource.product == "windows")
    return CompiledRules(RuleSet(rules, (), loaded.hash))


def loads_alone(files: tuple[Path, ...]) -> int:
    """`orjson.loads` over every line."""
    count = 0
    loads = orjson.loads
    for path in files:
        with path.open("rb") as lines:
            for line in lines:
                if len(line) > 2:  # one recording has an empty line
                    loads(line)
                    count += 1
    return count


def to_alerts(files: tuple[Path, ...], compiled: CompiledRules, lists: ListSnapshot = EMPTY) -> int:
    """Bytes → events → hits → joined → alerts, as `noroshi scan` does it in one process; how many alerts."""
    prepared = Prepared(Loaded(compiled.ruleset), compiled, lists, ())
    with closing(scan(ScanOptions(files), prepared)) as done:
        return sum(1 for _ in done.alerts())


def run() -> Iterator[Figure]:
    """The ratio that the design asks for, and absolute figures."""
    files, compiled = windows_files(), windows_rules()
    size = sum(path.stat().st_size for path in files)
    lines = loads_alone(files)
    yield Figure("SigmaHQ rules for Windows", len(compiled.rules))
    yield Figure("events of windows/*.zip", lines)
    bare, whole = interleaved(RUNS, lambda: loads_alone(files), lambda: to_alerts(files, compiled))
    yield Figure(
        "events/s to alerts ÷ events/s of orjson.loads alone, median", ratio(bare, whole), "", ">= 0.30"
    )
    yield Figure("events to alerts", lines / statistics.median(whole), "events/s")
    yield Figure("bytes to alerts", size / statistics.median(whole) / 1e6, "MB/s")
    yield Figure("orjson.loads alone", lines / statistics.median(bare), "events/s")
    yield Figure("alerts", to_alerts(files, compiled))
