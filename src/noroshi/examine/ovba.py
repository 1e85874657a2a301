"""VBA source out of a project's streams, as MS-OVBA describes them (2.3.4.2, 2.4.1)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SOURCE: Final = 1 << 24
_CODE_PAGE, _NAME, _STREAM, _STREAM_WIDE, _OFFSET, _END = 0x03, 0x19, 0x1A, 0x32, 0x31, 0x2B
_VERSION: Final = 0x09
_SIGNATURE: Final = 0b011


@dataclass(slots=True)
class Module:
    """Where the source of a module is.

    Attributes:
        offset: Of its compressed source in the stream.
    """

    name: str
    stream: str = ""
    offset: int = 0


def decompressed(raw: bytes) -> bytes:
    """The content of a compressed container; what is damaged ends it.

    Raises:
        ValueError: It does not begin as one.
    """
    if raw[:1] != b"\x01":
        raise ValueError("no compressed container")
    out, at = bytearray(), 1
    while at + 2 <= len(raw) and len(out) < MAX_SOURCE:
        (head,) = struct.unpack_from("<H", raw, at)
        if head >> 12 & 7 != _SIGNATURE:  # what follows the container in its stream
            break
        end = min(len(raw), at + (head & 0x0FFF) + 3)
        if head & 0x8000:
            _chunk(raw, at + 2, end, out)
        else:
            out += raw[at + 2 : at + 2 + 4096]
        at = end
    return bytes(out)


def _chunk(raw: bytes, at: int, end: int, out: bytearray) -> None:
    begin = len(out)
    while at < end:
        flags = raw[at]
        at += 1
        for bit in range(8):
            if at >= end:
                return
            if not flags >> bit & 1:
                out.append(raw[at])
                at += 1
                continue
            if at + 2 > end:
                return
            (token,) = struct.unpack_from("<H", raw, at)
            at += 2
            width = max(4, (len(out) - begin - 1).bit_length())
            distance, length = (token >> (16 - width)) + 1, (token & (0xFFFF >> width)) + 3
            if distance > len(out) - begin:
                return
            for _ in range(length):
                out.append(out[-distance])


def modules(directory: bytes) -> tuple[str, list[Module]]:
    """The code page's codec and the modules of a decompressed ``dir`` stream."""
    codec, found = "cp1252", list[Module]()
    for identifier, value in _records(directory):
        if identifier == _CODE_PAGE and len(value) == 2:
            codec = f"cp{struct.unpack('<H', value)[0]}"
        elif identifier == _NAME:
            found.append(Module(_text(value, codec)))
        elif found and identifier == _STREAM:
            found[-1].stream = _text(value, codec)
        elif found and identifier == _STREAM_WIDE:
            found[-1].stream = value.decode("utf-16-le", "replace") or found[-1].stream
        elif found and identifier == _OFFSET and len(value) == 4:
            (found[-1].offset,) = struct.unpack("<I", value)
    return codec, found


def source(stream: bytes, module: Module, codec: str) -> str:
    """The source of a module; empty where there is none.

    Raises:
        ValueError: Its compressed source is damaged at its beginning.
    """
    return _text(decompressed(stream[module.offset :]), codec)


def _records(directory: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 6 <= len(directory):
        identifier, size = struct.unpack_from("<HI", directory, at)
        if identifier == _VERSION:  # its size says 4, six bytes follow (MS-OVBA 2.3.4.2.1.11)
            size = 6
        yield identifier, directory[at + 6 : at + 6 + size]
        at += 6 + size


def _text(raw: bytes, codec: str) -> str:
    try:
        return raw.decode(codec, "replace")
    except LookupError:
        return raw.decode("cp1252", "replace")
