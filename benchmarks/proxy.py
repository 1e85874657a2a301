"""Proxy lines: from Squid's log to alerts, against reading the lines alone."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Figure, interleaved, ratio, workplace
from benchmarks.windows import to_alerts
from noroshi.demo.generate import generate
from noroshi.engine.matcher import CompiledRules
from noroshi.rules.loading import load_rules
from noroshi.service.ruleset import bundled_lists, bundled_rules, read_lists

RUNS = 5
REPEATED = 20


def lines_alone(files: tuple[Path, ...]) -> int:
    """Every line, only read."""
    return sum(1 for path in files for _ in path.open("rb"))


def run() -> Iterator[Figure]:
    """Lines of the generated day's proxy, repeated, with the bundled rules."""
    day = workplace() / "day"
    generate(day)
    path = workplace() / "access.log"
    path.write_bytes((day / "logs" / "proxy" / "proxy01-access.log").read_bytes() * REPEATED)
    lists, _ = read_lists(bundled_lists([bundled_rules()]), [day / "lists", day / "site.toml"])
    compiled = CompiledRules(load_rules([bundled_rules()], lists=frozenset(lists.names)).ruleset)
    files = (path,)
    lines = lines_alone(files)
    bare, whole = interleaved(RUNS, lambda: lines_alone(files), lambda: to_alerts(files, compiled, lists))
    yield Figure("lines of Squid combined", lines)
    yield Figure("lines to alerts", lines / statistics.median(whole), "lines/s")
    yield Figure("bytes to alerts", path.stat().st_size / statistics.median(whole) / 1e6, "MB/s")
    yield Figure("lines/s to alerts ÷ lines/s only read, median", ratio(bare, whole))
