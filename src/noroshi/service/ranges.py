"""Byte ranges of large plain files, each read by one worker, whatever happens to the file meanwhile."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.intake.streams import REPLACED, ROTATED, SHORTER
from noroshi.intake.walk import shown

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.intake import Input
    from noroshi.service.reading import Reader

_LINE: Final = re.compile(r"line (\d+)", re.ASCII)
_STEP: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class FileRange:
    """The records that begin in ``(start, end]`` (in ``[0, end]`` for `start` 0) of the file at `place`."""

    path: Path
    start: int
    end: int
    place: tuple[int, int] | None


def place_of(path: Path) -> tuple[int, int] | None:
    """Device and number of the file that stands there now, to know it again; None: there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def read_range(part: FileRange, opened: Input, reader: Reader) -> None:
    """Read the range; where the file was rotated since it was divided, that is one located error."""
    try:
        with part.path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            if (status.st_dev, status.st_ino) != part.place:
                _report(part, REPLACED, reader)
                return
            if status.st_size < part.end:
                _report(part, SHORTER, reader)
            stream.seek(part.start)
            reader.read_range(opened.head, stream, opened.source, part.start, part.end)
    except OSError as error:
        _report(part, Sentence("cannot be read further: {reason}", reason=error.strerror), reader)


def _report(part: FileRange, what: str, reader: Reader) -> None:
    reader.problems.add(LocatedError(shown(part.path), f"byte {part.start}", what, ROTATED))


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
        known = self._known.setdefault(part.path, {0: 0})
        at = max(offset for offset in known if offset <= part.start)
        count = known[at]
        try:
            with part.path.open("rb", buffering=0) as file:
                status = os.fstat(file.fileno())
                if (status.st_dev, status.st_ino) != part.place or status.st_size < part.start:
                    return None
                file.seek(at)
                while at < part.start and (piece := file.read(min(_STEP, part.start - at))):
                    count += piece.count(b"\n")
                    at += len(piece)
        except OSError:
            return None
        known[at] = count
        return count + 1 if at == part.start else None
