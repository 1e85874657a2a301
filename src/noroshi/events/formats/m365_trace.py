"""Microsoft 365 message trace: reports downloaded as CSV, and ``Get-MessageTrace`` exported as CSV or JSON.

Format: Microsoft documentation, "Message trace in the modern Exchange admin center" (columns of the
enhanced and the extended report) and the cmdlets ``Get-MessageTrace`` and ``Get-MessageTraceV2``. The first
row names the columns. Log source: product ``m365``, service ``message-trace``, category ``mail``. Columns
keep their names; the uniform fields of mail stand beside them. ``recipient_status`` (``a@b##Receive,
Deliver``) gives ``mail_to`` and ``status``, a list where recipients fared differently. Times without zone
are UTC; those of PowerShell have the regional format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._dhcp import csv_row
from noroshi.events.formats._json_lines import json_object
from noroshi.events.formats._local_times import regional_time
from noroshi.events.formats._mail import add_sender, addresses, decoded_subject
from noroshi.events.formats.exchange import MessageTraits
from noroshi.events.model import Event, Kind, LogSource, Outcome, Timestamp
from noroshi.events.observables import as_ip
from noroshi.events.traits import load_table
from noroshi.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "m365-message-trace"
MAX_COLUMNS: Final = 256
_HEADS: Final = (
    {"sender_address", "message_id", "message_subject"},
    {"SenderAddress", "RecipientAddress", "Received"},
)
_TARGETS: Final = (
    ("mail_from", ("sender_address", "SenderAddress")),
    ("mail_to", ("recipient_address", "RecipientAddress")),
    ("mail_subject", ("message_subject", "Subject")),
    ("message_id", ("message_id", "MessageId")),
    ("src_ip", ("original_client_ip", "client_ip", "FromIP")),
    ("dst_ip", ("ToIP", "server_ip")),
    ("size", ("total_bytes", "Size")),
    ("status", ("Status",)),
)


_BEST_FIRST: Final = (Outcome.ALLOWED, Outcome.QUARANTINED, Outcome.FAILED)


@dataclass(frozen=True, slots=True)
class TraceTraits(MessageTraits):
    """A table, and regional times of PowerShell."""

    def time(self, event: Event) -> Timestamp:
        """The first time field that can be read."""
        for name in self.table.time:
            if (stamp := regional_time(event.fields.get(name), event.source, utc=True)) is not None:
                return stamp
        return Timestamp.missing()

    def outcome(self, event: Event) -> Outcome:
        """Of recipients who fared differently the best: it says how far the mail came."""
        states = event.fields.get("status")
        if not isinstance(states, list):
            return MessageTraits.outcome(self, event)
        values = self.table.outcome[0].values
        found = {values.get(fold(str(state)), Outcome.UNKNOWN) for state in states}
        return next((one for one in _BEST_FIRST if one in found), Outcome.UNKNOWN)


_KIND: Final = Kind(
    NAME, LogSource("m365", "message-trace", frozenset({"mail"})), {}, TraceTraits(load_table("m365_trace"))
)


def _columns(line: str) -> tuple[str, ...] | None:
    """The names of a heading row; None when it is none."""
    if len(line) > 8_192 or "," not in line:
        return None
    names = tuple(name.strip(' "\ufeff') for name in line.split(",")[:MAX_COLUMNS])
    return names if any(wanted <= set(names) for wanted in _HEADS) else None


def _add_mail(fields: Fields) -> None:
    for target, names in _TARGETS:
        found = next((fields[name] for name in names if fields.get(name) not in (None, "")), None)
        if found is not None and (not target.endswith("_ip") or as_ip(str(found))):
            fields[target] = found
    if isinstance(fields.get("mail_from"), str) and fields["mail_from"] == "<>":
        fields["mail_from"] = ""
    _add_recipients(fields)
    add_sender(fields)
    if isinstance(fields.get("mail_subject"), str):
        fields["mail_subject"] = decoded_subject(fields["mail_subject"])
    if isinstance(fields.get("message_id"), str):
        fields["message_id"] = fields["message_id"].strip("<>")


def _add_recipients(fields: Fields) -> None:
    states: Any = fields.get("recipient_status")
    if isinstance(states, str):
        pairs = [part.partition("##") for part in states.split(";")[:1_000]]
        fields.setdefault("mail_to", ";".join(address for address, _, _ in pairs))
        last = [words.split(",")[-1].strip() for _, _, words in pairs if words]
        if last:
            fields.setdefault("status", last[0] if len(set(last)) == 1 else last)
    if isinstance(recipients := fields.get("mail_to"), str):
        fields["mail_to"] = addresses(recipients.split(";"))


class TraceReader:
    """Reads one input; keeps its heading."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._names: tuple[str, ...] = ()

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of a row or of an object; none for the heading and PowerShell's type line."""
        if line.startswith("{"):
            fields = json_object(line)
            if "SenderAddress" not in fields:
                raise UnreadableRecordError("the object has no SenderAddress", "it is no message trace")
        elif line.startswith("#TYPE "):
            return ()
        elif (names := _columns(line)) is not None:
            self._names = names
            return ()
        else:
            fields = self._row(line)
        _add_mail(fields)
        return (Event(_KIND, fields, self._source, position),)

    def _row(self, line: str) -> Fields:
        if not self._names:
            raise UnreadableRecordError("rows before any heading", "give the file from its beginning")
        values = csv_row(line)
        if len(values) != len(self._names):
            wanted = Sentence("{count} columns are named", count=len(self._names))
            raise UnreadableRecordError("the number of values is not that of the columns", wanted)
        return {name: value for name, value in zip(self._names, values, strict=True) if value}

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class MessageTrace:
    """Message trace, recognised by its heading row."""

    name = NAME
    splittable = False

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """The heading row, or an object with the cmdlet's names."""
        if line.startswith("{"):
            return 0.95 if '"MessageTraceId"' in line and '"SenderAddress"' in line else 0.0
        return 1.0 if "ender" in line[:2000] and _columns(line) is not None else 0.0

    def reader(self, source: Source) -> TraceReader:
        """A reader for one input."""
        return TraceReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (MessageTrace(),)
