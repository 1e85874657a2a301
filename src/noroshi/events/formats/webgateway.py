"""Skyhigh Secure Web Gateway (McAfee Web Gateway), ``access.log``.

Format: McAfee Web Gateway product guide, "Access Log" (the rule *Write access.log*), and the header line
that the file begins with, whose names are free text but are those of Content Security Reporter by default::

    #time_stamp "auth_user" src_ip status_code "req_line" "categories" "rep_level" …
    [22/Jul/2020:13:12:09 +0900] "t.suzuki" 10.20.4.114 200 "GET http://www.example/ HTTP/1.1" "Business" …

Columns are read by that line; without one they are those of the default. Log source: product ``skyhigh``,
service ``webgateway``, category ``proxy``. ``block_res`` 0 is passed, anything else was blocked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._proxy import add_aliases, add_url
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "webgateway"
MAX_CHARS: Final = 262_144
MAX_COLUMNS: Final = 128
_TABLE: Final = load_table(NAME)
_DEFAULT: Final = (
    "time_stamp", "auth_user", "src_ip", "status_code", "req_line", "categories", "rep_level", "media_type",
    "bytes_to_client", "user_agent", "virus_name", "block_res", "application_name",
)  # fmt: skip
_VALUE: Final = re.compile(r'\[([^\]]{0,64}+)\]|"([^"\\]*+(?:\\.[^"\\]*+)*+)"|(\S++)')
_LINE: Final = re.compile(
    r'\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] (?:"[^"]{0,255}"|\S{1,255}) '
    r"[0-9A-Fa-f.:]{2,45} \d{1,3} "
    r'"[A-Z]{1,20} ',
    re.ASCII,
)
_HEADING: Final = re.compile(r"#\s?time_stamp ")
_METHODS: Final = (
    "GET",
    "POST",
    "HEAD",
    "CONNECT",
    "PUT",
    "OPTIONS",
    "DELETE",
    "PROPFIND",
    "PATCH",
    "CERTVERIFY",
)
_SOURCE: Final = LogSource("skyhigh", NAME, frozenset({"proxy"}))
_TRAITS: Final = TableTraits(_TABLE)
_KINDS: Final = {method: Kind(NAME, _SOURCE, {"cs-method": method}, _TRAITS) for method in _METHODS}
_OTHER: Final = Kind(NAME, _SOURCE, {}, _TRAITS)


def _values(line: str) -> list[str]:
    return [clock or quoted or bare for clock, quoted, bare in _VALUE.findall(line)]


class GatewayReader:
    """Reads one input; keeps its header line."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._columns: tuple[str, ...] = _DEFAULT

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of a line of values; the header line is remembered."""
        if len(line) > MAX_CHARS:
            raise UnreadableRecordError(
                "the line is too long", Sentence("at most {max_chars:,} characters", max_chars=MAX_CHARS)
            )
        if line.startswith("#"):
            if _HEADING.match(line):
                self._columns = tuple(_values(line.lstrip("# "))[:MAX_COLUMNS])
            return ()
        values = _values(line) if _LINE.match(line) else []
        if len(values) < 5:
            raise UnreadableRecordError("not a line of the access log", "it may be cut off")
        if len(values) > len(self._columns) + 8 or len(values) < min(len(self._columns), len(_DEFAULT)) - 1:
            raise UnreadableRecordError(
                "the number of values is not that of the columns", "it may be cut off"
            )
        fields: Fields = {
            name: value for name, value in zip(self._columns, values, strict=False) if value not in ("", "-")
        }
        self._add_names(fields)
        if envelope.host:
            fields["s-computername"] = envelope.host
        return (Event(_KINDS.get(fields.get("cs-method", ""), _OTHER), fields, self._source, position),)

    def _add_names(self, fields: Fields) -> None:
        add_aliases(fields, _TABLE.raw["aliases"])
        if "user_agent" in self._columns:
            fields.setdefault("c-useragent", "")
            fields.setdefault("cs-user-agent", fields["c-useragent"])
        method, _, rest = str(fields.get("req_line", "")).partition(" ")
        target, version, number = rest.rpartition(" HTTP/")
        if method and rest:
            fields["cs-method"] = method
            if version:
                fields["cs-version"] = number
            add_url(fields, method, target or rest)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class WebGateway:
    """Skyhigh's access log."""

    name = NAME
    splittable = False

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """The header line, or the beginning of a line of values."""
        if line.startswith("#"):
            return 1.0 if _HEADING.match(line) else 0.0
        return 0.95 if line.startswith("[") and _LINE.match(line) else 0.0

    def reader(self, source: Source) -> GatewayReader:
        """A reader for one input."""
        return GatewayReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (WebGateway(),)
