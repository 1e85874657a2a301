"""What raises a host match: anything else that the same entity did within ten minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.alerts.nearness import Moments, Surroundings

START = datetime(2020, 7, 22, 4, 0, tzinfo=UTC)
HOST = "https://bad.example/a"
OTHER = ("ip:port", "198.51.100.77:80")


def moments(*minutes: float) -> Moments:
    """So many minutes after `START`, in this order."""
    made = Moments()
    for one in minutes:
        made.add(START + timedelta(minutes=one))
    return made


_MINUTES = st.lists(st.integers(0, 200), min_size=1, max_size=12)


@given(_MINUTES, _MINUTES, _MINUTES)
def test_nearness_is_that_of_single_times(some: list[int], more: list[int], others: list[int]) -> None:
    """Whatever the order, and though single times are not kept: some pair is at most ten minutes apart."""
    united = moments(*some)
    united.add_all(moments(*more))
    expected = any(abs(one - two) <= 10 for one in some + more for two in others)
    assert expected == united.near(moments(*others))
    assert expected == moments(*others).near(united)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (OTHER, True),
        (("url", "http://bad.example/b"), True),
        (("domain", "worse.example"), True),
        (("url", HOST), False),
        (("domain", "bad.example"), False),
        (("domain", "example"), False),
    ],
)
def test_an_indicator_that_only_names_the_host_says_nothing_new(
    other: tuple[str, str], *, expected: bool
) -> None:
    """Another URL on it does; the URL itself and the host's name are the same fact seen twice."""
    surroundings = Surroundings()
    surroundings.note_indicator("host:pc-014", other, moments(5))
    assert expected == surroundings.raises("host:pc-014", HOST, moments(0))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (("ip", "192.0.2.9"), False),
        (("cidr", "192.0.2.0/24"), False),
        (("ip:port", "192.0.2.9:443"), False),
        (("ip", "192.0.2.8"), True),
        (("cidr", "198.51.100.0/24"), True),
    ],
)
def test_neither_does_its_address(other: tuple[str, str], *, expected: bool) -> None:
    """Where the host of the URL is one, alone, with a port, or in a network."""
    surroundings = Surroundings()
    surroundings.note_indicator("host:pc-014", other, moments(5))
    assert expected == surroundings.raises("host:pc-014", "https://192.0.2.9/a", moments(0))


def test_many_indicators_raise_without_being_kept_apart() -> None:
    """A machine with thousands costs no memory for each; nothing near it is overlooked."""
    surroundings = Surroundings()
    for number in range(2_000):
        at = moments(0) if number == 1_999 else moments(60)
        surroundings.note_indicator("host:pc-014", ("domain", f"d{number}.example"), at)
    assert surroundings.raises("host:pc-014", HOST, moments(0))
    assert not surroundings.raises("host:pc-014", HOST, moments(30))
    assert not surroundings.raises("host:pc-015", HOST, moments(0))
