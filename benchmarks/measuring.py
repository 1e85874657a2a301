"""How benchmarks measure: interleaved runs, the median of the ratios, figures with their bars."""

from __future__ import annotations

import gc
import statistics
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter

REPOSITORY = Path(__file__).resolve().parents[1]
REAL_DATA = REPOSITORY.parent / "shared" / "data"


class Unavailable(Exception):  # noqa: N818 - an answer, not an error
    """Something that the benchmark needs is not on this machine."""


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        bar: What it must reach, with ``>=`` or ``<=`` before it; empty for plain information.
    """

    what: str
    value: float
    unit: str = ""
    bar: str = ""

    @property
    def missed(self) -> bool:
        """Whether the bar was not reached."""
        if not self.bar:
            return False
        op, wanted = self.bar.split()
        return not (self.value >= float(wanted) if op == ">=" else self.value <= float(wanted))

    def row(self, name: str) -> str:
        """The figure as a row of Markdown."""
        shown = f"{self.value:,.0f}" if abs(self.value) >= 1000 else f"{self.value:.3g}"
        verdict = "" if not self.bar else ("missed" if self.missed else "reached")
        return f"| {name} | {self.what} | {shown} {self.unit} | {self.bar} | {verdict} |"


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes, garbage collected before."""
    gc.collect()
    started = perf_counter()
    work()
    return perf_counter() - started


def interleaved(runs: int, *works: Callable[[], object]) -> list[list[float]]:
    """Seconds of each work in each run, all works once in each run, so that noise hits all of them alike."""
    rows = [[seconds(work) for work in works] for _ in range(runs)]
    return [list(column) for column in zip(*rows, strict=True)]


def ratio(fast: list[float], slow: list[float]) -> float:
    """The median over the runs of `fast` ÷ `slow`: the speed of the slow one as a share of the fast one's."""
    return statistics.median(a / b for a, b in zip(fast, slow, strict=True))


@cache
def real_data() -> Path:
    """The folder of real data.

    Raises:
        Unavailable: It is not there.
    """
    if not REAL_DATA.is_dir():
        raise Unavailable("../shared/data is not on this machine")
    return REAL_DATA


@cache
def workplace() -> Path:
    """A folder for unpacked data, gone at the end."""
    folder = tempfile.TemporaryDirectory(prefix="noroshi-bench-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


@cache
def sigmahq() -> Path:
    """SigmaHQ's rules and regression cases, unpacked."""
    target = workplace() / "sigmahq"
    for name in ("rules", "regression"):
        with tarfile.open(real_data() / "sigmahq" / f"{name}.tar.gz") as tar:
            tar.extractall(target, filter="data")
    return target


def rule_folders() -> list[Path]:
    """The three folders of SigmaHQ's rules."""
    return [sigmahq() / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")]


@cache
def windows_files() -> tuple[Path, ...]:
    """The Windows recordings, unpacked, by name."""
    target = workplace() / "windows"
    target.mkdir()
    for archive in sorted((real_data() / "windows").glob("*.zip")):
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                if name.endswith(".json") and "__MACOSX" not in name:
                    (target / Path(name).name).write_bytes(opened.read(name))
    return tuple(sorted(target.iterdir()))
