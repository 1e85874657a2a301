"""Postfix's syslog lines (manual pages smtpd(8), cleanup(8), qmgr(8), smtp(8), bounce(8), header_checks(5)).

Log source: product ``postfix``, service ``mail``, category ``mail``. One event a line; what the lines before
said about the same queue id is joined to it, so that a delivery (``mail_event: delivery``) holds client,
sender, message id, size and, where ``header_checks`` logs it (``/^Subject:/ WARN``), the subject. Originals
keep their names (``from``, ``to``, ``relay``, ``dsn``, ``status`` …).

Uniform fields: ``mail_event`` (``connect disconnect client message header queued delivery bounce reject hold
discard removed other``), ``mail_from`` (empty for the null sender of bounces), ``mail_to``, ``mail_subject``
(decoded), ``mail_attachments`` (where ``mime_header_checks`` logs ``/name=/``), ``message_id``, ``src_ip``,
``src_host``, ``dst_ip``, ``dst_host``, ``dst_port``; the sender as in `_mail` (its header where
``header_checks`` logs ``/^From:/``).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._daemon import MAX_PARSED, line_fields
from noroshi.events.formats._mail import add_sender, decoded_subject, named_files
from noroshi.events.formats._network import is_inside
from noroshi.events.model import Entities, Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table, short_host

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineReader
    from noroshi.events.model import Fields, Source

NAME: Final = "postfix"
MAX_QUEUE: Final = 10_000
"""Queue ids remembered at once; the one that was silent longest goes first."""
MAX_ATTACHMENTS: Final = 100
MAX_TEXT: Final = 512
"""How much of one value is remembered for later lines."""

_PROGRAM: Final = re.compile(r"postfix[\w-]{0,40}/(?:[\w-]{1,40}/)*([\w-]{1,40})$", re.ASCII)
_QUEUED: Final = re.compile(
    r"([0-9A-F]{5,15}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,20}|NOQUEUE): (?=\S)", re.ASCII
)
_PAIR: Final = re.compile(r"([a-z][a-z_-]{0,30})=(<[^>]{0,2000}>|[^,\s]{0,2000})", re.ASCII)
_PEER: Final = re.compile(r"([^\s\[\]]{0,255})\[([0-9A-Fa-f:.]{2,45}|unknown)\](?::(\d{1,5}))?", re.ASCII)
_VERDICT: Final = re.compile(
    r"(?:milter-)?(reject|reject_warning|hold|discard|warning|info|redirect|filter|replace|prepend): ",
    re.ASCII,
)
_NOTICE: Final = re.compile(r"sender (non-delivery|delay|delivery status) notification: (\w{5,20})", re.ASCII)
_CONTENT: Final = ("header ", "mime-header ", "nested-header ", "body ")
"""How a verdict on the content of a mail begins (header_checks(5))."""
_NAMES: Final = frozenset(
    [
        "from",
        "to",
        "orig_to",
        "relay",
        "delay",
        "delays",
        "dsn",
        "status",
        "conn_use",
        "size",
        "nrcpt",
        "client",
        "sasl_method",
        "sasl_username",
        "sasl_sender",
        "orig_client",
        "orig_queue_id",
        "proto",
        "helo",
    ]
)
_DELIVERING: Final = frozenset(
    {"smtp", "lmtp", "local", "virtual", "pipe", "error", "discard", "relay", "retry"}
)
_JOINED: Final = (
    "mail_from",
    "mail_subject",
    "mail_attachments",
    "from_header",
    "message_id",
    "size",
    "nrcpt",
    "src_ip",
    "src_host",
    "sasl_username",
    "helo",
    "bounced_queue_id",
)


@dataclass(frozen=True, slots=True)
class MailTraits(TableTraits):
    """The table, and whose mailbox: the sender's for mail that leaves or comes back, else the recipient's."""

    def entities(self, event: Event) -> Entities:
        """Mailbox, the inside client's address and name, the authenticated user."""
        fields = event.fields
        sender, recipient = fields.get("mail_from"), fields.get("mail_to")
        mailbox = sender if _is_leaving(fields) else recipient
        own = _has_inside_client(fields)
        name = fields.get("src_host") if own else None
        return Entities(
            host=short_host(name) if isinstance(name, str) else None,
            user=TableTraits.entities(self, event).user,
            address=fields["src_ip"] if own else None,
            mailbox=mailbox.lower() if mailbox else None,
        )


def _has_inside_client(fields: Fields) -> bool:
    """Whether a machine inside handed the mail in, not the mail server itself (a filter on the loopback)."""
    client = fields.get("src_ip", "")
    return is_inside(client) and not client.startswith("127.") and client != "::1"


def _is_leaving(fields: Fields) -> bool:
    """Whether the watched side sent the mail: it leaves, or could not be delivered and comes back."""
    if "src_ip" in fields and not is_inside(fields["src_ip"]) and "sasl_username" not in fields:
        return False
    if fields["mail_event"] == "bounce" or fields.get("status") in {"bounced", "deferred", "expired"}:
        return True
    if fields.get("daemon") == "smtp" and not is_inside(fields.get("dst_ip")):
        return True
    return "mail_to" not in fields


TRAITS: Final = MailTraits(load_table(NAME))
_LOGSOURCE: Final = LogSource(NAME, "mail", frozenset({"mail"}))


_MAIL_EVENTS: Final = (
    *("connect", "disconnect", "client", "message", "header", "queued", "delivery", "bounce"),
    *("reject", "reject_warning", "hold", "discard", "removed", "other"),
)
_KINDS: Final = {name: Kind(NAME, _LOGSOURCE, {"mail_event": name}, TRAITS) for name in _MAIL_EVENTS}


def _pairs(text: str) -> Fields:
    """The known ``name=value`` pairs without brackets; the first of a name counts, the rest may be forged."""
    found: Fields = {}
    for name, value in _PAIR.findall(text):
        if name in _NAMES:
            found.setdefault(name, value[1:-1] if value.startswith("<") else value)
    return found


def _peer(fields: Fields, text: str, side: str) -> None:
    """``host[address]:port`` as ``src_host``, ``src_ip`` (or ``dst_…``); an unknown host stays unnamed."""
    match = _PEER.match(text)
    if match is None:
        return
    host, address, port = match.groups()
    named = {f"{side}_host": host if host != "unknown" else "", f"{side}_ip": address, f"{side}_port": port}
    fields.update({name: value for name, value in named.items() if value and value != "unknown"})


def _delivery(fields: Fields, text: str) -> str:
    head, mark, tail = text.partition(", status=")
    if not mark:
        raise UnreadableRecordError("the delivery line has no status", "it may be cut off")
    status, _, response = tail.partition(" ")
    fields |= _pairs(head)
    fields["status"] = status
    fields["response"] = response.removeprefix("(").removesuffix(")")
    fields["mail_to"] = fields.get("to", "")
    _peer(fields, str(fields.get("relay", "")), "dst")
    return "delivery"


def _client(fields: Fields, text: str) -> str:
    fields |= _pairs(text)
    _peer(fields, str(fields.get("orig_client", fields.get("client", ""))), "src")
    return "client"


def _message(fields: Fields, text: str) -> str:
    fields |= _pairs(text)
    identifier = text.removeprefix("message-id=").strip()
    fields["message-id"] = identifier.strip("<>")
    fields["message_id"] = identifier.strip("<>")
    return "message"


def _queued(fields: Fields, text: str) -> str:
    fields |= _pairs(text)
    fields["mail_from"] = fields.get("from", "")
    for name in ("size", "nrcpt"):
        if (digits := str(fields.get(name, ""))).isdecimal() and len(digits) < 16:
            fields[name] = int(digits)
    if fields.get("status") == "expired":
        return "bounce"
    return "queued"


_EVENTS: Final = {
    "reject": "reject",
    "reject_warning": "reject_warning",
    "hold": "hold",
    "discard": "discard",
}


def _verdict(fields: Fields, text: str, name: str) -> str:
    """A restriction's or header check's verdict: ``reject: RCPT from host[ip]: 554 …; from=<> to=<> …``."""
    body, mark, tail = text.rpartition("; from=")
    if not mark:
        body, tail = text, ""
    fields |= _pairs("from=" + tail) if mark else {}
    before, _, peer = body.rpartition(" from ") if body.startswith(_CONTENT) else _split_peer(body)
    _peer(fields, peer, "src")
    if mark:
        fields["mail_from"] = fields.get("from", "")
    if "to" in fields:
        fields["mail_to"] = fields["to"]
    fields["reason"] = before
    _subject(fields, before)
    return _EVENTS.get(name, "header")


def _split_peer(body: str) -> tuple[str, str, str]:
    before, mark, peer = body.partition(" from ")
    match = _PEER.match(peer)
    return (peer[match.end() :].lstrip(": ") if match else before), mark, peer


def _subject(fields: Fields, header: str) -> None:
    kind, _, text = header.partition(" ")
    name, colon, value = text.partition(":")
    if kind == "header" and colon and name.lower() == "from":
        fields["from_header"] = value.strip()
    if kind.endswith("header") and (names := named_files(value)):
        fields["mail_attachments"] = names
    if kind == "header" and colon and name.lower() == "subject":
        fields["subject"] = value.strip()
        fields["mail_subject"] = decoded_subject(value.strip())


def _parse(fields: Fields, daemon: str, text: str) -> str:
    """Read one line's text into the fields; the kind of mail event."""
    if (verdict := _VERDICT.match(text)) is not None and (
        verdict[1] != "warning" or text[9:].startswith(_CONTENT)
    ):
        return _verdict(fields, text[verdict.end() :], verdict[1])
    if daemon in _DELIVERING and text.startswith("to=<"):
        return _delivery(fields, text)
    if text.startswith("client="):
        return _client(fields, text)
    if text.startswith(("message-id=", "resent-message-id=")):
        return _message(fields, text)
    if text.startswith("from=<"):
        return _queued(fields, text)
    if text == "removed":
        return "removed"
    if (notice := _NOTICE.match(text)) is not None:
        fields["notification"], fields["notification_queue_id"] = notice[1], notice[2]
        return "bounce"
    return _connection(fields, text)


def _connection(fields: Fields, text: str) -> str:
    word, mark, peer = text.partition(" from ")
    if mark and word in {"connect", "disconnect", "lost connection", "timeout"}:
        _peer(fields, peer, "src")
        return word if word.endswith("connect") else "other"
    return "other"


_Key = tuple[str, str]


@dataclass(slots=True)
class PostfixReader:
    """Reads Postfix's lines; remembers what they said about each queue id, bounded by `MAX_QUEUE`."""

    source: Source
    queue: OrderedDict[_Key, Fields] = field(default_factory=OrderedDict)

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this line."""
        match = _PROGRAM.match(envelope.program)
        daemon = match[1] if match else ""
        fields = line_fields(line, envelope) | {"daemon": daemon, "program": envelope.program}
        queued = _QUEUED.match(line)
        mail_event = _parse(fields, daemon, line[queued.end() if queued else 0 : MAX_PARSED])
        fields["mail_event"] = mail_event
        if queued is not None and queued[1] != "NOQUEUE":
            fields["queue_id"] = queued[1]
            self._join((envelope.host, queued[1]), fields)
        add_sender(fields, fields.get("from_header"))
        return (Event(_KINDS[mail_event], fields, self.source, position),)

    def finish(self) -> Iterable[Event]:
        """Every line gave its event at once."""
        return ()

    def _join(self, key: _Key, fields: Fields) -> None:
        known = self.queue.pop(key, {})
        if (filtered := fields.get("orig_queue_id")) is not None:
            known = self.queue.get((key[0], filtered), {}) | known
        if "mail_attachments" in fields:
            more = [*known.get("mail_attachments", ()), *fields["mail_attachments"]]
            fields["mail_attachments"] = list(dict.fromkeys(more))[:MAX_ATTACHMENTS]
        for name in _JOINED:
            if name in fields:
                known[name] = _bounded(fields[name])
            elif name in known:
                fields[name] = known[name]
        if fields["mail_event"] == "removed":
            return
        self._remember(key, known)
        if (notice := fields.get("notification_queue_id")) is not None:
            noticed = (key[0], notice)
            self._remember(noticed, self.queue.pop(noticed, {}) | {"bounced_queue_id": key[1]})

    def _remember(self, key: _Key, known: Fields) -> None:
        self.queue[key] = known
        if len(self.queue) > MAX_QUEUE:
            self.queue.popitem(last=False)


def _bounded(value: Any) -> Any:
    return value[:MAX_TEXT] if isinstance(value, str) else value


_RANKS: Final = (
    ("client=", 0),
    ("message-id=", 2),
    ("resent-message-id=", 2),
    ("from=<>", 6),
    ("from=<", 4),
    ("to=<", 7),
    ("removed", 8),
)
"""Beginnings of the lines of one queue, in the order in which Postfix writes them within one second."""


@dataclass(frozen=True, slots=True)
class PostfixFormat:
    """Postfix under syslog."""

    name: str = NAME

    def rank(self, line: str, _envelope: Envelope) -> int:
        """Where a line stands among those of its second: a queue's client first, its removal last.

        A filter's queue begins after that of the mail which it filters; a notice comes after the mail that it
        is about, and before the queue in which it travels (whose sender is empty).
        """
        queued = _QUEUED.match(line)
        text = line[queued.end() :] if queued is not None else line
        found = next((rank for mark, rank in _RANKS if text.startswith(mark)), None)
        if found == 0:
            return int("orig_queue_id=" in text)
        if found is not None:
            return found
        return 5 if _NOTICE.match(text) else 3

    def recognise(self, _line: str, envelope: Envelope) -> float:
        """The program's name decides."""
        return 0.95 if _PROGRAM.match(envelope.program) else 0.0

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return PostfixReader(source)


FORMATS: Final = (PostfixFormat(),)
