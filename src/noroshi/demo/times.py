"""Instants of the day and the notations in which products print them.

An instant is an integer of microseconds since the Unix epoch (UTC). The company lives in Japan (UTC+9, no
daylight saving); every product prints the same instant in its own notation and zone.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
MILLI: Final = 1_000

JST: Final = timezone(timedelta(hours=9))
MIDNIGHT: Final = int(datetime(2020, 7, 22, tzinfo=JST).timestamp()) * SECOND
"""The day begins: Wednesday, 2020-07-22 00:00 JST."""
DAY_END: Final = MIDNIGHT + 24 * HOUR
_DAY: Final = date(2020, 7, 22)
_LATER: ContextVar[int] = ContextVar("seconds by which the day is printed later", default=0)


@contextmanager
def dated(day: date) -> Iterator[None]:
    """Meanwhile products print the day's instants as those of another day, at the same hours."""
    token = _LATER.set((day - _DAY).days * 86_400)
    try:
        yield
    finally:
        _LATER.reset(token)


def second_of(t: int) -> int:
    """The second since the Unix epoch that products print for an instant."""
    return t // SECOND + _LATER.get()


def at(clock: str) -> int:
    """The instant of a wall-clock time of the day in Japan, ``13:05:12`` or ``13:05:12.250``."""
    hours, minutes, *rest = clock.split(":")
    seconds = float(rest[0]) if rest else 0.0
    return MIDNIGHT + int(hours) * HOUR + int(minutes) * MINUTE + round(seconds * SECOND)


@lru_cache(maxsize=8192)
def _japan(second: int) -> datetime:
    return datetime.fromtimestamp(second, JST)


@lru_cache(maxsize=8192)
def _utc_text(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


@lru_cache(maxsize=8192)
def _local_text(second: int) -> str:
    return _japan(second).strftime("%Y-%m-%d %H:%M:%S")


def local(t: int) -> str:
    """``2020-07-22 13:05:12``: local time without a zone, as NXLog and FortiGate print it."""
    return _local_text(second_of(t))


def utc_ms(t: int) -> str:
    """``2020-07-22 04:05:12.250``: Sysmon's ``UtcTime``."""
    return f"{_utc_text(second_of(t))}.{t % SECOND // MILLI:03d}"


def iso_utc_ms(t: int) -> str:
    """``2020-07-22T04:05:12.250Z``: Elastic's ``@timestamp``."""
    return f"{_utc_text(second_of(t)).replace(' ', 'T')}.{t % SECOND // MILLI:03d}Z"


def iso_local_us(t: int) -> str:
    """``2020-07-22T13:05:12.250000+0900``: Suricata's ``timestamp``."""
    return f"{local(t).replace(' ', 'T')}.{t % SECOND:06d}+0900"


@lru_cache(maxsize=8192)
def _clf(second: int) -> str:
    return _japan(second).strftime("%d/%b/%Y:%H:%M:%S +0900")


def clf(t: int) -> str:
    """``22/Jul/2020:13:05:12 +0900``: the common log format."""
    return _clf(second_of(t))


@lru_cache(maxsize=8192)
def _syslog(second: int) -> str:
    moment = _japan(second)
    return f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S}"


def syslog(t: int) -> str:
    """``Jul 22 13:05:12``: RFC 3164, local time without year and zone."""
    return _syslog(second_of(t))


def epoch_ms(t: int) -> str:
    """``1595390712.250``: Squid's native log."""
    return f"{second_of(t)}.{t % SECOND // MILLI:03d}"


def epoch_us(t: int) -> str:
    """``1595390712.250000``: Zeek."""
    return f"{second_of(t)}.{t % SECOND:06d}"


def bind(t: int) -> str:
    """``22-Jul-2020 13:05:12.250``: BIND's query log, local time."""
    return f"{_japan(second_of(t)):%d-%b-%Y %H:%M:%S}.{t % SECOND // MILLI:03d}"


def ctime(t: int) -> str:
    """``Wed Jul 22 13:05:12 2020``: ModSecurity 3, local time."""
    moment = _japan(second_of(t))
    return f"{moment:%a %b} {moment.day:2d} {moment:%H:%M:%S %Y}"


def rfc5322(t: int) -> str:
    """``Wed, 22 Jul 2020 13:05:12 +0900``: the Date header of a mail."""
    return f"{_japan(second_of(t)):%a, %d %b %Y %H:%M:%S} +0900"


def stamp(t: int) -> str:
    """``2020-07-22-13-05-12``: the heading of a Zeek log, local time."""
    return f"{_japan(second_of(t)):%Y-%m-%d-%H-%M-%S}"


def fiscal_year() -> int:
    """The year in whose April the fiscal year of the day began."""
    day = _japan(second_of(MIDNIGHT))
    return day.year if day.month >= 4 else day.year - 1
