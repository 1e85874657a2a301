"""Rows as abuse.ch and others write them: CSV by the names of its columns, and lists of JSON objects."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.statements import NOTHING
from noroshi.errors import LocatedError, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.collect.session import Session
    from noroshi.collect.statements import Row

_MAX_LINE: Final = 65_536
_NAME: Final = re.compile(r"[^\W\d][\w -]{0,60}")


def unpacked(body: bytes, path: str, limit: int) -> bytes:
    """The body, or the first file of a ZIP archive.

    Raises:
        LocatedError: The archive is broken or too large.
    """
    if not body.startswith(b"PK\x03\x04"):
        return body
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive, archive.open(archive.infolist()[0]) as file:
            content = file.read(limit + 1)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, IndexError, ValueError):
        raise LocatedError(path, "", "sends a broken ZIP archive", "it is asked again next time") from None
    if len(content) > limit:
        raise LocatedError(path, "", Sentence("unpacks to more than {most:,} bytes", most=limit), "")
    return content


@dataclass(frozen=True, slots=True)
class Shape:
    """How a CSV is written: what stands between cells, and its columns where it has no header."""

    separator: str = ","
    header: tuple[str, ...] = ()


def table(  # noqa: PLR0913, PLR0917 - what it is, which columns, and how it is written
    session: Session,
    body: bytes,
    path: str,
    expected: frozenset[str],
    optional: frozenset[str] | None = frozenset(),
    shape: Shape = Shape(),
) -> Iterator[Row | LocatedError]:
    """Line and cells by column of each row; ``None`` and ``n/a`` are empty.

    The header may stand in a comment (``# id,url``), quoted or not. Each line is one row: a quote that is
    never closed costs that row, not the rest. Further columns are drift, unless `optional` is None: then
    those of the feed's first run are expected.

    Raises:
        LocatedError: There is no header.
    """
    text = unpacked(body, path, session.client.limits.max_bytes).decode("utf-8-sig", "replace")
    lines = ((number, line.strip()) for number, line in enumerate(text.split("\n"), 1))
    names = list(shape.header) or _header(session, lines, path, (expected, optional), shape.separator)
    for number, bare in lines:
        if bare and not bare.startswith("#"):
            row = _cells(bare, shape.separator)
            if row is None or len(row) != len(names):
                yield LocatedError(
                    path, f"line {number}", Sentence("is no row of {count} cells", count=len(names)), ""
                )
            else:
                yield f"line {number}", {name: _plain(cell) for name, cell in zip(names, row, strict=True)}


def _header(
    session: Session,
    lines: Iterator[tuple[int, str]],
    path: str,
    columns: tuple[frozenset[str], frozenset[str] | None],
    separator: str,
) -> list[str]:
    """The names of the columns, from the first lines; what is missing and new among them is drift.

    Raises:
        LocatedError: There is no header.
    """
    expected, optional = columns
    before: list[str] = []
    for number, bare in lines:
        cells = _cells(bare.lstrip("# "), separator) or []
        if cells and len(expected & set(cells)) >= len(expected) / 2:
            session.compare(cells, expected, optional)
            return cells
        if bare and not bare.startswith("#"):
            known = expected | (optional or frozenset(session.memory.get("columns", ())))
            what = _renamed(session, (before, cells), expected, known)
            if what is None:
                raise LocatedError(path, f"line {number}", "stands where the header should", "check base_url")
            mend = "check base_url, or whether the provider has changed the format"
            raise LocatedError(path, f"line {number}", what, mend)
        before = cells if bare.strip("# ") else before
    raise LocatedError(path, "", "holds no header", "check base_url")


def _renamed(
    session: Session, candidates: tuple[list[str], ...], expected: frozenset[str], known: frozenset[str]
) -> Sentence | None:
    """What to say of a header that is not the expected one: its columns are drift. None where none is one.

    A header is told from a web page or a row by a column that is known, or by cells that are all names.
    """
    for cells in candidates:
        if known & set(cells) or (len(cells) > 1 and all(map(_NAME.fullmatch, cells))):
            session.compare(cells, expected, known)
            missing = ", ".join(f"`{name}`" for name in sorted(expected - set(cells)))
            return Sentence("is a header without the columns {names}", names=missing)
    return None


def objects(
    session: Session,
    found: Iterable[Any],
    expected: frozenset[str],
    optional: frozenset[str] | None = frozenset(),
) -> Iterator[Row | LocatedError]:
    """Number and keys of each JSON object; what is none is told.

    At the end, keys that no object has are missing, keys that nobody expects are new.
    """
    seen: set[str] = set()
    for number, one in enumerate(found, 1):
        if isinstance(one, dict):
            seen |= one.keys()
            yield f"row {number}", one
        else:
            yield LocatedError(session.feed, f"row {number}", "is no object", "")
    if seen:
        session.compare(seen, expected, optional)


def _cells(line: str, separator: str) -> list[str] | None:
    try:
        rows = csv.reader([line[:_MAX_LINE]], delimiter=separator, skipinitialspace=True, strict=True)
        return next(rows, None)
    except csv.Error:
        return None


def _plain(cell: str) -> str:
    bare = cell.strip()
    return "" if bare.lower() in NOTHING else bare
