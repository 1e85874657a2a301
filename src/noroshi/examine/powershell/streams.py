"""Streams, compression and encodings over bytes in memory."""

from __future__ import annotations

import codecs
import zlib
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell.values import EvaluationError, Thing, bytes_of, integer_of, text_of

if TYPE_CHECKING:
    from noroshi.examine.meter import Meter

_CODECS: Final = {
    "utf8": "utf-8", "utf-8": "utf-8", "utf8encoding": "utf-8", "ascii": "ascii", "asciiencoding": "ascii",
    "us-ascii": "ascii", "unicode": "utf-16-le", "unicodeencoding": "utf-16-le", "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le", "1200": "utf-16-le", "bigendianunicode": "utf-16-be", "1201": "utf-16-be",
    "utf7": "utf-7", "utf-7": "utf-7", "utf32": "utf-32-le", "utf-32": "utf-32-le", "default": "cp1252",
    "ansi": "cp1252",
    "latin1": "latin-1", "iso-8859-1": "latin-1", "28591": "latin-1", "65001": "utf-8", "1252": "cp1252",
    "windows-1252": "cp1252", "20127": "ascii", "shift_jis": "cp932", "932": "cp932",
}  # fmt: skip
CHUNK: Final = 1 << 20


def encoding(name: Any) -> Thing:
    """An encoding by its name, code page or class.

    Raises:
        EvaluationError: It is not known.
    """
    if isinstance(name, Thing) and "codec" in name.state:
        return name
    wanted = text_of(name).lower()
    codec = _CODECS.get(wanted)
    if codec is None:
        try:
            codec = codecs.lookup(wanted).name
        except LookupError:
            raise EvaluationError("the encoding is not known") from None
        if codec in {"hex", "zlib", "bz2", "base64", "rot13", "uu", "quopri", "idna", "punycode"}:
            raise EvaluationError("the encoding is not known")
    return Thing("text.encoding", {"codec": codec})


def decoded(content: bytes | bytearray, how: Thing | None) -> str:
    """Bytes to text, damage replaced."""
    codec = "utf-8" if how is None else str(how.state.get("codec", "utf-8"))
    text = bytes(content).decode(codec, "replace")
    return text.removeprefix("\ufeff")


def encoded(text: str, how: Thing) -> bytearray:
    """Text to bytes."""
    return bytearray(text.encode(str(how.state.get("codec", "utf-8")), "replace"))


def inflated(content: bytes | bytearray, wrapping: int, meter: Meter) -> bytearray:
    """Decompressed bytes (`wrapping` as in `zlib.decompressobj`), as far as they can be read.

    Raises:
        EvaluationError: Nothing could be read.
        LimitError: It is too much.
    """
    machine = zlib.decompressobj(wrapping)
    out = bytearray()
    rest = bytes(content)
    while rest and not machine.eof:
        try:
            piece = machine.decompress(rest, CHUNK)
        except zlib.error:
            if out:
                return out
            raise EvaluationError("the compressed bytes are damaged") from None
        meter.text(len(piece) + 257)
        out += piece
        rest = machine.unconsumed_tail
        if not piece and not rest:
            break
    return out


def content_of(value: Any, meter: Meter) -> bytearray:
    """All bytes of a stream from its position on, or of a byte array."""
    if not isinstance(value, Thing):
        return bytes_of(value)
    if "base" in value.state and not value.state.get("read"):
        value.content = _unpacked(value, meter)
        value.state["read"] = True
    return value.content[value.at :]


def _unpacked(value: Thing, meter: Meter) -> bytearray:
    inner = content_of(value.state["base"], meter)
    kind = value.type.rpartition(".")[2]
    mode = text_of(value.state.get("compress", "decompress")).lower()
    if mode not in {"decompress", "0", ""}:
        raise EvaluationError("compression is not evaluated")
    if kind == "gzipstream":
        return inflated(inner, 31, meter)
    if kind == "deflatestream":
        return inflated(inner, -15, meter)
    if kind == "cryptostream":
        transform = value.state["transform"]
        action = transform.state["action"]
        return bytearray(action(bytes(inner)))
    return inner


def read_into(stream: Thing, arguments: list[Any], meter: Meter) -> int:
    """``Read(buffer, offset, count)``: how many bytes were put into the buffer."""
    buffer, offset, count = arguments[0], integer_of(arguments[1]), integer_of(arguments[2])
    piece = content_of(stream, meter)[:count]
    if not isinstance(buffer, list | bytearray):
        raise EvaluationError("no buffer")
    buffer[offset : offset + len(piece)] = piece
    stream.at += len(piece)
    return len(piece)
