r"""Lines of any input, and a `Format` made of a `LineFormat`.

Positions are byte offsets of the line's beginning in the (decompressed) input. Lines end with ``\n`` or
``\r\n``. Text is UTF-8; UTF-16 is recognised by its byte order mark or by its pattern of NUL bytes, lines
in Shift_JIS, EUC-JP and ISO-2022-JP by what they say (`_japanese`). What is not valid is repaired with
U+FFFD, counted and kept; a line beyond `MAX_LINE_BYTES` is one error, skipped unheld.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from noroshi.errors import LocatedError, Sentence
from noroshi.events.format import BARE, MAX_LINE_BYTES, UnreadableRecordError, is_broken
from noroshi.events.formats._japanese import ESCAPE, decode_japanese, without_escapes
from noroshi.events.problems import KEPT_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noroshi.events.format import ByteSource, Head, LineFormat, LineReader
    from noroshi.events.model import Event, Source
    from noroshi.events.problems import Problems

CHUNK_BYTES: Final = 1 << 18
SNIFFED_LINES: Final = 64
_SAMPLE_BYTES: Final = 512
_TOO_LONG: Final = Sentence("the line is longer than {max_line_bytes:,} bytes", max_line_bytes=MAX_LINE_BYTES)
_HOLE: Final = "the line holds nothing but NUL bytes"
_HOLE_BEFORE: Final = "NUL bytes stand before the text of the line"
_HOLE_NULS: Final = 8
"""So many before a text are a hole in the file, fewer are odd bytes of the text."""
_POWER_FAILURE: Final = "the file was damaged, by a power failure for example"
_BROKEN_OFF: Final = "the input breaks off in this line"
_REPLACED: Final = "\N{REPLACEMENT CHARACTER}"
_UNPLAIN: Final = (b"\r", b"\0", ESCAPE)
"""What no line may hold that is handed on as it is."""
NEWLINES: Final = {"utf-8": b"\n", "utf-16-le": b"\n\0", "utf-16-be": b"\0\n"}


class Line(NamedTuple):
    """One line: its number from 1 (in a range: from its beginning), byte offset, text without line end."""

    number: int
    offset: int
    text: str


_new: Final = tuple.__new__
_text_of: Final = itemgetter(2)


def encoding_of(data: bytes) -> str:
    """``utf-16-le`` or ``utf-16-be`` by byte order mark or pattern of NULs, else ``utf-8``."""
    if data.startswith(b"\xff\xfe"):
        return "utf-16-le"
    if data.startswith(b"\xfe\xff"):
        return "utf-16-be"
    sample = data[:_SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    enough = len(sample) // 4
    if odd > enough and even * 8 < odd:
        return "utf-16-le"
    return "utf-16-be" if even > enough and odd * 8 < even else "utf-8"


def _find_end(chunk: bytes, newline: bytes) -> int:
    """Where the first line of the chunk ends (after its newline); 0 when it does not end here."""
    at = chunk.find(newline)
    while at > 0 and at % len(newline):
        at = chunk.find(newline, at + 1)
    return at + len(newline) if at >= 0 else 0


def _rfind_end(chunk: bytes, newline: bytes) -> int:
    """Where the last complete line of the chunk ends; 0 when none does."""
    at = chunk.rfind(newline)
    while at > 0 and at % len(newline):
        at = chunk.rfind(newline, 0, at + len(newline) - 1)
    return at + len(newline) if at >= 0 else 0


def _first_chunk(stream: ByteSource) -> bytes:
    """Enough bytes to see the encoding, however slowly they come."""
    first = chunk = stream.read(CHUNK_BYTES)
    while chunk and len(first) < _SAMPLE_BYTES:
        chunk = stream.read(CHUNK_BYTES)
        first += chunk
    return first


def _chunks(first: bytes, stream: ByteSource, width: int) -> Iterator[bytes]:
    """The input in pieces of whole code units; only the last may be cut."""
    odd = b""
    chunk = first
    while chunk:
        chunk = odd + chunk
        cut = len(chunk) - len(chunk) % width
        odd = chunk[cut:]
        if cut:
            yield chunk[:cut] if odd else chunk
        chunk = stream.read(CHUNK_BYTES)
    if odd:
        yield odd


class _Block(NamedTuple):
    """Complete lines one after another, or the beginning of one that is too long; `size` is the whole."""

    data: bytes
    size: int
    too_long: bool


def _blocks(chunks: Iterator[bytes], newline: bytes) -> Iterator[_Block]:
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        begin = _find_end(chunk, newline) if held else 0
        if held and begin:
            size += begin
            held.append(chunk[:begin])
            yield _Block(b"".join(held), size, size > MAX_LINE_BYTES)
            held, size = [], 0
        if not held:
            end = max(begin, _rfind_end(chunk, newline))
            if end > begin:
                yield _Block(chunk[begin:end], end - begin, too_long=False)
            begin = end
        if begin < len(chunk):
            held.append(chunk[begin:])
            size += len(chunk) - begin
        if size > MAX_LINE_BYTES:
            held = [b"".join(held)[:KEPT_BYTES]]
    if held:
        yield _Block(b"".join(held), size, size > MAX_LINE_BYTES)


class Lines:
    """The non-empty lines of one input, in order; what is wrong with them goes to `problems`.

    Args:
        stream: The input; at byte `start` of it.
        source: Its name for errors.
        problems: Where errors and repairs are counted.
        start: Byte offset at which `stream` stands; beyond 0 the line that it stands in belongs to the range
            before and is left out, and the first line behind it is number 1.
        end: Where the range ends: no line that begins behind it is asked for.

    Attributes:
        awaited: Asked before each piece of the input with what the next line that means anything begins;
            pieces without one are passed over. Empty: every line means something.
    """

    def __init__(
        self,
        stream: ByteSource,
        source: Source,
        problems: Problems,
        start: int = 0,
        end: int | None = None,
    ) -> None:
        self._stream = stream
        self._source = source
        self._problems = problems
        self._offset = start
        self._end = end
        self._number = 0
        self._hole: Line | None = None
        self.awaited: Callable[[], bytes] = bytes

    def __iter__(self) -> Iterator[Line]:
        return filter(_text_of, self._all())

    def _all(self) -> Iterator[Line]:
        if self._offset:
            first, encoding = self._behind_first_line(), "utf-8"
        else:
            first = _first_chunk(self._stream)
            encoding = encoding_of(first)
        newline = NEWLINES[encoding]
        for block in _blocks(_chunks(first, self._stream, len(newline)), newline):
            if not block.data.endswith(newline) and is_broken(self._stream):
                self._break_off(block.data)
            elif block.too_long:
                yield self._skipped(block)
            elif self._is_passed_over(block.data, encoding):
                self._offset += len(block.data)
                self._number += block.data.count(newline)
            elif encoding != "utf-8":
                yield from self._wide(block.data, encoding)
            elif block.data.isascii() and not any(sign in block.data for sign in _UNPLAIN):
                yield from self._plain(block.data)
            else:
                yield from self._repaired(block.data)

    def _is_passed_over(self, block: bytes, encoding: str) -> bool:
        """Whether no line of the block begins as the only ones do that mean anything at this place."""
        awaited = self.awaited()
        if not awaited or encoding != "utf-8" or block.startswith(awaited):
            return False
        return b"\n" + awaited not in block

    def _behind_first_line(self) -> bytes:
        """The first bytes behind the line that the stream stands in; none where that leads beyond the end."""
        while chunk := self._stream.read(CHUNK_BYTES):
            at = chunk.find(b"\n")
            self._offset += at + 1 if at >= 0 else len(chunk)
            if at >= 0:
                return chunk[at + 1 :] or self._stream.read(CHUNK_BYTES)
            if self._end is not None and self._offset > self._end:
                break
        return b""

    def _break_off(self, rest: bytes) -> None:
        """Half a line, behind which the stream failed: kept, but no error of its own."""
        place = f"line {self._number + 1}"
        self._problems.keep_cut(LocatedError(self._source.path, place, _BROKEN_OFF), rest)

    def _plain(self, block: bytes) -> Iterator[Line]:
        offset, number = self._offset, self._number
        for text in block.decode("ascii").removesuffix("\n").split("\n"):
            number += 1
            yield _new(Line, (number, offset, text))  # half the time of calling the class
            offset += len(text) + 1
        self._offset, self._number = offset, number

    def _repaired(self, block: bytes) -> Iterator[Line]:
        for raw in block.removesuffix(b"\n").split(b"\n"):
            read = without_escapes(raw) if ESCAPE in raw else raw
            try:
                text = read.decode("utf-8")
            except UnicodeDecodeError:
                text = decode_japanese(read) or self._replaced(read)
            yield self._line(text, len(raw) + 1)
            self._tell_hole()

    def _replaced(self, raw: bytes) -> str:
        self._repair(raw)
        return raw.decode("utf-8", "replace")

    def _repair(self, raw: bytes) -> None:
        """Count the line that comes next."""
        self._problems.repair(self._source.path, f"line {self._number + 1}", raw)

    def _wide(self, block: bytes, encoding: str) -> Iterator[Line]:
        text = block.decode(encoding, "replace")
        for line in text.removesuffix("\n").split("\n"):
            size = len(line.encode(encoding)) + 2
            if _REPLACED in line:
                self._repair(line.encode(encoding))
            yield self._line(line, size)
            self._tell_hole()

    def _skipped(self, block: _Block) -> Line:
        line = self._line("", block.size)
        self.reject(line, _TOO_LONG, "check that the file is a log of lines", block.data)
        return line

    def _line(self, text: str, size: int) -> Line:
        offset = self._offset
        self._offset += size
        self._number += 1
        clean = text.removesuffix("\r")
        if offset == 0:
            clean = clean.removeprefix("\ufeff")
        line = Line(self._number, offset, clean)
        return self._without_nuls(line) if "\0" in clean else line

    def _without_nuls(self, line: Line) -> Line:
        """Many NULs before the text are a hole in the file; behind it they may end a message."""
        behind = line.text.lstrip("\0")
        kept = behind.rstrip("\0")
        if not kept:
            self.reject(line, _HOLE, _POWER_FAILURE)
            return line._replace(text="")
        hole = len(line.text) - len(behind)
        if hole >= _HOLE_NULS:
            self._hole = line._replace(text=line.text[:hole])
        if "\0" in behind or 0 < hole < _HOLE_NULS:
            raw = line.text.encode("utf-8", "replace")
            self._problems.repair(self._source.path, f"line {line.number}", raw)
        return line._replace(text=kept.replace("\0", _REPLACED))

    def _tell_hole(self) -> None:
        """Count a hole before a line that could be read; one that could not has its error already."""
        if self._hole is not None:
            self.reject(self._hole, _HOLE_BEFORE, _POWER_FAILURE)

    def reject_end(self, what: str, mend: str = "") -> None:
        """Count a record that the end of the input cuts off, unless the input's own end was an error."""
        if not is_broken(self._stream):
            self._problems.add(LocatedError(self._source.path, "end", what, mend))

    def reject(self, line: Line, what: str, mend: str = "", raw: bytes = b"") -> None:
        """Count this line as one error at its place."""
        if self._hole is not None and self._hole.number == line.number:
            self._hole = None
        place = f"line {line.number}"
        kept = raw or line.text.encode("utf-8", "replace")
        self._problems.add(LocatedError(self._source.path, place, what, mend), kept)


@dataclass(frozen=True, slots=True)
class FormatOfLines:
    """A `Format` made of a `LineFormat`: bare lines, no envelope around them (`_syslog` reads those)."""

    lines: LineFormat

    @property
    def name(self) -> str:
        """The line format's name."""
        return self.lines.name

    @property
    def splittable(self) -> bool:
        """Whether byte ranges of a plain file can be read apart: no line needs another one."""
        return bool(getattr(self.lines, "splittable", False))

    def sniff(self, head: Head) -> float:
        """The mean confidence of the first lines; a header in the first line decides nearly alone."""
        marks = [self.lines.recognise(line, BARE) for line in sniffed(head)]
        return max(sum(marks) / len(marks), marks[0] * 0.9) if marks else 0.0

    def decode(self, stream: ByteSource, source: Source, problems: Problems) -> Iterator[Event]:
        """The events of all lines."""
        return self.decode_range(stream, source, problems, 0, None)

    def decode_range(
        self, stream: ByteSource, source: Source, problems: Problems, start: int, end: int | None
    ) -> Iterator[Event]:
        """The events of the lines that begin in ``(start, end]``, or in ``[0, end]`` for `start` 0.

        `stream` stands at byte `start` of the input and can be read beyond `end`. The line that begins at
        `start` belongs to the range before, so ranges that touch give every line exactly once. Only for
        `splittable` formats and inputs in UTF-8.
        """
        lines = Lines(stream, source, problems, start, end)
        reader = self.lines.reader(source)
        lines.awaited = getattr(reader, "awaited", lines.awaited)
        feed = reader.feed
        for line in lines:
            _number, offset, text = line
            if end is not None and offset > end:
                break
            try:
                if events := feed(text, BARE, offset):
                    yield from events
            except UnreadableRecordError as bad:
                lines.reject(line, bad.what, bad.mend)
            except Exception as failure:  # noqa: BLE001 - no line, however hostile, may stop the rest
                lines.reject(line, failed(failure), REPORT)
        yield from ended(reader, lines)


def ended(reader: LineReader, lines: Lines) -> Iterator[Event]:
    """What the reader still holds at the end; a record that the end cuts off is one error."""
    try:
        yield from reader.finish()
    except UnreadableRecordError as bad:
        lines.reject_end(bad.what, bad.mend)
    except Exception as failure:  # noqa: BLE001 - as for a line
        lines.reject_end(failed(failure), REPORT)


REPORT: Final = "this is a mistake in the reader: please report it with the line"


def failed(failure: Exception) -> str:
    """How a reader's own failure is counted."""
    return Sentence("the reader failed with {kind}", kind=type(failure).__name__)


def sniffed(head: Head) -> list[str]:
    """The non-empty lines at the beginning of an input that formats look at."""
    return [line for line in head.lines[: SNIFFED_LINES * 2] if line.strip()][:SNIFFED_LINES]
