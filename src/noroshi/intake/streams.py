"""Byte sources that stand on each other: file, decompression, archive member, beginning looked at before."""

from __future__ import annotations

import bz2
import lzma
import zlib
from os import fstat
from os.path import samestat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import zstandard

from noroshi.errors import Sentence
from noroshi.events.format import ByteSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.intake.limits import Budget


class Layer(ByteSource, Protocol):
    """A byte source that knows whether it ended before its time.

    The mistake of an inner layer shows again as a cut-off stream in each layer on top of it; only the
    first is reported.
    """

    @property
    def broken(self) -> bool:
        """Whether damage, a device's error or a limit ended it, which has been reported."""


PIECE_BYTES: Final = 1 << 18
_MEMORY: Final = 256 << 20
_ZSTD_WINDOW: Final = 1 << 27
_ZSTD_FEED: Final = (
    1024  # one block of 4 bytes may unfold to 128 KiB and there is no bound on a call's output
)
_DAMAGE: Final = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError, ValueError)


SHORTER: Final = "the file became shorter while it was read; what was gone by then is left out"
REPLACED: Final = "the file was replaced while it was read; this part of it is left out"
EXCHANGED: Final = "another file was put in its place before it was read; that one was read instead"
ROTATED: Final = "it was probably rotated: read the rotated file as well"


class FileStream:
    """A file's bytes; an error of the device is reported and ends it."""

    __slots__ = ("_budget", "_file", "_path", "broken")

    def __init__(self, file: Any, path: str, budget: Budget) -> None:
        self.broken = False
        self._file = file
        self._path = path
        self._budget = budget

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, empty at the end."""
        try:
            data: bytes = self._file.read(size) or b""
        except (OSError, ValueError) as error:
            self.broken = True
            reason = getattr(error, "strerror", None) or str(error)
            what = Sentence("cannot be read further: {reason}", reason=reason)
            self._budget.report(self._path, f"byte {self._budget.consumed}", what)
            return b""
        if not data and size:
            self._tell_if_shorter()
        self._budget.consumed += len(data)
        return data

    def _tell_if_shorter(self) -> None:
        """One error where the file was cut while it was read: a rotation that copies and truncates."""
        before, number = self._budget.size, getattr(self._file, "fileno", None)
        if before is None or number is None or self.broken:
            return
        try:
            now = fstat(number()).st_size
        except (OSError, ValueError):
            return
        if now < before:
            self.broken = True
            self._budget.report(self._path, f"byte {self._budget.consumed}", SHORTER, ROTATED)

    def plain_path(self) -> Path | None:
        """Where the same bytes can be read at any place, else None; they count as read from here on."""
        name = getattr(self._file, "name", None)
        path = Path(name) if isinstance(name, str) else None
        try:
            if path is None or not samestat(fstat(self._file.fileno()), path.stat()) or not path.is_file():
                return None
        except (OSError, ValueError):
            return None
        self._budget.consumed = self._budget.size or self._budget.consumed
        return path


class Rejoined:
    """A stream whose beginning was read before."""

    __slots__ = ("_head", "_rest")

    def __init__(self, head: bytes, rest: Layer) -> None:
        self._head = head
        self._rest = rest

    @property
    def broken(self) -> bool:
        """Whether the rest ended before its time."""
        return self._rest.broken

    def read(self, size: int = -1, /) -> bytes:
        """The beginning first, then the rest."""
        if not self._head:
            return self._rest.read(size)
        if size < 0:
            data, self._head = self._head + self._rest.read(), b""
            return data
        data, self._head = self._head[:size], self._head[size:]
        return data

    def plain_path(self) -> Path | None:
        """Where the same bytes can be read at any place, else None."""
        return self._rest.plain_path() if isinstance(self._rest, FileStream) else None


def read_exactly(stream: ByteSource, size: int) -> bytes:
    """`size` bytes, fewer only at the end."""
    pieces: list[bytes] = []
    while size > 0 and (piece := stream.read(min(size, PIECE_BYTES))):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


class Decoder(Protocol):
    """One stream, frame or member of a packing; a new one is made for each that follows."""

    eof: bool
    unused_data: bytes

    def step(self, data: bytes) -> bytes:
        """Some output for this input; called with nothing while it holds more."""

    @property
    def hungry(self) -> bool:
        """Whether it needs input to go on."""


class _Gzip:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)
        self.eof = False
        self.unused_data = b""
        self.hungry = True

    def step(self, data: bytes) -> bytes:
        out = self._inner.decompress(self._inner.unconsumed_tail + data, PIECE_BYTES)
        self.eof = self._inner.eof
        self.unused_data = self._inner.unused_data
        self.hungry = not self._inner.unconsumed_tail and len(out) < PIECE_BYTES
        return out


class _Zstd:
    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        self._waiting = memoryview(b"")
        self.eof = False
        self.unused_data = b""
        self.hungry = True

    def step(self, data: bytes) -> bytes:
        if data:
            self._waiting = memoryview(data)
        out = self._inner.decompress(bytes(self._waiting[:_ZSTD_FEED]))
        self._waiting = self._waiting[_ZSTD_FEED:]
        self.eof = self._inner.eof
        if self.eof:
            self.unused_data = self._inner.unused_data + bytes(self._waiting)
        self.hungry = not self._waiting
        return out


class _Native:
    """bzip2 and xz, whose decoders are already so."""

    def __init__(self, inner: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._inner = inner

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def hungry(self) -> bool:
        return self._inner.needs_input

    def step(self, data: bytes) -> bytes:
        return self._inner.decompress(data, PIECE_BYTES)


DECODERS: Final[dict[str, Callable[[], Any]]] = {
    "gzip": _Gzip,
    "zstd": _Zstd,
    "bzip2": lambda: _Native(bz2.BZ2Decompressor()),
    "xz": lambda: _Native(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)),
}
SUFFIXES: Final = {
    "gzip": (".gz", ".tgz"),
    "zstd": (".zst", ".tzst"),
    "bzip2": (".bz2",),
    "xz": (".xz", ".txz"),
}


class Unpacked:
    """The bytes of a compressed stream, over all its members; bounded; damage and truncation are told."""

    __slots__ = ("_budget", "_decoder", "_ended", "_held", "_inner", "_make", "_packing", "_path", "broken")

    def __init__(self, inner: Layer, packing: str, path: str, budget: Budget) -> None:
        self._inner = inner
        self._packing = packing
        self._path = path
        self._budget = budget
        self._make = DECODERS[packing]
        self._decoder = self._make()
        self._held = b""
        self._ended = False
        self.broken = False

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, empty at the end (or where damage or a limit ended it)."""
        if size < 0:
            return b"".join(iter(lambda: self.read(PIECE_BYTES), b""))
        while not self._held and not self._ended:
            self._held = self._next()
        data, self._held = self._held[:size], self._held[size:]
        return data

    def _next(self) -> bytes:
        piece = b""
        if self._decoder.hungry and not (piece := self._inner.read(PIECE_BYTES)):
            self._fail("is cut off; what was there has been read")
            return b""
        try:
            out: bytes = self._decoder.step(piece)
        except _DAMAGE as error:
            self._fail(
                Sentence(
                    "is damaged ({reason}); what came before has been read",
                    reason=str(error) or type(error).__name__,
                )
            )
            return b""
        if out and not self._budget.produce(self._path, len(out)):
            self._ended = self.broken = True
            return out[: self._budget.room_before(len(out))]
        if self._decoder.eof:
            self._following()
        return out

    def _following(self) -> None:
        """What comes after the end of a member: another, padding, or nothing."""
        rest = self._decoder.unused_data or self._inner.read(PIECE_BYTES)
        while rest and not rest.strip(b"\0"):
            rest = self._inner.read(PIECE_BYTES)
        if not rest:
            self._ended = True
            return
        self._inner = Rejoined(rest, self._inner)
        self._decoder = self._make()

    def _fail(self, what: str) -> None:
        if not self._inner.broken:
            self._budget.report(
                self._path, "", Sentence("the {packing} stream {what}", packing=self._packing, what=what)
            )
        self._ended = self.broken = True
