"""Texts of mails as found in practice: charsets that lie, encoded words cut anywhere, names in any form.

Sources: RFC 2047 (encoded words), RFC 2231 (parameters), RFC 1468 (ISO-2022-JP). Mail programs in Japan also
write half-width kana and the characters of NEC and IBM (①, 髙) under ISO-2022-JP and Shift_JIS, put encoded
words inside quoted names, and send raw Shift_JIS in a head.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SEGMENTS: Final = 100
MAX_NAME: Final = 1_000
_CODECS: Final = {
    "shift_jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "shift-jis": "cp932",
    "ms_kanji": "cp932",
}
_JIS: Final = frozenset(
    {"iso-2022-jp", "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-ms", "cp50220", "cp50221"}
)
_ESCAPE: Final = re.compile(rb"\x1b(\$[@B]|\$\([A-Z]|\([BJIH])")
_WORD: Final = re.compile(r"=\?([^?\s]{1,40})\?([BbQq])\?([^?]{0,20000})\?=")
_BETWEEN: Final = re.compile(r"(\?=)[ \t\r\n]+(?==\?)")
_SEGMENT: Final = re.compile(r"(?i)(file)?name\*(?:(\d{1,3})(\*)?)?\s*=\s*(?:\"([^\"]*)\"|([^;\s]*))")
_PLAIN: Final = re.compile(r"(?i)(?:^|[;\s])(?:file)?name\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\s]*))")
_BEGIN: Final = re.compile(r"(?m)^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,200})\r?\n")


def text_of(raw: bytes, charset: str) -> str:
    """The text of these bytes: by its charset, else as Japanese mail is found in practice."""
    name = charset.lower()
    if name in _JIS or (b"\x1b$" in raw and name in {"", "us-ascii", "ascii", "utf-8"}):
        return _from_jis(raw)
    for codec in (_CODECS.get(name, name), "utf-8", "cp932", "euc_jp"):
        try:
            return raw.decode(codec) if codec else _refused()
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")


def _refused() -> str:
    raise LookupError


def _from_jis(raw: bytes) -> str:
    """ISO-2022-JP with all that Windows writes under its name, by way of Shift_JIS."""
    out = bytearray()
    mode, at = b"(B", 0
    for found in (*_ESCAPE.finditer(raw), None):
        piece = raw[at : found.start() if found else len(raw)]
        if mode[:1] == b"$":
            out += b"".join(_shifted(piece[i], piece[i + 1]) for i in range(0, len(piece) - 1, 2))
        else:
            out += bytes(byte | 0x80 for byte in piece) if mode == b"(I" else piece
        if found:
            mode, at = found[1], found.end()
    return out.decode("cp932", "replace")


def _shifted(high: int, low: int) -> bytes:
    """A character of JIS X 0208 in Shift_JIS; line ends inside stay as they are."""
    if high < 0x21 or low < 0x21:
        return bytes((high & 0x7F, low & 0x7F))
    first = (high - 0x21 >> 1) + 0x81
    second = low + (0x7E if high % 2 == 0 else 0x20 if low > 0x5F else 0x1F)
    return bytes((first + (0x40 if first > 0x9F else 0), min(second, 0xFC)))


def field_text(raw: str) -> str:
    """The text of a field as it stands in the head, surrogates for bytes beyond ASCII."""
    given = raw.encode("utf-8", "surrogateescape")
    text = text_of(given, "") if not given.isascii() or b"\x1b" in given else raw
    return " ".join(words_decoded(text).split())


def words_decoded(text: str) -> str:
    """Encoded words decoded; the bytes of adjacent ones of one charset are joined first."""
    out: list[str] = []
    end, charset, waiting = 0, "", b""
    joined = _BETWEEN.sub(r"\1", text)
    for found in _WORD.finditer(joined):
        name = found[1].partition("*")[0]
        if waiting and (found.start() != end or name.lower() != charset.lower()):
            out.append(text_of(waiting, charset))
            waiting = b""
        out.append(joined[end : found.start()])
        waiting += _bytes_of_word(found[2], found[3])
        end, charset = found.end(), name
    if waiting:
        out.append(text_of(waiting, charset))
    return "".join((*out, joined[end:]))


def _bytes_of_word(encoding: str, body: str) -> bytes:
    raw = body.encode("ascii", "ignore")
    if encoding in "qQ":
        return quopri.decodestring(raw.replace(b"_", b" "))
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return raw


def file_name(*fields: str) -> str:
    """The name of a part by its fields Content-Disposition and Content-Type, the first that has one."""
    for field in fields:
        name = _in_segments(field) or _plain(field)
        if name:
            return name[:MAX_NAME].strip()
    return ""


def _in_segments(field: str) -> str:
    """RFC 2231: in numbered segments, with a charset, percent signs; all of it optional."""
    segments: dict[int, bytes] = {}
    charset = ""
    for found in list(_SEGMENT.finditer(field))[:MAX_SEGMENTS]:
        number = int(found[2] or 0)
        value = found[4] if found[4] is not None else found[5]
        encoded = found[3] is not None or found[2] is None
        if encoded and number == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        raw = value.encode("utf-8", "surrogateescape")
        segments.setdefault(number, unquote_to_bytes(raw) if encoded else raw)
    return text_of(b"".join(segments[at] for at in sorted(segments)), charset) if segments else ""


def _plain(field: str) -> str:
    found = _PLAIN.search(field)
    if found is None:
        return ""
    value = re.sub(r"\\([\"\\])", r"\1", found[1]) if found[1] is not None else found[2]
    return field_text(value)


def uuencoded(text: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of files that are uuencoded in a text."""
    for found in list(_BEGIN.finditer(text))[:MAX_SEGMENTS]:
        content = bytearray()
        for line in text[found.end() :].splitlines():
            if line.strip() in {"end", "`", "===="}:
                break
            try:
                content += binascii.a2b_uu(line.encode("ascii", "replace"))
            except binascii.Error:
                break
        if content:
            yield found[1].strip(), bytes(content)
