r"""Log Event Extended Format (LEEF) 1.0 and 2.0 of any product, bare or in syslog.

Format: IBM, "QRadar Log Event Extended Format (LEEF)", versions 1.0 and 2.0::

    LEEF:1.0|vendor|product|version|event id|key=value<tab>key=value
    LEEF:2.0|vendor|product|version|event id|delimiter|key=value…

Version 2.0 names the delimiter: one character, or its code as ``x5E`` or ``0x5E``; empty is a tab. The
heading's parts are ``deviceVendor``, ``deviceProduct``, ``deviceVersion`` and ``eventId``; predefined keys
keep their names (``srcPort``, ``usrName``). ``devTime`` is read in the usual notations whatever
``devTimeFormat`` says; other times, and records without one, have syslog's.

Log source: by vendor and product, as for CEF (`tables/cef.toml`); of unknown ones it is their names, and
category ``firewall`` where both addresses and a port are there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_signature, add_waf_attacks, by_score
from noroshi.events.formats._firewall import MAX_CHARS, EndsTraits, add_aliases, add_envelope
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import load_table
from noroshi.events.web import add_web_fields, split_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "leef"
_TABLE: Final = load_table(NAME)
_SOURCES: Final = load_table("cef").raw["sources"]
_START: Final = re.compile(r"\s{0,8}LEEF: ?([12])\.\d\|")
_HEADING: Final = re.compile(_START.pattern + r"([^|]{0,256})\|" * 4)
_DELIMITER: Final = re.compile(r"(?:0?x([0-9A-Fa-f]{1,4})|([^|=]?))\|")
_PARTS: Final = ("deviceVendor", "deviceProduct", "deviceVersion", "eventId")
_CONNECTION: Final = frozenset({"src", "dst", "dstPort"})


def _pairs(line: str, version: str, at: int) -> Fields:
    """The keys and values after the heading; a delimiter that is not named where it could be is a tab."""
    delimiter = "\t"
    if version == "2" and (named := _DELIMITER.match(line, at)) is not None:
        at = named.end()
        delimiter = chr(int(named[1], 16)) if named[1] else named[2] or "\t"
    found = (pair.partition("=") for pair in line[at:].split(delimiter))
    return {key.strip(): value.strip() for key, equals, value in found if equals and key.strip() and value}


@lru_cache(maxsize=1024)
def _kind(vendor: str, product: str, *, connection: bool) -> Kind:
    low_vendor, low_product = vendor.lower(), product.lower()
    known: dict[str, Any] = _SOURCES.get(f"{low_vendor}|{low_product}", _SOURCES.get(low_vendor, {}))
    logsource = LogSource(
        known.get("product", low_vendor or None),
        known.get("service", low_product or None),
        frozenset(known.get("categories", ("firewall",) if connection else ())),
    )
    constants = {"deviceVendor": vendor, "deviceProduct": product}
    return Kind(NAME, logsource, constants, EndsTraits(_TABLE))


class LeefReader:
    """Reads the lines of one input; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        if len(line) > MAX_CHARS:
            raise UnreadableRecordError(
                "the LEEF line is too long", Sentence("at most {max_chars:,} characters", max_chars=MAX_CHARS)
            )
        match = _HEADING.match(line)
        if match is None:
            raise UnreadableRecordError(
                "a LEEF heading has five parts between bars", "the line may be cut off"
            )
        version, *parts = match.groups()
        pairs = _pairs(line, version, match.end())
        fields: Fields = {**pairs, **dict(zip(_PARTS, parts, strict=True))}
        add_envelope(fields, envelope)
        add_aliases(fields, _TABLE.raw["aliases"])
        if "url" in pairs:
            if host := split_url(pairs["url"]).host:
                fields["cs-host"] = fields["r-dns"] = host
            add_web_fields(fields)
        kind = _kind(parts[0], parts[1], connection=pairs.keys() >= _CONNECTION)
        if "ids" in kind.logsource.categories:
            name = fields.get("signature", fields.get("sigName", fields["eventId"]))
            add_signature(fields, name, by_score(fields.get("sev")))
        elif "waf" in kind.logsource.categories:
            fields["waf_message"] = [
                fields[name] for name in ("eventId", "cat", "attackType") if name in fields
            ]
            add_waf_attacks(fields)
        return (Event(kind, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Leef:
    """LEEF lines."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By its first characters."""
        return 0.99 if "LEEF:" in line[:16] and _START.match(line) else 0.0

    def reader(self, source: Source) -> LeefReader:
        """A reader for one input."""
        return LeefReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Leef(),)
