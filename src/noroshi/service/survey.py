"""What the events of some logs look like: kinds, fields, time span. Facts for `health` and `inspection`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import LocatedError, NoroshiError, Sentence
from noroshi.events.format import is_broken
from noroshi.events.model import OUTCOME_FIELD, ZoneOrigin
from noroshi.events.recognition import recognise
from noroshi.events.values import MISSING, lookup
from noroshi.intake import open_inputs
from noroshi.intake.first_look import first_look
from noroshi.intake.walk import Walk
from noroshi.service.reading import UNKNOWN_FORMAT
from noroshi.service.years import learn_years, settle_years

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo
    from pathlib import Path

    from noroshi.events.format import ByteSource
    from noroshi.events.model import Event, Kind, LogSource
    from noroshi.events.problems import Problems
    from noroshi.events.registry import Detection
    from noroshi.intake import Input
    from noroshi.service.years import YearSeen

MAX_SHAPES: Final = 20_000
"""Different sets of field names remembered for a kind; hostile logs make up names."""
MAX_NAMES: Final = 5_000
"""Field names remembered for a kind."""


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: null, an empty text, a hyphen, an empty list or map."""
    if isinstance(value, list | dict):
        return not value
    return value is None or (isinstance(value, str) and value in {"", "-"})


@dataclass(slots=True)
class KindSeen:
    """The events of one kind.

    Attributes:
        kind: What they share.
        events: How many.
        empties: Names whose value was always empty so far → the empty values met (see `is_empty`).
        filled: Names that held a value in some event; the outcome is known of every event.
        dotted: Of the dotted paths asked for, those that lead to a value in some event.
        first, last: Aware UTC; None while no event had a readable time.
    """

    kind: Kind
    events: int = 0
    empties: dict[str, set[str | None]] = field(default_factory=dict)
    filled: set[str] = field(default_factory=lambda: {OUTCOME_FIELD})
    dotted: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None
    _shapes: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def has(self, name: str) -> bool:
        """Whether some event has the field, its value empty or not."""
        return name in self.filled or name in self.empties or name in self.dotted

    @property
    def names(self) -> Counter[str]:
        """In how many events each field stands."""
        found: Counter[str] = Counter()
        for shape, count in self._shapes.items():
            for name in shape:
                found[name] += count
        return found

    def add(self, event: Event, paths: Sequence[str]) -> None:
        """Take one event; `paths` are the dotted names that rules ask for."""
        self.events += 1
        fields = event.fields
        shape = tuple(fields)
        if shape not in self._shapes:
            if len(self._shapes) >= MAX_SHAPES:
                shape = ()
            self._new_shape(fields)
        self._shapes[shape] += 1
        if self.empties:
            self._fill(fields)
        if len(self.dotted) < len(paths):
            self._follow(fields, paths)
        self._note_time(event)

    def _new_shape(self, fields: dict[str, Any]) -> None:
        for name in fields:
            if name not in self.filled and len(self.filled) + len(self.empties) < MAX_NAMES:
                self.empties.setdefault(name, set())

    def _fill(self, fields: dict[str, Any]) -> None:
        done = []
        for name, met in self.empties.items():
            value = fields.get(name, MISSING)
            if value is MISSING:
                continue
            if is_empty(value):
                met.add(value if isinstance(value, str) else None)
            else:
                done.append(name)
        for name in done:
            del self.empties[name]
            self.filled.add(name)

    def _follow(self, fields: dict[str, Any], paths: Sequence[str]) -> None:
        for path in paths:
            if path in self.dotted or path.partition(".")[0] not in fields:
                continue
            if lookup(fields, path) is not MISSING:
                self.dotted.add(path)

    def _note_time(self, event: Event) -> None:
        stamp = event.time
        if stamp.zone is ZoneOrigin.MISSING:
            return
        if self.first is None or stamp.at < self.first:
            self.first = stamp.at
        if self.last is None or stamp.at > self.last:
            self.last = stamp.at


@dataclass(slots=True)
class Survey:
    """Events of any number of inputs, by kind.

    Attributes:
        paths: Dotted field names to look for inside events.
    """

    paths: tuple[str, ...] = ()
    kinds: dict[Kind, KindSeen] = field(default_factory=dict)

    def add(self, event: Event) -> KindSeen:
        """Take one event; what is known of its kind."""
        seen = self.kinds.get(event.kind)
        if seen is None:
            seen = self.kinds[event.kind] = KindSeen(event.kind)
        seen.add(event, self.paths)
        return seen

    @property
    def events(self) -> int:
        """How many were taken."""
        return sum(seen.events for seen in self.kinds.values())

    @property
    def sources(self) -> Counter[tuple[str, LogSource]]:
        """Events by format and log source."""
        found: Counter[tuple[str, LogSource]] = Counter()
        for kind, seen in self.kinds.items():
            found[kind.format, kind.logsource] += seen.events
        return found

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """The first and the last time, aware UTC; None where no event has one."""
        return span_of(self.kinds.values())


def span_of(kinds: Iterable[KindSeen]) -> tuple[datetime, datetime] | None:
    """The first and the last time of these; None where no event has one."""
    known = [(seen.first, seen.last) for seen in kinds if seen.first is not None and seen.last is not None]
    if not known:
        return None
    return min(first for first, _ in known), max(last for _, last in known)


@dataclass(frozen=True, slots=True)
class Opened:
    """An input with its format and its events, to be read once.

    Attributes:
        detection: The format and the runners-up; `events` is empty where there is none.
        year: How times that are written without a year got one; None where they have one.
    """

    input: Input
    detection: Detection
    events: Iterator[Event]
    year: YearSeen | None = None


def opened(
    paths: Sequence[Path], problems: Problems, zone: tzinfo | None = None, year: int | None = None
) -> Iterator[Opened]:
    """Every input behind these paths; what cannot be read is in `problems`.

    Args:
        paths: Files, folders, ``-``.
        problems: Where errors go.
        zone: Zone of records that name none.
        year: The year of times that are written without one; None: learn it.
    """
    files = list(Walk(problems, Counter()).files(paths))
    with first_look(files) as looks:
        book = learn_years(files, fixed=year, zone=zone)
        for found in open_inputs((looks.get(path, path) for path in files), problems=problems, zone=zone):
            detection, head, stream = recognise(found.head, found.stream)
            seen = settle_years(found.source, head, detection, book)
            if detection.format is None:
                mend = "see `docs/reference/formats.md` for the formats; a new one is one file"
                raw = found.head.data[:4096]
                unknown = LocatedError(found.source.path, "", UNKNOWN_FORMAT, mend)
                (problems.keep_cut if is_broken(stream) else problems.add)(unknown, raw)
            yield Opened(found, detection, _events(found, stream, detection, problems), seen)


def _events(found: Input, stream: ByteSource, detection: Detection, problems: Problems) -> Iterator[Event]:
    """The events; a failure of the reader ends this input only."""
    if detection.format is None:
        return
    try:
        yield from detection.format.decode(stream, found.source, problems)
    except NoroshiError:
        raise
    except Exception as failure:  # noqa: BLE001 - no input, however hostile, may stop the others
        what = Sentence(
            "reading failed with {kind}; the rest of this input is left out", kind=type(failure).__name__
        )
        mend = "this is a mistake in Noroshi: please report it with the record"
        problems.add(LocatedError(found.source.path, "", what, mend))
