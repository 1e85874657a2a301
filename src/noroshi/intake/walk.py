"""The files behind the paths that the user named."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError, Sentence

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator

    from noroshi.events.problems import Problems

MAX_DEPTH: Final = 64
LITTER: Final = "file of the system or an archiver"
_LITTER: Final = frozenset(
    {
        "__macosx",
        ".ds_store",
        ".spotlight-v100",
        ".trashes",
        ".fseventsd",
        ".git",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "$recycle.bin",
        "system volume information",
    }
)


def is_litter(path: str) -> bool:
    """Whether a path, from the archive or folder on, is what file managers and archivers leave behind.

    AppleDouble files (``._name``) hold the resource fork of the file beside them.
    """
    parts = path.replace("\\", "/").split("/")
    return any(part.lower() in _LITTER for part in parts) or parts[-1].startswith("._")


def shown(path: str | Path) -> str:
    """A path as text that can be printed and written as JSON, whatever bytes it has."""
    return os.fsencode(path).decode("utf-8", "replace")


@dataclass(slots=True)
class Walk:
    """The files of paths and folders, each once, folders in the order of their names.

    Symbolic links are followed; a folder inside itself is an error. Sockets, devices and pipes inside folders
    are passed over, a pipe that the user named is read.

    Attributes:
        problems: Where what cannot be opened is reported.
        skipped: Counts what is passed over, by reason.
    """

    problems: Problems
    skipped: Counter[str]
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def files(self, paths: Iterable[str | Path]) -> Iterator[Path]:
        """Every file; ``-`` comes through as it is."""
        for path in paths:
            if str(path) == "-":
                yield Path("-")
            else:
                yield from self._named(Path(path))

    def _named(self, path: Path) -> Iterator[Path]:
        try:
            status = path.stat()
        except (OSError, ValueError) as error:
            self._report(path, error)
            return
        if stat.S_ISDIR(status.st_mode):
            yield from self._folder(path, ((status.st_dev, status.st_ino),))
        elif not stat.S_ISREG(status.st_mode) or self._is_new(status):
            yield path

    def _folder(self, folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[Path]:
        try:
            names = sorted(entry.name for entry in os.scandir(folder))
        except OSError as error:
            self._report(folder, error)
            return
        for name in names:
            if is_litter(name):
                self.skipped[LITTER] += 1
            else:
                yield from self._inside(folder / name, above)

    def _inside(self, path: Path, above: tuple[tuple[int, int], ...]) -> Iterator[Path]:
        try:
            status = path.stat()
        except OSError as error:
            self._report(path, error)
            return
        place = (status.st_dev, status.st_ino)
        if stat.S_ISDIR(status.st_mode):
            if place in above or len(above) >= MAX_DEPTH:
                what = "the folder leads back into itself" if place in above else "folders too deep"
                self.problems.add(LocatedError(shown(path), "", what, "remove the symbolic link"))
            else:
                yield from self._folder(path, (*above, place))
        elif not stat.S_ISREG(status.st_mode):
            self.skipped["no ordinary file"] += 1
        elif self._is_new(status):
            yield path

    def _is_new(self, status: os.stat_result) -> bool:
        place = (status.st_dev, status.st_ino)
        if place in self._seen:
            self.skipped["the same file again"] += 1
            return False
        self._seen.add(place)
        return True

    def _report(self, path: Path, error: OSError | ValueError) -> None:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        mend = "check the path and its permissions"
        self.problems.add(
            LocatedError(shown(path), "", Sentence("cannot be read: {reason}", reason=reason), mend)
        )
