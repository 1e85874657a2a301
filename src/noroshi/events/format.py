"""The contract of a log format: one file in `events/formats/`, found by content.

A format is an object with a `name`, a `sniff` and a `decode`; the module that defines it lists its instances
in a module constant ``FORMATS``, and `registry` finds every module of the package. See `formats/example.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.events.model import Event, Fields, Source
    from noroshi.events.problems import Problems

HEAD_BYTES: Final = 65_536
"""How much of an input a format may look at to recognise it."""
MAX_LINE_BYTES: Final = 16 * 1024 * 1024
"""A longer line is one located error; the rest of the input goes on after its end."""


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of an input, decompressed.

    Attributes:
        data: Up to `HEAD_BYTES`; may end inside a record.
        lines: The complete lines among them, decoded and repaired, without line ends.
        name: File name, as a hint only: never decides alone.
        complete: Whether `data` is the whole input.
    """

    data: bytes
    lines: tuple[str, ...]
    name: str = ""
    complete: bool = False


class ByteSource(Protocol):
    """A decompressed input that is read once, from the beginning or from a byte range of a plain file."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most `size`; empty at the end."""


def is_broken(stream: ByteSource) -> bool:
    """Whether damage or a limit ended this input: that was reported, and what it breaks off is not."""
    return bool(getattr(stream, "broken", False))


class Format(Protocol):
    """A log format.

    Attributes:
        name: Stable short name, ``fortigate``; shown to people and used in configuration.
    """

    @property
    def name(self) -> str:
        """Stable short name."""

    def sniff(self, head: Head) -> float:
        """Confidence from 0 (not this) to 1 (certainly this) that the input is of this format, by content."""

    def decode(self, stream: ByteSource, source: Source, problems: Problems) -> Iterator[Event]:
        """The events of the input, in order; bad records go to `problems` and the rest goes on."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stood around a line: syslog's header, a collector's wrapper.

    Attributes:
        host: The device's name as the envelope gives it.
        program: Syslog's TAG or APP-NAME (``postfix/smtpd``, ``named``), without process id.
        time: The envelope's time as text (RFC 3339, or ``Jul 22 04:12:09`` without year and zone).
        pid: Process id as text.
        priority: Syslog priority, facility × 8 + severity.
    """

    host: str = ""
    program: str = ""
    time: str = ""
    pid: str = ""
    priority: int | None = None


BARE: Final = Envelope()


class LineFormat(Protocol):
    """A format whose records are lines: most of them. `formats/_lines.py` makes a `Format` of it.

    It gives the line's content only; line ends, syslog envelopes, very long lines, wrong encodings and
    positions are looked after by the caller, so that the same file serves plain files and syslog.
    """

    @property
    def name(self) -> str:
        """Stable short name."""

    def recognise(self, line: str, envelope: Envelope) -> float:
        """Confidence from 0 to 1 that this one line (envelope taken off) is of this format."""

    def reader(self, source: Source) -> LineReader:
        """A reader for one input; it may hold state (W3C and Zeek headers, records over several lines)."""


class LineReader(Protocol):
    """Reads the lines of one input."""

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The events that this line completes (none for a header or a part of one).

        Raises:
            UnreadableRecordError: The line is damaged; `what` and `mend` say how.
        """

    def finish(self) -> Iterable[Event]:
        """Events still held at the end of the input.

        Raises:
            UnreadableRecordError: A record is cut off by the end.
        """


@dataclass
class UnreadableRecordError(Exception):
    """A record that cannot be decoded; the caller adds path and place and keeps the bytes.

    Attributes:
        what: What is wrong with it.
        mend: What the reader can do about it.
        fields: What could be read of it, if anything.
    """

    what: str
    mend: str = ""
    fields: Fields = field(default_factory=dict)
