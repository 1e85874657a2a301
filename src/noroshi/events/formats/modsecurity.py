"""ModSecurity's JSON audit log, one transaction a line.

Sources: ModSecurity reference manual 2.x (``SecAuditLogFormat JSON``: ``transaction``, ``request``,
``response``, ``audit_data``) and libmodsecurity 3 (everything inside ``transaction``, with
``messages[].details``). Log source: product ``modsecurity``, service ``audit``, categories ``webserver`` and
``waf``. A transaction that was intercepted (version 2 says so; Coraza, which writes version 3's shape, says
``is_interrupted``; version 3 is told by status and score rules) is *blocked*, any other is *detected*.

Beside the originals: Sigma's web fields, ``src_ip``, ``waf_rule_id``, ``waf_message``, ``waf_tag`` and
``waf_severity`` (lists).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_waf_attacks
from noroshi.events.formats._json_lines import json_object
from noroshi.events.formats._network import Request, add_request
from noroshi.events.model import Entities, Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.values import lookup
from noroshi.events.web import add_web_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineReader
    from noroshi.events.model import Fields, Source

NAME: Final = "modsecurity"
MAX_MESSAGES: Final = 500
_SCORE_RULES: Final = frozenset({"949110", "949111", "959100", "959101"})
"""The Core Rule Set's rules that deny when the anomaly score is reached."""
_TAGGED: Final = re.compile(r'\[(id|msg|severity|tag) "((?:[^"\\]|\\.){0,2000})"\]')


@dataclass(frozen=True, slots=True)
class AuditTraits(TableTraits):
    """The table, and the attacked server as the watched side."""

    def entities(self, event: Event) -> Entities:
        """The attacked server's address; the client is outside and not watched."""
        server = lookup(event.fields, "dst_ip")
        return Entities(address=server if isinstance(server, str) and server else None)


TRAITS: Final = AuditTraits(load_table(NAME))
KIND: Final = Kind(NAME, LogSource(NAME, "audit", frozenset({"webserver", "waf"})), {}, TRAITS)


def _object(value: Any) -> Fields:
    return value if isinstance(value, dict) else {}


def _header(headers: Any, name: str) -> Any:
    value = next((value for key, value in _object(headers).items() if key.lower() == name), None)
    return value[0] if isinstance(value, list) and value else value


def _target(request: Fields) -> tuple[Any, Any]:
    """Method and target; version 2 has the request line in one."""
    line = request.get("request_line")
    if isinstance(line, str):
        method, _, rest = line.partition(" ")
        return method, rest.rpartition(" ")[0] or rest
    return request.get("method"), request.get("uri")


def _add_messages(fields: Fields, transaction: Fields, audit: Fields) -> None:
    found: dict[str, list[str]] = {"id": [], "msg": [], "severity": [], "tag": []}
    listed = transaction.get("messages", audit.get("messages"))
    for message in listed[:MAX_MESSAGES] if isinstance(listed, list) else ():
        if isinstance(message, str):
            for name, value in _TAGGED.findall(message):
                found[name].append(value)
        elif isinstance(message, dict):
            _take_details(found, message)
    for name, field in (("id", "rule_id"), ("msg", "message"), ("severity", "severity"), ("tag", "tag")):
        if found[name]:
            fields[f"waf_{field}"] = list(dict.fromkeys(found[name]))


def _take_details(found: dict[str, list[str]], message: Fields) -> None:
    details = _object(message.get("details"))
    tags = details.get("tags")
    for name, value in (
        ("id", details.get("ruleId")),
        ("msg", message.get("message")),
        ("severity", details.get("severity")),
    ):
        if value not in (None, ""):
            found[name].append(str(value))
    found["tag"] += [str(tag) for tag in tags] if isinstance(tags, list) else []


def _action(fields: Fields, transaction: Fields, audit: Fields, status: Any) -> str:
    """``blocked`` or ``detected``: the engine's own word, else what it did while enforcing."""
    for part, name in ((_object(audit.get("action")), "intercepted"), (transaction, "is_interrupted")):
        if isinstance(flag := part.get(name), bool):
            return "blocked" if flag else "detected"
    producer = _object(transaction.get("producer"))
    engine = str(producer.get("secrules_engine", audit.get("engine_mode", "enabled"))).lower()
    rules = fields.get("waf_rule_id", ())
    refused = bool(rules) and (str(status) in {"403", "406"} or not _SCORE_RULES.isdisjoint(rules))
    return "blocked" if refused and engine in {"enabled", "on"} else "detected"


def _add_names(fields: Fields) -> None:
    transaction = fields["transaction"]
    request = _object(transaction.get("request", fields.get("request")))
    response = _object(transaction.get("response", fields.get("response")))
    audit = _object(fields.get("audit_data"))
    method, target = _target(request)
    headers = request.get("headers")
    status = response.get("http_code", response.get("status"))
    port = transaction.get("host_port", transaction.get("local_port"))
    add_request(
        fields,
        Request(
            method=method,
            target=target,
            host=_header(headers, "host"),
            port=port,
            referer=_header(headers, "referer"),
            user_agent=_header(headers, "user-agent"),
            status=status,
            scheme="https" if str(port) in {"443", "8443"} else "http",
        ),
    )
    _add_addresses(fields, transaction, port)
    if isinstance(forwarded := _header(headers, "x-forwarded-for"), str):
        fields["x-forwarded-for"] = forwarded
    add_web_fields(fields)
    _add_messages(fields, transaction, audit)
    add_waf_attacks(fields)
    fields["action"] = _action(fields, transaction, audit, status)


def _add_addresses(fields: Fields, transaction: Fields, port: Any) -> None:
    found = {
        "src_ip": transaction.get("client_ip", transaction.get("remote_address")),
        "src_port": transaction.get("client_port", transaction.get("remote_port")),
        "dst_ip": transaction.get("host_ip", transaction.get("local_address")),
        "dst_port": port,
    }
    found["c-ip"] = found["src_ip"]
    fields.update({name: value for name, value in found.items() if value is not None})


@dataclass(frozen=True, slots=True)
class AuditReader:
    """Reads audit lines; holds nothing."""

    source: Source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this transaction."""
        fields = json_object(line)
        if not isinstance(fields.get("transaction"), dict):
            raise UnreadableRecordError("the record has no transaction", "it is no ModSecurity audit record")
        _add_names(fields)
        return (Event(KIND, fields, self.source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


@dataclass(frozen=True, slots=True)
class ModSecurityFormat:
    """ModSecurity's JSON audit log."""

    name: str = NAME
    splittable: bool = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """An object that holds a transaction with a request."""
        if not line.startswith("{") or '"transaction"' not in line[:200] or '"request"' not in line:
            return 0.0
        return 0.95 if '"audit_data"' in line or '"producer"' in line or '"messages"' in line else 0.6

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return AuditReader(source)


FORMATS: Final = (ModSecurityFormat(),)
