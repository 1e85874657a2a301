"""The packet filter's log of pfSense and OPNsense (``filterlog``): CSV, nearly always in syslog.

Format: pfSense documentation, "Raw Filter Log Format" (2.2 and later); OPNsense writes the same with the
rule's label in the place of the tracker. The names are those of its grammar (``rule``, ``tracker``,
``dir``, ``protoname``); what follows the addresses depends on the protocol. The record has no time:
syslog's is ``envelope_time``.

Log source: product ``pfsense`` (OPNsense's records look the same), service ``filterlog``, category
``firewall``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._firewall import EndsTraits, add_aliases, add_envelope, comma_separated, named
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "filterlog"
_TABLE: Final = load_table(NAME)
_COLUMNS: Final[dict[str, list[str]]] = {name: text.split() for name, text in _TABLE.raw["columns"].items()}
_START: Final = re.compile(
    r"\d{0,20},\d{0,20},[^,]{0,64},[\w-]{0,64},[\w.:-]{1,32},[\w()-]{1,32},"
    r"(pass|block|reject|scrub|rdr|nat|binat|synproxy-drop),(?:in|out|in/out|unknown|),[46],"
)
_LOGSOURCE: Final = LogSource("pfsense", NAME, frozenset({"firewall"}))


@lru_cache(maxsize=16)
def _kind(action: str) -> Kind:
    return Kind(NAME, _LOGSOURCE, {"action": action}, EndsTraits(_TABLE))


def _columns(values: list[str]) -> list[str]:
    """The names of this record's columns: by the IP version, then by the protocol."""
    names = _COLUMNS["head"] + _COLUMNS["ipv4" if values[8] == "4" else "ipv6"]
    if len(values) < len(names):
        raise UnreadableRecordError("no addresses in the packet filter's record", "the line may be cut off")
    protocol = values[names.index("protoname")].lower()
    return names + _COLUMNS.get("icmp" if "icmp" in protocol else protocol, [])


class FilterlogReader:
    """Reads the lines of one input; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        match = _START.match(line)
        if match is None:
            raise UnreadableRecordError("no rule, action and direction", "the line may be cut off")
        values = comma_separated(line)
        fields: Fields = named(_columns(values), values)
        add_envelope(fields, envelope)
        add_aliases(fields, _TABLE.raw["aliases"])
        return (Event(_kind(match[1]), fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Filterlog:
    """The packet filter's lines."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By the first nine columns."""
        return 0.96 if _START.match(line) else 0.0

    def reader(self, source: Source) -> FilterlogReader:
        """A reader for one input."""
        return FilterlogReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Filterlog(),)
