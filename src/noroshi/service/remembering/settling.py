"""Who the machines were: what was collected gets its joined entities once everything is read.

An address is joined to its host as of the row's first event. Leases change seldom, so the answer is asked for
three moments of an hour (its beginning, middle and end) and taken for all of it where they agree; where they
do not, every row is asked for by itself.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from noroshi.events.model import EPOCH, Entities, ZoneOrigin
from noroshi.identity import Evidence
from noroshi.service.remembering.segment import Column, Context, Segment, decode_segment, encode_segment
from noroshi.store.observed import Covered, Part, SeenInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from noroshi.identity import Directory, Joined
    from noroshi.service.remembering.collected import Collected, Cover, CoverKey, Piece

_HOUR: Final = 3_600_000_000
_MAX_KNOWN: Final = 200_000
_Input = tuple[str, str]
"""Identity and path."""


def settled(
    collected: Collected, directory: Directory, offsets: Mapping[str, timedelta]
) -> Iterator[SeenInput]:
    """Every input with its entities joined; of copies of an input the one with the most events.

    Args:
        collected: By a scan.
        directory: Who is who, from everything that the scan read.
        offsets: Host → offset of its clock from UTC, where that was learnt.
    """
    settler = _Settler(directory, offsets)
    pieces: dict[_Input, list[Piece]] = defaultdict(list)
    covers: dict[_Input, list[tuple[CoverKey, Cover]]] = defaultdict(list)
    for piece in collected.pieces:
        pieces[piece.input, piece.path].append(piece)
    for key, cover in collected.covers.items():
        covers[key[0], key[1]].append((key, cover))
    for (input_, path), found in _fullest(covers):
        parts = tuple(settler.parts(pieces.get((input_, path), [])))
        yield SeenInput(input_, path, tuple(_covered(key, cover) for key, cover in found), parts)


def _fullest(
    covers: dict[_Input, list[tuple[CoverKey, Cover]]],
) -> Iterator[tuple[_Input, list[tuple[CoverKey, Cover]]]]:
    best: dict[str, tuple[int, str]] = {}
    for (input_, path), found in covers.items():
        events = sum(cover.events for _, cover in found)
        best[input_] = max(best.get(input_, (0, path)), (events, path))
    for input_, (_, path) in best.items():
        yield (input_, path), covers[input_, path]


def _covered(key: CoverKey, cover: Cover) -> Covered:
    input_, path, day, source = key
    return Covered(
        input_,
        path,
        day,
        source,
        cover.first,
        cover.last,
        cover.events,
        cover.quarters,
        frozenset(cover.shows),
        cover.dropped,
    )


class _Settler:
    """Joins contexts, remembering what was asked."""

    def __init__(self, directory: Directory, offsets: Mapping[str, timedelta]) -> None:
        self._directory = directory
        self._offsets = offsets
        self._steady: dict[tuple[Entities, str, str, int], Joined | None] = {}

    def parts(self, pieces: list[Piece]) -> Iterator[Part]:
        """The pieces of one input as parts, numbered by day."""
        ordered = sorted(pieces, key=lambda piece: (piece.day, piece.first, piece.last, piece.content))
        for number, piece in enumerate(ordered):
            content = encode_segment(self._settled(decode_segment(piece.content, piece.path), piece.path))
            yield Part(
                piece.input,
                piece.path,
                piece.day,
                number,
                piece.first,
                piece.last,
                piece.observables,
                content,
            )

    def _settled(self, segment: Segment, path: str) -> Segment:
        table = _Contexts(segment.contexts)
        shifts = [self._shift(context, segment) for context in segment.contexts]
        columns = []
        for column in segment.columns:
            rows = []
            for row in column.rows:
                old, shift = row[2], shifts[row[2]]
                first, last = row[3] - shift, row[4] - shift
                joined = self._joined(segment.contexts[old], first, path)
                rows.append((row[0], row[1], table.number(old, joined, shift), first, last, row[5], row[6]))
            columns.append(Column(column.field, column.type, rows))
        return Segment(segment.sources, table.contexts, columns)

    def _shift(self, context: Context, segment: Segment) -> int:
        """Microseconds by which a clock that nothing told the zone of was ahead of UTC."""
        assumed = context.zone == ZoneOrigin.ASSUMED_UTC.value
        if not assumed or segment.sources[context.source].product != "windows":
            return 0
        offset = self._offsets.get(context.entities.host or "")
        return 0 if offset is None else round(offset / timedelta(microseconds=1))

    def _joined(self, context: Context, at: int, path: str) -> Joined:
        key = context.entities, context.peer, context.forwarded, at // _HOUR
        if key not in self._steady:
            if len(self._steady) >= _MAX_KNOWN:
                self._steady.clear()
            begin = at // _HOUR * _HOUR
            answers = [
                self._resolve(context, moment, path)
                for moment in (begin, begin + _HOUR // 2, begin + _HOUR - 1)
            ]
            agree = all(answer.entities == answers[0].entities for answer in answers)
            self._steady[key] = answers[1] if agree else None
        steady = self._steady[key]
        return self._resolve(context, at, path) if steady is None else steady

    def _resolve(self, context: Context, at: int, path: str) -> Joined:
        fields = {"c-ip": context.peer, "x-forwarded-for": context.forwarded} if context.forwarded else {}
        record = Evidence("", path, "", "")
        return self._directory.resolve(context.entities, moment_of(at), fields, record)


class _Contexts:
    """The contexts of a segment with their entities joined, each once."""

    def __init__(self, before: list[Context]) -> None:
        self._before = before
        self._numbers: dict[tuple[int, int], int] = {}
        self._held: list[Joined] = []
        self.contexts: list[Context] = []

    def number(self, old: int, joined: Joined, shift: int) -> int:
        """The number of a context with these entities."""
        key = old, id(joined)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.contexts)
            self._held.append(joined)  # as long as it is held, its identity is nobody else's
            zone = ZoneOrigin.LEARNT.value if shift else self._before[old].zone
            new = msgspec.structs.replace(
                self._before[old], entities=joined.entities, joins=joined.joins, zone=zone
            )
            self.contexts.append(new)
        return number


def moment_of(micros: int) -> datetime:
    """Aware UTC."""
    return EPOCH + timedelta(microseconds=micros)
