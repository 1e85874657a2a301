"""HTTP/1 out of the two streams of a connection: requests with their answers, bodies unchunked and unpacked.

Source: RFC 9112. Whatever is kept of bodies is bounded, for one and for all of a capture together.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_HEAD: Final = 1 << 16
MAX_BODY: Final = 1 << 26
MAX_KEPT: Final = 1 << 28
"""Bytes of all bodies that are kept at one time."""

MAX_UNPACKED: Final = 1 << 26
_REQUEST: Final = re.compile(rb"([A-Z]{3,20}) (\S{1,16000}) (HTTP/\d\.\d)\r?\n")
_STATUS: Final = re.compile(rb"(HTTP/\d\.\d) (\d{3})[^\r\n]{0,1000}\r?\n")
_END: Final = re.compile(rb"\r?\n\r?\n")
_METHOD: Final = re.compile(rb"[A-Z]{3,20} \S")
_SIZE: Final = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[^\r\n]{0,1000}\r?\n")


@dataclass(slots=True)
class Room:
    """How many bytes of bodies may still be kept."""

    left: int = MAX_KEPT

    def take(self, count: int) -> bool:
        """Whether there is room for so many more."""
        if count > self.left:
            return False
        self.left -= count
        return True

    def give(self, count: int) -> None:
        """So many are not kept any more."""
        self.left += count


@dataclass(slots=True)
class Message:
    """A request or an answer.

    Attributes:
        first: Method, target and version of a request; version and status of an answer.
        fields: By name in lower case; of several with one name the first.
        size: Bytes of the body as sent, chunks put together.
        body: What was kept of it.
        complete: Whether its end was seen, without gaps, and all of it was kept.
        packet, time: Of the segment with the end of its head.
    """

    first: tuple[str, ...]
    fields: dict[str, str]
    packet: int
    time: int
    size: int = 0
    body: bytearray = field(default_factory=bytearray)
    complete: bool = False

    def content(self) -> bytes:
        """The body without its packing (gzip, deflate, zstd); as sent where it is packed otherwise."""
        return unpacked(bytes(self.body), self.fields.get("content-encoding", "").lower())


@dataclass(slots=True)
class Exchange:
    """A request with its answer; either may be missing at the borders of a capture."""

    request: Message | None = None
    answer: Message | None = None


def begins_http(stream: bytes) -> bool:
    """Whether a client that begins like this speaks HTTP."""
    return _METHOD.match(stream[:24]) is not None


@dataclass(slots=True)
class Half:
    """One direction: finds the messages in its stream."""

    answers: bool
    room: Room
    asked: list[Message] = field(default_factory=list)
    current: Message | None = None
    tunnel: bool = False
    broken: bool = False
    _raw: bytearray = field(default_factory=bytearray)
    _left: int | None = 0
    _chunked: bool = False
    _gap: bool = False

    def feed(self, raw: bytes, packet: int, time: int) -> Iterator[Message]:
        """Messages that are complete now."""
        if not self.broken:
            self._raw += raw
        while self._raw:
            more = self._head(packet, time) if self.current is None else self._body()
            if self.current is not None and self._finished():
                yield self._close(complete=True)
            if not more or self.tunnel or self.broken:
                break
        if self.broken:
            self._raw.clear()

    def gap(self) -> None:
        """Bytes are missing here: the body that they belong to is not whole."""
        self._gap = True

    def finish(self) -> Message | None:
        """The message that the end of the connection completes or cuts off."""
        if self.current is None:
            return None
        return self._close(complete=self._left is None and not self._chunked)

    def _close(self, *, complete: bool) -> Message:
        done, self.current = self.current, None
        assert done is not None
        done.complete = complete and not self._gap and len(done.body) == done.size
        self._gap = False
        return done

    def _head(self, packet: int, time: int) -> bool:
        """Read a head; False where more is needed or it is none."""
        while self._raw[:2] == b"\r\n":
            del self._raw[:2]
        end = _END.search(self._raw, 0, MAX_HEAD)
        if end is None:
            self.broken = len(self._raw) >= MAX_HEAD
            return False
        first = (_STATUS if self.answers else _REQUEST).match(self._raw)
        if first is None:
            self.broken = True
            return False
        fields = _fields(bytes(self._raw[first.end() : end.start()]))
        parts = tuple(part.decode("latin-1") for part in first.groups())
        self.current = Message(parts, fields, packet, time)
        del self._raw[: end.end()]
        self._expect()
        return True

    def _expect(self) -> None:
        """How much body follows (RFC 9112 6.3)."""
        assert self.current is not None
        message, request = self.current, self.asked.pop(0) if self.answers and self.asked else None
        self._chunked = "chunked" in message.fields.get("transfer-encoding", "").lower()
        length = message.fields.get("content-length", "")
        self._left = int(length) if length.isdecimal() and len(length) < 16 else (None if self.answers else 0)
        if self._chunked:
            self._left = 0
        if self.answers:
            status = message.first[1]
            method = request.first[0] if request else ""
            if method == "CONNECT" and status[0] == "2":
                self._left, self._chunked, self.tunnel = 0, False, True
            elif status[0] == "1" or status in {"204", "304"} or method == "HEAD":
                self._left, self._chunked = 0, False
                if status[0] == "1" and status != "101" and request is not None:
                    self.asked.insert(0, request)
        elif message.first[0] == "CONNECT":
            self._left = 0

    def _finished(self) -> bool:
        return self._left == 0 and not self._chunked

    def _body(self) -> bool:
        """Take body from what is there; False where nothing more can be done with it."""
        if self._chunked and self._left == 0:
            return self._chunk()
        count = len(self._raw) if self._left is None else min(self._left, len(self._raw))
        self._keep(bytes(self._raw[:count]))
        del self._raw[:count]
        if self._left is not None:
            self._left -= count
        return True

    def _chunk(self) -> bool:
        """The head of the next chunk, behind the end of the one before."""
        at = 2 if self._raw[:2] == b"\r\n" else 0
        found = _SIZE.match(self._raw, at)
        if found is None:
            self.broken = len(self._raw) > 2_000
            if self.broken:
                self._chunked, self._gap = False, True
            return self.broken
        self._left = int(found[1], 16)
        del self._raw[: found.end()]
        if self._left == 0:
            self._chunked = False
            end = self._raw.find(b"\r\n")
            del self._raw[: end + 2 if end == 0 else 0]
        return True

    def _keep(self, piece: bytes) -> None:
        assert self.current is not None
        self.current.size += len(piece)
        if len(self.current.body) + len(piece) <= MAX_BODY and self.room.take(len(piece)):
            self.current.body += piece


def _fields(head: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in head.split(b"\n")[:200]:
        name, colon, value = line.partition(b":")
        if colon:
            text = value.strip()
            try:
                decoded = text.decode("utf-8")
            except ValueError:
                decoded = text.decode("latin-1")
            found.setdefault(name.strip().decode("latin-1").lower(), decoded)
    return found


def unpacked(body: bytes, packing: str) -> bytes:
    """The content of a body; what is damaged is given as far as it goes."""
    try:
        if packing in {"gzip", "x-gzip"}:
            return zlib.decompressobj(47).decompress(body, MAX_UNPACKED)
        if packing == "deflate":
            raw = body[:1] == b"\x78"
            return zlib.decompressobj(15 if raw else -15).decompress(body, MAX_UNPACKED)
        if packing == "zstd":
            return zstandard.ZstdDecompressor().stream_reader(body).read(MAX_UNPACKED)
    except (zlib.error, zstandard.ZstdError):
        return body
    return body


def hashes(content: bytes) -> dict[str, str]:
    """MD5, SHA-1 and SHA-256."""
    return {
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "sha1": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
