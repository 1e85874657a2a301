"""The tables as they are now; `migrations` lead there. Only what SQLite and PostgreSQL both have.

Texts that hold several words (``families``) have each word between two line feeds, folded, so that one
``LIKE`` finds a whole word in either database.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

METADATA: Final = MetaData()
_COUNTED: Final = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up INTEGER keys only

INDICATOR: Final = Table(
    "indicator",
    METADATA,
    Column("key", LargeBinary(16), primary_key=True),  # kinds.key_of
    Column("type", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("exempt", Boolean, nullable=False),
    Column("claims", Text, nullable=False),  # JSON: the SourceClaims
    # Read from the claims, so that queries need not open them:
    Column("threats", Text, nullable=False),
    Column("families", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("sources", Text, nullable=False),
    Column("tlp", Text, nullable=False),
    Column("confidence", SmallInteger),
    Column("compromised_site", Boolean, nullable=False),
    Column("first_seen", BigInteger),
    Column("last_seen", BigInteger),
    # From our own logs:
    Column("sighted_count", BigInteger, nullable=False),
    Column("sighted_first", BigInteger),
    Column("sighted_last", BigInteger),
    Column("added_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("indicator_type_status", "type", "status"),
    Index("indicator_changed", "changed_at"),
)

CHANGE: Final = Table(
    "change",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
)
"""One transaction: who did what when, and to how many."""

HISTORY: Final = Table(
    "history",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    Column("change_id", BigInteger, ForeignKey("change.id"), nullable=False),
    Column("key", LargeBinary(16), nullable=False),
    Column("action", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON: FieldChanges, or why something was refused
    Index("history_key", "key"),
    Index("history_change", "change_id"),
)
"""What a change did to one indicator. Triggers refuse to update or delete rows of `change` and `history`."""

SIGHTING: Final = Table(
    "sighting",
    METADATA,
    Column("key", LargeBinary(16), nullable=False),
    Column("place", Text, nullable=False),  # the entity that was seen with it, as "host pc-014"
    Column("input", Text, nullable=False),  # identity of the input (by content), so that it counts once
    Column("day", Integer, nullable=False),  # of the first event: days since 1970-01-01 UTC
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("key", "place", "input", "day", name="sighting_key"),
)

OBSERVED: Final = Table(
    "observed",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("input", Text, nullable=False),
    Column("day", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("path", Text, nullable=False),  # as shown to people
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("observables", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column(
        "content", LargeBinary
    ),  # what service.remembering.segment writes; NULL: forgotten for want of room
    Column("matched_at", BigInteger),  # indicators of before this moment were matched against it
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "input", "day", "part", name="observed_key"),
    Index("observed_day", "tenant", "day"),
)
"""Observables of one input on one day, in compressed parts."""

COVERED: Final = Table(
    "covered",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("input", Text, nullable=False),
    Column("day", Integer, nullable=False),
    Column("source", Text, nullable=False),  # log source, as "squid/access (proxy)"
    Column("path", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("quarters", LargeBinary(12), nullable=False),  # a bit a quarter of an hour (UTC) with events
    Column("shows", Text, nullable=False),  # kinds of values seen in it, between line feeds
    Column("dropped", BigInteger, nullable=False),  # observables that found no room
    PrimaryKeyConstraint("tenant", "input", "day", "source", name="covered_key"),
    Index("covered_day", "tenant", "day"),
)
"""Which log source was read for which quarters of an hour; outlives the observables themselves."""

SAVED_SET: Final = Table(
    "saved_set",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False),  # JSON: indicators.query.Query
    Column("description", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
)

STATE: Final = Table(
    "state",
    METADATA,
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),  # JSON
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("owner", "name"),
)
"""What a feed remembers between two runs: cursors, ETags, counts."""
