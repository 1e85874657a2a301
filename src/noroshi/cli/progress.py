"""Progress of long work on a terminal: events, rate, remaining time. Nothing where there is no terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from noroshi.service.workers import Progress as Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

_BETWEEN_SECONDS: Final = 0.2


@contextmanager
def watched() -> Iterator[Reading]:
    """A progress that shows itself on standard error, if that is a terminal."""
    reading = Reading()
    if not sys.stderr.isatty():
        yield reading
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    # No thread of its own: workers are forked while this is shown.
    shown = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    with shown:
        task = shown.add_task("", total=None, rate="")
        reading.changed = _Shower(shown, task)
        yield reading


class _Shower:
    """Draws at most a few times a second."""

    def __init__(self, shown: Progress, task: TaskID) -> None:
        self._shown = shown
        self._task = task
        self._started = monotonic()
        self._last = 0.0

    def __call__(self, reading: Reading) -> None:
        """Draw the present state, unless it was drawn just now."""
        now = monotonic()
        if now - self._last < _BETWEEN_SECONDS:
            return
        self._last = now
        rate = reading.events / max(now - self._started, 0.001)
        self._shown.update(
            self._task,
            description=reading.path[-40:],
            completed=reading.read_bytes,
            total=reading.total_bytes,
            rate=f"{reading.events:,} events, {rate:,.0f}/s",
            refresh=True,
        )
