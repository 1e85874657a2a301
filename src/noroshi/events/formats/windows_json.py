"""Windows events as JSON: NXLog, Winlogbeat, ``evtx_dump`` and their relatives, in any layout.

Formats: NXLog user guide, "Event Log for Windows" (``im_msvistalog``); Elastic, "Winlogbeat Reference",
"Exported fields" (6 to 8); Microsoft documentation, "Event schema" and ``Get-WinEvent``; the `evtx` project's
notation of that schema.

Two formats share the decoder: `WindowsJsonLines` (one record a line: fast, can be split into byte ranges,
positions are byte offsets) and `WindowsJsonDocuments` (lists, pretty-printed or glued documents, UTF-16;
positions are record numbers). Which fields a record gets is decided in `noroshi.events.windows`.
"""

from __future__ import annotations

import codecs
import io
import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import LocatedError
from noroshi.events.format import MAX_LINE_BYTES, is_broken
from noroshi.events.formats._lines import encoding_of
from noroshi.events.windows.catalogue import Kinds, service_of
from noroshi.events.windows.decoder import Decoder
from noroshi.events.windows.shapes import shape
from noroshi.events.windows.text import (
    HOLE,
    LAST_CUT,
    POWER_FAILURE,
    STRAY,
    BadRecordError,
    Documents,
    Piece,
    read_record,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from noroshi.events.format import ByteSource, Head
    from noroshi.events.model import Event, Source
    from noroshi.events.problems import Problems

FIRST_BYTES: Final = 1 << 18
"""The first block is larger: what it teaches about hosts' clocks serves all of its events."""
BLOCK_BYTES: Final = 1 << 15
"""Few records at a time: what was just decoded is still in the processor's cache when it is matched."""
_SNIFFED: Final = 5
_LOOKED_BYTES: Final = 1 << 14
_SPLIT: Final = "keep logs of other programs in files of their own"
_BOM: Final = b"\xef\xbb\xbf"


class _Bounded(io.RawIOBase):
    """The stream for a `BufferedReader`, whose C loop cuts lines faster than Python can.

    A line beyond `MAX_LINE_BYTES` loses its rest, so that no input is held whole; `dropped` counts it.
    """

    def __init__(self, stream: ByteSource) -> None:
        self._read = stream.read
        self._run = 0
        self._lost = False
        self.dropped = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """The next bytes, without the rests of endless lines."""
        while chunk := self._read(len(buffer)):
            if self._lost:
                cut = chunk.find(b"\n")
                self.dropped += cut if cut >= 0 else len(chunk)
                chunk = chunk[cut:] if cut >= 0 else b""
                self._lost = cut < 0
            last = chunk.rfind(b"\n")
            self._run = len(chunk) - last - 1 if last >= 0 else self._run + len(chunk)
            self._lost = self._lost or self._run > MAX_LINE_BYTES
            if chunk:
                buffer[: len(chunk)] = chunk
                return len(chunk)
        return 0


@dataclass(slots=True)
class _Place:
    """Line numbers for errors, counted only when one is asked for."""

    numbered: bool
    before: int = 0
    lines: Sequence[bytes] = ()
    start: int = 0

    def of(self, offset: int) -> str:
        """Where the line at this offset is, as people count."""
        if not self.numbered:
            return f"byte {offset}"
        number, at = self.before + 1, self.start
        for line in self.lines:
            if at >= offset:
                break
            at += len(line)
            number += 1
        return f"line {number}"


@dataclass(frozen=True, slots=True)
class WindowsJsonLines:
    """Windows events, one JSON object a line.

    Not for several workers a file: parents, parts of scripts and a host's offset stand in earlier lines.
    """

    name: str = "windows-json"
    splittable: bool = False
    kinds: Kinds = field(default_factory=lambda: Kinds("windows-json"), compare=False)

    def sniff(self, head: Head) -> float:
        """High where a first line is a whole Windows record, most are objects and no list was opened."""
        if encoding_of(head.data) != "utf-8" or head.data.lstrip(_BOM + b"\0 \t\r\n").startswith(b"["):
            return 0.0
        lines = [line for line in head.lines[:64] if line.strip("\0 \t\r")]
        mark = max(
            (mark_of_document(line.encode("utf-8", "replace")) for line in lines[:_SNIFFED]), default=0.0
        )
        objects = sum(line.lstrip("\0 \t\r\ufeff").startswith("{") for line in lines)
        return mark if 2 * objects >= len(lines) else mark * objects / len(lines)

    def decode(self, stream: ByteSource, source: Source, problems: Problems) -> Iterator[Event]:
        """The events in order; see `decode_batches` for the faster way."""
        for batch in self.decode_batches(stream, source, problems):
            yield from batch

    def decode_range(
        self,
        stream: ByteSource,
        source: Source,
        problems: Problems,
        start: int,
        end: int | None,
    ) -> Iterator[Event]:
        """The events of lines beginning in ``(start, end]``, or ``[0, end]`` for `start` 0.

        `stream` stands at byte `start` and can be read beyond `end`. Parents and parts of scripts are joined
        within a range only.
        """
        for batch in self.decode_batches(stream, source, problems, start, end):
            yield from batch

    def decode_batches(
        self,
        stream: ByteSource,
        source: Source,
        problems: Problems,
        start: int = 0,
        end: int | None = None,
    ) -> Iterator[list[Event]]:
        """The same events in lists of some hundred: one generator step a list instead of one an event."""
        decoder = Decoder(source, problems, self.kinds)
        place = _Place(numbered=start == 0)
        decoder.place = place.of
        for lines, at in _batches(stream, start, end):
            place.before += len(place.lines)
            if lines and not lines[-1].endswith(b"\n") and is_broken(stream):
                rest = lines.pop()
                problems.keep_cut(
                    LocatedError(source.path, f"byte {at + sum(map(len, lines))}", LAST_CUT), rest
                )
            place.lines, place.start = lines, at
            yield decoder.lines(lines, at)
        yield list(decoder.rest())


def _batches(stream: ByteSource, start: int, end: int | None) -> Iterator[tuple[list[bytes], int]]:
    """Lines with their ends, and the byte offset of the first; see `WindowsJsonLines.decode_range`."""
    bounded = _Bounded(stream)
    reader = io.BufferedReader(bounded, FIRST_BYTES)
    given = len(reader.readline()) if start > 0 else 0
    size = FIRST_BYTES
    while (at := start + given + bounded.dropped) <= (sys.maxsize if end is None else end):
        lines = reader.readlines(size)
        if not lines:
            return
        size = BLOCK_BYTES
        if at == 0 and lines[0].startswith(_BOM):
            lines[0] = b"   " + lines[0][3:]
        given += sum(map(len, lines))
        yield (lines if end is None else _up_to(lines, at, end)), at


def _up_to(lines: list[bytes], at: int, end: int) -> list[bytes]:
    """Those of the lines that begin at or before `end`."""
    kept = []
    for line in lines:
        if at > end:
            break
        kept.append(line)
        at += len(line)
    return kept


@dataclass(frozen=True, slots=True)
class WindowsJsonDocuments:
    """Windows events as JSON documents one after another, or as a list; also UTF-16."""

    name: str = "windows-json-documents"
    kinds: Kinds = field(default_factory=lambda: Kinds("windows-json"), compare=False)

    def sniff(self, head: Head) -> float:
        """High where a Windows record is among the first documents; 0 where other text is between them."""
        found = _first_documents(as_utf8(head.data).removeprefix(_BOM))
        if any(piece.what == STRAY for piece in found):
            return 0.0
        pieces = [piece for piece in found if piece.what != HOLE][:_SNIFFED]
        mark = max((mark_of_document(piece.raw) for piece in pieces if not piece.what), default=0.0)
        if not mark and pieces and pieces[0].what and not head.complete:
            mark = _mark_of_beginning(pieces[0].raw)
        return mark * 0.95

    def decode(self, stream: ByteSource, source: Source, problems: Problems) -> Iterator[Event]:
        """The events in order."""
        decoder = Decoder(source, problems, self.kinds)
        documents = Documents()
        number = 0
        for data, last in transcoded(stream, source, problems):
            for piece in documents.feed(data, last=last):
                if piece.what in {STRAY, HOLE}:
                    where = f"after record {number}" if number else "before record 1"
                    mend = _SPLIT if piece.what == STRAY else POWER_FAILURE
                    problems.add(LocatedError(source.path, where, piece.what, mend), piece.raw)
                    continue
                number += 1
                place = f"record {number}"
                if piece.what == LAST_CUT and is_broken(stream):
                    problems.keep_cut(LocatedError(source.path, place, LAST_CUT), piece.raw)
                elif piece.what:
                    mend = "it was cut off or damaged: copy the file again"
                    problems.add(LocatedError(source.path, place, piece.what, mend), piece.raw)
                else:
                    yield from decoder.document(piece.raw, number, place)
        if number == 0:
            what = "there is no JSON object in it"
            problems.add(LocatedError(source.path, "byte 0", what, "check that it is the right file"))
        yield from decoder.rest()


def _first_documents(data: bytes) -> list[Piece]:
    """The documents of a beginning; the first part of it is enough where a whole one stands in there."""
    for size in (_LOOKED_BYTES, len(data)):
        found = list(Documents().feed(data[:size], last=True))
        if any(not piece.what for piece in found):
            break
    return found


def transcoded(stream: ByteSource, source: Source, problems: Problems) -> Iterator[tuple[bytes, bool]]:
    """The stream as UTF-8 pieces; the last one is marked."""
    at = 0
    data = stream.read(BLOCK_BYTES)
    encoding = encoding_of(data)
    decode = codecs.getincrementaldecoder(encoding)("replace").decode
    first = True
    while True:
        following = stream.read(BLOCK_BYTES) if data else b""
        last = not following
        if encoding != "utf-8":
            text, size = decode(data, last), len(data)
            if (bad := text.find("\ufffd")) >= 0:
                problems.repair(source.path, f"byte {at + 2 * bad}", data)
            data, at = text.encode("utf-8", "replace"), at + size
        yield (data.removeprefix(_BOM) if first else data), last
        if last:
            return
        data, first = following, False


def as_utf8(data: bytes) -> bytes:
    """The beginning of an input, whatever UTF it is in."""
    encoding = encoding_of(data)
    return data if encoding == "utf-8" else data.decode(encoding, "replace").encode("utf-8", "replace")


def mark_of_document(raw: bytes) -> float:
    """How surely this document is a Windows record."""
    if not raw.lstrip(b"\0 \t\r\n").startswith(b"{"):
        return 0.0
    try:
        records, _ = read_record(raw)
    except BadRecordError:
        return 0.0
    return max((mark_of_record(record) for record in records), default=0.0)


def mark_of_record(record: Any) -> float:
    """How surely this parsed record is a Windows event."""
    shaped = shape(record) if isinstance(record, dict) else None
    if shaped is None or shaped.event_id is None:
        return 0.0
    if service_of(shaped.channel, shaped.provider) is not None:
        return 0.98
    return 0.9 if shaped.channel or shaped.provider else 0.35


def _mark_of_beginning(raw: bytes) -> float:
    """A first document longer than the head: told by the keys that only Windows records have together."""
    text = json.dumps(raw.decode("utf-8", "replace"))
    keys = sum(name in text for name in ("EventID", "Channel", "System", "winlog", "Provider", "SourceName"))
    return min(0.3 * keys, 0.9) if keys >= 2 else 0.0


FORMATS: Final = (WindowsJsonLines(), WindowsJsonDocuments())
