from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import pytest
from hypothesis import given

from noroshi.errors import LocatedError
from noroshi.indicators.exchange.tweetfeed import TweetFeed
from noroshi.indicators.indicator import Indicator, SourceClaim, Threat, Tlp
from tests.indicators.exchange.samples import DEFAULTS, read, several, written

if TYPE_CHECKING:
    from collections.abc import Iterator

POSTS: Final = Path(__file__).parents[4] / "shared" / "data" / "tweetfeed"
LINE: Final = "2026-07-01 03:00:07,analyst1,url,hxxp://evil[.]example/a,#Emotet #c2,https://x.example/analyst1/status/1\n"


def test_a_line() -> None:
    """Account as source, post as reference, public."""
    seen = datetime(2026, 7, 1, 3, 0, 7, tzinfo=UTC)
    claim = SourceClaim(
        "tweetfeed:analyst1",
        "https://x.example/analyst1/status/1",
        threats=(Threat.C2,),
        tags=("Emotet", "c2"),
        first_seen=seen,
        last_seen=seen,
        tlp=Tlp.CLEAR,
    )
    assert ([Indicator.of("http://evil.example/a", "url", claim)], []) == read(TweetFeed(), LINE)


@given(given_indicators=several)
def test_a_round_trip_keeps_what_it_can_carry(given_indicators: list[Indicator]) -> None:
    """Time, account, type, value, tags and post."""
    found, errors = read(TweetFeed(), written(TweetFeed(), *given_indicators))
    expected = {one.key: one for one in map(TweetFeed().carried, given_indicators) if one}
    assert [] == errors
    assert expected == {one.key: one for one in found}


def test_a_bad_line_is_told_and_the_rest_goes_on() -> None:
    """Too few columns, an unknown type, a value that is none, a time that is none."""
    content = (
        "a,b\n"
        + LINE.replace("url", "jarm")
        + LINE.replace("hxxp://evil[.]example/a", "evil")
        + "x"
        + LINE
        + LINE
    )
    found, errors = read(TweetFeed(), content)
    assert 1 == len(found)
    assert ["line 1", "line 2", "line 3", "line 4"] == [error.place for error in errors]


@pytest.mark.real_data
def test_seven_months_of_posts() -> None:
    """All 64,037 rows of the recorded feed are read; the few that are told really are no such value."""
    if not POSTS.is_dir():
        pytest.skip("no ../shared/data/tweetfeed beside the clone")
    (recorded,) = POSTS.glob("posts-*.csv.gz")
    with gzip.open(recorded) as file:
        found = list(_read(file))  # type: ignore[arg-type]  # a GzipFile reads like any binary file
    errors = [one for one in found if isinstance(one, LocatedError)]
    assert 64_037 == len(found)
    assert len(errors) < 64_037 // 100, [str(error) for error in errors[:20]]


def _read(file: BinaryIO) -> Iterator[Indicator | LocatedError]:
    return TweetFeed().read(file, "posts", DEFAULTS)
