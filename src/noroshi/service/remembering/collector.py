"""Collects the observables of events while they are read: each value once a field, machine, outcome and day.

It stands in the path of every event, so it asks for little: the fields that the format's table calls
observables, the time, and whom the event is about. What a plain table decides is remembered by the raw texts
it is decided by. A machine's hundred requests for one URL are one row with a count, first and last.

Left out are the host of an event whose URL shows it already, values that are empty or longer than 8,192
characters, and events without a time. Room is bounded: rows are packed away whenever `MAX_ROWS` or
`MAX_LETTERS` are reached, and what is packed may not exceed `MAX_BYTES`; beyond it, observables are counted
as dropped by log source and day, so that nobody takes them for absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.model import EPOCH, ZoneOrigin
from noroshi.events.values import as_text, elements, lookup
from noroshi.identity.facts import sender
from noroshi.indicators.model import PORT_FIELDS
from noroshi.indicators.values import hashes_in, packed_address
from noroshi.service.remembering.answers import entities_of, outcome_of
from noroshi.service.remembering.collected import Collected, Cover, Piece, source_name
from noroshi.service.remembering.segment import Column, Context, Segment, encode_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from noroshi.events.model import Entities, Event, Kind, LogSource, Source

MAX_ROWS: Final = 200_000
MAX_LETTERS: Final = 32 << 20
MAX_CHARS: Final = 8_192
_MAX_PLANS: Final = 4_096
_MAX_KNOWN: Final = 50_000
_MICROS: Final = 1_000_000
_DAY: Final = 86_400 * _MICROS
_QUARTER: Final = 900 * _MICROS
_HOSTS: Final = frozenset({"domain", "ip", "host-or-ip", "ip:port"})
_BY_LENGTH: Final = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_FORWARDED: Final = ("x-forwarded-for", "X-Forwarded-For", "cs(X-Forwarded-For)", "xff")
_NOTHING: Final = frozenset({"", "-"})


_Step = tuple[str, int, bool, str, bool]
"""One field: its name, its number among columns, whether it is a host, where the port of the same end stands
(empty: nowhere), whether it lies inside another field."""


_Key = tuple[int, str, str | None, int]
"""Number of the column, value, port, number of the context."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is looked at in events of one kind."""

    source: int
    named: str
    urls: tuple[_Step, ...]
    others: tuple[_Step, ...]
    entities: Callable[[Event], Entities]
    outcome: Callable[[Event], str]


class Collector:
    """Collects from one event after another; `collected` ends it."""

    def __init__(self) -> None:
        self._found = Collected()
        self._plans: dict[Kind, _Plan | None] = {}
        self._source: Source | None = None
        self._sources: dict[LogSource, int] = {}
        self._columns: dict[tuple[str, str], int] = {}
        self._contexts: dict[tuple[Any, ...], int] = {}
        self._known: list[tuple[int, Context]] = []
        self._rows: dict[_Key, list[Any]] = {}
        self._covers: dict[tuple[int, str], Cover] = {}
        self._letters = 0

    def observe(self, event: Event) -> None:
        """Take an event."""
        try:
            plan = self._plans[event.kind]
        except KeyError:
            plan = self._plan(event.kind)
        if plan is None:
            return
        if event.source is not self._source:
            self._begin(event.source)
        stamp = event.time
        if stamp.zone is ZoneOrigin.MISSING:
            self._found.undated += 1
            return
        since = stamp.at - EPOCH
        day, rest = since.days, since.seconds * _MICROS + since.microseconds
        at = day * _DAY + rest
        cover = self._covers.get((day, plan.named))
        if cover is None:
            cover = self._covers[day, plan.named] = Cover(at, at)
        cover.events += 1
        cover.quarters |= 1 << rest // _QUARTER
        if at < cover.first:
            cover.first = at
        elif at > cover.last:
            cover.last = at
        self._collect(event, plan, day, at, stamp.zone)

    def _collect(self, event: Event, plan: _Plan, day: int, at: int, zone: ZoneOrigin) -> None:
        fields, urls = event.fields, ""
        values: list[tuple[_Step, str]] = []
        for step in plan.urls:
            value = fields.get(step[0])
            if value.__class__ is str and not step[4]:
                if value and value != "-" and len(value) <= MAX_CHARS:
                    values.append((step, value))
                    if "://" in value:
                        urls += value + " "
            elif value is not None or step[4]:
                values += _several(step, fields)
        for step in plan.others:
            value = fields.get(step[0])
            if value.__class__ is str:
                hidden = step[2] and value in urls
                if value and value != "-" and not hidden and len(value) <= MAX_CHARS:
                    values.append((step, value))
            elif value is not None or step[4]:
                values += _several(step, fields)
        if values:
            self._keep(values, event, self._context(event, plan, day, zone, bool(urls)), at)

    def _keep(self, values: list[tuple[_Step, str]], event: Event, context: int, at: int) -> None:
        rows, position = self._rows, event.position
        for step, value in values:
            key = step[1], value, _port(event.fields, step[3]) if step[3] else None, context
            row = rows.get(key)
            if row is None:
                rows[key] = [at, at, 1, position]
                self._letters += len(value)
            else:
                row[2] += 1
                if at > row[1]:
                    row[1] = at
                elif at < row[0]:
                    row[0], row[3] = at, position
        if len(rows) > MAX_ROWS or self._letters > MAX_LETTERS:
            self._flush()

    def _context(self, event: Event, plan: _Plan, day: int, zone: ZoneOrigin, url_visible: bool) -> int:  # noqa: FBT001 - internal
        forwarded = _forwarded(event.fields) if plan.urls else ""
        peer = (sender(event.fields) or "") if forwarded else ""
        # By identity: answers are remembered, and an enumeration's own hash costs more than all the rest.
        who, what = plan.entities(event), plan.outcome(event)
        key = plan.source, day, id(who), id(what), id(zone), url_visible, forwarded, peer
        number = self._contexts.get(key)
        if number is None:
            number = self._contexts[key] = len(self._known)
            self._known.append(
                (day, Context(plan.source, who, what, url_visible, zone.value, peer, forwarded))
            )
        return number

    def _plan(self, kind: Kind) -> _Plan | None:
        if len(self._plans) >= _MAX_PLANS:
            self._plans.clear()
        plan = self._plans[kind] = self._made(kind)
        return plan

    def _made(self, kind: Kind) -> _Plan | None:
        named = kind.traits.observable_fields
        if not named:
            return None
        steps = {name: self._step(name, type_) for name, type_ in named.items()}
        return _Plan(
            self._sources.setdefault(kind.logsource, len(self._sources)),
            source_name(kind.logsource),
            tuple(step for name, step in steps.items() if named[name] == "url"),
            tuple(step for name, step in steps.items() if named[name] != "url"),
            entities_of(kind),
            outcome_of(kind),
        )

    def _step(self, name: str, type_: str) -> _Step:
        number = self._columns.setdefault((name, type_), len(self._columns))
        return name, number, type_ in _HOSTS, PORT_FIELDS.get(name, ""), "." in name

    def _begin(self, source: Source) -> None:
        self._close_input()
        self._source = source

    def _close_input(self) -> None:
        self._flush()
        source = self._source
        if source is None:
            return
        for (day, named), cover in self._covers.items():
            key = source.id, source.path, day, named
            known = self._found.covers.setdefault(key, cover)
            if known is not cover:
                known.add(cover)
        self._covers = {}

    def _flush(self) -> None:
        """Pack the rows of this input, a piece a day."""
        source = self._source
        if source is None or not self._rows:
            return
        by_day: dict[int, list[_Key]] = {}
        for key in self._rows:
            by_day.setdefault(self._known[key[3]][0], []).append(key)
        for day, keys in sorted(by_day.items()):
            self._note_shown(day, keys)
            if not self._found.take(self._packed(source, day, keys)):
                for (covered, _), cover in self._covers.items():
                    cover.dropped += len(keys) if covered == day else 0
        self._rows, self._contexts, self._known, self._letters = {}, {}, [], 0

    def _packed(self, source: Source, day: int, keys: list[_Key]) -> Piece:
        numbers: dict[int, int] = {}
        names = list(self._columns)
        columns: dict[int, Column] = {}
        rows = self._rows
        for key in keys:
            step, value, port, context = key
            column = columns.get(step)
            if column is None:
                column = columns[step] = Column(*names[step], [])
            number = numbers.setdefault(context, len(numbers))
            first, last, count, position = rows[key]
            column.rows.append((value, port, number, first, last, count, position))
        contexts = [self._known[number][1] for number in numbers]
        segment = Segment(list(self._sources), contexts, list(columns.values()))
        first, last = min(rows[key][0] for key in keys), max(rows[key][1] for key in keys)
        return Piece(source.id, source.path, day, first, last, len(keys), encode_segment(segment))

    def _note_shown(self, day: int, keys: Iterable[_Key]) -> None:
        """What kinds of values the log sources really show, not what their tables could."""
        types = [type_ for _, type_ in self._columns]
        names = list(map(source_name, self._sources))
        for step, value, _, context in keys:
            cover = self._covers[day, names[self._known[context][1].source]]
            cover.shows.update(kind for kind in _kinds_of(types[step], value) if kind)

    def collected(self) -> Collected:
        """Everything; the collector is empty then."""
        self._close_input()
        found, self._found, self._source = self._found, Collected(), None
        return found


def _kinds_of(type_: str, value: str) -> tuple[str, ...]:
    """What a value of a field is: of hashes which ones, of a host whether a name or an address."""
    if type_ == "url" and "://" in value:
        return ("url",)
    if type_ in _HOSTS or type_ == "url":
        host = value.rpartition(":")[0] if value.count(":") == 1 else value
        if packed_address(host) is not None:
            return ("ip",)
        return ("domain",) if "." in host else ()  # a machine's short name is no domain
    if type_ in {"hash", "hashes"}:
        return tuple(said or _BY_LENGTH.get(len(digits), "") for said, digits in hashes_in(value))
    return (type_,)


def _several(step: _Step, fields: dict[str, Any]) -> list[tuple[_Step, str]]:
    """A list, a number, or a field inside another."""
    texts = (as_text(value) for value in elements(lookup(fields, step[0])))
    return [(step, text) for text in texts if text and text not in _NOTHING and len(text) <= MAX_CHARS]


def _port(fields: dict[str, Any], name: str) -> str | None:
    port = fields.get(name)
    return port if port.__class__ is str else as_text(lookup(fields, name))


def _forwarded(fields: dict[str, Any]) -> str:
    for name in _FORWARDED:
        value = fields.get(name)
        if value.__class__ is str and value:
            return str(value)[:1_024]
    return ""
