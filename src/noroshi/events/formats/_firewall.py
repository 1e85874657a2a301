"""What firewalls, VPN gateways, IPS and flow logs have in common: names, lines of values, the watched side.

A table may have a section ``[ends]``: for ``source`` and ``destination`` of a connection the fields that name
host, user and address there.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._network import is_inside, watched
from noroshi.events.traits import TableTraits, first_text, read_entities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.events.format import Envelope
    from noroshi.events.model import Entities, Event, Fields

MAX_CHARS: Final = 262_144
"""A longer line is damaged; no such device writes one."""


class EndsTraits(TableTraits):
    """A table, and the side of a connection that is watched (table section ``[ends]``)."""

    def entities(self, event: Event) -> Entities:
        """The source, or the destination where only that one is inside; without addresses the table's own."""
        ends: Mapping[str, Mapping[str, list[str]]] = self.table.raw["ends"]
        near = first_text(event, tuple(ends["source"]["address"]))
        far = first_text(event, tuple(ends["destination"]["address"]))
        if near is None and far is None:
            return TableTraits.entities(self, event)
        inward = near is None or (watched(near, far) == far and is_inside(far))
        names = ends["destination" if inward else "source"]
        host, user, address = (tuple(names.get(kind, ())) for kind in ("host", "user", "address"))
        return read_entities(event, host, user, address)


def add_aliases(fields: Fields, aliases: Mapping[str, list[str]]) -> None:
    """Put the names that Sigma rules use beside the product's own, both with the same object."""
    for name, others in aliases.items():
        if name in fields:
            for other in others:
                fields.setdefault(other, fields[name])


def add_envelope(fields: Fields, envelope: Envelope) -> None:
    """Keep syslog's time (``envelope_time``) and host (``dvchost``); the table ranks them."""
    if envelope.time:
        fields.setdefault("envelope_time", envelope.time)
    if envelope.host:
        fields.setdefault("dvchost", envelope.host)


def comma_separated(line: str) -> list[str]:
    """The values of one line (RFC 4180): quotes around values, doubled quotes in them.

    Raises:
        UnreadableRecordError: The line is longer than any device writes, or a value is.
    """
    if len(line) > MAX_CHARS:
        raise UnreadableRecordError(
            "the line of values is too long",
            Sentence("at most {max_chars:,} characters", max_chars=MAX_CHARS),
        )
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader((line,)))
    except (csv.Error, StopIteration) as error:
        raise UnreadableRecordError("the values between commas cannot be read", str(error)) from None


def named(names: list[str], values: list[str], empty: frozenset[str] = frozenset({""})) -> dict[str, Any]:
    """Values by their columns' names without the empty ones; columns beyond the names are ``column_<n>``.

    A name that is empty or a dash is a column without meaning.
    """
    fields = {
        name: value
        for name, value in zip(names, values, strict=False)
        if value not in empty and name not in ("", "-")
    }
    for at in range(len(names), len(values)):
        if values[at] not in empty:
            fields[f"column_{at + 1}"] = values[at]
    return fields
