"""The event and what every room may ask of it.

An `Event` is cheap: five references. Everything that only few events are asked for (identity, time, outcome,
entities, observables) is computed when asked, always with the same result, by the `Traits` of its `Kind`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta, tzinfo

SCHEMA_VERSION: Final = 1
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

OUTCOME_FIELD: Final = "noroshi_outcome"
"""The field by which rules reach the outcome of any product's event; no log can write it (`note_outcome`)."""


def is_known(at: datetime) -> bool:
    """Whether an event's instant could be read; `EPOCH`, which no running clock shows, stands for unknown."""
    return at != EPOCH


Fields = dict[str, Any]
"""Field name → JSON value. Sigma names first; the original names stay reachable beside them."""


@dataclass(frozen=True, slots=True)
class LogSource:
    """Sigma's three dimensions; an event may carry several categories, and may leave any dimension open."""

    product: str | None = None
    service: str | None = None
    categories: frozenset[str] = frozenset()

    def covers(self, product: str | None, service: str | None, category: str | None) -> bool:
        """Whether a rule that names these dimensions applies: all that it names must be here."""
        return (
            (product is None or product == self.product)
            and (service is None or service == self.service)
            and (category is None or category in self.categories)
        )


class Outcome(enum.StrEnum):
    """What the product that logged the event did about it."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    DETECTED = "detected"
    QUARANTINED = "quarantined"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ZoneOrigin(enum.StrEnum):
    """Where the time zone of a timestamp came from, in order of trust."""

    RECORD = "record"
    SOURCE = "source"
    LEARNT = "learnt"
    ASSUMED_UTC = "assumed-utc"
    MISSING = "missing"


class YearOrigin(enum.StrEnum):
    """Where the year of a time that is written without one came from, in order of trust."""

    OPTION = "option"
    INPUT = "input"
    SCAN = "scan"
    CHANGED = "changed"


Span = tuple[datetime, datetime]
"""The first and the last instant of something, aware UTC."""


@dataclass(frozen=True, slots=True)
class Years:
    """How times that are written without a year get one.

    Attributes:
        origin: Where that is known from.
        fixed: The year, if somebody named it.
        spans: When full dates of the same input, or of others beside it, were written; the year that brings a
            time nearest to one of them is taken.
    """

    origin: YearOrigin
    fixed: int | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Timestamp:
    """An instant (aware UTC) and how its zone was known."""

    at: datetime
    zone: ZoneOrigin

    @classmethod
    def missing(cls) -> Timestamp:
        """What an event without a readable time has: the epoch, marked."""
        return cls(EPOCH, ZoneOrigin.MISSING)


@dataclass(frozen=True, slots=True)
class Entities:
    """Whom the event is about, as its own record names them; `identity/` joins them across logs.

    Attributes:
        host: Computer name in lower case without domain part (``pc-014``), the watched machine.
        user: Account name in lower case without domain part (``t.suzuki``).
        address: IP address of the watched machine, not of its peer.
        mailbox: Mail address in lower case of the watched person.
    """

    host: str | None = None
    user: str | None = None
    address: str | None = None
    mailbox: str | None = None


@dataclass(frozen=True, slots=True)
class Observable:
    """A typed value inside an event (``domain``, ``ip``, ``url``, ``sha256`` …) and its field."""

    type: str
    value: str
    field: str


class Traits(Protocol):
    """How the lazy parts of an event are read; one implementation serves all kinds of a format."""

    @property
    def observable_fields(self) -> Mapping[str, str]:
        """Field → type of the observables in it (`noroshi.events.observables`)."""

    def time(self, event: Event) -> Timestamp:
        """The event's instant; `ZoneOrigin.MISSING` with the epoch when the record has none."""

    def outcome(self, event: Event) -> Outcome:
        """What the product did."""

    def entities(self, event: Event) -> Entities:
        """Whom the record is about."""

    def observables(self, event: Event) -> tuple[Observable, ...]:
        """All typed values of the record."""


@dataclass(frozen=True, eq=False, slots=True)
class Kind:
    """What all events of one kind share; interned, compared by identity, used as a dictionary key.

    Attributes:
        format: Name of the format that read it (``windows-json``, ``squid`` …).
        logsource: Sigma's log source.
        constants: Values that every event of this kind has in these fields (``EventID``, ``Channel``); the
            engine evaluates rules in advance on them, so kinds should be as fine as the log's own types.
        traits: How the lazy parts are read.
    """

    format: str
    logsource: LogSource
    constants: Mapping[str, Any]
    traits: Traits


@dataclass(eq=False, slots=True)
class Source:
    """One input: a file, a member of an archive, standard input, later a socket.

    Attributes:
        path: As shown to people.
        id: Stable identity, configured or derived from the content, never from the path.
        tenant: Which watched organisation it belongs to.
        zone: Time zone configured for it, for records without one.
        learnt_offsets: Host → offset of its local clock from UTC, learnt from records that hold both.
        newest: No record is newer (a file's modification time, else when it was opened); decides the year of
            times that are written without one where `years` says nothing.
        years: What else is known of the year of such times.
        yearless: Whether such a time has been met.
        ends: Whether the input ends (a file), so that records may wait for others until its end; a socket's
            may not.
    """

    path: str
    id: str
    tenant: str = "default"
    zone: tzinfo | None = None
    learnt_offsets: dict[str, timedelta] = field(default_factory=dict)
    newest: datetime = field(default_factory=lambda: datetime.now(UTC))
    years: Years | None = None
    yearless: bool = False
    ends: bool = False


class Event(msgspec.Struct, eq=False, gc=False):
    """One decoded log record.

    Attributes:
        kind: What it shares with its like.
        fields: Values by Sigma name and by original name.
        source: Where it came from.
        position: Stable position in the source: record number from 1, byte offset, or a text such as
            ``chunk:record``.
        raw: The record's bytes (or these and more), only if every text of `fields` stands in them as it is or
            JSON-escaped, those of the kind's constants excepted; the engine then looks for keywords there.
            None otherwise.
    """

    kind: Kind
    fields: Fields
    source: Source
    position: int | str
    raw: bytes | None = None

    @property
    def event_id(self) -> str:
        """``hash(tenant, source id, position)``: 32 hexadecimal digits, the same at every reading."""
        return event_id_of(self.source.tenant, self.source.id, self.position)

    @property
    def logsource(self) -> LogSource:
        """Sigma's log source of this event."""
        return self.kind.logsource

    @property
    def time(self) -> Timestamp:
        """When it happened, aware UTC, and how the zone was known."""
        return self.kind.traits.time(self)

    @property
    def outcome(self) -> Outcome:
        """What the product that logged it did."""
        return self.kind.traits.outcome(self)

    @property
    def entities(self) -> Entities:
        """Whom the record names; not yet joined across logs."""
        return self.kind.traits.entities(self)

    @property
    def observables(self) -> tuple[Observable, ...]:
        """All typed values of the record."""
        return self.kind.traits.observables(self)


def event_id_of(tenant: str, source_id: str, position: int | str) -> str:
    """The identity of the event at a position of an input."""
    text = f"{tenant}\0{source_id}\0{position}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def note_outcome(event: Event) -> None:
    """Put the outcome among the fields, as `OUTCOME_FIELD`; what a log wrote there is replaced."""
    event.fields[OUTCOME_FIELD] = event.outcome.value
