"""Lines that tell about others (a mail's queue), in order of time although the file is not.

A mail server says in several lines, under one queue id, who hands a mail in, who sent it and where it went;
readers join what the lines before said. Exports list the newest first, and merged files are in no order at
all: there the lines before are not those that were written before. So lines of such programs wait, `HELD`
at the most, and go on in order of time; those of one second, which is all that syslog tells, in the order
in which the program writes them (`LineFormat.rank`). A file of fewer such lines has the same events in
whatever order its lines are, and so has a longer one whose lines are out of place by half as many.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a NamedTuple's types are read at run time by its users
from typing import TYPE_CHECKING, Final, NamedTuple

from noroshi.events.model import EPOCH
from noroshi.events.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.formats._lines import Line
    from noroshi.events.model import Source

HELD: Final = 50_000
"""Lines of an input that wait at once: some 40 MB."""


class Waiting(NamedTuple):
    """A line that waits (or has not to), and the format that knows it; compared by what stands first."""

    at: datetime
    rank: int
    text: str
    offset: int
    line: Line
    envelope: Envelope
    chosen: LineFormat | None


@dataclass(slots=True)
class Ordering:
    """The lines of one input that wait for their turn."""

    source: Source
    most: int = HELD
    _waiting: list[Waiting] = field(default_factory=list)
    _written: str = ""
    _at: datetime = EPOCH

    def due(self, line: Line, text: str, envelope: Envelope, chosen: LineFormat) -> list[Waiting]:
        """Let a line wait; the earlier half of all, in order, once there are too many."""
        rank: int = chosen.rank(text, envelope)  # type: ignore[attr-defined]  # asked for by `waits`
        waiting = self._waiting
        waiting.append(Waiting(self._time(envelope.time), rank, text, line.offset, line, envelope, chosen))
        if len(waiting) < self.most:
            return []
        waiting.sort()
        middle = len(waiting) // 2
        self._waiting = waiting[middle:]
        return waiting[:middle]

    def _time(self, written: str) -> datetime:
        """The envelope's time; a line without one goes with the line before it."""
        if written != self._written:
            stamp = parse_time(written, self.source)
            if stamp is not None:
                self._written, self._at = written, stamp.at
        return self._at

    def rest(self) -> Iterator[Waiting]:
        """All that still wait, in order."""
        waiting, self._waiting = sorted(self._waiting), []
        yield from waiting


def waits(chosen: LineFormat, source: Source) -> bool:
    """Whether lines of this format in this input are put in order: not where the input never ends."""
    return source.ends and hasattr(chosen, "rank")
