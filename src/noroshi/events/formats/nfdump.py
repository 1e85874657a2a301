"""NetFlow and IPFIX records as nfdump prints them: CSV with a heading.

Format: nfdump(1), output format ``csv``, of 1.6 (``ts,te,td,sa,da,sp,dp,pr,flg,fwd,…``) and of 1.7
(``firstSeen,duration,proto,srcAddr,srcPort,…``). The heading names the columns; rows without one are read in
1.6's order. The summary at the end is left out. Both versions get 1.6's names and Sigma's. Times
are local to the machine that printed them.

A flow record is no decision. ``fwd`` holds IPFIX's forwarding status where the exporter sends it (RFC 7270):
64 to 127 is forwarded, 128 to 191 dropped.

Log source: product ``netflow``, service ``nfdump``, category ``firewall``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._firewall import EndsTraits, add_aliases, add_envelope, comma_separated, named
from noroshi.events.model import Event, Kind, LogSource, Outcome
from noroshi.events.traits import load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "nfdump"
_TABLE: Final = load_table(NAME)
_DEFAULT: Final[list[str]] = _TABLE.raw["columns"]["default"].split()
_ADDRESSES: Final = ({"sa", "da"}, {"srcAddr", "dstAddr"})
_TIMES: Final = ("ts,", "firstSeen,", "first,")
_DAY: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?"
_ROW: Final = re.compile(
    rf"{_DAY},{_DAY},\s*[\d.]{{1,20}},\s*[0-9A-Fa-f.:]{{2,45}},\s*[0-9A-Fa-f.:]{{2,45}},"
)
_SUMMARY: Final = ("Summary", "flows,bytes,packets")
_DROPPED: Final = 2
_FORWARDED: Final = 1


class FlowTraits(EndsTraits):
    """A table, and the forwarding status of RFC 7270: its two highest bits decide."""

    def outcome(self, event: Event) -> Outcome:
        """Dropped or forwarded, where the exporter said it."""
        status = event.fields.get("fwd", "")
        if not (isinstance(status, str) and status.isascii() and status.isdigit() and len(status) <= 3):
            return Outcome.UNKNOWN
        found = {_FORWARDED: Outcome.ALLOWED, _DROPPED: Outcome.BLOCKED}
        return found.get(int(status) >> 6, Outcome.UNKNOWN)


_KIND: Final = Kind(NAME, LogSource("netflow", NAME, frozenset({"firewall"})), {}, FlowTraits(_TABLE))


def _is_heading(line: str) -> bool:
    names = set(line.split(",", 200))
    return line.startswith(_TIMES) and any(pair <= names for pair in _ADDRESSES)


class NfdumpReader:
    """Reads the rows of one input; holds the last heading, and whether the summary has begun."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._columns = _DEFAULT
        self._in_summary = False

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The flow of this row; none for a heading or the summary."""
        if _is_heading(line):
            self._columns, self._in_summary = [name.strip() for name in line.split(",")], False
            return ()
        if line.startswith(_SUMMARY):
            self._in_summary = True
        if self._in_summary:
            return ()
        values = [value.strip() for value in comma_separated(line)]
        if len(values) != len(self._columns):
            raise UnreadableRecordError(
                Sentence("{count} values are needed", count=len(self._columns)), "the row may be cut off"
            )
        fields: Fields = named(self._columns, values)
        add_aliases(fields, _TABLE.raw["renamed"])
        add_aliases(fields, _TABLE.raw["aliases"])
        if "src_ip" not in fields or "dst_ip" not in fields:
            raise UnreadableRecordError("the flow has no addresses", "the row may be damaged")
        add_envelope(fields, envelope)
        return (Event(_KIND, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Nfdump:
    """nfdump's CSV."""

    name = NAME
    splittable = False

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """The heading, or a row in 1.6's order."""
        if line.startswith(_TIMES):
            return 1.0 if _is_heading(line) else 0.0
        if line.startswith(_SUMMARY):
            return 0.6
        return 0.95 if _ROW.match(line) and line.count(",") == len(_DEFAULT) - 1 else 0.0

    def reader(self, source: Source) -> NfdumpReader:
        """A reader for one input."""
        return NfdumpReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Nfdump(),)
