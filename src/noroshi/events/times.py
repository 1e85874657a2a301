"""Times as log records write them, to aware UTC."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.model import EPOCH, Timestamp, ZoneOrigin

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.events.model import Source, Span

_NAMED: Final = r"(?:(?:UTC|GMT)(?=[+-]\d\d))?(?P<zone>[Zz]|UTC|GMT|JST|[+-]\d\d:?\d\d|[+-]\d\d)"
"""With `GMT+09:00`, as Java and antivirus products write it, the offset counts; letters alone mean UTC."""
_ZONE: Final = f"{_NAMED}?"
_HALF: Final = r"(?: ?(?P<half>[AaPp])\.?[Mm]\b\.?)?"
_CLOCK: Final = (
    rf"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{{1,30}}))?)?{_HALF}"
)
_BASIC_CLOCK: Final = r"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?:\.(?P<fraction>\d{1,30}))?"
_WEEKDAY: Final = r"(?:[A-Z][a-z]{2,8},? +)?"
_YEAR_AFTER: Final = r"(?: +(?P<late_year>\d{4}))?"
_MONTH: Final = r"(?P<month>[A-Za-z]{3,9})\.?"

_NOTATIONS: Final = (
    # ISO 8601, RFC 3339 and relatives
    rf"(?P<year>\d{{4}})[-/.](?P<month>\d\d?)[-/.](?P<day>\d\d?)[Tt _]+{_CLOCK}\s*{_ZONE}",
    # ISO 8601 basic
    rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)T?{_BASIC_CLOCK}{_ZONE}$",
    # Common log format, RFC 5322, BIND
    rf"\[?{_WEEKDAY}(?P<day>\d\d?)[ /-]{_MONTH}[ /-](?P<year>\d{{4}})[,: ]+{_CLOCK}\s*{_ZONE}",
    # RFC 3164 with and without year, asctime, CEF
    rf"{_WEEKDAY}{_MONTH} +(?P<day>\d\d?),? +(?:(?P<year>\d{{4}}),? +)?{_CLOCK}(?: +{_NAMED})?{_YEAR_AFTER}",
    # Japanese, as Windows and Japanese products write it
    (
        r"(?P<year>\d{4})年 ?(?P<month>\d\d?)月 ?(?P<day>\d\d?)日 ?(?:[((].[))] ?)?(?P<half>午前|午後)? ?"
        r"(?P<hour>\d\d?)[:::時](?P<minute>\d\d?)(?:[:::分](?:(?P<second>\d\d?)(?:[.,](?P<fraction>\d{1,30}))?秒?)?)?"
        rf"\s*{_ZONE}"
    ),
)
_PATTERNS: Final = tuple(re.compile(notation, re.ASCII) for notation in _NOTATIONS)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,30})?Z", re.ASCII)
"""What nearly all Windows records write; `datetime.fromisoformat` reads it in a tenth of the time."""
_SECONDS: Final = re.compile(r"(.*\d:\d\d:)([0-5]\d)(?:[.,](\d{1,30}))?((?!\d|[.,]\d).*)", re.ASCII)
"""A written time in two: what is the same within a minute, and second with fraction."""
_NUMBER: Final = re.compile(r"(\d{1,20})(?:\.(\d{1,30}))?", re.ASCII)
_NET_DATE: Final = re.compile(r"/Date\((\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)
_MONTH_NAMES: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_MONTHS: Final = {name: at for at, full in enumerate(_MONTH_NAMES, 1) for name in (full, full[:3])} | {
    "sept": 9
}
_AFTERNOON: Final = frozenset({"p", "P", "午後"})
_NAMED_ZONES: Final = {"Z": 0, "UTC": 0, "GMT": 0, "JST": 9}
_MAX_OFFSET: Final = timedelta(hours=18)
_MAX_CHARS: Final = 100
_FILETIME_EPOCH_SECONDS: Final = 11_644_473_600
_CLOCK_SKEW: Final = timedelta(days=1)
_LEAP_CYCLE_YEARS: Final = 8
_MOST_YEARS: Final = 50


def parse_time(value: Any, source: Source, host: str | None = None) -> Timestamp | None:
    """A time in any of the usual notations, or None.

    ISO 8601 and its relatives; common log format, RFC 5322, asctime; months by name, short or whole, with
    a.m. and p.m.; Japanese (``2020年7月22日``); epoch seconds, milliseconds, microseconds and nanoseconds,
    Windows' FILETIME (number or text, told apart by size); ``/Date(ms)/``; RFC 3164, whose year is what
    `Source.years` says, else the newest that is not after `Source.newest`. A leap second becomes the second
    before it.

    A time without a zone is read in the source's zone, else with the offset learnt for `host`, else as UTC;
    which one is told.
    """
    if isinstance(value, str):
        return _from_text(value.strip(), source, host) if len(value) <= _MAX_CHARS else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        return _from_text(f"{value:.6f}", source, host) if 0 < value < 1e20 else None
    return _epoch(value, "")


def _from_text(text: str, source: Source, host: str | None) -> Timestamp | None:
    if _INSTANT.fullmatch(text) is not None:
        with suppress(ValueError):  # a leap second, or no date
            return Timestamp(datetime.fromisoformat(text), ZoneOrigin.RECORD)
    cut = _SECONDS.fullmatch(text)
    minute = None if cut is None else _minute(cut[1], cut[4])
    if cut is None or minute is None:
        return _from_any(text, source, host)
    begin, zoned = minute
    at = begin.replace(second=int(cut[2]), microsecond=int(f"{cut[3][:6]:0<6}") if cut[3] else 0)
    return Timestamp(at, ZoneOrigin.RECORD) if zoned else with_zone(at, None, source, host)


@lru_cache(maxsize=4_096)
def _minute(before: str, after: str) -> tuple[datetime, bool] | None:
    """A written minute, in UTC if its zone is written too; None where it is no time, or has no year.

    Log lines follow each other within a minute: that one is remembered, and seconds are added.
    """
    for pattern in _PATTERNS:
        if (match := pattern.match(f"{before}00{after}")) is not None:
            parts = match.groupdict()
            year, month = parts["year"] or parts.get("late_year"), str(parts["month"])
            if not year or match.start("second") != len(before) or parts["fraction"]:
                return None
            number = int(month) if month.isdigit() else _MONTHS.get(month.lower(), 0)
            clock = _hour(parts), int(str(parts["minute"]))
            try:
                naive = datetime(int(year), number, int(str(parts["day"])), *clock)  # noqa: DTZ001 - the zone is added later
                offset = _offset(parts["zone"]) if parts["zone"] else None
                if offset is None:
                    return None if parts["zone"] else (naive, False)
                return naive.replace(tzinfo=UTC) - offset, True
            except (ValueError, OverflowError):
                return None
    return None


def _from_any(text: str, source: Source, host: str | None) -> Timestamp | None:
    for pattern in _PATTERNS:
        if (match := pattern.match(text)) is not None:
            return _from_match(match.groupdict(), source, host)
    if (match := _NUMBER.fullmatch(text)) is not None:
        return _epoch(int(match[1]), match[2] or "")
    if (match := _NET_DATE.fullmatch(text)) is not None:
        return _in_micros(int(match[1]) * 1000)
    return None


def _epoch(number: int, fraction: str) -> Timestamp | None:
    """An instant by the size of its number: each unit has the range of the years 1973 to 5138 to itself."""
    if number < 10**11:
        return _in_micros(number * 10**6 + int(f"{fraction[:6]:0<6}"))
    if number < 10**14:
        return _in_micros(number * 1000 + int(f"{fraction[:3]:0<3}"))
    if number < 10**17:
        return _in_micros(number)
    if number < 2 * 10**17:
        return _in_micros(number // 10 - _FILETIME_EPOCH_SECONDS * 10**6)
    return _in_micros(number // 1000) if number < 10**20 else None


def _in_micros(micros: int) -> Timestamp | None:
    if micros <= 0:
        return None
    try:
        return Timestamp(EPOCH + timedelta(microseconds=micros), ZoneOrigin.RECORD)
    except OverflowError:
        return None


def _from_match(parts: dict[str, str | None], source: Source, host: str | None) -> Timestamp | None:
    month = str(parts["month"])
    month_number = int(month) if month.isdigit() else _MONTHS.get(month.lower(), 0)
    second = int(parts["second"] or 0)
    micros = int(f"{(parts['fraction'] or '')[:6]:0<6}")
    clock = _hour(parts), int(str(parts["minute"])), 59 if second == 60 else second, micros
    day = int(str(parts["day"]))

    def in_year(number: int) -> datetime | None:
        try:
            return datetime(number, month_number, day, *clock)  # noqa: DTZ001 - the zone is added below
        except ValueError:
            return None

    year = parts["year"] or parts.get("late_year")
    naive = in_year(int(year)) if year else _without_year(in_year, source)
    return with_zone(naive, parts["zone"], source, host) if naive is not None else None


def _hour(parts: dict[str, str | None]) -> int:
    """0 to 23; 12 in the morning is midnight."""
    hour, half = int(str(parts["hour"])), parts.get("half")
    return hour if half is None else hour % 12 + (12 if half in _AFTERNOON else 0)


def _without_year(in_year: Callable[[int], datetime | None], source: Source) -> datetime | None:
    """A time without a year: in the year named for the source, or nearest to full dates, or the newest."""
    source.yearless = True
    years = source.years
    if years is not None and years.fixed is not None and (found := in_year(years.fixed)) is not None:
        return found
    if years is not None and years.spans:
        return _nearest(in_year, years.spans)
    return _newest(in_year, source.newest)


def _nearest(in_year: Callable[[int], datetime | None], spans: tuple[Span, ...]) -> datetime | None:
    """The year nearest to a span; of several as near to the day, that of the most spans, then the newest."""
    bare = [(first.replace(tzinfo=None), last.replace(tzinfo=None)) for first, last in spans]
    candidates = {
        year for first, last in bare for year in (*range(first.year - 1, last.year + 2),)[:_MOST_YEARS]
    }
    best: tuple[tuple[int, int, int], datetime] | None = None
    for year in candidates:
        if MINYEAR <= year <= MAXYEAR and (found := in_year(year)) is not None:
            days = [_days_off(found, first, last) for first, last in bare]
            rank = -min(days), days.count(min(days)), year
            best = max(best, (rank, found)) if best is not None else (rank, found)
    return best[1] if best is not None else None


def _days_off(at: datetime, first: datetime, last: datetime) -> int:
    """Whole days by which an instant lies outside a span; times without a zone may be a day off."""
    off = max(first - at, at - last, timedelta(0))
    return max(0, off.days - 1)


def _newest(in_year: Callable[[int], datetime | None], newest: datetime) -> datetime | None:
    limit = newest.astimezone(UTC).replace(tzinfo=None)
    limit = limit + _CLOCK_SKEW if limit.year < 9999 else limit
    for year in range(limit.year, limit.year - _LEAP_CYCLE_YEARS - 1, -1):
        if (found := in_year(year)) is not None and found <= limit:
            return found
    return None


def with_zone(naive: datetime, zone: str | None, source: Source, host: str | None = None) -> Timestamp | None:
    """A zone-less local time with its zone: the record's, else the source's, else learnt, else UTC.

    None for an offset that no place on Earth has.
    """
    try:
        if zone:
            offset = _offset(zone)
            return (
                Timestamp(naive.replace(tzinfo=UTC) - offset, ZoneOrigin.RECORD)
                if offset is not None
                else None
            )
        if source.zone is not None:
            return Timestamp(naive.replace(tzinfo=source.zone).astimezone(UTC), ZoneOrigin.SOURCE)
        if host is not None and (learnt := source.learnt_offsets.get(host)) is not None:
            return Timestamp(naive.replace(tzinfo=UTC) - learnt, ZoneOrigin.LEARNT)
        return Timestamp(naive.replace(tzinfo=UTC), ZoneOrigin.ASSUMED_UTC)
    except OverflowError:
        return None


def _offset(zone: str) -> timedelta | None:
    if (hours := _NAMED_ZONES.get(zone.upper())) is not None:
        return timedelta(hours=hours)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[2:4])
    offset = timedelta(hours=int(digits[:2]), minutes=minutes)
    if offset > _MAX_OFFSET or minutes > 59:
        return None
    return -offset if zone[0] == "-" else offset
