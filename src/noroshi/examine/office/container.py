"""Compound files (MS-CFB): their streams by path, read in bounds."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import olefile

from noroshi.examine.examiner import DamagedSpecimenError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget

MAX_STREAMS: Final = 5_000
MAGIC: Final = olefile.MAGIC

Path = tuple[str, ...]


class Container:
    """An open compound file.

    Attributes:
        paths: Of all streams, as the directory names them.
    """

    def __init__(self, raw: bytes, budget: Budget) -> None:
        """Open it.

        Raises:
            DamagedSpecimenError: Its tables cannot be read.
        """
        self._budget: Final = budget
        try:
            self._file: Final = olefile.OleFileIO(io.BytesIO(raw))
            self.paths: Final[list[Path]] = [tuple(path) for path in self._file.listdir()[:MAX_STREAMS]]
        except Exception as problem:  # olefile fails on hostile tables in many ways
            raise DamagedSpecimenError("the compound file's tables cannot be read") from problem
        self._by_name: Final = {_folded(path): path for path in self.paths}

    def find(self, *path: str) -> Path | None:
        """The stream of this path in any case."""
        return self._by_name.get(_folded(path))

    def read(self, *path: str) -> bytes:
        """A stream; empty if it is not there, damaged, or more than the budget allows.

        Streams may overlap, so that a small file claims to hold much: what is read is counted.
        """
        known = self.find(*path)
        if known is None:
            return b""
        try:
            size = self._file.get_size(list(known))
            if not self._budget.take("unfolded", size):
                return b""
            return bytes(self._file.openstream(list(known)).read())
        except Exception:  # noqa: BLE001 - as above
            return b""

    def root_class(self) -> str:
        """The class identifier of the root storage, without hyphens' braces, in upper case."""
        return str(self._file.root.clsid).upper() if self._file.root is not None else ""

    def classes(self) -> Iterator[tuple[Path, str]]:
        """Every storage that has a class identifier, with it."""
        for path in self._file.listdir(streams=False, storages=True)[:MAX_STREAMS]:
            found = str(self._file.getclsid(list(path)) or "").upper()
            if found:
                yield tuple(path), found

    def under(self, root: Path) -> Iterator[Path]:
        """Paths of the streams under a storage."""
        return (path for path in self.paths if path[: len(root)] == root and len(path) > len(root))


def _folded(path: Path) -> Path:
    return tuple(part.lower() for part in path)
