"""Times as log records write them, to aware UTC."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.model import Timestamp, ZoneOrigin

if TYPE_CHECKING:
    from noroshi.events.model import Source

_ISO: Final = re.compile(
    r"(\d{4})[-/](\d\d?)[-/](\d\d?)[T _]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?",
    re.ASCII,
)
_CLF: Final = re.compile(r"\[?(\d\d?)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d)\s*([+-]\d{4})?\]?", re.ASCII)
_MONTHS: Final = {
    name: at for at, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}
_NET_DATE: Final = re.compile(r"/Date\((-?\d+)\)/", re.ASCII)


def parse_time(value: Any, source: Source, host: str | None = None) -> Timestamp | None:
    """A time in any of the usual notations, or None.

    ISO 8601 and its relatives, epoch seconds, milliseconds, microseconds and nanoseconds (number or text),
    common log format, ``/Date(ms)/``. A time without a zone is read in the source's zone, else with the
    offset learnt for `host`, else as UTC; which one is told.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _epoch(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if (match := _ISO.match(text)) is not None:
        return _from_iso(match, source, host)
    if (match := _CLF.match(text)) is not None:
        return _from_clf(match, source, host)
    if (match := _NET_DATE.match(text)) is not None:
        return _epoch(int(match[1]) / 1000)
    try:
        return _epoch(float(text))
    except ValueError:
        return None


def _epoch(number: float) -> Timestamp | None:
    if not math.isfinite(number) or number <= 0:
        return None
    seconds = float(number)
    while seconds > 1e11:
        seconds /= 1000
    return Timestamp(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), ZoneOrigin.RECORD)


def _from_iso(match: re.Match[str], source: Source, host: str | None) -> Timestamp | None:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    micros = int(f"{fraction[:6]:0<6}") if fraction else 0
    try:
        naive = datetime(  # noqa: DTZ001 - the zone is added below
            int(year), int(month), int(day), int(hour), int(minute), min(int(second or 0), 59), micros
        )
    except ValueError:
        return None
    return with_zone(naive, zone, source, host)


def _from_clf(match: re.Match[str], source: Source, host: str | None) -> Timestamp | None:
    day, month, year, hour, minute, second, zone = match.groups()
    if month not in _MONTHS:
        return None
    try:
        naive = datetime(  # noqa: DTZ001 - the zone is added below
            int(year), _MONTHS[month], int(day), int(hour), int(minute), min(int(second), 59)
        )
    except ValueError:
        return None
    return with_zone(naive, zone, source, host)


def with_zone(naive: datetime, zone: str | None, source: Source, host: str | None = None) -> Timestamp | None:
    """A zone-less local time with its zone: the record's, else the source's, else learnt, else UTC."""
    try:
        if zone:
            return Timestamp(naive.replace(tzinfo=UTC) - _offset(zone), ZoneOrigin.RECORD)
        if source.zone is not None:
            return Timestamp(naive.replace(tzinfo=source.zone).astimezone(UTC), ZoneOrigin.SOURCE)
        if host is not None and (learnt := source.learnt_offsets.get(host)) is not None:
            return Timestamp(naive.replace(tzinfo=UTC) - learnt, ZoneOrigin.LEARNT)
        return Timestamp(naive.replace(tzinfo=UTC), ZoneOrigin.ASSUMED_UTC)
    except OverflowError:
        return None


def _offset(zone: str) -> timedelta:
    if zone in {"Z", "UTC", "GMT"}:
        return timedelta(0)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return -offset if zone[0] == "-" else offset
