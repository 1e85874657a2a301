"""Members of a tar archive as it streams by (POSIX.1-2001 pax and ustar, GNU long names).

The standard library's reader takes a header of any announced size into memory; this one is bounded.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from noroshi.intake.streams import PIECE_BYTES, read_exactly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.intake.limits import Budget
    from noroshi.intake.streams import Layer

BLOCK: Final = 512
_LATEST: Final = 1 << 37
MAX_HEADER_BYTES: Final = 1 << 20
_FILE: Final = frozenset({b"0", b"\0", b"7"})
_BLANK: Final = bytes(BLOCK)


class Member(NamedTuple):
    """A file in the archive and when it was last changed; read it before asking for the next."""

    name: str
    size: int
    changed: datetime | None
    stream: Layer


class _Header(NamedTuple):
    name: str
    size: int
    changed: datetime | None
    kind: bytes


class Bounded:
    """The next `left` bytes of a stream, then the end."""

    __slots__ = ("_inner", "left")

    def __init__(self, inner: Layer, left: int) -> None:
        self._inner = inner
        self.left = left

    @property
    def broken(self) -> bool:
        """Whether the stream around it ended before its time."""
        return self._inner.broken

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, empty at the end of the part or of the stream."""
        if size < 0:
            return read_exactly(self, self.left)
        data = self._inner.read(min(size, self.left)) if self.left else b""
        self.left -= len(data)
        return data

    def skip(self, padding: int = 0) -> None:
        """Pass over what nobody read."""
        self.left += padding
        while self.left and self.read(PIECE_BYTES):
            pass


def members(stream: Layer, path: str, budget: Budget) -> Iterator[Member]:
    """The regular files of the archive, in order; damage and truncation end it with one error."""
    long_name, long_size = "", None
    while (block := read_exactly(stream, BLOCK)).strip(b"\0"):
        header = _header(block)
        if header is None:
            _report(stream, path, "", budget)
            return
        if header.kind in {b"x", b"L"}:
            name, size = _extension(stream, header)
            long_name, long_size = name or long_name, size if size is not None else long_size
            continue
        size = header.size if long_size is None else long_size
        body = Bounded(stream, size)
        if header.kind in _FILE:
            yield Member(long_name or header.name, size, header.changed, body)
        body.skip(padding=-size % BLOCK)
        if body.left:
            _report(stream, path, long_name or header.name, budget)
            return
        long_name, long_size = "", None
    if len(block) < BLOCK:
        _report(stream, path, "", budget)


def _report(stream: Layer, path: str, place: str, budget: Budget) -> None:
    if not stream.broken:
        budget.report(path, place, "the tar archive is damaged or cut off; what was there has been read")


def _header(block: bytes) -> _Header | None:
    if len(block) < BLOCK or block[257:262] != b"ustar" or not _checksum_fits(block):
        return None
    size = _number(block[124:136])
    if size is None:
        return None
    name = _text(block[:100])
    prefix = _text(block[345:500]) if block[262:263] == b"\0" else ""
    return _Header(f"{prefix}/{name}" if prefix else name, size, _time(block[136:148]), block[156:157])


def _time(raw: bytes) -> datetime | None:
    seconds = _number(raw)
    return datetime.fromtimestamp(seconds, UTC) if seconds and seconds < _LATEST else None


def _checksum_fits(block: bytes) -> bool:
    return _number(block[148:156]) == sum(block[:148]) + sum(block[156:]) + 8 * 32


def _number(raw: bytes) -> int | None:
    """Octal digits, or GNU's base 256 with the first bit set."""
    if raw[0] & 0x80:
        value = int.from_bytes(raw) - (1 << (len(raw) * 8 - 1))
        return value if 0 <= value < 1 << 62 else None
    try:
        value = int(raw.strip(b"\0 ") or b"0", 8)
    except ValueError:
        return None
    return value if value >= 0 else None


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")


def _extension(stream: Layer, header: _Header) -> tuple[str, int | None]:
    """Name and size that a pax or GNU header gives the member after it."""
    body = Bounded(stream, header.size)
    raw = read_exactly(body, min(header.size, MAX_HEADER_BYTES))
    body.skip(padding=-header.size % BLOCK)
    if header.kind == b"L":
        return _text(raw), None
    name, size = "", None
    for key, value in _records(raw):
        if key == b"path":
            name = value.decode("utf-8", "replace")
        elif key == b"size" and value.isdigit():
            size = int(value[:18])
    return name, size


def _records(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    r"""The records ``LENGTH KEY=VALUE\n`` of a pax header."""
    at = 0
    while at < len(raw):
        digits, space, _ = raw[at : at + 16].partition(b" ")
        if not space or not digits.isdigit() or int(digits) < 5:
            return
        key, _, value = raw[at + len(digits) + 1 : at + int(digits) - 1].partition(b"=")
        yield key, value
        at += int(digits)
