"""Lines of a text file, one after the other, none of them too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from noroshi.errors import LocatedError, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LINE_BYTES: Final = 65_536


def lines_of(file: BinaryIO, path: str) -> Iterator[tuple[int, str] | LocatedError]:
    """Number (from 1) and text of each line, without its end; an error for one that is too long."""
    number = 0
    skipping = False
    while raw := file.readline(MAX_LINE_BYTES):
        whole = raw.endswith(b"\n") or len(raw) < MAX_LINE_BYTES
        if not skipping:
            number += 1
            if whole:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8", "replace")
                yield number, text.rstrip("\r\n")
            else:
                what = Sentence("a line longer than {max_line_bytes:,} bytes", max_line_bytes=MAX_LINE_BYTES)
                yield LocatedError(path, f"line {number}", what, "one value a line")
        skipping = not whole
