from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noroshi.indicators.indicator import Indicator, SourceClaim, Status, Threat
from noroshi.indicators.kinds import PyramidLevel
from noroshi.indicators.query import Query
from noroshi.store.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime(2020, 7, 22, tzinfo=UTC)
FAMILIES = ("Emotet", "emotet", "Emo", "100%_x", "Ｅmotet", "GRÖẞE")
times = st.none() | st.integers(0, 40).map(lambda days: AT - timedelta(days=days))
claims = st.builds(
    SourceClaim,
    source=st.sampled_from(["urlhaus", "tweetfeed", "jp\\cert"]),
    threats=st.sets(st.sampled_from([Threat.C2, Threat.MAIL])).map(lambda some: tuple(sorted(some))),
    families=st.sets(st.sampled_from(FAMILIES), max_size=2).map(lambda some: tuple(sorted(some))),
    tags=st.sets(st.sampled_from(["a", "b c"]), max_size=2).map(lambda some: tuple(sorted(some))),
    first_seen=times,
    last_seen=times,
    confidence=st.none() | st.sampled_from([0, 50, 100]),
    compromised_site=st.booleans(),
)
VALUES = (
    ("http://EVIL.example/Gate_1", "url"),
    ("gate.example", "domain"),
    ("192.0.2.1", "ip"),
    ("請求書Ä.doc", "file_name"),
)
indicators = st.builds(
    lambda value, said, status, level: Indicator.of(*value, *said, status=status, level=level),
    value=st.sampled_from(VALUES),
    said=st.lists(claims, max_size=3),
    status=st.sampled_from(Status),
    level=st.none() | st.sampled_from(PyramidLevel),
)


def some(*words: str) -> st.SearchStrategy[frozenset[str]]:
    """None, one or several of these words."""
    return st.frozensets(st.sampled_from(words), max_size=2)


queries = st.builds(
    Query,
    types=some("url", "ip", "domain"),
    threats=some("c2", "mail"),
    families=some(*FAMILIES),
    tags=some("A", "b c"),
    sources=some("urlhaus", "jp\\cert"),
    statuses=st.frozensets(st.sampled_from(Status), max_size=2),
    text=st.sampled_from(["", "GATE", "gate_", "%", "ä", "請求"]),
    min_level=st.none() | st.integers(1, 6),
    min_confidence=st.none() | st.sampled_from([0, 50]),
    seen_within_days=st.none() | st.integers(0, 40),
    compromised_site=st.none() | st.booleans(),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that examples share; each has its own values."""
    if request.param == "sqlite":
        place = str(tmp_path_factory.mktemp("store") / "noroshi.db")
    else:
        place = request.getfixturevalue("postgresql").new_database()
    with open_store(place) as opened:
        yield opened


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(given_indicators=st.lists(indicators, max_size=4, unique_by=lambda one: one.key), query=queries)
def test_the_database_answers_as_the_query_itself(
    many: Store, given_indicators: list[Indicator], query: Query
) -> None:
    """SQL narrows down and never loses one that `Query.matches` means."""
    with many._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM indicator")
    many.indicators.upsert_many(given_indicators, at=AT, who="test")
    expected = {one.key for one in given_indicators if query.matches(one, AT)}
    assert expected == {one.key for one in many.indicators.iterate(query, AT)}
