"""Zscaler Internet Access, NSS feeds for web, DNS and firewall logs.

Formats: Zscaler help, "NSS Feed Output Format: Web Logs", "… DNS Logs", "… Firewall Logs", and "NSS
Deployment Guide" for the feeds that are offered for SIEMs. What stands in a feed is configured; read are

* key-value, apart by tabs, with the time first (the feed for Splunk; ``product=NSS``, ``vendor=Zscaler``);
* JSON, ``{"sourcetype": "zscalernss-web", "event": {…}}``, also ``-dns`` and ``-fw``;
* quoted CSV in the order of the help's sample web log (34 columns, or 32 without the two times).

Another order of columns is read with a mapping (`docs/how-to/own-logs.md`). The CEF and LEEF feeds are CEF
and LEEF. Log source: product ``zscaler``, service ``nss``, category ``proxy``, ``dns`` or ``firewall``.
``None``, ``NA`` and ``N/A`` are values that are not there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._dhcp import csv_row
from noroshi.events.formats._json_lines import json_object
from noroshi.events.formats._proxy import add_aliases, add_url
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "zscaler"
MAX_CHARS: Final = 262_144
_TABLE: Final = load_table(NAME)
_TRAITS: Final = TableTraits(_TABLE)
_NOTHING: Final = frozenset({"", "-", "None", "NA", "N/A"})
_TIME: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d \d{4}"
_PAIRS: Final = re.compile(rf"(?:({_TIME})\t)?[A-Za-z_]{{1,40}}=[^\t]*+\t", re.ASCII)
_ROW: Final = re.compile(rf'"({_TIME})","')
_LONG: Final = (
    "time", "login", "proto", "url", "action", "appname", "appclass", "reqsize", "respsize", "stime", "ctime",
    "urlclass", "urlsupercat", "urlcat", "malwarecat", "threatname", "riskscore", "dlpeng", "dlpdict",
    "location", "dept", "cip", "sip", "reqmethod", "respcode", "ua", "referer", "ruletype", "rulelabel",
    "contenttype",
    "unscannabletype", "deviceowner", "devicehostname", "keyprotectiontype",
)  # fmt: skip
_SHORT: Final = tuple(name for name in _LONG if name not in {"stime", "ctime"})
_COLUMNS: Final = {len(_LONG): _LONG, len(_SHORT): _SHORT}
_FEEDS: Final = {"web": "proxy", "dns": "dns", "fw": "firewall"}


@lru_cache(maxsize=8)
def _kind(category: str) -> Kind:
    return Kind(NAME, LogSource(NAME, "nss", frozenset({category})), {}, _TRAITS)


def _from_json(line: str) -> tuple[Fields, str]:
    document = json_object(line)
    inner, feed = document.get("event"), str(document.get("sourcetype", "")).rpartition("-")[2]
    if not isinstance(inner, dict):
        raise UnreadableRecordError("the record has no event", "it is no NSS feed in JSON")
    return inner, _FEEDS.get(feed, "proxy")


def _from_pairs(line: str) -> tuple[Fields, str]:
    match = _PAIRS.match(line)
    if match is None:
        raise UnreadableRecordError("neither JSON, nor CSV, nor pairs of an NSS feed", "it may be cut off")
    pairs = (part.partition("=") for part in line.split("\t") if "=" in part[:41])
    fields: Fields = {key: value for key, _, value in pairs}
    if match[1]:
        fields["time"] = match[1]
    return fields, "dns" if "dns_req" in fields else "firewall" if "csip" in fields else "proxy"


def _from_row(line: str) -> tuple[Fields, str]:
    values = csv_row(line)
    columns = _COLUMNS.get(len(values))
    if columns is None:
        known = " or ".join(str(number) for number in sorted(_COLUMNS))
        raise UnreadableRecordError(
            Sentence("a web log in CSV has {known} columns", known=known), "map another order by a TOML file"
        )
    return dict(zip(columns, values, strict=True)), "proxy"


def _add_request(fields: Fields) -> None:
    """The URL, which the feed writes without scheme, as an absolute one."""
    url = fields.get("url")
    if not isinstance(url, str):
        return
    method = str(fields.get("cs-method", ""))
    protocol = str(fields.get("protocol", fields.get("proto", ""))).lower()
    scheme = "https" if protocol.startswith(("https", "ssl", "tunnel_ssl")) else "http"
    named = fields.get("cs-host")
    add_url(fields, method, url if method == "CONNECT" or "://" in url[:12] else f"{scheme}://{url}")
    if isinstance(named, str) and method == "CONNECT":
        fields["cs-host"] = fields["r-dns"] = named.lower()


class NssReader:
    """Reads feed lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        if len(line) > MAX_CHARS:
            raise UnreadableRecordError(
                "the line is too long", Sentence("at most {max_chars:,} characters", max_chars=MAX_CHARS)
            )
        read = _from_json if line.startswith("{") else _from_row if line.startswith('"') else _from_pairs
        found, category = read(line)
        fields: Fields = {name: value for name, value in found.items() if value not in _NOTHING}
        add_aliases(fields, _TABLE.raw["aliases"])
        if category == "proxy":
            fields.setdefault("c-useragent", "")
            fields.setdefault("cs-user-agent", fields["c-useragent"])
            _add_request(fields)
        return (Event(_kind(category), fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Zscaler:
    """NSS feeds."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By the names of product and source type, or the shape of the sample row."""
        if line.startswith("{"):
            return 0.97 if '"zscalernss-' in line[:400] else 0.0
        if line.startswith('"'):
            return 0.7 if _ROW.match(line) and line.count('","') + 1 in _COLUMNS else 0.0
        ours = "vendor=Zscaler" in line or "product=NSS" in line
        return 0.97 if ours and _PAIRS.match(line) else 0.0

    def reader(self, source: Source) -> NssReader:
        """A reader for one input."""
        return NssReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Zscaler(),)
