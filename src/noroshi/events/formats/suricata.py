"""Suricata EVE JSON, one object a line (Suricata user guide, "Eve JSON Format"; versions 4 to 8).

Log source: product ``suricata``, service = ``event_type``. Categories, as an analyst would look for the
record:

* ``http`` → ``proxy`` (a client's request; Sigma's proxy rules look at ``c-uri``, ``c-useragent``,
  ``cs-host``), and ``webserver`` too when the server has an inside address and the request does not go to a
  proxy;
* ``dns`` → ``dns``; ``flow``, ``netflow`` and ``drop`` → ``firewall``; ``smtp`` → ``mail``; ``dhcp`` →
  ``dhcp``; ``alert`` → ``ids``.

An alert that was let through is *detected*, one that was dropped is *blocked*. The record's names stay;
nested ones are reached as paths (``alert.signature``, ``http.hostname``). ``host`` is the sensor's name,
never an entity. DNS answers are told from the side that asked: ``src_ip`` is the client, as in queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_signature, by_priority
from noroshi.events.formats._dhcp import add_lease, lease_seconds
from noroshi.events.formats._json_lines import json_object
from noroshi.events.formats._mail import add_sender, addresses, decoded_subject
from noroshi.events.formats._network import Request, add_request, is_inside, sensor_entities
from noroshi.events.model import Entities, Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.values import elements
from noroshi.events.web import add_web_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from noroshi.events.format import Envelope, LineReader
    from noroshi.events.model import Fields, Source

NAME: Final = "suricata"
CATEGORIES: Final[Mapping[str, frozenset[str]]] = {
    "alert": frozenset({"ids"}),
    "http": frozenset({"proxy"}),
    "dns": frozenset({"dns"}),
    "flow": frozenset({"firewall"}),
    "netflow": frozenset({"firewall"}),
    "drop": frozenset({"firewall"}),
    "smtp": frozenset({"mail"}),
    "dhcp": frozenset({"dhcp"}),
}
_EITHER_WAY: Final = frozenset({"alert", "anomaly", "dns", "drop", "fileinfo"})
_EPHEMERAL: Final = 32_768
_COOKIE: Final = "@cee: "


@dataclass(frozen=True, slots=True)
class EveTraits(TableTraits):
    """The table, and the watched side of a connection from the direction that the record states."""

    def entities(self, event: Event) -> Entities:
        """The watched side: its address, for mail its mailbox."""
        return sensor_entities(event, TableTraits.entities(self, event), *_sides(event.fields))


def _part(fields: Fields, name: str) -> Fields:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _sides(fields: Fields) -> tuple[Any, Any]:
    """Client and server: as the flow says, else by the packet's direction, else source and destination."""
    flow = _part(fields, "flow")
    if flow.get("src_ip"):
        return flow["src_ip"], flow.get("dest_ip")
    source, destination = fields.get("src_ip"), fields.get("dest_ip")
    return (destination, source) if _is_answer(fields) else (source, destination)


def _is_answer(fields: Fields) -> bool:
    """Whether the packet or file goes from server to client; where not said, the ports tell."""
    if isinstance(direction := fields.get("direction"), str):
        return direction == "to_client"
    if fields.get("event_type") not in _EITHER_WAY:
        return False
    near, far = fields.get("src_port"), fields.get("dest_port")
    return isinstance(near, int) and isinstance(far, int) and near < far and near < _EPHEMERAL


def _server_port(fields: Fields) -> Any:
    flow = _part(fields, "flow")
    if flow.get("src_ip"):
        return flow.get("dest_port")
    return fields.get("src_port" if _is_answer(fields) else "dest_port")


TRAITS: Final = EveTraits(load_table(NAME))


def _kind(event_type: str, *, inward: bool) -> Kind:
    categories = CATEGORIES.get(event_type, frozenset()) | ({"webserver"} if inward else set())
    return Kind(NAME, LogSource(NAME, event_type, categories), {"event_type": event_type}, TRAITS)


_KINDS: Final = {
    (event_type, inward): _kind(event_type, inward=inward)
    for event_type in TRAITS.table.raw["event_types"]
    for inward in ((False, True) if event_type == "http" else (False,))
}
_PLAIN: Final = Kind(NAME, LogSource(NAME), {}, TRAITS)


def _add_http(fields: Fields) -> bool:
    """Add the web fields; whether the request went to an inside web server."""
    http = _part(fields, "http")
    if not http:
        return False
    server = _sides(fields)[1]
    request = Request(
        method=http.get("http_method"),
        target=http.get("url"),
        host=http.get("hostname"),
        port=http.get("http_port", _server_port(fields)),
        server=server,
        referer=http.get("http_refer"),
        user_agent=http.get("http_user_agent"),
        status=http.get("status"),
    )
    add_request(fields, request)
    for name, original in (("sc-bytes", "length"), ("rs-content-type", "http_content_type")):
        if original in http:
            fields[name] = http[original]
    forwarded = http.get("xff", http.get("x_forwarded_for", fields.get("xff")))
    if isinstance(forwarded, str):
        fields["x-forwarded-for"] = forwarded
    add_web_fields(fields)
    return is_inside(server) and not request.to_proxy


_ENDS: Final = (("src_ip", "dest_ip"), ("src_port", "dest_port"))


def _turn_answer(fields: Fields) -> None:
    """Let ``src_ip`` of an answer be who asked, as in the logs of DNS servers."""
    if _is_answer(fields):
        for near, far in _ENDS:
            if near in fields and far in fields:
                fields[near], fields[far] = fields[far], fields[near]


def _add_dns(fields: Fields) -> None:
    """``query``, ``record_type``, ``answer``, ``rcode_name``; version 3 has the question in a list."""
    dns = _part(fields, "dns")
    queries = dns.get("queries", dns.get("query"))
    asked = queries[0] if isinstance(queries, list) and queries and isinstance(queries[0], dict) else dns
    answers = dns.get("answers")
    listed = [dns, *answers] if isinstance(answers, list) else [dns]
    data = [item["rdata"] for item in listed if isinstance(item, dict) and "rdata" in item]
    found = {
        "query": asked.get("rrname"),
        "record_type": asked.get("rrtype"),
        "answer": list(dict.fromkeys(str(value) for value in data)) or None,
        "rcode_name": dns.get("rcode"),
    }
    fields.update({name: value for name, value in found.items() if value is not None})


def _add_mail(fields: Fields) -> None:
    smtp, mail = _part(fields, "smtp"), _part(fields, "email")
    if sender := addresses(smtp.get("mail_from") or mail.get("from")):
        fields["mail_from"] = sender[0]
    if recipients := addresses(smtp.get("rcpt_to") or mail.get("to")):
        fields["mail_to"] = recipients
    if isinstance(subject := mail.get("subject"), str):
        fields["mail_subject"] = decoded_subject(subject)
    add_sender(fields, mail.get("from"))
    if names := [name for name in elements(mail.get("attachment")) if isinstance(name, str)]:
        fields["mail_attachments"] = names


_NOT_YET: Final = "0.0.0.0"  # noqa: S104 - DHCP's way to say "none", nothing listens
_DHCP_ACTIONS: Final = {"ack": "assign", "release": "release", "decline": "decline", "nak": "deny"}


def _add_dhcp(fields: Fields) -> None:
    dhcp = _part(fields, "dhcp")
    assigned = dhcp.get("assigned_ip")
    add_lease(
        fields,
        _DHCP_ACTIONS.get(str(dhcp.get("dhcp_type")), "request"),
        ip=dhcp.get("client_ip") if assigned in (None, _NOT_YET) else assigned,
        mac=dhcp.get("client_mac"),
        hostname=dhcp.get("hostname"),
        lease_seconds=lease_seconds(dhcp.get("lease_time")),
    )


def add_names(fields: Fields, event_type: str) -> bool:
    """Add Sigma's and the uniform names; whether it is a request to an inside web server."""
    if event_type == "dns":
        _turn_answer(fields)
    for name, original in (("dst_ip", "dest_ip"), ("dst_port", "dest_port")):
        if original in fields:
            fields.setdefault(name, fields[original])
    if "src_ip" in fields:
        fields["c-ip"] = fields["src_ip"]
    if "dns" in fields:
        _add_dns(fields)
    if "smtp" in fields or "email" in fields:
        _add_mail(fields)
    if "dhcp" in fields:
        _add_dhcp(fields)
    if event_type == "alert" and (alert := _part(fields, "alert")):
        add_signature(fields, alert.get("signature"), by_priority(alert.get("severity")))
    if isinstance(sni := _part(fields, "tls").get("sni"), str):
        fields["server_name"] = sni
    return _add_http(fields) and event_type == "http"


@dataclass(frozen=True, slots=True)
class EveReader:
    """Reads EVE lines; holds nothing."""

    source: Source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this line."""
        fields = json_object(line.removeprefix(_COOKIE))
        event_type = fields.get("event_type")
        if not isinstance(event_type, str):
            raise UnreadableRecordError("the record has no event_type", "it is no EVE record")
        inward = add_names(fields, event_type)
        return (Event(_KINDS.get((event_type, inward), _PLAIN), fields, self.source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


@dataclass(frozen=True, slots=True)
class SuricataFormat:
    """EVE JSON."""

    name: str = NAME
    splittable: bool = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """An object with EVE's common section."""
        start = line.removeprefix(_COOKIE)
        if not start.startswith("{") or '"event_type"' not in line or '"timestamp"' not in line:
            return 0.0
        return 0.95 if '"src_ip"' in line or '"flow_id"' in line else 0.7

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return EveReader(source)


FORMATS: Final = (SuricataFormat(),)
