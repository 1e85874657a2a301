"""Squid's access log: native (``squid``) and combined with the result code (``combined``).

Format: Squid configuration reference, ``logformat``; Squid wiki, SquidFaq/SquidLogs.
Native::

    %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt

Combined (the predefined one; without the two headers it is ``common``)::

    %>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh

Fields added behind either are tolerated and kept in ``extra``. Native logs hold no Referer and no User-Agent;
queries are cut off by default (``strip_query_terms on``). A header that was not sent is ``-``: the agent is
then the empty text (that is what rules on missing user agents look for), everything else is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from noroshi.events.format import UnreadableRecordError
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.web import DEFAULT_PORTS, split_host, split_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

# Possessive: no value reaches over a blank, so going back into one is never worth the time.
_QUOTED: Final = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_COMBINED: Final = re.compile(
    r'(\S++) (\S++) (\S++) \[([^\]]{1,64}+)\] "(\S++) (\S++) HTTP/([\d.]*+)" (\d{3}|-) (\d++|-)'
    rf"(?: {_QUOTED} {_QUOTED})? ([A-Z_]++):([A-Z_]++)(?: (.*))?",
)
_NATIVE: Final = re.compile(
    r"(\d{9,11}\.\d{3}) ++(-?\d++) (\S++) ([A-Z_]++/\d{3}) (-?\d++) (\S++) (\S++) (\S++) "
    r"([A-Z_]++)/(\S++) (\S++)(?: (.*))?"
)
_SOURCE: Final = LogSource("squid", "access", frozenset({"proxy"}))
_METHODS: Final = ("GET", "POST", "HEAD", "CONNECT", "PUT", "OPTIONS", "DELETE", "PROPFIND", "PATCH", "NONE")
_MEND: Final = "compare with the logformat of the Squid that wrote it"


def _kinds(name: str) -> tuple[dict[str, Kind], Kind]:
    traits = TableTraits(load_table("squid"))
    by_method = {method: Kind(name, _SOURCE, {"cs-method": method}, traits) for method in _METHODS}
    return by_method, Kind(name, _SOURCE, {}, traits)


def _add_url(fields: Fields, method: str, url: str) -> None:
    """The URL under the names that rules use; ``CONNECT`` shows host and port only."""
    fields["c-uri"] = fields["cs-uri"] = url
    if method == "CONNECT":
        host, port = split_host(url)
        fields["cs-host"] = fields["r-dns"] = host
        fields["dst_port"] = fields["cs-port"] = port
        return
    scheme, host, port, path, query, extension, normalised = split_url(url)
    if host:
        fields["cs-host"] = fields["r-dns"] = host
        if known := port or DEFAULT_PORTS.get(scheme):
            fields["cs-port"] = known
        fields["c-uri-norm"] = normalised
    if port:
        fields["dst_port"] = port
    fields["c-uri-stem"] = fields["cs-uri-stem"] = path
    if query:
        fields["c-uri-query"] = fields["cs-uri-query"] = query
    if extension:
        fields["c-uri-extension"] = extension


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text


def _user(text: str) -> str:
    """A user's name; Squid writes the backslash behind a domain, and all that is not ASCII, as ``%5C``."""
    return unquote(text, errors="replace") if "%" in text else text


class NativeReader:
    """Reads native lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kinds, self._other = _kinds("squid")

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        match = _NATIVE.fullmatch(line)
        if match is None:
            raise UnreadableRecordError("not a line of Squid's native access log", _MEND)
        time, elapsed, client, result, size, method, url, user, hierarchy, peer, content, extra = (
            match.groups()
        )
        fields: Fields = {
            "time": time,
            "time-taken": elapsed,
            "c-ip": client,
            "src_ip": client,
            "squid_result": result,
            "sc-bytes": size,
            "cs-method": method,
            "s-hierarchy": hierarchy,
        }
        fields["s-action"], _, fields["sc-status"] = result.partition("/")
        if user != "-":
            fields["cs-username"] = _user(user)
        if peer != "-":
            fields["s-ip" if hierarchy.endswith("PARENT") else "dst_ip"] = peer
        if content != "-":
            fields["rs-content-type"] = content
        if extra:
            fields["extra"] = extra
        if envelope.host:
            fields["s-computername"] = envelope.host
        _add_url(fields, method, url)
        return (Event(self._kinds.get(method, self._other), fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class CombinedReader:
    """Reads combined and common lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kinds, self._other = _kinds("squid-combined")

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        match = _COMBINED.fullmatch(line)
        if match is None:
            raise UnreadableRecordError("not a line of Squid's combined access log", _MEND)
        (
            client,
            _,
            user,
            time,
            method,
            url,
            version,
            status,
            size,
            referer,
            agent,
            action,
            hierarchy,
            extra,
        ) = match.groups()
        fields: Fields = {
            "time": time,
            "c-ip": client,
            "src_ip": client,
            "cs-method": method,
            "cs-version": version,
            "sc-status": status,
            "sc-bytes": size,
            "s-action": action,
            "s-hierarchy": hierarchy,
            "squid_result": f"{action}/{status}",
        }
        if user != "-":
            fields["cs-username"] = _user(user)
        if agent is not None:
            fields["c-useragent"] = fields["cs-user-agent"] = "" if agent == "-" else _unquoted(agent)
        if referer and referer != "-":
            fields["cs-referer"] = fields["cs-referrer"] = clean = _unquoted(referer)
            if normalised := split_url(clean).normalised:
                fields["cs-referer-norm"] = normalised
        if extra:
            fields["extra"] = extra
        if envelope.host:
            fields["s-computername"] = envelope.host
        _add_url(fields, method, url)
        return (Event(self._kinds.get(method, self._other), fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Native:
    """Squid's native log."""

    name = "squid"
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """Certain where the whole line fits."""
        return 0.98 if line[:1].isdigit() and _NATIVE.fullmatch(line) else 0.0

    def reader(self, source: Source) -> NativeReader:
        """A reader for one input."""
        return NativeReader(source)


class Combined:
    """Squid's combined log, and the common one: Apache's notation with Squid's result code behind it."""

    name = "squid-combined"
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """Certain where the whole line fits."""
        return 0.98 if '] "' in line and _COMBINED.fullmatch(line) else 0.0

    def reader(self, source: Source) -> CombinedReader:
        """A reader for one input."""
        return CombinedReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Native(), Combined())
