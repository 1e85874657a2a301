"""Exclusion lists from wherever they are: bundled, folders of MISP, rankings, one's own, to one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError
from noroshi.indicators.exclusions.misp import is_misp_folder, read_misp
from noroshi.indicators.exclusions.model import ExclusionList
from noroshi.indicators.exclusions.own import Read, read_own, read_toml
from noroshi.indicators.exclusions.ranking import read_ranking
from noroshi.indicators.exclusions.snapshot import ExclusionSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

_OWN: Final = frozenset({".toml", ".txt"})
_RANKINGS: Final = frozenset({".csv", ".zip"})


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What was loaded.

    Attributes:
        snapshot: Everything that could be read.
        errors: What could not.
    """

    snapshot: ExclusionSnapshot
    errors: tuple[LocatedError, ...]


def load_exclusions(paths: Iterable[Path], today: date, *, bundled: bool = True) -> Exclusions:
    """The lists of these files and folders, later ones in place of earlier ones of the same name.

    A folder of MISP's warning lists, rankings (``.csv``, ``.zip``), one's own lists (``.toml``, ``.txt``), or
    a folder of such files.

    Args:
        paths: Files and folders.
        today: Lists that end before are left out.
        bundled: With the lists that come with Noroshi.
    """
    lists: dict[str, ExclusionList] = {}
    exempt: set[tuple[str, str]] = set()
    errors: list[LocatedError] = []
    for found in (
        *(_bundled(today) if bundled else ()),
        *(one for path in paths for one in _read(path, today)),
    ):
        if isinstance(found, ExclusionList):
            lists[found.name] = found
        elif isinstance(found, LocatedError):
            errors.append(found)
        else:
            exempt.add(found)
    return Exclusions(ExclusionSnapshot(lists.values(), exempt), tuple(errors))


def _bundled(today: date) -> Iterator[Read]:
    return read_toml("bundled.toml", _bundled_text(), today)


@cache
def _bundled_text() -> str:
    return files("noroshi.indicators.exclusions").joinpath("bundled.toml").read_text("utf-8")


def _read(path: Path, today: date) -> Iterator[Read]:
    if path.is_dir():
        if is_misp_folder(path):
            yield from read_misp(path)
        for file in sorted(path.iterdir()):
            if file.suffix in _OWN | _RANKINGS and file.is_file():
                yield from _read(file, today)
    elif path.suffix in _RANKINGS:
        try:
            yield read_ranking(path)
        except LocatedError as error:
            yield error
    elif path.suffix in _OWN:
        yield from read_own(path, today)
    else:
        what = "is no exclusion list"
        yield LocatedError(
            str(path), "", what, "give .toml, .txt, a ranking (.csv, .zip) or a folder of MISP's lists"
        )
