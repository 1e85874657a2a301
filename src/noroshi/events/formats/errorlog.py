r"""Error logs of Apache and nginx.

Formats: Apache HTTP Server 2.4 documentation, ``ErrorLogFormat`` (the default, and that of 2.2); nginx
documentation, ``error_log``::

    [Wed Jul 22 13:12:09.123456 2020] [core:error] [pid 35708:tid 43286] [client 192.0.2.7:1234] AH00126: text
    2020/07/22 13:12:09 [error] 1234#1234: *5 open() "/x" failed, client: 192.0.2.7, server: www.example, …

Log source: product and service ``apache`` or ``nginx`` (SigmaHQ's rules name the service). Fields:
``message``, ``level``, ``module``, ``pid``, ``c-ip``, ``cs-referer``; nginx's pairs (``server``,
``request``, ``host`` …) under Sigma's web names. Lines of ModSecurity in it also have category ``waf`` and
``waf_rule_id``, ``waf_message``, ``waf_tag``, ``waf_severity``, ``action`` as in its audit log. Times are
without zone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_waf_attacks
from noroshi.events.formats._daemon import MAX_PARSED
from noroshi.events.formats._webserver import add_header, add_request_line, add_target
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.web import add_web_fields, split_host

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

_APACHE: Final = re.compile(
    r"\[((?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})? \d{4})\] "
    r"\[(?:([\w-]{0,40}):)?(emerg|alert|crit|error|warn|notice|info|debug|trace\d)\] "
    r"(?:\[pid (\d{1,10})(?::tid (\d{1,20}))?\] )?",
    re.ASCII,
)
_CLIENT: Final = re.compile(r"\[(?:remote|client) ([0-9A-Fa-f.:]{2,45}?)(?::(\d{1,5}))?\] ", re.ASCII)
_REFERER: Final = re.compile(r", referer: (\S{1,8000})$")
_NGINX: Final = re.compile(
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(emerg|alert|crit|error|warn|notice|info|debug)\] "
    r"(\d{1,10})#(\d{1,10}): (?:\*(\d{1,20}) )?",
    re.ASCII,
)
_PAIR: Final = re.compile(
    r', (client|server|request|upstream|host|referrer): ("[^"]{0,8000}"|[^\s,"]{0,300})'
)
_TAGGED: Final = re.compile(r'\[(id|msg|severity|tag|uri|hostname) "((?:[^"\\]|\\.){0,2000})"\]')
_DENIED: Final = re.compile(r"Access denied|intercepted", re.IGNORECASE)
_NOT_APACHE: Final = "not a line of Apache's error log"


@lru_cache(maxsize=8)
def _kind(product: str, *, waf: bool) -> Kind:
    categories = frozenset({"waf"}) if waf else frozenset()
    return Kind(
        f"{product}-error", LogSource(product, product, categories), {}, TableTraits(load_table("errorlog"))
    )


def _add_modsecurity(fields: Fields, text: str) -> None:
    """What a ModSecurity message says in brackets; whether it denied."""
    found: dict[str, list[str]] = {}
    for name, value in _TAGGED.findall(text[:MAX_PARSED]):
        found.setdefault(name, []).append(value)
    names = {"id": "waf_rule_id", "msg": "waf_message", "severity": "waf_severity", "tag": "waf_tag"}
    fields.update({field: found[name] for name, field in names.items() if name in found})
    add_waf_attacks(fields)
    if "hostname" in found:
        fields.setdefault("cs-host", found["hostname"][0])
    if "uri" in found and "cs-uri" not in fields:
        add_target(fields, None, found["uri"][0])
    fields["action"] = "blocked" if _DENIED.search(text[:MAX_PARSED]) else "detected"


def _event(fields: Fields, product: str, source: Source, position: int | str) -> Event:
    waf = "ModSecurity" in fields["message"]
    if waf:
        _add_modsecurity(fields, fields["message"])
    add_web_fields(fields)
    return Event(_kind(product, waf=waf), fields, source, position)


class ApacheReader:
    """Reads Apache's error lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line; continuation lines of programs that write to it are texts."""
        match = _APACHE.match(line)
        if match is None:
            raise UnreadableRecordError(_NOT_APACHE, "programs that it starts may write into it as well")
        time, module, level, pid, thread = match.groups()
        rest = line[match.end() :]
        fields: Fields = {"time": time, "level": level}
        named = (("module", module), ("pid", pid), ("tid", thread), ("s-computername", envelope.host))
        fields.update((name, value) for name, value in named if value)
        if (client := _CLIENT.search(rest[:400])) is not None:
            fields["c-ip"] = fields["src_ip"] = client[1]
            if client[2]:
                fields["src_port"] = client[2]
            rest = rest[: client.start()] + rest[client.end() :]
        if (referer := _REFERER.search(rest[-8200:])) is not None:
            add_header(fields, referer[1], None)
        fields["message"] = rest
        return (_event(fields, "apache", self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class NginxReader:
    """Reads nginx's error lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        match = _NGINX.match(line)
        if match is None:
            raise UnreadableRecordError("not a line of nginx's error log", "it may be cut off")
        time, level, pid, thread, connection = match.groups()
        text = line[match.end() :]
        fields: Fields = {"time": time, "level": level, "pid": pid, "tid": thread, "message": text}
        named = (("connection", connection), ("s-computername", envelope.host))
        fields.update((name, value) for name, value in named if value)
        self._add_pairs(fields, text)
        return (_event(fields, "nginx", self._source, position),)

    def _add_pairs(self, fields: Fields, text: str) -> None:
        pairs = {name: value.strip('"') for name, value in _PAIR.findall(text[:MAX_PARSED]) if value}
        for name, value in pairs.items():
            fields.setdefault(name, value)
        if "client" in pairs:
            fields["c-ip"] = fields["src_ip"] = pairs["client"]
        if "request" in pairs:
            add_request_line(fields, pairs["request"])
        if "host" in pairs:
            fields["cs-host"] = split_host(pairs["host"])[0]
        add_header(fields, pairs.get("referrer"), None)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class ApacheError:
    """Apache's error log."""

    name = "apache-error"
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By its heading."""
        return 0.95 if line.startswith("[") and _APACHE.match(line) else 0.0

    def reader(self, source: Source) -> ApacheReader:
        """A reader for one input."""
        return ApacheReader(source)


class NginxError:
    """nginx's error log."""

    name = "nginx-error"
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By its heading."""
        return 0.95 if line[:1].isdigit() and _NGINX.match(line) else 0.0

    def reader(self, source: Source) -> NginxReader:
        """A reader for one input."""
        return NginxReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (ApacheError(), NginxError())
