"""i-FILTER and D-SPA of Digital Arts: access log and block log.

Formats: the maker's public support pages on the access log of D-SPA Ver.4 and i-FILTER Ver.10 (standard
form, 35 columns), on the downloaded log of i-FILTER@Cloud, and on the block log of Ver.9 and 10 (17
columns)::

    Sep 19 19:26:56 4872 1000/01/ - - 192.168.1.1 192.168.1.1 - user01 [19/Sep/2017:19:26:56 +0900] 503 0 1207
    block 63 87 87/127/151 -1 0 1518 0 group01 - 0 - "GET https://www.example/ HTTP/1.1" - Chrome - A667

(one line). Texts are URL-encoded and read here. The columns before the start time and ``status``, two
sizes, ``action``, ``filter_reason``, ``category`` and ``categories`` are named after these pages; what the
pages that we could read do not explain is kept in ``columns``. A log whose columns were changed is read
with a mapping (`docs/how-to/own-logs.md`). Log source: product ``ifilter``, service ``access`` or
``block``, category ``proxy``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._proxy import add_url
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

_ACCESS: Final = re.compile(
    r"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (\d{1,10}) (\d{1,6}/\S{0,20}) "
    r"(\S{1,255}) (\S{1,255}) (\S{1,255}) "
    r"(\S{1,255}) (\S{1,255}) (\S{1,512}) "
    r"\[(\d\d/[A-Z][a-z]{2}/\d{4}:[^\]]{8,20})\] (\d{1,3}|-) (\S{1,20}) "
    r'(\S{1,20}) ([a-z_]{1,32}|-) (\S{1,20}) (\S{1,20}) ([^"]{0,2000}+)'
    r'"([^"]{0,65536}+)" (\S{0,65536}+)(?: (.{0,65536}))?',
)
_BLOCK: Final = re.compile(
    r"(\d{1,10}) ([0-9A-Fa-f.:]{2,45}) (\S{1,512}) (\S{1,512}) (\S{1,20}) "
    r"\[?(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]? "
    r"(\S{1,65536}+) ([a-z_]{1,32}) (\S{1,20}) (.{0,65536})",
)
_NAMES: Final = (
    "log_time", "pid", "version", "upstream_proxy", "server", "peer_ip", "c-ip", "computer_name",
    "cs-username", "time", "sc-status", "cs-bytes", "sc-bytes", "action", "filter_reason", "category",
    "rest", "request",
    "cs-referer", "tail",
)  # fmt: skip
_MEND: Final = "it may be cut off, or its columns were changed: map them by a TOML file"


@lru_cache(maxsize=8)
def _kind(service: str) -> Kind:
    name = "ifilter" if service == "access" else "ifilter-block"
    logsource = LogSource("ifilter", service, frozenset({"proxy"}))
    return Kind(name, logsource, {}, TableTraits(load_table("ifilter")))


def _clean(pairs: dict[str, str | None]) -> Fields:
    return {name: unquote_plus(value) for name, value in pairs.items() if value and value != "-"}


def _add_request(fields: Fields, line: str) -> None:
    method, _, rest = line.partition(" ")
    target, version, number = rest.rpartition(" HTTP/")
    if not rest:
        return
    fields["cs-method"] = method
    if version:
        fields["cs-version"] = number
    add_url(fields, method, target or rest)


class AccessReader:
    """Reads access lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        match = _ACCESS.fullmatch(line)
        if match is None:
            raise UnreadableRecordError("not a line of i-FILTER's access log", _MEND)
        fields = _clean(dict(zip(_NAMES, match.groups(), strict=True)))
        time, rest, request, tail = match.group(10, 17, 18, 20)
        for name in ("time", "rest", "request", "tail"):
            fields.pop(name, None)
        fields["time"] = time
        if "c-ip" in fields:
            fields["src_ip"] = fields["c-ip"]
        if "cs-referer" in fields:
            fields["cs-referrer"] = fields["cs-referer"]
        self._add_rest(fields, rest.split(), (tail or "").split())
        _add_request(fields, request)
        return (Event(_kind("access"), fields, self._source, position),)

    def _add_rest(self, fields: Fields, columns: list[str], tail: list[str]) -> None:
        """Server, categories and unexplained columns; agent, content type and key behind the Referer."""
        if "server" in fields:
            host, _, port = fields["server"].rpartition(":")
            fields["dst_ip"] = host or port
        if columns:
            fields["categories"] = columns[0].split("/")
            fields["columns"] = columns[1:]
        agent = tail[0] if tail else "-"
        fields["c-useragent"] = fields["cs-user-agent"] = "" if agent == "-" else unquote_plus(agent)
        if len(tail) > 1 and tail[1] != "-":
            fields["rs-content-type"] = unquote_plus(tail[1])

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class BlockReader:
    """Reads block lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        match = _BLOCK.fullmatch(line)
        if match is None:
            raise UnreadableRecordError("not a line of i-FILTER's block log", _MEND)
        pid, client, user, group, number, time, url, action, reason, rest = match.groups()
        fields = _clean({
            "pid": pid, "c-ip": client, "src_ip": client, "cs-username": user, "group": group,
            "group_id": number, "action": action, "filter_reason": reason,
        })  # fmt: skip
        fields["time"] = time
        fields["columns"] = [unquote_plus(column) for column in rest.split()]
        add_url(fields, None, url)
        return (Event(_kind("block"), fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class IFilter:
    """The access log."""

    name = "ifilter"
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """Where the whole line fits: surer than syslog, whose heading it resembles."""
        return 0.98 if "] " in line[:2000] and _ACCESS.fullmatch(line) else 0.0

    def reader(self, source: Source) -> AccessReader:
        """A reader for one input."""
        return AccessReader(source)


class IFilterBlock:
    """The block log."""

    name = "ifilter-block"
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """Where the whole line fits."""
        return 0.95 if line[:1].isdigit() and _BLOCK.fullmatch(line) else 0.0

    def reader(self, source: Source) -> BlockReader:
        """A reader for one input."""
        return BlockReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (IFilter(), IFilterBlock())
