"""Amazon VPC flow logs as text: with the heading of the S3 files, or in the default order of version 2.

Format: "Amazon VPC User Guide", "Flow log records"::

    version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action …
    2 123456789010 eni-0a1b2c3d 10.20.4.114 198.51.100.7 50123 80 6 20 4249 1595391129 1595391189 ACCEPT OK

The heading names the fields of a custom format. A time before the record (CloudWatch Logs exports) is kept
as ``envelope_time``. A dash is no value; records without data (``NODATA``, ``SKIPDATA``) have no addresses.

Log source: product ``aws``, service ``vpcflow``, category ``firewall``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._firewall import EndsTraits, add_aliases, add_envelope, named
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "vpcflow"
MAX_COLUMNS: Final = 100
_TABLE: Final = load_table(NAME)
_KIND: Final = Kind(NAME, LogSource("aws", NAME, frozenset({"firewall"})), {}, EndsTraits(_TABLE))
_DEFAULT: Final = _TABLE.raw["columns"]["default"].split()
_EMPTY: Final = frozenset({"", "-"})
_EXPORTED: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ")
_RECORD: Final = re.compile(
    r"2 (?:\d{12}|unknown) \S{3,64} (?:[0-9A-Fa-f.:]{2,45} ){2}(?:\d{1,5} ){3}\d{1,20} \d{1,20} "
    r"\d{10} \d{10} (?:ACCEPT|REJECT) (?:OK|NODATA|SKIPDATA)$"
    r"|2 \d{12} \S{3,64} (?:- ){7}\d{10} \d{10} - (?:NODATA|SKIPDATA)$"
)
_HEADING_WORD: Final = re.compile(r"[a-z][a-z-]{1,40}")


def _is_heading(line: str) -> bool:
    words = set(line.split(" ", MAX_COLUMNS))
    return {"srcaddr", "dstaddr", "action"} <= words and all(map(_HEADING_WORD.fullmatch, words))


class VpcFlowReader:
    """Reads the lines of one input; holds the last heading."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._columns: list[str] = _DEFAULT

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line; none for a heading."""
        if _is_heading(line):
            self._columns = line.split()
            return ()
        exported = _EXPORTED.match(line)
        values = (line[exported.end() :] if exported else line).split(" ", MAX_COLUMNS)
        if len(values) != len(self._columns):
            raise UnreadableRecordError(
                Sentence("{count} values are needed", count=len(self._columns)), "the line may be cut off"
            )
        fields: Fields = named(self._columns, values, _EMPTY)
        if exported:
            fields["envelope_time"] = exported[1]
        add_envelope(fields, envelope)
        add_aliases(fields, _TABLE.raw["aliases"])
        return (Event(_KIND, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class VpcFlow:
    """VPC flow logs."""

    name = NAME
    splittable = False

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """A heading, or a record in the default order."""
        if line.startswith("2"):
            exported = _EXPORTED.match(line)
            return 0.97 if _RECORD.match(line, exported.end() if exported else 0) else 0.0
        return 1.0 if "srcaddr" in line[:400] and _is_heading(line) else 0.0

    def reader(self, source: Source) -> VpcFlowReader:
        """A reader for one input."""
        return VpcFlowReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (VpcFlow(),)
