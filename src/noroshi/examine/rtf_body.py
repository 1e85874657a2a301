"""The body of an Outlook message in compressed RTF, and the HTML or text that is wrapped in it.

Sources: [MS-OXRTFCP] for the compression, [MS-OXRTFEX] for HTML and plain text encapsulated in RTF.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from noroshi.examine.mapi import codec_of

MAX_BODY: Final = 1 << 24
_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_RING: Final = 4_096
_INITIAL: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_TOKEN: Final = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_BREAKS: Final = {"par": "\r\n", "line": "\r\n", "tab": "\t", "lquote": "‘", "rquote": "’", "ldblquote": "“",
                  "rdblquote": "”", "bullet": "•", "endash": "–", "emdash": "—"}  # fmt: skip
_ESCAPED: Final = {"~": "\u00a0", "_": "\u00ad", "-": ""}
_SKIPPED: Final = frozenset(
    {"fonttbl", "colortbl", "stylesheet", "info", "pntext", "pict", "object", "generator"}
)


def decompressed(raw: bytes) -> bytes:
    """The RTF of a compressed body, up to where it is damaged.

    Raises:
        ValueError: It does not begin as one.
    """
    if len(raw) < 16 or raw[8:12] not in {_COMPRESSED, _PLAIN}:
        raise ValueError("no compressed RTF")
    size, whole = struct.unpack_from("<II", raw)
    if raw[8:12] == _PLAIN:
        return raw[16 : 16 + whole]
    return bytes(_Ring(raw, min(len(raw), size + 4)).out)


class _Ring:
    """The dictionary of 4,096 bytes that is written round and round while bytes come out."""

    def __init__(self, raw: bytes, end: int) -> None:
        self.out = bytearray()
        self._bytes = bytearray(_INITIAL.ljust(_RING, b"\0"))
        self._write = len(_INITIAL)
        at = 16
        while at < end and len(self.out) < MAX_BODY:
            control, at = raw[at], at + 1
            for bit in range(8):
                width = 1 + (control >> bit & 1)
                if at + width > end or (width == 2 and not self._copy(raw[at] << 8 | raw[at + 1])):
                    return
                if width == 1:
                    self._put(raw[at])
                at += width

    def _put(self, byte: int) -> None:
        self.out.append(byte)
        self._bytes[self._write] = byte
        self._write = (self._write + 1) % _RING

    def _copy(self, token: int) -> bool:
        """Twelve bits where, four bits how many; False at the mark of the end."""
        if token >> 4 == self._write:
            return False
        for more in range((token & 15) + 2):
            self._put(self._bytes[((token >> 4) + more) % _RING])
        return True


def unwrapped(rtf: bytes) -> tuple[str, str] | None:
    """``html`` or ``text`` and what is wrapped in this RTF; None where it is RTF of its own."""
    text = rtf.decode("latin-1")
    kind = "html" if "\\fromhtml1" in text[:4_000] else "text" if "\\fromtext" in text[:4_000] else ""
    return (kind, _Unwrapping(text).text) if kind else None


class _Unwrapping:
    """Takes the wrapped text out: what stands between the marks of what is only for RTF."""

    def __init__(self, text: str) -> None:
        self._parts: list[str] = []
        page = re.search(r"\\ansicpg(\d{1,5})", text[:4_000])
        self._codec = codec_of(int(page[1])) if page else "cp1252"
        self._waiting = bytearray()
        self._stack: list[tuple[bool, bool]] = []
        self._rtf_only = self._skipped = False
        self._fallback, self._omit = 1, 0
        for found in _TOKEN.finditer(text):
            self._token(found, outside=not text.startswith("\\htmltag", found.end()))
        self._flush()

    @property
    def text(self) -> str:
        """Everything that was wrapped."""
        return "".join(self._parts)

    def _token(self, found: re.Match[str], *, outside: bool) -> None:
        word, number, digits, escaped, bracket, plain = found.groups()
        if bracket == "{":
            self._stack.append((self._rtf_only, self._skipped))
        elif bracket == "}":
            self._rtf_only, self._skipped = self._stack.pop() if self._stack else (False, False)
        elif word == "htmlrtf":
            self._rtf_only = number != "0"
        elif word in _SKIPPED or (escaped == "*" and outside):
            self._skipped = True
        elif word == "uc":
            self._fallback = min(int(number or 1), 8)
        elif not (self._rtf_only or self._skipped):
            if digits is not None:
                self._byte(int(digits, 16))
            elif word is not None:
                self._word(word, number)
            elif escaped is not None:
                self._add(_ESCAPED.get(escaped, escaped if escaped in "\\{}" else ""))
            elif plain:
                left, self._omit = plain[self._omit :], max(0, self._omit - len(plain))
                self._add(left if left.isascii() else left.encode("latin-1").decode(self._codec, "replace"))

    def _byte(self, value: int) -> None:
        """One byte of a character; those behind a Unicode character are for old readers."""
        if self._omit:
            self._omit -= 1
        else:
            self._waiting.append(value)

    def _word(self, word: str, number: str | None) -> None:
        if word == "u":
            self._add(chr(int(number or 63) % 65_536))
            self._omit = self._fallback
        else:
            self._add(_BREAKS.get(word, ""))

    def _add(self, text: str) -> None:
        self._flush()
        self._parts.append(text)

    def _flush(self) -> None:
        """The characters of the bytes that were written one by one: a Japanese one takes two."""
        if self._waiting:
            self._parts.append(self._waiting.decode(self._codec, "replace"))
            self._waiting.clear()
