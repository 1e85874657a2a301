"""UserForms as [MS-OFORMS] stores them: text boxes with value, tag and control tip."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

_EIGHT_BIT: Final = 0x8000_0000
_TEXT_BOX: Final = 23
_TEXT_PROPERTIES: Final = bytes.fromhex("00020400 00000000")


@dataclass(frozen=True, slots=True)
class TextBox:
    """A text box; its texts are ASCII."""

    name: str
    value: str
    tag: str = ""
    tip: str = ""


def form_streams(name: str, boxes: tuple[TextBox, ...]) -> dict[str, bytes]:
    """The streams ``f``, ``o`` and ``VBFrame`` of a form."""
    bodies = [_box(box) for box in boxes]
    sites = b"".join(
        _site(box, len(body), at) for at, (box, body) in enumerate(zip(boxes, bodies, strict=True), 1)
    )
    depths = _padded(bytes([0, 0x80 | len(boxes), 1]))
    head = _block(b"\x00\x04", struct.pack("<I", 1 << 10), struct.pack("<ii", 8_000, 6_000))
    form = head + struct.pack("<HII", 0, len(boxes), len(depths + sites)) + depths + sites
    frame = (
        "VERSION 5.00\r\nBegin {C62A69F0-16DC-11CE-9E98-00AA00574A4F} "
        f'{name}\r\n   Caption = "{name}"\r\n   StartUpPosition = 1\r\nEnd\r\n'
    )
    return {"f": form, "o": b"".join(bodies), "\x03VBFrame": frame.encode("ascii")}


def _box(box: TextBox) -> bytes:
    """A MorphData control with size and value (2.2.5), then its font (2.3.1)."""
    length, text = _text(box.value)
    body = struct.pack("<I", length) + struct.pack("<ii", 4_000, 800) + text
    return _block(b"\x00\x02", struct.pack("<Q", 1 << 8 | 1 << 22 | 1 << 31), body) + _TEXT_PROPERTIES


def _site(box: TextBox, size: int, number: int) -> bytes:
    """An OleSiteConcrete (2.2.10.12)."""
    mask, lengths, texts = 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8, b"", b""
    for bit, text in ((0, box.name), (1, box.tag)):
        if text:
            mask |= 1 << bit
            length, raw = _text(text)
            lengths, texts = lengths + struct.pack("<I", length), texts + raw
    numbers = struct.pack("<IIhH", number, size, number, _TEXT_BOX)
    texts += struct.pack("<ii", 200 * number, 200)
    if box.tip:
        mask |= 1 << 11
        length, raw = _text(box.tip)
        numbers, texts = numbers + struct.pack("<I", length), texts + raw
    return _block(b"\x00\x00", struct.pack("<I", mask), lengths + numbers + texts)


def _text(text: str) -> tuple[int, bytes]:
    return len(text) | _EIGHT_BIT, _padded(text.encode("ascii"))


def _padded(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % 4)


def _block(version: bytes, mask: bytes, body: bytes) -> bytes:
    return version + struct.pack("<H", len(mask + body)) + mask + body
