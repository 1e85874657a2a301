"""Members of a zip archive: by its directory, or by the members where that was cut off."""

from __future__ import annotations

import struct
import tempfile
import zipfile
import zlib
from datetime import UTC, datetime, timedelta, timezone
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from noroshi.errors import Sentence
from noroshi.intake.streams import PIECE_BYTES, FileStream, Rejoined, read_exactly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noroshi.intake.limits import Budget
    from noroshi.intake.streams import Layer

MAX_DIRECTORY_BYTES: Final = 64 << 20
_SPOOLED_IN_MEMORY: Final = 8 << 20
_END: Final = b"PK\x05\x06"
_LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
_ENCRYPTED: Final = 1
_WESTERNMOST: Final = timezone(timedelta(hours=-12))
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    struct.error,
)


class Member(NamedTuple):
    """A file in the archive and when it was last changed; read it before asking for the next."""

    name: str
    size: int | None
    changed: datetime | None
    stream: Layer


class _MemberStream:
    """A member's bytes; damage is reported and ends it."""

    __slots__ = ("_budget", "_file", "_path", "_position", "broken")

    def __init__(self, file: IO[bytes], path: str, budget: Budget, position: Callable[[], int]) -> None:
        self._position = position
        self.broken = False
        self._file = file
        self._path = path
        self._budget = budget

    def read(self, size: int = -1, /) -> bytes:
        try:
            data = self._file.read(size)
        except (*_UNREADABLE, zlib.error, EOFError) as error:
            reason = str(error) or type(error).__name__
            what = Sentence(
                "is damaged in the archive ({reason}); what came before has been read", reason=reason
            )
            self._budget.report(self._path, "", what)
            self.broken = True
            return b""
        self._budget.consumed = max(self._budget.consumed, self._position())
        self.broken = not self._budget.produce(self._path, len(data))
        return b"" if self.broken else data


def spooled(stream: Layer, path: str, budget: Budget) -> IO[bytes] | None:
    """A stream's bytes in a temporary file, which is needed because a zip archive is read from its end."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOLED_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    size = 0
    while piece := stream.read(PIECE_BYTES):
        size += len(piece)
        if size > budget.limits.spool_bytes:
            file.close()
            what = Sentence(
                "is a zip archive of more than {spool_bytes:,} bytes inside a stream",
                spool_bytes=budget.limits.spool_bytes,
            )
            budget.report(path, "", what, "unpack it first")
            return None
        file.write(piece)
    file.seek(0)
    return file


def members(file: IO[bytes], path: str, budget: Budget) -> Iterator[Member]:
    """The files of the archive, in the order of its directory."""
    try:
        if _directory_size(file) > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("its directory is too large")
        archive = zipfile.ZipFile(file)
    except _UNREADABLE as error:
        yield from _salvaged(file, path, budget)
        what = Sentence(
            "the zip archive is damaged or cut off ({error}); what was there has been read", error=error
        )
        budget.report(path, "", what)
        return
    with archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield from _member(archive, info, path, budget)


def names(file: IO[bytes]) -> list[str]:
    """The first names in the archive, by the members themselves."""
    head = file.read(4096)
    file.seek(0)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        return []
    length = _LOCAL.unpack_from(head)[9]
    return [head[_LOCAL.size : _LOCAL.size + length].decode("utf-8", "replace")]


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, budget: Budget) -> Iterator[Member]:
    shown = f"{path}!{info.filename}"
    if info.flag_bits & _ENCRYPTED:
        budget.report(shown, "", "is encrypted", "unpack it with its password first")
        return
    try:
        opened = archive.open(info)
    except _UNREADABLE as error:
        budget.report(shown, "", Sentence("cannot be unpacked: {error}", error=error))
        return
    position = archive.fp.tell if archive.fp else int
    with opened:
        stream = _MemberStream(opened, shown, budget, position)
        yield Member(info.filename, info.file_size, _changed(info), stream)


def _changed(info: zipfile.ZipInfo) -> datetime | None:
    """The member's local time, which names no zone, in the westernmost one."""
    try:
        local = datetime(*info.date_time, tzinfo=_WESTERNMOST)
    except ValueError:
        return None
    return local.astimezone(UTC) if local.year > 1980 else None


def _directory_size(file: IO[bytes]) -> int:
    """Size of the central directory as the archive's end gives it (APPNOTE 4.3.16)."""
    file.seek(0, 2)
    end = file.tell()
    file.seek(max(0, end - 65_557))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    return int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0


class _Inflated:
    """A deflated or stored member of unknown end, straight from the stream; `rest` is what follows it."""

    __slots__ = ("_budget", "_inner", "_path", "_stream", "broken", "ended", "rest")

    def __init__(self, stream: Layer, path: str, budget: Budget) -> None:
        self._inner = zlib.decompressobj(-15)
        self._stream = stream
        self._path = path
        self._budget = budget
        self.ended = False
        self.broken = False
        self.rest = b""

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(PIECE_BYTES), b""))
        out = b""
        while not out and not self.ended:
            data = self._inner.unconsumed_tail or self._stream.read(PIECE_BYTES)
            try:
                out = self._inner.decompress(data, min(size, PIECE_BYTES))
            except zlib.error:
                data = b""
            if not data:
                self.broken = True  # the archive's own error tells it
                break
            self.ended = self._inner.eof
        if self.ended:
            self.rest = self._inner.unused_data
        if not self._budget.produce(self._path, len(out)):
            self.broken = True
        return b"" if self.broken else out


def _salvaged(file: IO[bytes], path: str, budget: Budget) -> Iterator[Member]:
    """Deflated members one after another from the beginning, as far as their headers lead (APPNOTE 4.3.7)."""
    file.seek(0)
    stream: Layer = FileStream(file, path, budget)
    while len(raw := read_exactly(stream, _LOCAL.size)) == _LOCAL.size:
        magic, _, flags, method, _, _, _, packed, size, name_length, extra_length = _LOCAL.unpack(raw)
        name = read_exactly(stream, name_length).decode("utf-8", "replace")
        read_exactly(stream, extra_length)
        if magic != b"PK\x03\x04" or flags & _ENCRYPTED or method != zipfile.ZIP_DEFLATED:
            return
        body = _Inflated(stream, f"{path}!{name}", budget)
        yield Member(name, size if packed else None, None, body)
        while body.read(PIECE_BYTES):
            pass
        if not body.ended:
            return
        stream = _after(Rejoined(body.rest, stream), described=bool(flags & 8))


def _after(stream: Layer, *, described: bool) -> Layer:
    """The stream behind the data descriptor, which may or may not begin with its own signature."""
    if not described:
        return stream
    raw = read_exactly(stream, 16)
    used = 16 if raw.startswith(b"PK\x07\x08") else 12
    return Rejoined(raw[used:], stream)
