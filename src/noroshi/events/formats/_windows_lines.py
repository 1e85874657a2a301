"""Windows records as JSON or XML inside syslog: what NXLog, Winlogbeat and Splunk's forwarders send."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats.windows_json import mark_of_document
from noroshi.events.formats.windows_xml import mark_of_xml
from noroshi.events.problems import Problems
from noroshi.events.windows.catalogue import Kinds
from noroshi.events.windows.decoder import Decoder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope
    from noroshi.events.model import Event, Source


class _Reader:
    """Joins parents and parts of scripts over all such lines of an input."""

    def __init__(self, source: Source, kinds: Kinds) -> None:
        self._problems = Problems()
        self._decoder = Decoder(source, self._problems, kinds)

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The events of this record, and those that it releases."""
        self._problems.errors.clear()
        raw = line.encode("utf-8", "replace")
        read = self._decoder.element if line.startswith("<") else self._decoder.document
        events = read(raw, position, None)
        if self._problems.errors:
            error = self._problems.errors[0]
            raise UnreadableRecordError(error.what, error.mend)
        return events

    def finish(self) -> Iterable[Event]:
        """Parts of scripts whose others never came."""
        return self._decoder.rest()


@dataclass(frozen=True, slots=True)
class WindowsLines:
    """One Windows record behind a syslog envelope, or alone among lines of syslog."""

    name: str = "windows-json"
    kinds: Kinds = field(default_factory=lambda: Kinds("windows-json"), compare=False)

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """High for a whole record with event id and channel or provider; other text costs nothing."""
        return mark_of_document(line.encode("utf-8", "replace")) if line.startswith("{") else 0.0

    def reader(self, source: Source) -> _Reader:
        """A reader for one input."""
        return _Reader(source, self.kinds)


@dataclass(frozen=True, slots=True)
class WindowsXmlLines:
    """One Windows event as XML behind a syslog envelope."""

    name: str = "windows-xml"
    kinds: Kinds = field(default_factory=lambda: Kinds("windows-xml"), compare=False)

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """High for a whole ``<Event>`` element; Sysmon for Linux has a format of its own."""
        return 0.99 * mark_of_xml(line.encode("utf-8", "replace")) if line.startswith("<Event") else 0.0

    def reader(self, source: Source) -> _Reader:
        """A reader for one input."""
        return _Reader(source, self.kinds)
