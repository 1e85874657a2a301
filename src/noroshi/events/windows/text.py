"""JSON text from outside: repaired where it can be, else refused with a reason; documents in a stream."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from noroshi.errors import Sentence
from noroshi.events.format import MAX_LINE_BYTES
from noroshi.events.formats._japanese import decode_japanese
from noroshi.events.values import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_DIGITS: Final = 20
_MAX_GLUED: Final = 100_000
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_TOKEN: Final = re.compile(rb'"(?:[^"\\\n]++|\\.)*+"|[{}\[\]"]|\n(?=[ \t]*+[{\[])')
_MAX_STRAY: Final = 65_536
_BETWEEN: Final = b"\xef\xbb\xbf\0\x1e \t\r\n,[]"
"""What may stand between documents: byte order marks, NULs, record separators, blanks, a list's own signs."""
LAST_CUT: Final = "the last record is cut off"
STRAY: Final = "the text between the JSON documents was skipped"
HOLE: Final = "NUL bytes stand between the records"
POWER_FAILURE: Final = "the file was damaged, by a power failure for example"
_QUOTE, _NEWLINE, _OPEN, _LIST = 0x22, 0x0A, 0x7B, 0x5B


@dataclass
class BadRecordError(Exception):
    """A record that is no JSON: what is wrong and what can be done."""

    what: str
    mend: str = ""


def read_record(raw: bytes) -> tuple[list[Any], int]:
    """The values of a piece of JSON text, and 1 if its text had to be repaired, else 0.

    Several values one after another are given apart; the elements of a list as well. ``NaN`` and infinities
    become null, integers beyond 64 bits floats, invalid UTF-8, NUL and lone surrogates U+FFFD.

    Raises:
        BadRecordError: It cannot be read, is nested deeper than `MAX_DEPTH`, or longer than `MAX_LINE_BYTES`.
    """
    if len(raw) > MAX_LINE_BYTES:
        raise BadRecordError(
            Sentence("the record is longer than {max_line_bytes:,} bytes", max_line_bytes=MAX_LINE_BYTES),
            "check that it is a log",
        )
    repaired = 0
    try:
        values = [orjson.loads(raw)]
    except orjson.JSONDecodeError:
        values, repaired = _leniently(raw)
    if _too_deep(values):
        raise BadRecordError(
            Sentence("the record is nested deeper than {max_depth} levels", max_depth=MAX_DEPTH),
            "check that it is a log",
        )
    return [item for value in values for item in (value if isinstance(value, list) else [value])], repaired


def _leniently(raw: bytes) -> tuple[list[Any], int]:
    raw = raw.strip(b"\0\r\n\t ")
    if not raw:
        raise BadRecordError("the line holds nothing but NUL bytes", POWER_FAILURE)
    text = decoded(raw).removeprefix("\ufeff")
    repaired = int("\ufffd" in text or "\0" in text)
    text = text.replace("\0", "\ufffd")
    decoder = json.JSONDecoder(strict=False, parse_constant=lambda _: None, parse_int=_bounded_int)
    values: list[Any] = []
    at = 0
    try:
        while at < len(text) and len(values) < _MAX_GLUED:
            value, end = decoder.raw_decode(text, at)
            values.append(value)
            at = _skip_space(text, end)
    except json.JSONDecodeError as error:
        raise BadRecordError(
            Sentence("the record is not valid JSON ({error})", error=_reason(error)), _mend(error, text)
        ) from error
    except RecursionError as error:
        what = Sentence("the record is nested deeper than {max_depth} levels", max_depth=MAX_DEPTH)
        raise BadRecordError(what, "check that it is a log") from error
    return _without_surrogates(values, repaired)


def decoded(raw: bytes) -> str:
    """The text of a record: UTF-8, else what is clearly Japanese, else UTF-8 with its bad bytes replaced."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return decode_japanese(raw) or raw.decode("utf-8", "replace")


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


def _reason(error: json.JSONDecodeError) -> str:
    return Sentence(
        "{reason} at character {at}",
        reason=f"{error.msg[:1].lower()}{error.msg[1:]}".removesuffix(" at"),
        at=error.pos + 1,
    )


def _mend(error: json.JSONDecodeError, text: str) -> str:
    cut = error.pos >= len(text) or error.msg.startswith("Unterminated")
    return "it was cut off: copy the file again" if cut else ""


def _bounded_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits[:400])


def _without_surrogates(values: list[Any], repaired: int) -> tuple[list[Any], int]:
    text = json.dumps(values, ensure_ascii=False)
    if _SURROGATE.search(text) is None:
        return values, repaired
    clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return json.loads(clean), 1


def _too_deep(values: list[Any]) -> bool:
    """Whether something is nested deeper than `MAX_DEPTH`; looks at containers only."""
    level = [value for value in values if isinstance(value, dict | list)]
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        level = [
            inner
            for value in level
            for inner in (value.values() if isinstance(value, dict) else value)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


class Piece(NamedTuple):
    """One document of a stream, or, where `what` is not empty, bytes that are none."""

    raw: bytes
    offset: int
    what: str = ""


class Documents:
    """Cuts a stream of JSON documents (one after another, or elements of a list) at their borders.

    Works in one pass with bounded memory. A document that was cut off ends where the next one begins: at a
    ``{`` or ``[`` at the beginning of a line, indented or not, that no value can stand at. Text between
    documents is one piece a stretch, with `STRAY` as its `what` and at most its first 64 KiB; likewise, with
    `HOLE`, a stretch where NULs stand and nothing else.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._offset = 0
        self._at = 0
        self._begin = -1
        self._open = bytearray()
        self._lost = False
        self._wait = (
            0  # a text without end is looked at again when the buffer is a quarter larger: linear work
        )
        self._gap = 0
        self._stray = bytearray()
        self._stray_offset = 0
        self._stray_what = HOLE

    def feed(self, data: bytes, *, last: bool = False) -> Iterator[Piece]:
        """The documents that these bytes complete; with `last`, also what is left over."""
        self._buffer += data
        if len(self._buffer) < self._wait and not last:
            return
        self._wait = 0
        yield from self._scan(last=last)
        if self._begin >= 0:
            self._drop(self._begin)
            if last:
                yield self._piece(bytes(self._buffer), len(self._buffer), LAST_CUT)
            elif len(self._buffer) > MAX_LINE_BYTES:
                self._lost = True
                what = Sentence(
                    "the record is longer than {max_line_bytes:,} bytes", max_line_bytes=MAX_LINE_BYTES
                )
                yield self._piece(bytes(self._buffer), len(self._buffer), what)
        if self._begin < 0:
            self._collect(self._buffer, self._at)
            self._drop(self._at)
        if last and (stray := self._skipped()) is not None:
            yield stray

    def _scan(self, *, last: bool) -> Iterator[Piece]:
        buffer = bytes(self._buffer)
        for match in _TOKEN.finditer(buffer, self._at):
            at = match.start()
            token = buffer[at]
            if token == _QUOTE:
                if match.end() - at == 1 and not last and buffer.find(b"\n", at) < 0:
                    self._at = at
                    self._wait = len(buffer) + len(buffer) // 4
                    return
            elif token == _NEWLINE:
                if self._lost:
                    self._lost, self._gap = False, at
                if self._open and not self._may_stand(buffer[max(self._begin, at - 64) : at].rstrip()[-1:]):
                    yield self._piece(buffer, at, "the record is cut off")
            elif not self._lost and (piece := self._bracket(buffer, token, at)) is not None:
                yield piece
        self._at = len(buffer)

    def _bracket(self, buffer: bytes, token: int, at: int) -> Piece | None:
        if token == _OPEN or (token == _LIST and self._open):
            self._open.append(token)
            if len(self._open) == 1:
                self._begin = at
                self._collect(buffer, at)
                return self._skipped()
        elif token not in {_OPEN, _LIST} and self._open:
            self._open.pop()
            if not self._open:
                return self._piece(buffer, at + 1)
        return None

    def _may_stand(self, before: bytes) -> bool:
        """Whether an object can begin behind this character, in the container that is open."""
        return before in {b"[", b":"} or (before == b"," and self._open[-1] == _LIST)

    def _piece(self, buffer: bytes, end: int, what: str = "") -> Piece:
        piece = Piece(buffer[self._begin : end], self._offset + self._begin, what)
        self._begin, self._at, self._gap = -1, end, end
        self._open.clear()
        return piece

    def _collect(self, buffer: bytes | bytearray, end: int) -> None:
        """Note what stands before `end` and belongs to no document; a lost record was told already."""
        text = bytes(buffer[self._gap : end])
        told = bool(text.strip(_BETWEEN))
        if not self._lost and (self._stray or told or b"\0" in text):
            if not self._stray:
                self._stray_offset = self._offset + self._gap
            if told:
                self._stray_what = STRAY
            self._stray += text[: _MAX_STRAY - len(self._stray)]
        self._gap = end

    def _skipped(self) -> Piece | None:
        if not self._stray:
            return None
        piece = Piece(bytes(self._stray), self._stray_offset, self._stray_what)
        self._stray.clear()
        self._stray_what = HOLE
        return piece

    def _drop(self, end: int) -> None:
        del self._buffer[:end]
        self._offset += end
        self._at = max(self._at - end, 0)
        self._gap = max(self._gap - end, 0)
        if self._begin >= 0:
            self._begin -= end
