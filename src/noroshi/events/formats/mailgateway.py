"""Mail gateways of any maker: key=value lines or JSON objects that say who wrote to whom, and what about it.

Format: there is no standard; read are the notations that makers document alike, such as Fortinet's "FortiMail
log message reference" (``from="…" to="…" subject="…" classifier="…" disposition="…"``) and Proofpoint's SIEM
API ("Messages": ``sender``, ``recipient``, ``subject``, ``messageParts``)::

    from=<a@b.example> to=<c@d.example> subject="…" attachments="invoice.doc" verdict=bad action=quarantine
    {"sender": "a@b.example", "recipients": ["c@d.example"], "subject": "…", "attachments": [{"name": "…"}]}

A line is taken for one when its names (`tables/mailgateway.toml` lists them) tell both ends of a mail and at
least one of subject, attachments and verdict. (A gateway that writes CEF is read as that, into the same
fields; one with other names or notations by a description, `docs/how-to/own-logs.md`.)

Log source: category ``mail``, service ``gateway``, product by syslog's program where there is one. Beside the
product's own fields stand ``mail_from``, ``mail_to`` and ``mail_attachments`` (lists), ``mail_subject`` and
attachments' names with encoded words read, ``mail_verdict``, ``mail_attachment_hashes``, ``message_id``,
``src_ip``, ``action``, and ``mail_event`` by the outcome (``delivery reject hold bounce other``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._gateway import TRAITS, add_gateway_fields, add_mail_event, is_mail
from noroshi.events.formats._json_lines import json_object
from noroshi.events.formats._keyvalue import key_values
from noroshi.events.model import Event, Kind, LogSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "mailgateway"
MAX_SNIFFED: Final = 65_536
_KEY: Final = re.compile(r"(?:^|[\s,;|])([A-Za-z_][\w.-]{0,63})=")
_JSON_KEY: Final = re.compile(r'"([A-Za-z_@][\w.@-]{0,63})"\s*:')
_OTHERS: Final = ('"event_type"', '"ecs"', '"class_uid"', '"winlog', '"email_info"')
_TIMES: Final = ("date", "time")


@lru_cache(maxsize=1024)
def _kind(program: str) -> Kind:
    logsource = LogSource(program or None, "gateway", frozenset({"mail"}))
    return Kind(NAME, logsource, {}, TRAITS)


def _fields(line: str) -> Fields:
    fields = json_object(line) if line.startswith("{") else key_values(line)
    if not is_mail(fields):
        raise UnreadableRecordError("the line does not say who wrote to whom", "it is no record of a mail")
    return fields


class GatewayReader:
    """Reads lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        fields = _fields(line)
        if all(isinstance(fields.get(name), str) for name in _TIMES):
            fields["date_time"] = " ".join(fields[name] for name in _TIMES)
            fields["clock"] = fields.pop("time")
        if envelope.time:
            fields.setdefault("envelope_time", envelope.time)
        if envelope.host:
            fields.setdefault("log_host", envelope.host)
        add_gateway_fields(fields)
        program = envelope.program.rpartition("/")[2].lower()
        event = Event(_kind(program[:64]), fields, self._source, position)
        add_mail_event(event)
        return (event,)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class MailGateway:
    """Records of mails, by the names in them."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """Below any format that knows its product; an address has to be there."""
        head = line[:MAX_SNIFFED]
        if "@" not in head or any(name in head for name in _OTHERS):
            return 0.0
        names = _JSON_KEY.findall(head) if line.startswith("{") else _KEY.findall(head)
        return 0.7 if is_mail(names) else 0.0

    def reader(self, source: Source) -> GatewayReader:
        """A reader for one input."""
        return GatewayReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (MailGateway(),)
