"""Sendmail's syslog lines.

Format: Sendmail Installation and Operation Guide, "Messages logged"; the programs of Debian (``sm-mta``) too.

One event a line; what the line before said about the same queue id (sender, message id, size, client) is
joined to it, so that a delivery holds all. Log source: product ``sendmail``, service ``mail``, category
``mail``. The pairs keep their names (``from``, ``to``, ``relay``, ``dsn``, ``stat``, ``mailer`` …); uniform
fields as of Postfix: ``mail_event`` (``queued delivery bounce reject discard hold other``), ``mail_from``,
``mail_to`` (a list), ``message_id``, ``src_ip``, ``src_host``, ``dst_ip``, ``dst_host``.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.events.formats._daemon import MAX_PARSED, line_fields
from noroshi.events.formats._mail import add_sender, addresses, whose_mailbox
from noroshi.events.formats._network import is_inside
from noroshi.events.model import Entities, Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineReader
    from noroshi.events.model import Fields, Source

NAME: Final = "sendmail"
MAX_QUEUE: Final = 10_000
MAX_TEXT: Final = 512
_PROGRAMS: Final = frozenset(
    {"sendmail", "sm-mta", "sm-mta-in", "sm-mta-out", "sm-msp-queue", "sm-acceptingconnections"}
)
_QUEUED: Final = re.compile(r"([0-9A-Za-z]{8,24}): (?=\S)", re.ASCII)
_PAIR: Final = re.compile(
    r"(?:^|, )([A-Za-z][A-Za-z0-9_-]{0,30})=(<[^>]{0,2000}>(?:,<[^>]{0,2000}>){0,100}|(?:(?!, "
    r"[A-Za-z][A-Za-z0-9_-]{0,30}=)[^\0]){0,2000})"
)
_MILTER: Final = re.compile(r"Milter(?: \([^)]{1,64}\))?: ")
_RELAY: Final = re.compile(r"(\S{0,255}?)\.? ?\[(?:IPv6:)?([0-9A-Fa-f.:]{2,45})\]", re.ASCII)
_JOINED: Final = ("mail_from", "message_id", "size", "nrcpts", "src_ip", "src_host")
_REJECTED: Final = frozenset({"reject", "discard", "quarantine"})


@dataclass(frozen=True, slots=True)
class MailTraits(TableTraits):
    """The table, and whose mailbox: the sender's of mail from inside, else the recipient's."""

    def entities(self, event: Event) -> Entities:
        """Mailbox, and the inside client's address."""
        fields = event.fields
        client = fields.get("src_ip")
        inside = is_inside(client)
        own = inside and isinstance(client, str) and not client.startswith("127.") and client != "::1"
        outgoing = inside or "mail_to" not in fields
        return Entities(address=client if own else None, mailbox=whose_mailbox(fields, outgoing=outgoing))


_TRAITS: Final = MailTraits(load_table(NAME))
_LOGSOURCE: Final = LogSource(NAME, "mail", frozenset({"mail"}))
_EVENTS: Final = ("queued", "delivery", "bounce", "reject", "discard", "hold", "other")
_KINDS: Final = {name: Kind(NAME, _LOGSOURCE, {"mail_event": name}, _TRAITS) for name in _EVENTS}


def _relay(fields: Fields, side: str) -> None:
    match = _RELAY.match(str(fields.get("relay", "")))
    if match is not None:
        named = {f"{side}_host": match[1], f"{side}_ip": match[2]}
        fields.update({name: value for name, value in named.items() if value})


def _parse(fields: Fields, text: str) -> str:
    """Read a line's pairs; the kind of mail event."""
    milter = _MILTER.match(text)
    found = _PAIR.findall(text[milter.end() :] if milter else text)
    for name, value in found:
        fields.setdefault(name, value.strip())
    verdict = next((name for name, _ in found if name in _REJECTED), None)
    if verdict is not None:
        _relay(fields, "src")
        if "arg1" in fields and "rcpt" in str(fields.get("ruleset", "")):
            fields["mail_to"] = addresses(fields["arg1"])
        elif "arg1" in fields and "mail" in str(fields.get("ruleset", "")):
            fields["mail_from"] = fields["arg1"].strip("<>")
        if milter and "to" in fields:
            fields["mail_to"] = addresses(str(fields["to"]).split(","))
        if milter and "from" in fields:
            fields["mail_from"] = fields["from"].strip("<>")
        return {"reject": "reject", "discard": "discard", "quarantine": "hold"}[verdict]
    if "to" in fields and "stat" in fields:
        fields["mail_to"] = addresses(str(fields["to"]).split(","))
        _relay(fields, "dst")
        return "delivery"
    if "from" in fields:
        fields["mail_from"] = fields["from"].strip("<>")
        if "msgid" in fields:
            fields["message_id"] = fields["msgid"].strip("<>")
        _relay(fields, "src")
        return "queued"
    return "bounce" if ": DSN: " in text or "sender notify: " in text else "other"


@dataclass(slots=True)
class SendmailReader:
    """Reads Sendmail's lines; remembers what they said about each queue id, bounded by `MAX_QUEUE`."""

    source: Source
    queue: OrderedDict[tuple[str, str], Fields] = field(default_factory=OrderedDict)

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this line."""
        fields = line_fields(line, envelope)
        queued = _QUEUED.match(line)
        mail_event = _parse(fields, line[queued.end() if queued else 0 : MAX_PARSED])
        fields["mail_event"] = mail_event
        if queued is not None:
            fields["queue_id"] = queued[1]
            self._join((envelope.host, queued[1]), fields)
        add_sender(fields)
        return (Event(_KINDS[mail_event], fields, self.source, position),)

    def finish(self) -> Iterable[Event]:
        """Every line gave its event at once."""
        return ()

    def _join(self, key: tuple[str, str], fields: Fields) -> None:
        known = self.queue.pop(key, {})
        for name in _JOINED:
            if name in fields:
                known[name] = str(fields[name])[:MAX_TEXT]
            elif name in known:
                fields[name] = known[name]
        self.queue[key] = known
        if len(self.queue) > MAX_QUEUE:
            self.queue.popitem(last=False)


@dataclass(frozen=True, slots=True)
class SendmailFormat:
    """Sendmail under syslog."""

    name: str = NAME

    def rank(self, line: str, _envelope: Envelope) -> int:
        """Where a line stands among those of its second: the sender before the deliveries."""
        queued = _QUEUED.match(line)
        return 0 if line.startswith("from=", queued.end() if queued else 0) else 1

    def recognise(self, _line: str, envelope: Envelope) -> float:
        """The program's name decides."""
        return 0.95 if envelope.program in _PROGRAMS else 0.0

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return SendmailReader(source)


FORMATS: Final = (SendmailFormat(),)
