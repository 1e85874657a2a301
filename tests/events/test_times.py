from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.events.model import Source, ZoneOrigin
from noroshi.events.times import parse_time, with_zone

TEN_PAST = datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")


def source(**more: Any) -> Source:
    """A source of August 2020."""
    return Source("a.log", "a", newest=datetime(2020, 8, 1, tzinfo=UTC), **more)


@pytest.mark.parametrize(
    "value",
    [
        "2020-07-22T04:12:09Z",
        "2020-07-22t04:12:09z",
        "2020-07-22 04:12:09 UTC",
        "2020-07-22T13:12:09+09:00",
        "2020-07-22T13:12:09+0900",
        "2020-07-22T13:12:09+09",
        "2020/07/22 13:12:09 JST",
        "2020-07-22T00:42:09-03:30",
        "20200722T041209Z",
        "[22/Jul/2020:13:12:09 +0900]",
        "22/Jul/2020:04:12:09 +0000",
        "Wed, 22 Jul 2020 13:12:09 +0900",
        "Jul 22 2020 13:12:09 JST",
        "Jul 22 2020 13:12:09 GMT+09:00",
        "Jul 21 2020 23:12:09 GMT-05:00",
        "2020-07-22 13:12:09 UTC+0900",
        "Jul 22 2020 04:12:09 GMT",
        "22 July 2020 13:12:09 +0900",
        "July 22, 2020 04:12:09 AM GMT",
        "Wednesday, July 22, 2020 1:12:09 PM JST",
        "22-JUL-2020 04:12:09 UTC",
        "2020-07-22 01:12:09 PM +0900",
        "2020年7月22日(水) 午後1時12分9秒 JST",
        "2020年07月22日 13:12:09 +0900",
        "/Date(1595391129000)/",
        "/Date(1595391129000+0900)/",
        1595391129,
        1595391129.0,
        1595391129000,
        1595391129000000,
        1595391129000000000,
        132398647290000000,
        "1595391129",
        "1595391129.000",
        "1595391129000",
        " 2020-07-22T04:12:09Z\t",
    ],
)
def test_a_time_with_a_zone_is_that_instant(value: Any) -> None:
    """Every notation that carries its zone gives the same instant (numbers by `date +%s`)."""
    found = parse_time(value, source(zone=TOKYO))
    assert found is not None
    assert (TEN_PAST, ZoneOrigin.RECORD) == (found.at, found.zone)


@pytest.mark.parametrize(
    "text",
    [
        "2020-07-22 04:12:09",
        "2020/7/22 4:12:09",
        "20200722041209",
        "22-Jul-2020 04:12:09",
        "Wed Jul 22 04:12:09 2020",
        "Jul 22 2020 04:12:09",
        "Jul 22 04:12:09",
        "22 July 2020 04:12:09",
        "22 Jul 2020, 04:12:09",
        "Jul 22, 2020 4:12:09 AM",
        "2020年7月22日 4時12分9秒",
    ],
)
def test_a_time_without_a_zone_is_read_as_utc_or_in_the_sources_zone(text: str) -> None:
    """The source's zone moves it; without one UTC is assumed, and both are told."""
    assumed, configured = parse_time(text, source()), parse_time(text, source(zone=TOKYO))
    assert assumed is not None
    assert configured is not None
    assert (TEN_PAST, ZoneOrigin.ASSUMED_UTC) == (assumed.at, assumed.zone)
    assert (TEN_PAST - timedelta(hours=9), ZoneOrigin.SOURCE) == (configured.at, configured.zone)


def test_an_offset_learnt_for_the_host_is_used() -> None:
    """Learnt offsets are per host and come after the configured zone."""
    learnt = source(learnt_offsets={"pc-014": timedelta(hours=9)})
    found = parse_time("2020-07-22 13:12:09", learnt, "pc-014")
    assert found is not None
    assert (TEN_PAST, ZoneOrigin.LEARNT) == (found.at, found.zone)
    other = parse_time("2020-07-22 13:12:09", learnt, "pc-015")
    assert other is not None
    assert ZoneOrigin.ASSUMED_UTC == other.zone


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        ("2020-07-22T04:12:09.123456789Z", 123456),
        ("2020-07-22T04:12:09,5Z", 500000),
        ("1595391129.123", 123000),
        (1595391129123, 123000),
        (1595391129123456789, 123456),
        (132398647291234567, 123456),
        ("22-Jul-2020 04:12:09.007", 7000),
    ],
)
def test_fractions_are_kept_to_the_microsecond(value: Any, micros: int) -> None:
    """Longer fractions are cut, never rounded into the next second; no float stands between."""
    found = parse_time(value, source())
    assert found is not None
    assert TEN_PAST + timedelta(microseconds=micros) == found.at


@pytest.mark.parametrize(
    ("text", "newest", "year"),
    [
        ("Dec 31 23:59:59", datetime(2021, 1, 5, tzinfo=UTC), 2020),
        ("Jan  1 00:00:01", datetime(2021, 1, 5, tzinfo=UTC), 2021),
        ("Jan  1 00:00:01", datetime(2020, 12, 31, 23, 0, tzinfo=UTC), 2021),
        ("Feb 29 12:00:00", datetime(2023, 6, 1, tzinfo=UTC), 2020),
        ("Jul 22 12:00:00", datetime(9999, 12, 31, 23, tzinfo=UTC), 9999),
    ],
)
def test_the_year_is_the_newest_that_the_source_allows(text: str, newest: datetime, year: int) -> None:
    """RFC 3164 writes no year: the newest one that is at most a day after the source's newest record."""
    found = parse_time(text, Source("a.log", "a", newest=newest))
    assert found is not None
    assert year == found.at.year


def test_a_leap_second_is_the_second_before() -> None:
    """23:59:60 is a time that Python cannot hold; 61 is none."""
    leap = parse_time("2016-12-31T23:59:60Z", source())
    assert leap is not None
    assert datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC) == leap.at
    assert parse_time("2016-12-31T23:59:61Z", source()) is None


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, [], {}, "", "-", "yesterday", "nan", "inf", "1e9", "1_595_391_129", "-5", -5, 0,
        0.0, float("nan"), float("inf"), -1.5, 10**400, 10**25, "9" * 4000, "2020-13-01 00:00:00",
        "2020-02-30T00:00:00Z", "2020-07-22 25:00:00", "2020-07-22T04:12:09+99:00", "Xxx 22 04:12:09",
        "2020-07-22T04:12:09+09:75", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+09:00", "Feb 30 04:12:09",
        "9999-12-31T23:59:59-09:00", "32/Jul/2020:04:12:09 +0000", "22/Xxx/2020:04:12:09 +0000",
        "٢٠٢٠-07-22 04:12:09", "/Date(-1)/", "/Date(999999999999999999)/",
    ],
)  # fmt: skip
def test_what_is_no_time_gives_none(value: Any) -> None:
    """Garbage, hostile numbers and impossible dates give None and never raise."""
    assert parse_time(value, source()) is None


def test_a_local_time_that_happens_twice_is_the_first() -> None:
    """At the end of summer time in Berlin 02:30 happens twice; the first one is meant."""
    found = with_zone(datetime(2020, 10, 25, 2, 30), None, source(zone=ZoneInfo("Europe/Berlin")))  # noqa: DTZ001
    assert found is not None
    assert datetime(2020, 10, 25, 0, 30, tzinfo=UTC) == found.at


DATES = r"(?:0000|0001|[12][0-9]{3}|9999)-[01][0-9]-[0-3][0-9]"
CLOCKS = r"[T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,30})?"


@given(st.from_regex(DATES + CLOCKS, fullmatch=True))
def test_the_usual_notation_is_read_as_all_others_are(text: str) -> None:
    """What is read the short way (a capital Z) is the same as what is read the long way; leap seconds too."""
    assert parse_time(f"{text}z", source()) == parse_time(f"{text}Z", source())
