"""BIND 9's query log, under syslog or with its own times (BIND 9 Administrator Reference Manual, "logging").

Log source: product ``bind``, service ``dns``; category ``dns`` for what names a query. Read are queries,
responses (``responselog``), response policy zones (``rpz … rewrite``), refused and failed queries, with or
without view, ``@0x…``, category and severity. Fields in Sigma's words: ``query``, ``record_type``, ``answer``
(policy's target), ``src_ip``, ``src_port``, ``dst_ip``; and ``dns_event`` (``query response policy denied
failed other``), ``query_class``, ``query_flags``, ``view``, ``rcode_name``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._daemon import line_fields
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineReader
    from noroshi.events.model import Fields, Source

NAME: Final = "bind"
_OWN_TIME: Final = re.compile(
    r"(\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d(?:\.\d{1,6})?"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z?) ",
    re.ASCII,
)
_CATEGORY: Final = re.compile(
    r"(?:([a-z][a-z-]{1,20}): )?(?:(info|notice|warning|error|critical|debug \d{1,3}): )?", re.ASCII
)
_CLIENT: Final = re.compile(
    r"client (?:@0x[0-9a-f]{1,16} )?([0-9A-Fa-f.:]{2,45})(?:%\w{1,20})?#(\d{1,5})"
    r"(?:/key [^\s:]{1,255})?(?: \(([^\s)]{1,1100})\))?: "
    r"(?:view ([^\s:]{1,64}): )?",
    re.ASCII,
)
_QUERY: Final = re.compile(
    r"query: (\S{1,1100}) (\S{1,16}) (\S{1,16}) ([-+]\S{0,30})(?: \(([0-9A-Fa-f.:]{2,45})(?:%\w{1,20})?\))?",
    re.ASCII,
)
_RESPONSE: Final = re.compile(
    r"response: (\S{1,1100}) (\S{1,16}) (\S{1,16}) ([A-Z0-9]{2,20})(?: (\d{1,5}) \d{1,5} \d{1,5})?"
    r"(?: ([-+]\S{0,30}))?(?: \(([0-9A-Fa-f.:]{2,45})\))?",
    re.ASCII,
)
_POLICY: Final = re.compile(
    r"(disabled )?rpz (\S{1,20}) (\S{1,30}) rewrite (\S{1,1100})/(\S{1,16})/(\S{1,16})(?: via (\S{1,1100}))?",
    re.ASCII,
)
_DENIED: Final = re.compile(
    r"(?:query|query \(cache\)|recursion)[^']{0,20} '(\S{1,1100})/(\S{1,16})/(\S{1,16})' denied", re.ASCII
)
_FAILED: Final = re.compile(
    r"query failed \((\w{1,20})\) for (\S{1,1100})/(\S{1,16})/(\S{1,16}) at ", re.ASCII
)
_PROGRAMS: Final = frozenset({"named", "named-sdb", "named-pkcs11", "bind", "bind9"})


TRAITS: Final = TableTraits(load_table(NAME))


def _kind(dns_event: str) -> Kind:
    categories = frozenset() if dns_event == "other" else frozenset({"dns"})
    return Kind(NAME, LogSource(NAME, "dns", categories), {"dns_event": dns_event}, TRAITS)


_KINDS: Final = {name: _kind(name) for name in ("query", "response", "policy", "denied", "failed", "other")}


def _query(fields: Fields, match: re.Match[str]) -> None:
    fields["query"], fields["query_class"], fields["record_type"], fields["query_flags"] = match.groups()[:4]
    if match[5]:
        fields["dst_ip"] = match[5]


def _response(fields: Fields, match: re.Match[str]) -> None:
    fields["query"], fields["query_class"], fields["record_type"], fields["rcode_name"] = match.groups()[:4]
    if match[5]:
        fields["answer_count"] = int(match[5])
    fields |= {name: value for name, value in (("query_flags", match[6]), ("dst_ip", match[7])) if value}


def _policy(fields: Fields, match: re.Match[str]) -> None:
    disabled, trigger, action, query, record_type, query_class, via = match.groups()
    fields |= {
        "query": query,
        "record_type": record_type,
        "query_class": query_class,
        "rpz_trigger": trigger,
        "rpz_action": action,
        "policy_action": "disabled" if disabled else action,
    }
    if via:
        fields["rpz_name"] = via


def _denied(fields: Fields, match: re.Match[str]) -> None:
    fields["query"], fields["record_type"], fields["query_class"] = match.groups()


def _failed(fields: Fields, match: re.Match[str]) -> None:
    fields["rcode_name"], fields["query"], fields["query_class"], fields["record_type"] = match.groups()


_PARSERS: Final = (
    ("query", _QUERY, _query),
    ("response", _RESPONSE, _response),
    ("policy", _POLICY, _policy),
    ("denied", _DENIED, _denied),
    ("failed", _FAILED, _failed),
)


def _parse(fields: Fields, text: str) -> str:
    """Read what follows the client; the kind of DNS event."""
    for dns_event, pattern, take in _PARSERS:
        if (match := pattern.match(text)) is not None:
            take(fields, match)
            return dns_event
    if text.startswith(("query:", "response:")):
        raise UnreadableRecordError("the query cannot be read", "the line may be cut off")
    return "other"


@dataclass(frozen=True, slots=True)
class BindReader:
    """Reads BIND's lines; holds nothing."""

    source: Source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this line."""
        fields = line_fields(line, envelope)
        at = 0
        if (stamp := _OWN_TIME.match(line)) is not None:
            fields["time"] = stamp[1]
            at = stamp.end()
        if (prefix := _CATEGORY.match(line, at)) is not None:
            fields |= {
                name: value for name, value in (("log_category", prefix[1]), ("severity", prefix[2])) if value
            }
            at = prefix.end()
        dns_event = self._client(fields, line, at)
        fields["dns_event"] = dns_event
        return (Event(_KINDS[dns_event], fields, self.source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()

    def _client(self, fields: Fields, line: str, at: int) -> str:
        client = _CLIENT.match(line, at)
        if client is None:
            if line.startswith("client ", at) and " query: " in line:
                raise UnreadableRecordError(
                    "the client of the query cannot be read", "the line may be damaged"
                )
            return "other"
        fields["src_ip"], fields["src_port"] = client[1], int(client[2])
        if client[4]:
            fields["view"] = client[4]
        return _parse(fields, line[client.end() :])


@dataclass(frozen=True, slots=True)
class BindFormat:
    """BIND's query log."""

    name: str = NAME
    splittable: bool = True

    def recognise(self, line: str, envelope: Envelope) -> float:
        """``client …#port …: query:``, or the program's name."""
        stamp = _OWN_TIME.match(line)
        prefix = _CATEGORY.match(line, stamp.end() if stamp else 0)
        if prefix is not None and _CLIENT.match(line, prefix.end()) is not None:
            return 0.95
        if envelope.program in _PROGRAMS:
            return 0.9
        return 0.6 if stamp and prefix and prefix[1] else 0.0

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return BindReader(source)


FORMATS: Final = (BindFormat(),)
