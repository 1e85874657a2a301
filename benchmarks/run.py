"""`scripts/bench [NAME …]`: runs the benchmarks and prints their figures as a table of Markdown."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

# The repository instead of this folder, whose module names are those of libraries.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import (  # noqa: E402 - needs the line above
    correlation,
    differential,
    evtx,
    examine,
    extraction,
    formats,
    growth,
    indicators,
    loading,
    memory,
    proxy,
    windows,
    workers,
)
from benchmarks.measuring import Figure, Unavailable  # noqa: E402 - the same

BENCHMARKS: Final[dict[str, Callable[[], Iterator[Figure]]]] = {
    "loading": loading.run,
    "windows": windows.run,
    "evtx": evtx.run,
    "formats": formats.run,
    "proxy": proxy.run,
    "indicators": indicators.run,
    "workers": workers.run,
    "growth": growth.run,
    "memory": memory.run,
    "correlation": correlation.run,
    "extraction": extraction.run,
    "examine": examine.run,
    "differential": differential.run,
}


def main() -> int:
    """Run what was asked for; 1 where a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and end")
    wanted = parser.parse_args()
    if wanted.list:
        print("\n".join(BENCHMARKS))
        return 0
    unknown = [name for name in wanted.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    print("| benchmark | what | figure | bar | |")
    print("|---|---|---|---|---|", flush=True)
    missed = False
    for name in wanted.names or BENCHMARKS:
        try:
            for figure in BENCHMARKS[name]():
                missed = missed or figure.missed
                print(figure.row(name), flush=True)
        except Unavailable as reason:
            print(f"| {name} | not measured: {reason} | | | |", flush=True)
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
