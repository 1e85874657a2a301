"""The observables of one input on one day as bytes: MessagePack, compressed.

Whom an event is about, what was done and by which log source stands once in a table; a row names it by its
number. So a row of a proxy's log takes some twenty bytes.
"""

from __future__ import annotations

from typing import Final

import msgspec
import zstandard

from noroshi.errors import LocatedError, Sentence
from noroshi.events.model import Entities, LogSource
from noroshi.identity import Join  # noqa: TC001 - the same

_LEVEL: Final = 3
MAX_BYTES: Final = 1 << 30
"""Decompressed; what the collector flushes is far smaller."""

Row = tuple[str, str | None, int, int, int, int, int | str]
"""Value, port of the same end (or None), number of the context, first and last time (microseconds since
1970-01-01 UTC), events, position of the first event."""


class Context(msgspec.Struct, array_like=True, frozen=True):
    """What events with an observable have in common.

    Attributes:
        source: Number in `Segment.sources`.
        entities: As the record names them; joined once the input is settled.
        outcome: `Outcome` value.
        url_visible: The event also shows a whole URL, so that a bare host in it is no hint of another.
        zone: How the zone of the time was known (`ZoneOrigin` value).
        peer, forwarded: Who opened the connection, and its ``X-Forwarded-For``; empty unless there was one.
        joins: Why the entities are these.
    """

    source: int
    entities: Entities
    outcome: str
    url_visible: bool = False
    zone: str = ""
    peer: str = ""
    forwarded: str = ""
    joins: tuple[Join, ...] = ()


class Column(msgspec.Struct, array_like=True):
    """The values of one field: its name, its type as the format's table says, and its rows."""

    field: str
    type: str
    rows: list[Row]


class Segment(msgspec.Struct, array_like=True):
    """Observables of one input on one day."""

    sources: list[LogSource]
    contexts: list[Context]
    columns: list[Column]

    def __len__(self) -> int:
        return sum(len(column.rows) for column in self.columns)


_DECODER: Final = msgspec.msgpack.Decoder(Segment)
_ENCODER: Final = msgspec.msgpack.Encoder()


def encode_segment(segment: Segment) -> bytes:
    """A segment as bytes; lone surrogates in values become U+FFFD."""
    try:
        raw = _ENCODER.encode(segment)
    except UnicodeEncodeError:
        raw = _ENCODER.encode(_repaired(segment))
    return zstandard.ZstdCompressor(level=_LEVEL).compress(raw)


def decode_segment(raw: bytes, place: str) -> Segment:
    """The inverse.

    Raises:
        LocatedError: The bytes are damaged, or another version wrote them.
    """
    try:
        plain = zstandard.ZstdDecompressor().decompress(raw, max_output_size=MAX_BYTES)
        return _DECODER.decode(plain)
    except (zstandard.ZstdError, msgspec.DecodeError, MemoryError) as error:
        what = Sentence("the kept observables cannot be read: {error}", error=error)
        raise LocatedError(place, "", what, "scan the log again") from None


def _repaired(segment: Segment) -> Segment:
    columns = [
        Column(
            _plain(column.field),
            column.type,
            [(_plain(row[0]), row[1] and _plain(row[1]), *row[2:]) for row in column.rows],
        )
        for column in segment.columns
    ]
    contexts = [
        msgspec.structs.replace(
            one,
            entities=Entities(*(None if name is None else _plain(name) for name in _names(one.entities))),
            peer=_plain(one.peer),
            forwarded=_plain(one.forwarded),
        )
        for one in segment.contexts
    ]
    return Segment(segment.sources, contexts, columns)


def _names(entities: Entities) -> tuple[str | None, ...]:
    return entities.host, entities.user, entities.address, entities.mailbox


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
