"""Byte ranges of large plain files, each read by one worker, whatever happens to the file meanwhile."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from noroshi.errors import LocatedError
from noroshi.intake.streams import REPLACED, ROTATED, SHORTER
from noroshi.intake.walk import shown

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.intake import Input
    from noroshi.service.reading import Reader


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
        _report(part, f"cannot be read further: {error.strerror}", reader)


def _report(part: FileRange, what: str, reader: Reader) -> None:
    reader.problems.add(LocatedError(shown(part.path), f"byte {part.start}", what, ROTATED))
