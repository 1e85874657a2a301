"""Windows events as XML: elements cut out of a stream, and one element as the record that `shapes` knows.

Format: Microsoft documentation, "Event schema" (Windows Event Log); the namespace
``http://schemas.microsoft.com/win/2004/08/events/event``. An element becomes what the ``evtx`` binding gives:
attributes under ``#attributes``, text beside them under ``#text``, repeated children as a list.
Only single elements are parsed, so there is no document type and no entity to expand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NoReturn
from xml.parsers import expat

from noroshi.errors import Sentence
from noroshi.events.windows.text import HOLE, LAST_CUT, BadRecordError, Piece, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.model import Fields

MAX_EVENT_BYTES: Final = 4 << 20
"""Windows writes at most 64 KiB of UTF-16 an event."""
MAX_ELEMENTS: Final = 20_000
MAX_DEPTH: Final = 64
STRAY: Final = "the text between the XML events was skipped"
_MAX_STRAY: Final = 65_536
_BEGIN: Final = re.compile(rb"<Event(?=[\s>])")
_BORDER: Final = re.compile(rb"<Event(?=[\s>])|</Event>")
_BEGIN_BYTES: Final = len(b"<Event>")
_BETWEEN: Final = re.compile(
    rb"<\?xml[^>]{0,200}\?>|<!--[^>]{0,500}-->|</?Events(?:\s[^>]{0,500})?>|\xef\xbb\xbf|[\0\s]+"
)
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
    r"|&#(?:x0*(?:[0-8bcefBCEF]|1[0-9a-fA-F])|0*(?:[0-8]|1[124-9]|2\d|3[01]));"
)
_REPLACED: Final = "\N{REPLACEMENT CHARACTER}"


class Elements:
    """Cuts a stream at the borders of its ``<Event>`` elements, in one pass with bounded memory.

    An element that was cut off ends where the next one begins. Text between elements that is no part of an
    export (declaration, ``<Events>``, comments) is one piece a stretch, with `STRAY` as its `what`, or
    `HOLE` where NULs stand and nothing else.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._offset = 0
        self._open = False
        self._lost = False
        self._hole: Piece | None = None

    def feed(self, data: bytes, *, last: bool = False) -> Iterator[Piece]:
        """The elements that these bytes complete; with `last`, also what is left over."""
        self._buffer += data
        at = 0
        while (end := self._next(at)) is not None:
            stop, what = end
            if (piece := self._piece(at, stop, what)) is not None:
                yield piece
            at = stop
        self._drop(at)
        if last:
            rest = self._piece(0, len(self._buffer), LAST_CUT if self._open else STRAY)
            if rest is not None:
                yield rest
            self._drop(len(self._buffer))
        elif self._open and len(self._buffer) > MAX_EVENT_BYTES:
            yield from self._give_up()
        elif not self._open and len(self._buffer) > _MAX_STRAY:
            yield from self._pass_over()

    def _next(self, at: int) -> tuple[int, str] | None:
        """Where the stretch that begins at `at` ends, and what is wrong with it; None: not in the buffer."""
        if not self._open:
            begin = _BEGIN.search(self._buffer, at)
            if begin is None:
                return None
            if begin.start() > at:
                return begin.start(), STRAY
            self._open = True
        border = _BORDER.search(self._buffer, at + _BEGIN_BYTES)
        if border is None:
            return None
        self._open = False
        closed = border[0] == b"</Event>"
        return (border.end(), "") if closed else (border.start(), "the record is cut off")

    def _piece(self, begin: int, end: int, what: str) -> Piece | None:
        raw = self._buffer[begin:end]
        if what == STRAY:
            return self._between(raw, self._offset + begin)
        return Piece(raw, self._offset + begin, what) if raw else None

    def _between(self, raw: bytes, offset: int) -> Piece | None:
        """The end of a stretch between two elements: text, NULs, nothing to tell, or told already."""
        lost, hole = self._lost, self._hole
        self._lost, self._hole = False, None
        if lost:
            return None
        if _BETWEEN.sub(b"", raw):
            return Piece(raw[:_MAX_STRAY], offset, STRAY)
        return hole or (Piece(raw[:_MAX_STRAY], offset, HOLE) if b"\0" in raw else None)

    def _give_up(self) -> Iterator[Piece]:
        """An element without end: told once, and passed over until the next one begins."""
        yield Piece(
            self._buffer,
            self._offset,
            Sentence("the record is longer than {max_event_bytes:,} bytes", max_event_bytes=MAX_EVENT_BYTES),
        )
        self._open, self._lost = False, True
        self._drop(len(self._buffer))

    def _pass_over(self) -> Iterator[Piece]:
        """Much text without any element: told once; NULs when it is known that nothing else follows."""
        keep = _BEGIN_BYTES
        told, hole = self._lost, None
        if (piece := self._piece(0, len(self._buffer) - keep, STRAY)) is not None:
            told = piece.what == STRAY
            hole = None if told else piece
            if told:
                yield piece
        self._lost, self._hole = told, hole
        self._drop(len(self._buffer) - keep)

    def _drop(self, end: int) -> None:
        self._buffer = self._buffer[end:]
        self._offset += end


def read_event(raw: bytes) -> tuple[Fields, int]:
    """The record of one ``<Event>`` element, and 1 if its text had to be repaired, else 0.

    Control characters, which XML cannot hold, become U+FFFD; text that is no UTF-8 is read as Shift_JIS or
    EUC-JP where it clearly is that (``wevtutil`` writes in the console's code page).

    Raises:
        BadRecordError: It is no well-formed XML, or larger or deeper than any event.
    """
    if len(raw) > MAX_EVENT_BYTES:
        raise BadRecordError(
            Sentence("the record is longer than {max_event_bytes:,} bytes", max_event_bytes=MAX_EVENT_BYTES),
            "check that it is a log",
        )
    try:
        return {"Event": _Tree().read(raw)}, 0
    except expat.ExpatError:
        text = decoded(raw)
        repaired = _CONTROL.sub(_REPLACED, text)
        try:
            return {"Event": _Tree().read(repaired.encode())}, int(_REPLACED in repaired)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            where = f"line {error.lineno}, character {error.offset + 1}"
            what = Sentence(
                "the record is not valid XML ({reason} at its {where})", reason=reason, where=where
            )
            raise BadRecordError(what, "it was cut off or damaged: export the log again") from error


class _Element:
    """An element whose end has not come yet."""

    __slots__ = ("attributes", "children", "name", "texts")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: dict[str, Any] = {}
        self.texts: list[str] = []

    def value(self) -> Any:
        """As the ``evtx`` binding would give it."""
        text = "".join(self.texts)
        if not self.children and not self.attributes:
            return text
        value: dict[str, Any] = {"#attributes": self.attributes} if self.attributes else {}
        value.update(self.children)
        if not self.children and (text or self.name == "Data"):
            value["#text"] = text
        return value

    def add(self, name: str, value: Any) -> None:
        """One more child; the second of a name makes a list."""
        known = self.children.get(name)
        if name not in self.children:
            self.children[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            self.children[name] = [known, value]


class _Tree:
    """One parse."""

    def __init__(self) -> None:
        self._stack: list[_Element] = [_Element("", {})]
        self._elements = 0

    def read(self, raw: bytes) -> Any:
        """The value of the document's element.

        Raises:
            ExpatError: It is not well-formed.
            BadRecordError: It has too many elements, or they stand too deep in each other.
        """
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(raw, True)  # noqa: FBT003 - expat takes it by position only
        return self._stack[0].children["Event"]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            _refuse(Sentence("the record has more than {most:,} elements", most=MAX_ELEMENTS))
        if len(self._stack) > MAX_DEPTH:
            _refuse(Sentence("the record is nested deeper than {max_depth} levels", max_depth=MAX_DEPTH))
        kept = {key: value for key, value in attributes.items() if not key.startswith("xmlns")}
        self._stack.append(_Element(name.rpartition(":")[2], kept))

    def _end(self, _name: str) -> None:
        done = self._stack.pop()
        self._stack[-1].add(done.name, done.value())

    def _text(self, text: str) -> None:
        self._stack[-1].texts.append(text)


def _refuse(what: str) -> NoReturn:
    raise BadRecordError(what, "check that it is a log")
