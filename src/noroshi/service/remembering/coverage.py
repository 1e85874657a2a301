"""Which log source was read for which time, where it was silent, and what is not kept any more.

A log source was covered while the inputs that hold it had events of any kind: an IPS writes flows all day and
an alert once a week, and a quiet week is no gap in its alerts. Time is counted in quarters of an hour (UTC).

Silence becomes a gap, in which nobody can tell, when it lasts at least `LEAST_SILENCE` quarters and
`UNUSUAL` times as long as events of these inputs are apart on average, unless the source is silent at these
hours on other days, too (`noroshi.service.remembering.rhythm`). Whether nothing happened or the log is
missing, the log itself does not say.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from noroshi.service.remembering.rhythm import A_DAY, Rhythm
from noroshi.service.remembering.settling import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from noroshi.store.observed import Covered

QUARTER: Final = 900_000_000
"""Microseconds."""
LEAST_SILENCE: Final = 8
UNUSUAL: Final = 20


class Why(StrEnum):
    """Why nobody can tell about a time."""

    SILENT = "silent"
    QUIET = "quiet"
    BEFORE = "before"
    AFTER = "after"
    FORGOTTEN = "forgotten"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Gap:
    """A time about which a log source tells nothing, ``[start, end)``, aware UTC."""

    start: datetime
    end: datetime
    why: Why


@dataclass(frozen=True, slots=True)
class Coverage:
    """One log source.

    Attributes:
        source: Product and service, ``squid/access``.
        first, last: Of its inputs' events, aware UTC.
        events: Its own.
        shows: Kinds of values that were seen in it.
        paths: Its inputs, sorted.
        gaps: Times about which it tells nothing, in order.
        quiet: Silences that are no gaps, because it is always silent at these hours, in order.
    """

    source: str
    first: datetime
    last: datetime
    events: int
    shows: frozenset[str]
    paths: tuple[str, ...]
    gaps: tuple[Gap, ...] = ()
    quiet: tuple[Gap, ...] = ()


def source_of(name: str) -> str:
    """Product and service of a log source's name with its categories."""
    return name.partition(" (")[0]


def coverage_of(
    covered: Iterable[Covered], since: datetime | None = None, until: datetime | None = None
) -> tuple[Coverage, ...]:
    """All log sources, sorted.

    Args:
        covered: As the store has it.
        since: What is asked about begins here; before what a source covers it has a gap. None: as far as each
            source goes.
        until: It ends here; likewise.
    """
    rows = list(covered)
    by_input: dict[str, _Span] = defaultdict(_Span)
    for row in rows:
        by_input[row.input].add(row)
    by_source: dict[str, list[Covered]] = defaultdict(list)
    for row in rows:
        by_source[source_of(row.source)].append(row)
    return tuple(
        _coverage(name, own, [by_input[one] for one in {row.input for row in own}], (since, until))
        for name, own in sorted(by_source.items())
    )


class _Span:
    """Inputs with everything that they hold."""

    def __init__(self) -> None:
        self.busy: set[int] = set()  # quarters since 1970 with events
        self.events = 0
        self.first = 0
        self.last = 0
        self.lost: set[tuple[int, Why]] = set()

    def add(self, row: Covered) -> None:
        """A log source on a day."""
        self.first = row.first if not self.events else min(self.first, row.first)
        self.last = max(self.last, row.last) if self.events else row.last
        self.events += row.events
        self.busy.update(row.day * A_DAY + at for at in range(A_DAY) if row.quarters >> at & 1)
        if not row.kept:
            self.lost.add((row.day, Why.FORGOTTEN))
        if row.dropped:
            self.lost.add((row.day, Why.DROPPED))


def _coverage(
    name: str, own: list[Covered], spans: list[_Span], asked: tuple[datetime | None, datetime | None]
) -> Coverage:
    first, last = min(span.first for span in spans), max(span.last for span in spans)
    silences = list(_silences(spans, first, last))
    gaps = [gap for gap in silences if gap.why is not Why.QUIET]
    return Coverage(
        name,
        moment_of(first),
        moment_of(last),
        sum(row.events for row in own),
        frozenset().union(*(row.shows for row in own)),
        tuple(sorted({row.path for row in own})),
        _asked_about([*gaps, *_losses(spans), *_outside(first, last, asked)], asked),
        _asked_about([gap for gap in silences if gap.why is Why.QUIET], asked),
    )


def _asked_about(gaps: Iterable[Gap], asked: tuple[datetime | None, datetime | None]) -> tuple[Gap, ...]:
    since, until = asked
    wanted = (
        gap for gap in gaps if (since is None or gap.end > since) and (until is None or gap.start < until)
    )
    return tuple(sorted(wanted, key=lambda gap: (gap.start, gap.end, gap.why)))


def _silences(spans: list[_Span], first: int, last: int) -> Iterator[Gap]:
    busy = sorted(set().union(*(span.busy for span in spans)))
    apart = (last - first) / max(sum(span.events for span in spans), 1)
    least = max(LEAST_SILENCE, UNUSUAL * apart / QUARTER)
    rhythm = Rhythm(busy)
    for before, after in pairwise(busy):
        if after - before - 1 >= least:
            why = Why.QUIET if rhythm.is_ordinary(before + 1, after) else Why.SILENT
            yield Gap(moment_of((before + 1) * QUARTER), moment_of(after * QUARTER), why)


def _losses(spans: list[_Span]) -> Iterator[Gap]:
    for day, why in sorted({lost for span in spans for lost in span.lost}):
        yield Gap(moment_of(day * A_DAY * QUARTER), moment_of((day + 1) * A_DAY * QUARTER), why)


def _outside(first: int, last: int, asked: tuple[datetime | None, datetime | None]) -> Iterator[Gap]:
    since, until = asked
    begin, end = moment_of(first), moment_of(last)
    if since is not None and since < begin:
        yield Gap(since, begin if until is None else min(begin, until), Why.BEFORE)
    if until is not None and until > end:
        yield Gap(end if since is None else max(end, since), until, Why.AFTER)
