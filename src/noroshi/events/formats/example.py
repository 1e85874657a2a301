"""A complete format to copy from: the log of a made-up door keeper (`docs/reference/formats-how-to.md`).

Replace this text by the product's name, its versions and the page of the vendor's manual that defines
the log, with a line of it::

    #door-keeper 1
    2020-07-22T04:12:09Z gate-1 OPEN 192.0.2.17 alice http://intranet.example/start

The first line is what this format is recognised by; only then are its other lines read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.web import add_web_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

MAGIC: Final = "#door-keeper "
# Sigma's names stand beside the product's own ones; both hold the same object, so that it is searched once.
_NAMES: Final = ("time", "gate", "action", "c-ip", "cs-username", "c-uri")
# One kind per log source and per set of values that all its events share. Kinds are made once: the engine
# evaluates rules on their constants in advance and compares them by identity.
_KIND: Final = Kind(
    format="example",
    logsource=LogSource(product="door-keeper", service="gate", categories=frozenset({"proxy"})),
    constants={},
    traits=TableTraits(load_table("example")),
)


class ExampleReader:
    """Reads one input. Whatever must be remembered from line to line is kept here, bounded."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this line; none for the heading.

        A damaged line raises `UnreadableRecordError`; the caller names the file and the line and goes on.
        """
        if line.startswith(MAGIC):
            return ()
        values = line.split(" ", len(_NAMES) - 1)
        if len(values) != len(_NAMES):
            raise UnreadableRecordError(
                Sentence("{count} values are needed", count=len(_NAMES)), "the line may be cut off"
            )
        fields: Fields = dict(zip(_NAMES, values, strict=True))
        fields["src_ip"] = fields["c-ip"]
        add_web_fields(fields)
        return (Event(_KIND, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Events still held at the end of the input: here none."""
        return ()


class Example:
    """What `registry` finds: name, recognition, and a reader for each input."""

    name = "example"
    # True would let workers read byte ranges of one file apart. Here the heading must be seen first.
    splittable = False

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """Near 1 for a line that can be nothing else, 0 for one that is certainly not ours.

        Asked for every new program of a syslog file and for the first lines of every file: be quick, and be
        strict, or lines of other formats are stolen.
        """
        return 1.0 if line.startswith(MAGIC) else 0.0

    def reader(self, source: Source) -> ExampleReader:
        """A reader for one input."""
        return ExampleReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Example(),)
