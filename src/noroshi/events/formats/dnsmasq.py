"""dnsmasq: DNS queries (``log-queries``, also ``extra``) and DHCP (``log-dhcp``), also of Pi-hole.

Format: dnsmasq(8), ``--log-queries``, ``--log-facility``, ``--log-dhcp``, and ``log.c`` of its source.
Under syslog, or in its own file, which lacks the host::

    Jul 22 13:12:09 dnsmasq[123]: query[A] www.example from 10.20.4.114
    Jul 22 13:12:09 dnsmasq[123]: 7 10.20.4.114/50112 reply www.example is 198.51.100.7
    Jul 22 13:12:09 dnsmasq-dhcp[123]: DHCPACK(eth0) 10.20.4.114 00:15:5d:0a:04:72 PC-014

An answer names its client only with ``log-queries=extra``; otherwise it gets the client and the record type
of the last query for its name (bounded by `MAX_ASKED` names), and so do the answers behind a ``<CNAME>``.

Log source: product ``dnsmasq``, service and category ``dns`` (``query``, ``record_type``, ``answer``,
``src_ip``, ``dns_event`` as of BIND) or ``dhcp`` (uniform lease fields, see `_dhcp`). Times are local and
without year.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._daemon import line_fields
from noroshi.events.formats._dhcp import add_lease
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "dnsmasq"
MAX_ASKED: Final = 50_000
"""Names whose last query is remembered."""
_OWN: Final = re.compile(
    r"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (dnsmasq(?:-dhcp|-tftp)?)\[(\d{1,10})\]: ", re.ASCII
)
_EXTRA: Final = re.compile(r"(\d{1,10}) ([0-9A-Fa-f.:]{2,45})/(\d{1,5}) ", re.ASCII)
_QUERY: Final = re.compile(
    r"(query|auth|dnssec-query|dnssec-retry)\[([^\]]{1,24})\] (\S{1,1100}) (from|to) ([^\s#]{2,45})"
    r"(?:#\d{1,5})?",
    re.ASCII,
)
_FORWARDED: Final = re.compile(r"forwarded (\S{1,1100}) to ([^\s#]{2,60})(?:#(\d{1,5}))?", re.ASCII)
_REBIND: Final = re.compile(r"possible DNS-rebind attack detected: (\S{1,1100})", re.ASCII)
_ANSWER: Final = re.compile(
    r"(reply|cached(?:-stale)?|config|DHCP|regex \S{1,20}|gravity blocked|exactly \S{1,20}|blocked "
    r"upstream with \S{1,60}"
    r"|/\S{1,300}|validation|special domain) (\S{1,1100}) is (.{1,2000})"
)
_DHCP: Final = re.compile(
    r"(?:(\d{1,20}) )?DHCP(DISCOVER|OFFER|REQUEST|ACK|NAK|RELEASE|DECLINE|INFORM|SOLICIT|ADVERTISE|CONFIRM"
    r"|RENEW|REBIND|REPLY|INFORMATION-REQUEST)\(([^)]{1,32})\)"
    r"(?: ([0-9A-Fa-f.:]{2,45}(?= )))? ([0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5,19})(?: (.{0,255}))?"
)
_ACTIONS: Final = {
    "ACK": "assign",
    "NAK": "deny",
    "RELEASE": "release",
    "DECLINE": "decline",
    "REQUEST": "request",
    "REPLY": "assign",
    "RENEW": "request",
    "REBIND": "request",
}
_NAMED: Final = frozenset({"OFFER", "ACK", "INFORM", "ADVERTISE", "REPLY"})
"""Messages behind which the client's name stands; behind the others stands why."""
_MAC_LETTERS: Final = 17
_SINKS: Final = frozenset({"0.0.0.0", "::", "NXDOMAIN", "NODATA", "NODATA-IPv4", "NODATA-IPv6"})  # noqa: S104 - an answer
_PROGRAMS: Final = frozenset({"dnsmasq", "dnsmasq-dhcp", "dnsmasq-tftp", "pihole-FTL"})
_TRAITS: Final = TableTraits(load_table(NAME))
_EVENTS: Final = ("query", "response", "policy", "forwarded")
_DNS: Final = {
    name: Kind(NAME, LogSource(NAME, "dns", frozenset({"dns"})), {"dns_event": name}, _TRAITS)
    for name in _EVENTS
}
_LEASE: Final = Kind(NAME, LogSource(NAME, "dhcp", frozenset({"dhcp"})), {}, _TRAITS)
_OTHER: Final = Kind(NAME, LogSource(NAME), {}, _TRAITS)


def _query(fields: Fields, match: re.Match[str]) -> str:
    kind, record_type, name, preposition, peer = match.groups()
    fields |= {"query": name, "record_type": record_type, "query_kind": kind}
    fields["src_ip" if preposition == "from" else "dst_ip"] = peer
    return "query" if preposition == "from" else "forwarded"


def _forwarded(fields: Fields, match: re.Match[str]) -> str:
    fields |= {"query": match[1], "dst_ip": match[2]}
    if match[3]:
        fields["dst_port"] = match[3]
    return "forwarded"


def _answer(fields: Fields, match: re.Match[str]) -> str:
    origin, name, answer = match.groups()
    fields |= {"query": name, "answer": answer.strip(), "answer_from": origin}
    if answer in {"NXDOMAIN", "SERVFAIL", "REFUSED"}:
        fields["rcode_name"] = answer
    blocked = "block" in origin or origin.startswith(("regex", "exactly"))
    listed = origin == "config" or origin.startswith("/")
    return "policy" if blocked or (listed and answer in _SINKS) else "response"


def _lease(fields: Fields, match: re.Match[str]) -> None:
    _, action, interface, address, identity, rest = match.groups()
    fields["interface"] = interface
    is_mac = len(identity) == _MAC_LETTERS
    if not is_mac:
        fields["duid"] = identity.lower()
    if rest and action not in _NAMED:
        fields["reason"] = rest
    add_lease(
        fields,
        _ACTIONS.get(action, action.lower()),
        ip=address,
        mac=identity if is_mac else None,
        hostname=(rest or "").split(" ")[0] if action in _NAMED else "",
    )


def _key(fields: Fields) -> tuple[str, str]:
    """The server and the name."""
    return str(fields.get("log_host", "")), fields["query"].lower()


class DnsmasqReader:
    """Reads dnsmasq's lines; remembers who asked last for each name."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._asked: OrderedDict[tuple[str, str], tuple[str, str]] = OrderedDict()
        self._alias: tuple[str, str] | None = None

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this line."""
        own = _OWN.match(line)
        text = line[own.end() :] if own else line
        fields = line_fields(text, envelope)
        if own is not None:
            fields["time"], fields["program"] = own[1], own[2]
        return (Event(self._read(fields, text), fields, self._source, position),)

    def _read(self, fields: Fields, text: str) -> Kind:
        if (lease := _DHCP.fullmatch(text)) is not None:
            _lease(fields, lease)
            return _LEASE
        if (extra := _EXTRA.match(text)) is not None:
            fields["serial"], fields["src_ip"], fields["src_port"] = extra.groups()
            text = text[extra.end() :]
        if (match := _QUERY.fullmatch(text)) is not None:
            fields["dns_event"] = _query(fields, match)
            self._remember(fields)
        elif (match := _FORWARDED.fullmatch(text)) is not None:
            fields["dns_event"] = _forwarded(fields, match)
        elif (match := _ANSWER.fullmatch(text)) is not None:
            fields["dns_event"] = _answer(fields, match)
            self._join(fields)
        elif (match := _REBIND.fullmatch(text)) is not None:
            fields |= {"dns_event": "policy", "query": match[1], "policy_action": "rebind"}
            self._join(fields)
        elif text.startswith("query["):
            raise UnreadableRecordError("the query cannot be read", "the line may be cut off")
        else:
            return _OTHER
        return _DNS[fields["dns_event"]]

    def _remember(self, fields: Fields) -> None:
        if "src_ip" in fields:
            self._note(_key(fields), (fields["src_ip"], fields["record_type"]))

    def _note(self, key: tuple[str, str], asked: tuple[str, str]) -> None:
        self._asked[key] = asked
        self._asked.move_to_end(key)
        if len(self._asked) > MAX_ASKED:
            self._asked.popitem(last=False)

    def _join(self, fields: Fields) -> None:
        """Who asked for the name, or for the one that this answer's name stands in for."""
        if fields.get("answer_from") == "DHCP":
            return
        key = _key(fields)
        known = self._asked.get(key)
        if known is None and (known := self._alias) is not None:
            self._note(key, known)
        self._alias = known if fields.get("answer") == "<CNAME>" else None
        if known is not None:
            fields.setdefault("src_ip", known[0])
            fields.setdefault("record_type", known[1])

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Dnsmasq:
    """dnsmasq's log."""

    name = NAME
    splittable = False

    def recognise(self, line: str, envelope: Envelope) -> float:
        """The program's name decides."""
        return 0.95 if envelope.program in _PROGRAMS or ("dnsmasq" in line[:30] and _OWN.match(line)) else 0.0

    def reader(self, source: Source) -> DnsmasqReader:
        """A reader for one input."""
        return DnsmasqReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Dnsmasq(),)
