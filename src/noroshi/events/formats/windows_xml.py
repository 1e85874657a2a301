"""Windows events as XML: exports, forwarded events, and what Splunk's universal forwarder sends.

Format: Microsoft documentation, "Event schema" and ``wevtutil`` (``qe /f:xml``); the event viewer's "Save all
events as XML"; Windows Event Collector's forwarded events (``RenderedText``, with a ``RenderingInfo``);
Splunk documentation, ``inputs.conf``, ``renderXml = true``::

    <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-…

Read are elements one after another or inside ``<Events>``, over one line or many, in UTF-8, UTF-16 or the
console's Japanese code page. (Behind syslog's header, and inside JSON under ``_raw`` or ``event``, they are
read as well.) Which fields an event gets is decided in `noroshi.events.windows`, as for EVTX: all values are
texts. The rendered message is ``Message``. Positions are record numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError
from noroshi.events.format import is_broken
from noroshi.events.formats.windows_json import as_utf8, mark_of_record, transcoded
from noroshi.events.windows.catalogue import Kinds
from noroshi.events.windows.decoder import Decoder
from noroshi.events.windows.text import HOLE, LAST_CUT, POWER_FAILURE, BadRecordError
from noroshi.events.windows.xml import STRAY, Elements, read_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.format import ByteSource, Head
    from noroshi.events.model import Event, Source
    from noroshi.events.problems import Problems
    from noroshi.events.windows.text import Piece

_BEGINNING: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--[^>]{0,500}-->\s*)?"
    rb"(?:<Events(?:\s[^>]{0,500})?>\s*)?(?:<!--[^>]{0,500}-->\s*)?(?=<Event[\s>])"
)
_OTHERS: Final = b"Linux-Sysmon"
_CUT_OFF: Final = "it was cut off or damaged: export the log again"
_SPLIT: Final = "keep logs of other programs in files of their own"


@dataclass(frozen=True, slots=True)
class WindowsXml:
    """Windows events, one XML element after another."""

    name: str = "windows-xml"
    kinds: Kinds = field(default_factory=lambda: Kinds("windows-xml"), compare=False)

    def sniff(self, head: Head) -> float:
        """High where the input begins with an ``<Event>`` element, certain once that names its channel."""
        data = as_utf8(head.data)
        begin = _BEGINNING.match(data)
        if begin is None:
            return 0.0
        first = next(Elements().feed(data[begin.end() :], last=True), None)
        if first is None or _OTHERS in first.raw[:1_000]:
            return 0.0
        return 0.99 * mark_of_xml(first.raw) or (0.6 if b"<System>" in first.raw[:1_000] else 0.0)

    def decode(self, stream: ByteSource, source: Source, problems: Problems) -> Iterator[Event]:
        """The events in order."""
        decoder = Decoder(source, problems, self.kinds)
        elements = Elements()
        number = 0
        for data, last in transcoded(stream, source, problems):
            for piece in elements.feed(data, last=last):
                number += piece.what not in {STRAY, HOLE}
                if piece.what == LAST_CUT and is_broken(stream):
                    problems.keep_cut(LocatedError(source.path, f"record {number}", LAST_CUT), piece.raw)
                    continue
                yield from _events(piece, number, decoder, source, problems)
        yield from decoder.rest()


def _events(
    piece: Piece, number: int, decoder: Decoder, source: Source, problems: Problems
) -> Iterator[Event]:
    place = f"record {number}"
    if piece.what in {STRAY, HOLE}:
        where = f"after {place}" if number else "before record 1"
        mend = _SPLIT if piece.what == STRAY else POWER_FAILURE
        problems.add(LocatedError(source.path, where, piece.what, mend), piece.raw)
    elif piece.what:
        problems.add(LocatedError(source.path, place, piece.what, _CUT_OFF), piece.raw)
    else:
        yield from decoder.element(piece.raw, number, place)


def mark_of_xml(raw: bytes) -> float:
    """How surely this element is a Windows event."""
    try:
        record, _ = read_event(raw)
    except BadRecordError:
        return 0.0
    return mark_of_record(record)


FORMATS: Final = (WindowsXml(),)
