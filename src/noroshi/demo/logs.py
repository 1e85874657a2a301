"""The log files of the day: each buffers the records that are not due yet, ordered by writing time."""

from __future__ import annotations

import gzip
import heapq
from typing import IO, TYPE_CHECKING, Any

from noroshi.errors import NoroshiError

if TYPE_CHECKING:
    from pathlib import Path


class DayError(NoroshiError):
    """The generator contradicted itself; a mistake in this package, never in the input."""


class LogFile:
    """One log file, written in the order in which the product would have written its records.

    Args:
        path: Where; its folder is made.
        header: Text at the top of the file (Zeek), with its line end.
        footer: Text at its end.
        compressed: Write gzip, as a rotated file; the header holds no name and no time, so that bytes repeat.
    """

    def __init__(self, path: Path, *, header: str = "", footer: str = "", compressed: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.count = 0
        self._footer = footer.encode()
        self._pending: list[tuple[int, int, bytes]] = []
        self._sequence = 0
        self._written_until = 0
        self._file = path.open("wb")
        self._out: IO[bytes] | Any = self._file
        if compressed:
            self._out = gzip.GzipFile(filename="", mode="wb", fileobj=self._file, mtime=0)
        self._out.write(header.encode())

    def add(self, written_at: int, line: bytes | str) -> None:
        """Queue a record without its line end.

        Args:
            written_at: When the product writes it; often later than the time printed in it.
            line: The record.

        Raises:
            DayError: That time has been written already.
        """
        if written_at < self._written_until:
            raise DayError(f"{self.path.name}: a record came {self._written_until - written_at} µs late")
        self._sequence += 1
        data = line.encode() if isinstance(line, str) else line
        heapq.heappush(self._pending, (written_at, self._sequence, data))

    def write_until(self, t: int) -> None:
        """Write what is due before `t`."""
        pending = self._pending
        while pending and pending[0][0] < t:
            self._out.write(heapq.heappop(pending)[2] + b"\n")
            self.count += 1
        self._written_until = max(self._written_until, t)

    def close(self) -> None:
        """Write the rest and close."""
        self.write_until(1 << 62)
        self._out.write(self._footer)
        if self._out is not self._file:
            self._out.close()
        self._file.close()


class RotatedLog:
    """A log that its host rotated once during the day; the older part was compressed.

    Args:
        path: The live file; the older part is beside it as ``NAME.1.gz``.
        rotated_at: When the rotation took place.
    """

    def __init__(self, path: Path, rotated_at: int) -> None:
        self._rotated_at = rotated_at
        self.older = LogFile(path.with_name(f"{path.name}.1.gz"), compressed=True)
        self.live = LogFile(path)

    def add(self, written_at: int, line: bytes | str) -> None:
        """Queue a record for the part that was open at the time."""
        part = self.older if written_at < self._rotated_at else self.live
        part.add(written_at, line)
