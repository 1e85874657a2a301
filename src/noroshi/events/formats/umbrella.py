"""Cisco Umbrella (Secure Access), DNS logs in CSV.

Format: Cisco Umbrella documentation, "DNS Log Formats" (versions 1 to 11: later ones add columns behind)::

    "2015-01-16 17:48:41","ActiveDirectoryUserName","ActiveDirectoryUserName,ADSite,Network","10.10.1.100",
    "24.123.132.133","Allowed","1 (A)","NOERROR","domain-visited.com.","Photo Sharing","AD User","AD User",""

(one line). A heading row is optional. Log source: product ``umbrella``, service ``dns``, category ``dns``.
Columns keep the manual's names (``internal ip`` …); beside them ``query``, ``record_type``, ``rcode_name``,
``src_ip``, ``categories`` as a list. Times are UTC. Proxy, firewall and audit logs of Umbrella are not
read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._dhcp import csv_row
from noroshi.events.model import Entities, Event, Kind, LogSource
from noroshi.events.observables import as_ip
from noroshi.events.traits import TableTraits, load_table, short_host, short_user

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "umbrella"
_COLUMNS: Final = (
    "timestamp", "most granular identity", "identities", "internal ip", "external ip", "action", "query type",
    "response code", "domain", "categories", "most granular identity type", "identity types",
    "blocked categories",
    "rule id", "destination countries", "organization id",
)  # fmt: skip
_MINIMUM: Final = 10
_LINE: Final = re.compile(
    r'"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", ?"[^"]{0,2000}+", ?"[^"]{0,8000}+", ?"[0-9A-Fa-f.:]{0,45}", '
    r'?"[0-9A-Fa-f.:]{0,45}", '
    r'?"(?:Allowed|Blocked|Proxied)[^"]{0,40}", ?"\d{1,5}(?: \(\w{1,16}\))?",'
)
_HEADING: Final = re.compile(r'"?timestamp"?, ?"?most granular identity"?,', re.IGNORECASE)
_LISTS: Final = ("identities", "categories", "identity types", "blocked categories")


@dataclass(frozen=True, slots=True)
class UmbrellaTraits(TableTraits):
    """A table, and what kind of identity asked."""

    def entities(self, event: Event) -> Entities:
        """User or computer by the identity's type, and the internal address."""
        kind = str(event.fields.get("most granular identity type", "")).lower()
        name = str(event.fields.get("most granular identity", "")).split(" (", 1)[0]
        return Entities(
            host=short_host(name) or None if "computer" in kind else None,
            user=short_user(name) or None if "user" in kind else None,
            address=as_ip(str(event.fields.get("src_ip", ""))),
        )


_KIND: Final = Kind(NAME, LogSource(NAME, "dns", frozenset({"dns"})), {}, UmbrellaTraits(load_table(NAME)))


class UmbrellaReader:
    """Reads rows; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of a row; none for the heading."""
        if _HEADING.match(line):
            return ()
        if not _LINE.match(line):
            raise UnreadableRecordError(
                "not a row of Umbrella's DNS log", "proxy and firewall logs are not read"
            )
        values = csv_row(line.replace('", "', '","'))
        if len(values) < _MINIMUM:
            raise UnreadableRecordError(
                Sentence("the row has less than {minimum} columns", minimum=_MINIMUM), "it may be cut off"
            )
        fields: Fields = {name: value for name, value in zip(_COLUMNS, values, strict=False) if value}
        kind, _, name = fields["query type"].partition(" ")
        fields |= {
            "query": fields.get("domain", "").removesuffix("."),
            "record_type": name.strip("()") or kind,
        }
        for column, target in (("response code", "rcode_name"), ("internal ip", "src_ip")):
            if column in fields:
                fields[target] = fields[column]
        for column in _LISTS:
            if column in fields:
                fields[column] = fields[column].split(",")
        return (Event(_KIND, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Umbrella:
    """Umbrella's DNS log."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By the first seven columns, or the heading."""
        if _HEADING.match(line):
            return 1.0
        return 0.95 if line.startswith('"') and _LINE.match(line) else 0.0

    def reader(self, source: Source) -> UmbrellaReader:
        """A reader for one input."""
        return UmbrellaReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Umbrella(),)
