"""Rankings of popular sites: ``rank,domain`` a line, as Tranco and others give them, plain or zipped.

A popular site is no harmless one: anybody publishes on many of them, and any can be compromised. So a ranking
says *shared*: the domain alone never alerts, a URL on it does.
"""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exclusions.model import ExclusionList, Verdict
from noroshi.indicators.exclusions.sorting import Sorter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEFAULT_TOP: Final = 1_000_000
MAX_LINE: Final = 1_024
MAX_BYTES: Final = 512 * 1024 * 1024


def read_ranking(path: Path, top: int = DEFAULT_TOP) -> ExclusionList:
    """The first `top` names of a ranking.

    Raises:
        LocatedError: It cannot be read, or no line of it is a ranked name.
    """
    sorter = Sorter()
    count = 0
    try:
        for name in _names(path, sorter):
            sorter.add_name(name, kind="ranks")
            count += 1
            if count >= top:
                break
        date = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    except (OSError, zipfile.BadZipFile) as error:
        raise LocatedError(
            str(path), "", Sentence("cannot be read: {error}", error=error), "check the file"
        ) from None
    reason = f"among the {count:,} most popular sites of {path.name}"
    found = sorter.into(
        ExclusionList(
            f"ranking:{path.name}",
            Verdict.SHARED,
            reason,
            f"{path.name} の上位 {count:,} サイトに含まれる",
            date,
        )
    )
    if not found.ranks:
        raise LocatedError(str(path), "", "is no ranking", "give lines of `rank,domain`")
    return found


def _names(path: Path, sorter: Sorter) -> Iterator[str]:
    with path.open("rb") as opened:
        head = opened.read(4)
        opened.seek(0)
        if head == b"PK\x03\x04":
            with zipfile.ZipFile(opened) as archive:
                member = next((one for one in archive.infolist() if not one.is_dir()), None)
                if member is not None:
                    with archive.open(member) as inner:
                        yield from _lines(io.BufferedReader(inner), sorter)  # type: ignore[type-var]  # it reads bytes
        else:
            yield from _lines(opened, sorter)


def _lines(opened: BinaryIO, sorter: Sorter) -> Iterator[str]:
    """The name of each line; a header's word is no rank and no name."""
    read = 0
    while (raw := opened.readline(MAX_LINE)) and read < MAX_BYTES:
        read += len(raw)
        cells = raw.decode("utf-8", "replace").strip().split(",")
        name = cells[1] if len(cells) > 1 else cells[0]
        if "." in name and (len(cells) == 1 or cells[0].isdigit()):
            yield name.strip().strip('"').lower()
        elif name:
            sorter.reject(name)
