"""Memory: of a scan ten times as long, and of loading all rules."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import REPOSITORY, Figure, rule_folders, windows_files, workplace

TIMES = 10


def peak_megabytes(*arguments: str) -> float:
    """Peak resident memory of `noroshi` with these arguments, itself without children's."""
    script = (
        "import pathlib, re, sys\n"
        "from noroshi.cli.main import app\n"
        "try:\n    app(sys.argv[1:], standalone_mode=False)\n"
        # Not ru_maxrss: that remembers what the process was that started this one.
        "finally:\n"
        "    peak = re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1]\n"
        "    print(int(peak) / 1024, file=sys.stderr)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, check=True, env=environment
    )
    return float(done.stderr.split()[-1])


def long_input(times: int) -> Path:
    """Some recordings, one after another, so many times."""
    path = workplace() / f"long-{times}.json"
    if not path.exists():
        with path.open("wb") as out:
            for _ in range(times):
                for source in windows_files()[::9]:
                    out.write(source.read_bytes())
    return path


def run() -> Iterator[Figure]:
    """Peaks of one process."""
    rules = [argument for folder in rule_folders() for argument in ("--rules", str(folder))]
    common = ["--workers", "1", "--format", "ndjson", "--output", os.devnull]
    first = peak_megabytes("scan", str(long_input(1)), *rules, *common, "--no-cache")
    yield Figure("peak memory with all SigmaHQ rules, parsed and compiled", first, "MB", "<= 400")
    short = peak_megabytes("scan", str(long_input(1)), *rules, *common)
    long = peak_megabytes("scan", str(long_input(TIMES)), *rules, *common)
    yield Figure("input of the short scan", long_input(1).stat().st_size / 1e6, "MB")
    yield Figure("peak memory of the short scan", short, "MB")
    yield Figure("peak memory of the scan ten times as long ÷ of the short one", long / short, "", "<= 1.25")
