"""Observes events and keeps, bounded, what they say about who is who."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from noroshi.events.model import EPOCH, ZoneOrigin
from noroshi.identity.directory import Directory, build_directory
from noroshi.identity.facts import Reading, Values, reading_of
from noroshi.identity.names import MAX_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta

    from noroshi.events.model import Event, Kind
    from noroshi.identity.assets import Declared

MAX_POINTS: Final = 500_000
_UNDECIDED: Final = object()
_TIMES: Final = ("UtcTime", "TimeCreated", "EventTime", "@timestamp", "time", "timestamp", "Timestamp", "ts")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MICROS: Final = 1_000_000

Key = tuple[str, Values, str]


class Point(NamedTuple):
    """The earliest event of one stretch of time that says one thing.

    Attributes:
        raw, source, order: Time as written, source id, position: the order that decides which is earliest.
        at: Microseconds since the epoch.
        assumed: The Windows host whose clock's offset from UTC was not known, so that `at` is its local time;
            empty where it was.
    """

    raw: str
    source: str
    order: str
    at: int
    event_id: str
    path: str
    position: str
    assumed: str = ""

    @property
    def time(self) -> datetime:
        """The instant, aware UTC."""
        return datetime.fromtimestamp(self.at // _MICROS, UTC).replace(microsecond=self.at % _MICROS)


class _Plan(NamedTuple):
    """How events of one kind are observed.

    Attributes:
        reading: What they say.
        times: Fields that may hold the time as written, best first.
        latest: Values → the stretch of time in which they were last seen, and its earliest time; shared by
            kinds that are read alike. What is later in the same stretch is a repetition.
    """

    reading: Reading
    times: tuple[str, ...]
    latest: dict[Values, tuple[str, str]]


class LinkCollector:
    """Collects facts from events in any order; the same events give the same directory.

    Records that repeat themselves (connections, proxy lines) are kept once for each stretch of about an hour
    (1,000 s where times are epoch numbers), recognised by the beginning of the time as it is written, so that
    a repeated record costs one look-up and no parsing of its time. DHCP records are all kept.

    Attributes:
        lost: Facts that found no room (`max_points`); the directory is then incomplete, and which facts are
            missing depends on the order of the input.
    """

    __slots__ = ("_latest", "_max_points", "_plans", "_points", "lost")

    def __init__(self, max_points: int = MAX_POINTS) -> None:
        self._max_points = max_points
        self._points: dict[Key, Point] = {}
        self._plans: dict[Kind, Any] = {}
        self._latest: dict[str, dict[Values, tuple[str, str]]] = {}
        self.lost = 0

    def __len__(self) -> int:
        return len(self._points)

    def wants(self, kind: Kind) -> bool:
        """Whether events of this kind tell anything; decided once for each kind."""
        return self._plan(kind) is not None

    def _plan(self, kind: Kind) -> _Plan | None:
        plan = self._plans.get(kind, _UNDECIDED)
        if plan is _UNDECIDED:
            reading = reading_of(kind)
            latest = self._latest.setdefault(reading.tag, {}) if reading else {}
            plan = _Plan(reading, _time_names(kind), latest) if reading else None
            self._plans[kind] = plan
        return plan  # type: ignore[no-any-return]  # the sentinel has just been replaced

    def observe(self, event: Event) -> None:
        """Keep what this event says, if it says something new."""
        plan = self._plan(event.kind)
        if plan is None:
            return
        fields = event.fields
        values = plan.reading.pick(fields)
        if values is None:
            return
        raw: Any = None
        for name in plan.times:
            raw = fields.get(name)
            if raw is not None:
                break
        if raw.__class__ is not str:
            raw = _raw_text(raw, event)
        try:
            latest = plan.latest.get(values)
        except TypeError:  # a list or an object where a name should be
            return
        if latest is None or raw <= latest[1] or not raw.startswith(latest[0]):
            self._look_closer(plan, values, raw, event)

    def _look_closer(self, plan: _Plan, values: Values, raw: str, event: Event) -> None:
        stretch = raw if plan.reading.every else _stretch(raw)
        key = (plan.reading.tag, values, stretch)
        known = self._points.get(key)
        if known is None or raw <= known.raw:
            self._keep(key, raw, event)
            known = self._points.get(key)
        if known is not None and not plan.reading.every:
            plan.latest[values] = stretch, known.raw

    def _keep(self, key: Key, raw: str, event: Event) -> None:
        position = event.position
        order = f"{position:020d}" if isinstance(position, int) else position
        known = self._points.get(key)
        if known is not None and (raw, event.source.id, order) >= known[:3]:
            return
        if known is None and len(self._points) >= self._max_points:
            self.lost += 1
            return
        stamp = event.time
        if stamp.zone is ZoneOrigin.MISSING or len(raw) > MAX_NAME or not _is_fit(key[1]):
            return
        at = (stamp.at - EPOCH).days * 86_400 * _MICROS + (stamp.at - EPOCH).seconds * _MICROS
        at += stamp.at.microsecond
        assumed = _assumed_host(event) if stamp.zone is ZoneOrigin.ASSUMED_UTC else ""
        place = event.source.path, str(position)
        self._points[key] = Point(raw, event.source.id, order, at, event.event_id, *place, assumed)

    def export(self) -> bytes:
        """Everything collected, for another process (MessagePack)."""
        rows = [(*key, point) for key, point in self._points.items()]
        return msgspec.msgpack.encode({"points": rows, "lost": self.lost})

    def merge(self, exported: bytes) -> None:
        """Add what another collector exported.

        Raises:
            msgspec.DecodeError: It is no export.
        """
        state = msgspec.msgpack.decode(exported, type=_Exported)
        self.lost += state.lost
        for tag, values, stretch, point in state.points:
            key = (tag, tuple(values), stretch)
            known = self._points.get(key)
            if known is None and len(self._points) >= self._max_points:
                self.lost += 1
            elif known is None or point[:3] < known[:3]:
                self._points[key] = point

    def points(self) -> Iterator[tuple[str, Values, Point]]:
        """Tag, values and point of everything kept."""
        for (tag, values, _), point in self._points.items():
            yield tag, values, point

    def directory(
        self, declared: Declared | None = None, offsets: Mapping[str, timedelta] | None = None
    ) -> Directory:
        """The directory of everything observed so far, with what identity lists declare.

        Args:
            declared: Identity lists.
            offsets: Host → offset of its clock from UTC. The record that shows it may stand after others of
                the host, or in another file, so it is applied here and not while observing.
        """
        known = offsets or {}
        points = ((tag, values, _shifted(point, known)) for tag, values, point in self.points())
        return build_directory(points, declared)


def _assumed_host(event: Event) -> str:
    """The host whose clock wrote a record's time; empty where it is no Windows record."""
    return (event.entities.host or "") if event.logsource.product == "windows" else ""


def _shifted(point: Point, offsets: Mapping[str, timedelta]) -> Point:
    offset = offsets.get(point.assumed) if point.assumed else None
    if offset is None:
        return point
    return point._replace(at=point.at - round(offset.total_seconds() * _MICROS), assumed="")


class _Exported(msgspec.Struct):
    points: list[tuple[str, list[Any], str, Point]]
    lost: int


def _time_names(kind: Kind) -> tuple[str, ...]:
    named = tuple(getattr(getattr(kind.traits, "table", None), "time", ()))
    return ("UtcTime", *named) if kind.logsource.service == "sysmon" else named or _TIMES


def _raw_text(raw: Any, event: Event) -> str:
    """A time that is no text, as text that sorts like it."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return f"{raw:020.6f}"
    return event.time.at.isoformat()


def _stretch(raw: str) -> str:
    """The beginning of a written time that changes about once an hour."""
    mark = raw[4:5]
    if mark in {"-", "/"}:
        return raw[:13]  # 2020-07-22T13
    if raw[2:3] == "/":
        return raw[:14]  # 22/Jul/2020:13
    if raw[3:4] == " ":
        return raw[:9]  # Jul 22 13
    return raw[:10] if raw[:1] == "0" else raw[:7]  # epoch seconds, padded or as they are: 1,000 s


def _is_fit(values: Values) -> bool:
    """Whether all values are short texts or ordinary numbers, which can be kept and exported."""
    return all(value is None or isinstance(value, bool) or _is_short(value) for value in values)


def _is_short(value: Any) -> bool:
    if isinstance(value, int):
        return abs(value) < 1 << 62
    return isinstance(value, str) and len(value) <= MAX_NAME and not _SURROGATE.search(value)
