"""Packets out of PCAP and PCAPNG files, one after the other, whatever order of bytes they were written in.

Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. Times are nanoseconds since 1970, UTC.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.format import ByteSource

MAX_PACKET: Final = 1 << 18
MAX_BLOCK: Final = 1 << 24
MAX_INTERFACES: Final = 1_000
SECOND: Final = 1_000_000_000
SECTION: Final = b"\x0a\x0d\x0d\x0a"
MAGICS: Final[dict[bytes, tuple[str, int, int]]] = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000, 16),
    b"\xa1\xb2\xc3\xd4": (">", 1_000, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    b"\x34\xcd\xb2\xa1": ("<", 1_000, 24),
    b"\xa1\xb2\xcd\x34": (">", 1_000, 24),
}
"""First bytes → order of bytes, nanoseconds of a fraction, length of a packet's head."""

_SECTION, _INTERFACE, _OLD, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
_RESOLUTION, _OFFSET = 9, 14


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet.

    Attributes:
        number: From 1.
        time: Nanoseconds since 1970.
        link: Type of the link layer, as the registry of tcpdump numbers them.
    """

    number: int
    time: int
    link: int
    data: bytes


@dataclass
class CaptureError(Exception):
    """The file is damaged here; the packets before it were given.

    Attributes:
        what: One clause without a full stop.
        at: Byte in the file.
        cut: Whether it only ends too early.
    """

    what: str
    at: int
    cut: bool = False


@dataclass(slots=True)
class _Reader:
    """A stream, and how far it was read."""

    stream: ByteSource
    at: int = 0

    def take(self, count: int, *, whole: bool = True) -> bytes:
        """So many bytes; fewer only at the end, which is no error at a border of packets.

        Raises:
            CaptureError: There are some, but not so many.
        """
        parts: list[bytes] = []
        missing = count
        while missing and (part := self.stream.read(missing)):
            parts.append(part)
            missing -= len(part)
        if missing and (whole or missing < count):
            raise CaptureError("the capture ends inside a packet", self.at, cut=True)
        self.at += count - missing
        return b"".join(parts)


@dataclass(slots=True)
class _Interface:
    """An interface of a section: its link layer, and how its times count."""

    link: int
    divisor: int = 1_000_000
    offset: int = 0

    def time(self, high: int, low: int) -> int:
        return (high << 32 | low) * SECOND // self.divisor + self.offset * SECOND


@dataclass(slots=True)
class _Section:
    """What a section of a PCAPNG file has told so far."""

    order: str
    interfaces: list[_Interface] = field(default_factory=list)


def is_capture(head: bytes) -> bool:
    """Whether a file that begins like this is a capture."""
    if head[:4] == SECTION:
        return head[8:12] in {b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"}
    return head[:4] in MAGICS


def read_packets(stream: ByteSource) -> Iterator[Packet]:
    """All packets, in the order of the file.

    Raises:
        CaptureError: The file is damaged or ends early.
    """
    reader = _Reader(stream)
    magic = reader.take(4)
    if magic == SECTION:
        yield from _of_blocks(reader)
    elif magic in MAGICS:
        yield from _of_records(reader, *MAGICS[magic])
    else:
        raise CaptureError("is no capture", 0)


def _of_records(reader: _Reader, order: str, unit: int, size: int) -> Iterator[Packet]:
    head = struct.unpack(f"{order}HHiIII", reader.take(20))
    link = head[5] & 0xFFFF
    number = 0
    while record := reader.take(size, whole=False):
        seconds, fraction, length, _ = struct.unpack_from(f"{order}IIII", record)
        if length > MAX_PACKET:
            raise CaptureError(
                Sentence("a packet of {length} bytes cannot be", length=length), reader.at - size
            )
        number += 1
        yield Packet(number, seconds * SECOND + fraction * unit, link, reader.take(length))


def _of_blocks(reader: _Reader) -> Iterator[Packet]:
    section = _Section("<")
    number, last = 0, 0
    kind_raw = SECTION
    while kind_raw:
        begin = reader.at - 4
        kind, body = _block(reader, kind_raw, section)
        if kind == _SECTION:
            section.interfaces.clear()
        elif kind == _INTERFACE and len(section.interfaces) < MAX_INTERFACES:
            section.interfaces.append(_interface(body, section.order))
        elif kind in {_ENHANCED, _OLD, _SIMPLE}:
            number += 1
            try:
                packet = _packet(kind, body, section, number, last)
            except (struct.error, IndexError) as problem:
                raise CaptureError("a packet's block is damaged", begin) from problem
            last = packet.time
            yield packet
        kind_raw = reader.take(4, whole=False)


def _block(reader: _Reader, kind_raw: bytes, section: _Section) -> tuple[int, bytes]:
    """Type and body of the next block; the head of a section tells the order of bytes."""
    begin = reader.at - 4
    rest = reader.take(4)
    if kind_raw == SECTION:
        mark = reader.take(4)
        section.order = "<" if mark == b"\x4d\x3c\x2b\x1a" else ">"
        (length,) = struct.unpack(f"{section.order}I", rest)
        body = reader.take(max(0, _checked(length, begin) - 16))
    else:
        (length,) = struct.unpack(f"{section.order}I", rest)
        body = reader.take(_checked(length, begin) - 12)
    reader.take(4)
    (kind,) = struct.unpack(f"{section.order}I", kind_raw)
    return kind, body


def _checked(length: int, at: int) -> int:
    if length < 12 or length > MAX_BLOCK or length % 4:
        raise CaptureError(Sentence("a block of {length} bytes cannot be", length=length), at)
    return length


def _interface(body: bytes, order: str) -> _Interface:
    if len(body) < 8:
        return _Interface(0)
    found = _Interface(struct.unpack_from(f"{order}H", body)[0])
    at = 8
    while at + 4 <= len(body):
        code, size = struct.unpack_from(f"{order}HH", body, at)
        value = body[at + 4 : at + 4 + size]
        if code == _RESOLUTION and size:
            power = value[0] & 0x7F
            found.divisor = 2**power if value[0] & 0x80 else 10 ** min(power, 18)
        elif code == _OFFSET and size == 8:
            (found.offset,) = struct.unpack(f"{order}q", value)
        if code == 0:
            break
        at += 4 + size + -size % 4
    return found


def _packet(kind: int, body: bytes, section: _Section, number: int, last: int) -> Packet:
    order = section.order
    if kind == _SIMPLE:
        (size,) = struct.unpack_from(f"{order}I", body)
        return Packet(number, last, section.interfaces[0].link, body[4 : 4 + size])
    layout = f"{order}IIIII" if kind == _ENHANCED else f"{order}HxxIIII"
    at, high, low, size, _ = struct.unpack_from(layout, body)
    interface = section.interfaces[at]
    if size > len(body) - 20:
        raise IndexError
    return Packet(number, interface.time(high, low), interface.link, body[20 : 20 + size])
