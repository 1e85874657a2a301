r"""Access logs of web servers in the common and combined notation: Apache, nginx and many others.

Formats: Apache HTTP Server 2.4 documentation, "Log Files" and ``mod_log_config`` (``common``, ``combined``,
``vhost_common``, ``vhost_combined``); nginx documentation, ``ngx_http_log_module`` (``combined``) and the
``main`` of its packages, which adds X-Forwarded-For::

    [%v:%p ]%h %l %u %t "%r" %>s %b[ "%{Referer}i" "%{User-Agent}i"[ "$http_x_forwarded_for"]]

Further values behind these are kept in ``extra``. ``\xhh`` and ``\"`` are undone. Log source: category
``webserver``, service ``access``, product by syslog's program where there is one. The names are Sigma's;
``cs-uri-query`` holds the query and the whole target, see `_webserver`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._webserver import add_header, add_request_line, unescaped
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.web import add_web_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "accesslog"
MAX_CHARS: Final = 262_144
# Possessive: no value reaches over its end, so going back into one is never worth the time.
_QUOTED: Final = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_LINE: Final = re.compile(
    r"(?:([^\s:\"\[]{1,255}):(\d{1,5}) (?!- ))?([^\s\"\[]{1,255}) (\S{1,255}) ([^\[\"]{1,512}+)"
    rf"\[(\d\d/[A-Z][a-z]{{2}}/\d{{4}}:[^\]]{{8,32}})\] {_QUOTED} (\d{{3}}|-) (\d{{1,20}}|-)"
    rf"(?: {_QUOTED} {_QUOTED})?(?: (.*))?"
)
_FORWARDED: Final = re.compile(r'"((?:[0-9A-Fa-f.:]{3,45}|unknown|-)(?:, ?[0-9A-Fa-f.:\w]{3,45}){0,20})"')
_PROGRAMS: Final = {"nginx": "nginx", "httpd": "apache", "apache2": "apache", "apache": "apache"}
_METHODS: Final = frozenset(
    ("GET", "POST", "HEAD", "PUT", "OPTIONS", "DELETE", "PROPFIND", "PATCH", "CONNECT")
)
_MEND: Final = "it may be cut off, or the server writes a notation of its own"


@lru_cache(maxsize=64)
def _kind(product: str | None, method: str | None) -> Kind:
    logsource = LogSource(product, "access", frozenset({"webserver"}))
    constants = {"cs-method": method} if method else {}
    return Kind(NAME, logsource, constants, TableTraits(load_table(NAME)))


class AccessReader:
    """Reads access lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        match = _LINE.fullmatch(line) if len(line) <= MAX_CHARS else None
        if match is None:
            raise UnreadableRecordError("not a line of an access log in common or combined notation", _MEND)
        vhost, port, client, ident, user, time, request, status, size, referer, agent, extra = match.groups()
        fields: Fields = {"time": time, "c-ip": client, "src_ip": client}
        named = (("identd", ident), ("cs-username", user.strip()), ("sc-status", status), ("sc-bytes", size))
        fields.update((name, value) for name, value in named if value and value != "-")
        if vhost:
            fields["cs-host"], fields["s-port"] = vhost, port
        if envelope.host:
            fields["s-computername"] = envelope.host
        method = add_request_line(fields, unescaped(request))
        add_header(fields, referer, agent)
        _add_extra(fields, extra)
        add_web_fields(fields)
        kind = _kind(_PROGRAMS.get(envelope.program), method if method in _METHODS else None)
        return (Event(kind, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


def _add_extra(fields: Fields, extra: str | None) -> None:
    if not extra:
        return
    match = _FORWARDED.match(extra)
    if match is not None and match[1] != "-":
        fields["x-forwarded-for"] = match[1]
    rest = extra[match.end() :].strip() if match is not None else extra
    if rest:
        fields["extra"] = rest


class AccessLog:
    """Common and combined access logs."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """Where the whole line fits; proxies that add to this notation know their own lines better."""
        return 0.9 if '] "' in line[:1500] and _LINE.fullmatch(line[:MAX_CHARS]) else 0.0

    def reader(self, source: Source) -> AccessReader:
        """A reader for one input."""
        return AccessReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (AccessLog(),)
