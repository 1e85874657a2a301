"""In which year is a time that is written without one (RFC 3164, Snort)? What a whole scan knows of it.

A file's modification time tells nothing after a plain copy. So before anything is read, the beginnings of
all inputs are looked at: where one holds times without a year, those of the others that hold full dates
(proxy, Windows, firewall …) say when all this happened. Full dates inside the same input go first, what the
user says goes before everything, and the modification time is what remains.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from itertools import islice
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING, Final

from noroshi.events.model import EPOCH, Span, YearOrigin, Years, ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import detect
from noroshi.intake import open_inputs
from noroshi.intake.magic import packing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from noroshi.events.format import ByteSource, Head
    from noroshi.events.model import Source
    from noroshi.events.registry import Detection
    from noroshi.intake import Input

MOST_INPUTS: Final = 200
"""Inputs whose first records are asked for their dates."""
MOST_PACKED_BYTES: Final = 64 << 20
"""Larger archives are not unpacked twice."""
_RECORDS: Final = 30
_LINES: Final = 64
_NEAR: Final = timedelta(days=400)
_MONTHS: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_YEARLESS: Final = re.compile(rf"\b(?:{_MONTHS}) [ \d]\d \d\d:\d\d:\d\d|^\d\d/\d\d-\d\d:\d\d:\d\d", re.ASCII)
_STDIN: Final = Path("-")


@dataclass(frozen=True, slots=True)
class YearBook:
    """What is known of the year before reading.

    Attributes:
        fixed: The year that the user named.
        spans: When the first records of inputs with full dates were written.
        path: One of those inputs, for people.
    """

    fixed: int | None = None
    spans: tuple[Span, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class YearSeen:
    """An input whose times have no year, and how they got one.

    Attributes:
        path: The input.
        year: Of its first such time.
        origin: Where that is known from (`YearOrigin` value).
        witness: For `YearOrigin.SCAN` an input with full dates.
    """

    path: str
    year: int
    origin: str
    witness: str = ""


def learn_years(paths: Iterable[Path], *, fixed: int | None = None, zone: tzinfo | None = None) -> YearBook:
    """Look at the beginnings of all files behind these paths, if any of them needs it.

    Args:
        paths: Files (no folders); standard input and pipes can be read only once and are left alone.
        fixed: The year that the user named; then nothing is read.
        zone: Zone of records that name none.
    """
    if fixed is not None:
        return YearBook(fixed)
    every = list(paths)
    files = [path for path in every if path != _STDIN and _may_be_read_twice(path)]
    if len(files) == len(every) and not any(_is_yearless(one.head) for one in _inputs(files, zone)):
        return YearBook()
    step = max(1, len(files) // MOST_INPUTS)
    found = [
        (span, one.source.path)
        for one in islice(_inputs(files[::step], zone), MOST_INPUTS)
        if (span := _span(detect(one.head), one.stream, one.source)) is not None
    ]
    return YearBook(None, tuple(span for span, _ in found), found[0][1] if found else "")


def _may_be_read_twice(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            packed = bool(packing_of(file.read(1024)))
        return not packed or path.stat().st_size <= MOST_PACKED_BYTES
    except OSError:
        return False


def _inputs(files: Sequence[Path], zone: tzinfo | None) -> Iterator[Input]:
    """The inputs in these files; what is wrong with one is told when it is read."""
    for path in files:
        try:
            yield from open_inputs([path], problems=Problems(), zone=zone)
        except Exception:  # noqa: BLE001, S112 - the reading itself reports it, in its place
            continue


def _is_yearless(head: Head) -> bool:
    return any(_YEARLESS.search(line[:512]) for line in head.lines[:_LINES])


def _span(detection: Detection, stream: ByteSource, source: Source) -> Span | None:
    """When the first records with full dates were written; without single ones that are far from the rest."""
    times = sorted(stamp for stamp, full in _first_times(detection, stream, source) if full)
    if not times:
        return None
    middle = median_low(times)
    near = [at for at in times if abs(at - middle) <= _NEAR]
    return near[0], near[-1]


def _first_times(detection: Detection, stream: ByteSource, source: Source) -> Iterator[tuple[datetime, bool]]:
    """The times of the first records, and whether each is written with its year."""
    if detection.format is None:
        return
    try:
        for event in islice(detection.format.decode(stream, source, Problems()), _RECORDS):
            source.yearless = False
            stamp = event.time
            if stamp.zone is not ZoneOrigin.MISSING and stamp.at > EPOCH:
                yield stamp.at, not source.yearless
    except Exception:  # noqa: BLE001 - a beginning alone may be no whole record; the reading reports what is wrong
        return
    finally:
        source.yearless = False


def settle_years(source: Source, head: Head, detection: Detection, book: YearBook) -> YearSeen | None:
    """Tell an input how its times get their year; None where its first times have one."""
    if not _is_yearless(head):
        source.years = _years(book)
        return None
    probe = replace(source, years=_years(book), learnt_offsets={})
    times = list(_first_times(detection, BytesIO(head.data), probe))
    full = sorted(at for at, is_full in times if is_full)
    source.years = _years(book)
    if full and book.fixed is None:
        source.years = Years(YearOrigin.INPUT, spans=((full[0], full[-1]),))
        probe = replace(probe, years=source.years)
        times = list(_first_times(detection, BytesIO(head.data), probe))
    first = next((at for at, is_full in times if not is_full), None)
    if first is None:
        return None
    origin = source.years.origin if source.years is not None else YearOrigin.CHANGED
    year = first.astimezone(source.zone).year if source.zone is not None else first.year
    return YearSeen(source.path, year, origin.value, book.path if origin is YearOrigin.SCAN else "")


def _years(book: YearBook) -> Years | None:
    if book.fixed is not None:
        return Years(YearOrigin.OPTION, fixed=book.fixed)
    return Years(YearOrigin.SCAN, spans=book.spans) if book.spans else None


def told(seen: Iterable[YearSeen]) -> list[tuple[str, int, int, str, str]]:
    """Inputs by where their year came from: origin, year, how many, one of them, its witness."""
    counts: Counter[tuple[str, int]] = Counter()
    firsts: dict[tuple[str, int], YearSeen] = {}
    for one in sorted(seen, key=lambda one: one.path):
        counts[one.origin, one.year] += 1
        firsts.setdefault((one.origin, one.year), one)
    return [
        (origin, year, count, firsts[origin, year].path, firsts[origin, year].witness)
        for (origin, year), count in sorted(counts.items())
    ]
