"""Ordinary silences of a log source, and outages, which are none."""

from __future__ import annotations

import pytest

from noroshi.service.remembering.rhythm import Rhythm

MONDAY = 18_463 * 96  # 2020-07-20, in quarters of an hour
WEEK = 7


def office(days: int, opens: int = 32, closes: int = 76, weekdays: int = 5) -> set[int]:
    """Busy from 08:00 to 19:00 on the first days of each week."""
    return {
        MONDAY + day * 96 + quarter
        for day in range(days)
        if day % WEEK < weekdays
        for quarter in range(opens, closes)
    }


def at(day: int, hour: float) -> int:
    """A quarter, so many days and hours after that Monday's midnight."""
    return MONDAY + day * 96 + int(hour * 4)


def without(busy: set[int], begin: int, end: int) -> Rhythm:
    """The rhythm of a source that lacks these quarters."""
    return Rhythm(sorted(busy - set(range(begin, end))))


@pytest.mark.parametrize(("days", "expected"), [(2, False), (3, False), (4, True), (5, True)])
def test_a_night_is_ordinary_once_there_are_three_of_them(days: int, *, expected: bool) -> None:
    """Before, nobody knows."""
    assert expected == Rhythm(sorted(office(days))).is_ordinary(at(0, 19), at(1, 8))


@pytest.mark.parametrize(("weeks", "expected"), [(1, False), (3, False), (4, True)])
def test_a_weekend_is_compared_with_weekends(weeks: int, *, expected: bool) -> None:
    """Three of them have to be known; the nights of the week say nothing about it."""
    assert expected == Rhythm(sorted(office(7 * weeks))).is_ordinary(at(4, 19), at(7, 8))


def test_a_lone_event_at_night_changes_nothing() -> None:
    """Both halves of that night are as silent as those of the others."""
    rhythm = Rhythm(sorted(office(5) | {at(1, 3)}))
    assert rhythm.is_ordinary(at(0, 19), at(1, 3))
    assert rhythm.is_ordinary(at(1, 3.25), at(1, 8))


@pytest.mark.parametrize("hours", [(10, 12), (9, 17), (13, 15.5)])
def test_an_outage_by_day_is_none(hours: tuple[float, float]) -> None:
    """However long it is: the other days are busy."""
    begin, end = at(2, hours[0]), at(2, hours[1])
    assert not without(office(26), begin, end).is_ordinary(begin, end)


def test_an_outage_of_a_source_that_writes_day_and_night_is_none() -> None:
    """One night of thirty."""
    always = {MONDAY + quarter for quarter in range(30 * 96)}
    begin, end = at(12, 19), at(13, 8)
    assert not without(always, begin, end).is_ordinary(begin, end)


def test_a_night_that_reaches_far_into_the_day_is_none() -> None:
    """Half past nine is a late morning; from ten on somebody should look."""
    for opens, expected in ((9.5, True), (10, False), (15, False)):
        rhythm = without(office(5), at(2, 8), at(2, opens))
        assert expected == rhythm.is_ordinary(at(1, 19), at(2, opens))


def test_outages_on_half_of_the_nights_are_none() -> None:
    """Each is a witness for the others, but so are the nights between."""
    busy = {MONDAY + quarter for quarter in range(10 * 96)}
    for day in range(0, 9, 2):
        busy -= set(range(at(day, 19), at(day + 1, 8)))
    assert not Rhythm(sorted(busy)).is_ordinary(at(4, 19), at(5, 8))


def test_days_without_any_log_are_no_witnesses() -> None:
    """A night is silent, and so is a week in which nothing was collected at all: nobody can compare them."""
    busy = {MONDAY + quarter for quarter in range(14 * 96)}
    gone = busy - set(range(at(3, 0), at(12, 0))) - set(range(at(0, 19), at(1, 8)))
    assert not Rhythm(sorted(gone)).is_ordinary(at(0, 19), at(1, 8))


def test_a_night_that_is_busy_on_that_weekday_only_is_missed_when_it_is_silent() -> None:
    """A backup every Wednesday night: without it the night is like the others, but no Wednesday is."""
    backups = {quarter for week in range(4) for quarter in range(at(7 * week + 2, 22), at(7 * week + 3, 4))}
    begin, end = at(9, 19), at(10, 8)
    assert not without(office(26) | backups, begin, end).is_ordinary(begin, end)
    assert Rhythm(sorted(office(26) | backups)).is_ordinary(at(8, 19), at(9, 8))
