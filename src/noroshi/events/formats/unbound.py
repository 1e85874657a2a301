"""Unbound: queries, replies and local zones.

Format: unbound.conf(5), ``log-queries``, ``log-replies``, ``log-local-actions``, ``log-tag-queryreply``, RPZ
``rpz-log``, ``log-servfail``; in its own file with epoch or ASCII times, or under syslog::

    [1595391129] unbound[123:0] info: 10.20.4.114 www.example. A IN
    [1595391129] unbound[123:0] info: 10.20.4.114 www.example. A IN NOERROR 0.012000 0 56
    [1595391129] unbound[123:0] info: bad.example. always_nxdomain 10.20.4.114@50112 bad.example. A IN

Log source: product ``unbound``, service ``dns``; category ``dns`` for what names a query. Fields as of
BIND: ``query``, ``record_type``, ``query_class``, ``src_ip``, ``rcode_name``, ``dns_event``; ``zone``,
``policy_action``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.events.formats._daemon import line_fields
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "unbound"
_OWN: Final = re.compile(
    r"(?:\[(\d{9,11})\]|([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?: "
    r"\d{4})?)|(\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:?\d\d)?)) "
    r"unbound(?=\[\d)",
    re.ASCII,
)
_LEVEL: Final = re.compile(r"(?:unbound)?\[(\d{1,10}):(\d{1,5})\] (\w{1,12}): ", re.ASCII)
_QUERY: Final = re.compile(
    r"(?:(query|reply): )?([0-9A-Fa-f.:]{2,45}) (\S{1,1100}) (\S{1,16}) (\S{1,16})"
    r"(?: ([A-Z]{2,16}) (\d{1,6}\.\d{1,9}) ([01]) (\d{1,7})(?: .{0,200})?)?",
    re.ASCII,
)
_LOCAL: Final = re.compile(
    r"(\S{1,1100}) (\w{2,32}) ([0-9A-Fa-f.:]{2,45})@(\d{1,5}) (\S{1,1100}) (\S{1,16}) (\S{1,16})", re.ASCII
)
_RPZ: Final = re.compile(
    r"rpz: applied \[([^\]]{1,255})\] (\S{1,1100}) (\S{2,32}) ([0-9A-Fa-f.:]{2,45})@(\d{1,5}) "
    r"(\S{1,1100}) (\S{1,16}) (\S{1,16})",
    re.ASCII,
)
_SERVFAIL: Final = re.compile(r"SERVFAIL <(\S{1,1100}) (\S{1,16}) (\S{1,16})>: (.{0,500})", re.ASCII)
_TRAITS: Final = TableTraits(load_table(NAME))


def _kind(dns_event: str) -> Kind:
    categories = frozenset() if dns_event == "other" else frozenset({"dns"})
    return Kind(NAME, LogSource(NAME, "dns", categories), {"dns_event": dns_event}, _TRAITS)


_KINDS: Final = {name: _kind(name) for name in ("query", "response", "policy", "other")}


def _name(text: str) -> str:
    """Without the final dot, which only the root keeps."""
    return text.removesuffix(".") or "."


def _parse(fields: Fields, text: str) -> str:
    if (match := _QUERY.fullmatch(text)) is not None:
        _, client, name, kind, query_class, rcode, _, cached, size = match.groups()
        fields |= {
            "src_ip": client,
            "query": _name(name),
            "record_type": kind,
            "query_class": query_class,
        }
        if rcode is None:
            return "query"
        fields |= {"rcode_name": rcode, "cached": cached, "response_bytes": size}
        return "response"
    if (match := _RPZ.fullmatch(text)) is not None:
        policy, zone, action, client, port, name, kind, query_class = match.groups()
        fields["rpz_name"] = policy
    elif (match := _LOCAL.fullmatch(text)) is not None:
        zone, action, client, port, name, kind, query_class = match.groups()
    elif (match := _SERVFAIL.fullmatch(text)) is not None:
        name, kind, query_class, reason = match.groups()
        fields |= {"query": _name(name), "record_type": kind, "query_class": query_class}
        fields |= {"rcode_name": "SERVFAIL", "reason": reason}
        return "response"
    else:
        return "other"
    fields |= {"zone": _name(zone), "policy_action": action, "src_ip": client, "src_port": port}
    fields |= {"query": _name(name), "record_type": kind, "query_class": query_class}
    return "policy"


class UnboundReader:
    """Reads Unbound's lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this line."""
        fields = line_fields(line, envelope)
        at = 0
        if (own := _OWN.match(line)) is not None:
            fields["time"] = own[1] or own[2] or own[3]
            at = own.end()
        if (level := _LEVEL.match(line, at)) is not None:
            fields["severity"] = level[3]
            at = level.end()
        dns_event = _parse(fields, line[at:])
        fields["dns_event"] = dns_event
        return (Event(_KINDS[dns_event], fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Unbound:
    """Unbound's log."""

    name = NAME
    splittable = True

    def recognise(self, line: str, envelope: Envelope) -> float:
        """The program's name decides."""
        return 0.95 if envelope.program == NAME or ("unbound[" in line[:45] and _OWN.match(line)) else 0.0

    def reader(self, source: Source) -> UnboundReader:
        """A reader for one input."""
        return UnboundReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Unbound(),)
