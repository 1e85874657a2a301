"""Byte ranges of large plain files, each read by one worker, whatever happens to the file meanwhile."""

from __future__ import annotations

import os
import re
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.intake.limits import DEFAULT_LIMITS, Budget
from noroshi.intake.streams import EXCHANGED, REPLACED, ROTATED, SHORTER, FileStream
from noroshi.intake.walk import shown

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.events.problems import Problems
    from noroshi.intake import Input
    from noroshi.intake.first_look import Look
    from noroshi.service.reading import Reader

_LINE: Final = re.compile(r"line (\d+)", re.ASCII)
_ROTATIONS: Final = frozenset({SHORTER, REPLACED, EXCHANGED})
_STEP: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class FileRange:
    """The records that begin in ``(start, end]`` (in ``[0, end]`` for `start` 0) of a file."""

    look: Look
    start: int
    end: int


def read_range(part: FileRange, opened: Input | None, unopened: Problems, reader: Reader) -> None:
    """Read the range; where the file was rotated since it was divided, that is one located error.

    Args:
        part: The range.
        opened: The file's beginning; None where it could not be read …
        unopened: … for these reasons.
        reader: Takes events and errors.
    """
    path, problems = shown(part.look.path), reader.problems
    try:
        file = part.look.open()
    except OSError as error:
        what = Sentence("cannot be read further: {reason}", reason=error.strerror)
        problems.add(LocatedError(path, f"byte {part.start}", what, ROTATED))
        return
    with closing(file):
        if not part.look.is_same(os.fstat(file.fileno())):
            problems.add(LocatedError(path, f"byte {part.start}", REPLACED, ROTATED))
        elif opened is None:
            for reason in unopened.errors:
                problems.add(reason)
        else:
            file.seek(part.start)
            budget = Budget(part.end, DEFAULT_LIMITS, problems)
            budget.consumed = part.start
            stream = FileStream(file, path, budget)
            reader.read_range(opened.head, stream, opened.source, part.start, part.end)
            problems.settle()


def is_one_of(error: LocatedError, errors: list[LocatedError]) -> bool:
    """Whether it is one of these itself, not only alike."""
    return any(error is one for one in errors)


@dataclass(slots=True)
class Rotations:
    """Files whose rotation was told: each range of such a file finds it anew, and once is enough."""

    _files: set[int] = field(default_factory=set)

    def told_before(self, number: int, errors: list[LocatedError]) -> list[LocatedError]:
        """Of a range's errors those that tell again what was told of this file."""
        found = [error for error in errors if error.what in _ROTATIONS]
        again = found if number in self._files else found[1:]
        self._files.update([number] if found else [])
        return again


@dataclass(slots=True)
class LinesBefore:
    """How many lines of large files stand before their ranges: errors of a range count from its beginning.

    Counted only where a range has errors, each file at most once from its beginning on.
    """

    _known: dict[Path, dict[int, int]] = field(default_factory=dict)

    def located(self, part: FileRange, error: LocatedError) -> LocatedError:
        """The error as reading the whole file would locate it."""
        match = _LINE.fullmatch(error.place)
        if match is None or part.start == 0:
            return error
        before, number = self._before(part), int(match[1])
        place = f"line {before + number}" if before is not None else f"line {number} after byte {part.start}"
        return LocatedError(error.path, place, error.what, error.mend)

    def _before(self, part: FileRange) -> int | None:
        """Lines up to and with the one in which the range begins; None where the file is gone."""
        known = self._known.setdefault(part.look.path, {0: 0})
        at = max(offset for offset in known if offset <= part.start)
        count = known[at]
        try:
            with closing(part.look.open()) as file:
                status = os.fstat(file.fileno())
                if not part.look.is_same(status) or status.st_size < part.start:
                    return None
                file.seek(at)
                while at < part.start and (piece := file.read(min(_STEP, part.start - at))):
                    count += piece.count(b"\n")
                    at += len(piece)
        except OSError:
            return None
        known[at] = count
        return count + 1 if at == part.start else None
