"""Files as they were when they were found: what is rotated before its turn comes is read whole, or told.

Between the listing of a folder and the reading of its last file may lie minutes. So each file is opened as
soon as it is found, the youngest first, as far as the process may hold files open; of the others, device and
number tell whether it is still the same file. A file that is held can be renamed, replaced or deleted
meanwhile; one that was emptied in place (copied and truncated) is found shorter than it was.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from io import RawIOBase
from operator import attrgetter
from resource import RLIMIT_NOFILE, getrlimit
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

MOST_HELD: Final = 512
"""Files held open at most."""


@dataclass(frozen=True, slots=True)
class Look:
    """A plain file when it was found.

    Attributes:
        place: Device and number, by which it is known again.
        size: Bytes.
        changed: When it was last written, in nanoseconds since the epoch.
        descriptor: It, open; None where it is not held. Processes that fork may share it.
    """

    path: Path
    place: tuple[int, int]
    size: int
    changed: int
    descriptor: int | None = None

    def open(self) -> Any:
        """The file that was found, where it is held, else what stands at its path now; close it.

        Raises:
            OSError: There is none, or it may not be read.
        """
        if self.descriptor is None:
            return self.path.open("rb", buffering=0)
        return Held(self.path, self.descriptor)

    def is_same(self, status: os.stat_result) -> bool:
        """Whether this is the status of the file that was found."""
        return (status.st_dev, status.st_ino) == self.place


class Held(RawIOBase):
    """A view of an open file with a place of its own; closing it leaves the file open.

    Attributes:
        name: The path at which it was found.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        super().__init__()
        self.name = os.fspath(path)
        self._descriptor = descriptor
        self._at = 0

    def fileno(self) -> int:
        """The file's descriptor."""
        return self._descriptor

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place; the new place."""
        before = {os.SEEK_CUR: self._at, os.SEEK_END: os.fstat(self._descriptor).st_size}.get(whence, 0)
        self._at = max(0, before + offset)
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, empty at the end."""
        if size < 0:
            return self.readall()
        piece = os.pread(self._descriptor, size, self._at)
        self._at += len(piece)
        return piece

    def readinto(self, buffer: Any, /) -> int:
        """The next bytes; how many, 0 at the end."""
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


@contextmanager
def first_look(paths: Iterable[Path]) -> Iterator[Mapping[Path, Look]]:
    """The plain files among these paths, the youngest of them held open until the block ends."""
    looks = sorted(filter(None, map(_look, paths)), key=attrgetter("changed"), reverse=True)
    held = [_held(look) for look in looks[: _room()]]
    try:
        yield {look.path: look for look in (*held, *looks[len(held) :])}
    finally:
        for look in held:
            if look.descriptor is not None:
                os.close(look.descriptor)


def _look(path: Path) -> Look | None:
    """None for what is no plain file, or is gone; reading it tells why."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Look(path, (status.st_dev, status.st_ino), status.st_size, status.st_mtime_ns)


def _held(look: Look) -> Look:
    """The same, held open; as it was where it may not be read, or was exchanged since."""
    try:
        descriptor = os.open(look.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return look
    if not look.is_same(os.fstat(descriptor)):
        os.close(descriptor)
        return look
    return Look(look.path, look.place, look.size, look.changed, descriptor)


def _room() -> int:
    """Half of the files that this process may open."""
    most = getrlimit(RLIMIT_NOFILE)[0]
    return MOST_HELD if most < 0 else min(MOST_HELD, most // 2)
