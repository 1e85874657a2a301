"""Exchange Server's logs in CSV: message tracking, and its other logs with the same heading.

Format: Microsoft documentation, "Message tracking" (Exchange Server 2016 and 2019: "Fields in the message
tracking log files", "Event types") and "Protocol logging". The heading names the columns::

    #Software: Microsoft Exchange Server
    #Log-type: Message Tracking Log
    #Fields: date-time,client-ip,client-hostname,server-ip,…

Log source: product ``exchange``, service by the log type (``message-tracking``, ``smtp-receive-protocol``
…); category ``mail`` for message tracking. Columns keep their names; for message tracking the uniform
fields of mail stand beside them (``mail_event``, ``mail_from``, ``mail_to`` as a list, ``mail_subject``,
``message_id``, ``src_ip``, ``dst_ip``, ``size``). Times are UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._dhcp import csv_row
from noroshi.events.formats._mail import add_sender, addresses, decoded_subject, whose_mailbox
from noroshi.events.model import Entities, Event, Kind, LogSource
from noroshi.events.observables import as_ip
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "exchange"
TRACKING: Final = "message-tracking"
MAX_COLUMNS: Final = 512
_DIRECTIVE: Final = re.compile(r"#(Software|Version|Log-[Tt]ype|Date|Fields): ?(.*)")
_EVENTS: Final = {
    "RECEIVE": "queued",
    "SUBMIT": "queued",
    "SUBMITDEFER": "queued",
    "SEND": "delivery",
    "SENDEXTERNAL": "delivery",
    "DELIVER": "delivery",
    "DEFER": "delivery",
    "FAIL": "reject",
    "BADMAIL": "reject",
    "DSN": "bounce",
    "DROP": "discard",
    "DUPLICATEDELIVER": "discard",
    "POISONMESSAGE": "hold",
}


@dataclass(frozen=True, slots=True)
class MessageTraits(TableTraits):
    """A table, and whose mailbox: the sender's where the mail originates here."""

    def entities(self, event: Event) -> Entities:
        """The mailbox; servers are no watched machines here."""
        fields = event.fields
        outgoing = str(fields.get("directionality", "")).lower() in {"originating", "outbound", "out"}
        return Entities(mailbox=whose_mailbox(fields, outgoing=outgoing))


_TRAITS: Final = MessageTraits(load_table(NAME))


@lru_cache(maxsize=128)
def _kind(service: str, mail_event: str | None) -> Kind:
    categories = frozenset({"mail"}) if mail_event else frozenset()
    constants = {"mail_event": mail_event} if mail_event else {}
    return Kind(NAME, LogSource(NAME, service, categories), constants, _TRAITS)


def _service(log_type: str) -> str:
    """``Message Tracking Log`` as a service's name."""
    words = re.sub(r"[^a-z0-9]+", "-", log_type[:64].lower()).strip("-")
    return words.removesuffix("-log") or "log"


def _add_mail(fields: Fields) -> str:
    mail_event = _EVENTS.get(str(fields.get("event-id", "")).upper(), "other")
    fields["mail_event"] = mail_event
    if "sender-address" in fields:
        sender = fields["sender-address"]
        fields["mail_from"] = "" if sender == "<>" else sender
    add_sender(fields)
    if recipients := addresses(fields.get("recipient-address", "").split(";")):
        fields["mail_to"] = recipients
    if "message-subject" in fields:
        fields["mail_subject"] = decoded_subject(fields["message-subject"])
    if "message-id" in fields:
        fields["message_id"] = fields["message-id"].strip("<>")
    if "total-bytes" in fields:
        fields["size"] = fields["total-bytes"]
    for target, names in (("src_ip", ("original-client-ip", "client-ip")), ("dst_ip", ("server-ip",))):
        found = next((fields[name] for name in names if as_ip(fields.get(name, ""))), None)
        if found is not None:
            fields[target] = found
    return mail_event


class ExchangeReader:
    """Reads one input; keeps its heading."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._columns: tuple[str, ...] = ()
        self._service = TRACKING

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of a row; the heading is remembered."""
        if line.startswith("#"):
            self._remember(line)
            return ()
        if not self._columns:
            raise UnreadableRecordError("rows before any #Fields heading", "give the file from its beginning")
        values = csv_row(line)
        if len(values) != len(self._columns):
            wanted = Sentence("{count} columns are named", count=len(self._columns))
            raise UnreadableRecordError("the number of values is not that of the columns", wanted)
        fields: Fields = {name: value for name, value in zip(self._columns, values, strict=True) if value}
        mail_event = _add_mail(fields) if self._service == TRACKING else None
        return (Event(_kind(self._service, mail_event), fields, self._source, position),)

    def _remember(self, line: str) -> None:
        match = _DIRECTIVE.match(line)
        if match is None:
            return
        if match[1] == "Fields":
            self._columns = tuple(name.strip() for name in match[2].split(",")[:MAX_COLUMNS])
        elif match[1].lower() == "log-type":
            self._service = _service(match[2])

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class Exchange:
    """Exchange Server's CSV logs, recognised by their heading."""

    name = NAME
    splittable = False

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """A heading line; rows are anything."""
        ours = line.startswith(("#Software: Microsoft Exchange", "#Log-type:", "#Fields: date-time,"))
        return 1.0 if ours else 0.0

    def reader(self, source: Source) -> ExchangeReader:
        """A reader for one input."""
        return ExchangeReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Exchange(),)
