from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, event, text, update
from sqlalchemy.exc import DBAPIError

from noroshi.indicators.changes import FieldChange, changes, is_routine, only_times_moved
from noroshi.indicators.indicator import Indicator, SourceClaim, Status, Threat, Tlp
from noroshi.indicators.query import EVERYTHING, Query
from noroshi.store.indicators import Upserted
from noroshi.store.schema import CHANGE, HISTORY
from noroshi.store.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime(2020, 7, 22, 3, 0, tzinfo=UTC)
URL = "http://www.sakura-bento.example/wp-includes/9fTzqE/"


def claim(source: str = "urlhaus", **said: object) -> SourceClaim:
    """A claim of a source."""
    return replace(SourceClaim(source, first_seen=AT, last_seen=AT), **said)  # type: ignore[arg-type]


def urls(count: int) -> Iterator[Indicator]:
    """So many indicators."""
    for number in range(count):
        yield Indicator.of(f"http://h{number}.example/", "url", claim())


def all_of(store: Store) -> list[Indicator]:
    """Everything in the store."""
    return list(store.indicators.iterate(EVERYTHING, AT))


def test_what_goes_in_comes_out(store: Store, place: str) -> None:
    """Every field survives the database and another opening of it."""
    full = SourceClaim(
        "urlhaus",
        "https://urlhaus.example/url/1/",
        threats=(Threat.C2, Threat.DOWNLOAD),
        families=("Emotet", "TrickBot"),
        tags=("epoch2", "日本"),
        first_seen=AT,
        last_seen=AT + timedelta(microseconds=1),
        confidence=0,
        tlp=Tlp.AMBER_STRICT,
        sharing_group="banks",
        compromised_site=True,
        comments=("line\nbreak \0 and \ud800",),
        written="hxxp://www.sakura-bento[.]example/wp-includes/9fTzqE/",
        external_id="indicator--1",
    )
    indicator = Indicator.of(URL, "url", full, claim("tweetfeed"), status=Status.CANDIDATE)
    store.indicators.upsert_many([indicator], at=AT, who="me")
    with open_store(place) as again:
        found = again.indicators.get("hxxp://WWW.sakura-bento[.]example/wp-includes/9fTzqE/", "url")
    kept = replace(full, comments=("line\nbreak \0 and ���",))
    assert Indicator.of(URL, "url", kept, claim("tweetfeed"), status=Status.CANDIDATE) == found


def test_many_come_in_batches_and_count(store: Store) -> None:
    """New, changed and unchanged are told apart, across the borders of batches and inside one."""
    assert Upserted(25) == store.indicators.upsert_many(urls(25), at=AT, who="feed", batch=10)
    assert Upserted(0, 0, 25) == store.indicators.upsert_many(urls(25), at=AT, who="feed", batch=10)
    newer = (one.merged(Indicator.of(one.value, "url", claim("b"))) for one in urls(30))
    assert Upserted(5, 25, 0) == store.indicators.upsert_many(newer, at=AT, who="feed", batch=10)
    twice = [Indicator.of("http://new.example/", "url", claim(name)) for name in ("a", "b")]
    assert Upserted(1) == store.indicators.upsert_many(twice, at=AT, who="feed")
    assert 31 == len(all_of(store))
    found = store.indicators.get("http://new.example/", "url")
    assert found is not None
    assert ("a", "b") == found.sources


def test_a_broken_batch_leaves_the_ones_before(store: Store) -> None:
    """One batch is one transaction: what raises later undoes nothing, and nothing is half there."""

    def breaking() -> Iterator[Indicator]:
        yield from urls(25)
        raise OSError("the line went dead")

    with pytest.raises(OSError, match="dead"):
        store.indicators.upsert_many(breaking(), at=AT, who="feed", batch=10)
    assert 20 == len(all_of(store))


def test_history_says_who_changed_what(store: Store) -> None:
    """Everything but moving times is recorded, field by field, and a second look gives the same."""
    later = AT + timedelta(days=1)
    store.indicators.upsert_many([Indicator.of(URL, "url", claim(confidence=50))], at=AT, who="urlhaus")
    routine = Indicator.of(URL, "url", claim(last_seen=later, confidence=50))
    store.indicators.upsert_many([routine], at=later, who="urlhaus")
    lower = Indicator.of(URL, "url", claim(last_seen=later, confidence=20))
    store.indicators.upsert_many([lower], at=later, who="urlhaus", what="csv_recent")
    store.indicators.retire(URL, "url", "site was cleaned", at=later, who="t.suzuki")
    found = store.indicators.history(URL, "url")
    assert [(AT, "urlhaus", "added"), (later, "urlhaus", "changed"), (later, "t.suzuki", "changed")] == [
        (entry.at, entry.who, entry.action) for entry in found
    ]
    assert (FieldChange("confidence", "urlhaus", 50, 20),) == found[1].changes
    assert (
        FieldChange("status", "", "active", "retired"),
        FieldChange("reason", "", "", "site was cleaned"),
    ) == found[2].changes


@pytest.mark.parametrize("table", [CHANGE, HISTORY])
def test_history_is_append_only(store: Store, table: object) -> None:
    """The database itself refuses to rewrite what happened."""
    store.indicators.upsert_many(urls(1), at=AT, who="feed")
    for statement in (update(table).values(id=7), delete(table)):  # type: ignore[arg-type]
        with pytest.raises(DBAPIError, match="append-only"), store._engine.begin() as connection:
            connection.execute(statement)


def test_a_retired_indicator_is_no_answer(store: Store) -> None:
    """It stays in the store, and only who asks for it finds it; feeds do not bring it back."""
    store.indicators.upsert_many(urls(2), at=AT, who="feed")
    store.indicators.retire("http://h0.example/", "url", "false alarm", at=AT, who="me")
    store.indicators.upsert_many(urls(2), at=AT, who="feed")
    active = list(store.indicators.iterate(Query(), AT))
    retired = list(store.indicators.iterate(Query(statuses=frozenset({Status.RETIRED})), AT))
    assert ["http://h1.example/"] == [one.value for one in active]
    assert [("http://h0.example/", "false alarm")] == [(one.value, one.reason) for one in retired]


def test_what_is_not_there(store: Store) -> None:
    """None, not an error; a value that is none of its type is one."""
    assert store.indicators.get("http://unknown.example/", "url") is None
    assert store.indicators.retire("http://unknown.example/", "url", "", at=AT, who="me") is None
    assert () == store.indicators.history("http://unknown.example/", "url")
    with pytest.raises(ValueError, match="is no ip"):
        store.indicators.get("300.0.0.1", "ip")


def test_a_change_may_not_make_another_indicator_of_it(store: Store) -> None:
    """An edit of the value would tear the history apart."""
    store.indicators.upsert_many(urls(1), at=AT, who="feed")
    with pytest.raises(ValueError, match="another indicator"):
        store.indicators.edit(
            "http://h0.example/", "url", lambda one: replace(one, value="http://h1.example/"), at=AT, who="me"
        )


def test_two_stores_on_one_place_see_each_other(store: Store, place: str) -> None:
    """A reader sees what a writer has committed, and never a half of it."""
    with open_store(place) as other:
        reading = other.indicators.iterate(EVERYTHING, AT)
        store.indicators.upsert_many(urls(3), at=AT, who="feed")
        assert 3 == len(list(reading))
        assert 3 == len(all_of(other))


def test_sqlite_keeps_a_write_ahead_log(sqlite_place: str) -> None:
    """Readers do not wait for the writer."""
    with open_store(sqlite_place) as store, store._engine.connect() as connection:
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    assert "wal" == mode


def test_a_feed_that_says_the_same_again_moves_its_times_only(store: Store) -> None:
    """One statement for all, of the few columns that differ; the new time is asked by, and is no history."""
    store.indicators.upsert_many(urls(20), at=AT, who="urlhaus")
    later = AT + timedelta(days=2)
    renewed = [replace(one, claims=(replace(one.claims[0], last_seen=later),)) for one in urls(20)]
    told: list[tuple[str, bool]] = []
    engine = store._engine

    def note(_c: object, _u: object, statement: str, _p: object, _x: object, many: bool) -> None:  # noqa: FBT001
        told.append((statement, many))

    event.listen(engine, "before_cursor_execute", note)
    assert Upserted(0, 20, 0) == store.indicators.upsert_many(renewed, at=later, who="urlhaus")
    event.remove(engine, "before_cursor_execute", note)
    ((updated, many),) = [one for one in told if one[0].startswith("UPDATE")]
    assert many
    assert {"claims", "first_seen", "last_seen", "changed_at"} == set(re.findall(r"(\w+)=", updated)) - {
        "key"
    }
    assert not [one for one, _ in told if "history" in one]
    fresh = store.indicators.iterate(Query(seen_within_days=1), later)
    assert [one.value for one in renewed] == sorted((one.value for one in fresh), key=_number)
    assert sorted(renewed, key=lambda one: one.value) == all_of(store)


def _number(value: str) -> int:
    return int("".join(filter(str.isdigit, value)))


_CLAIMS = st.builds(
    SourceClaim,
    st.sampled_from(("a", "b")),
    families=st.sampled_from(((), ("Emotet",))),
    first_seen=st.sampled_from((None, AT)),
    last_seen=st.sampled_from((None, AT, AT + timedelta(days=1))),
    confidence=st.sampled_from((None, 50)),
    written=st.sampled_from(("", "x[.]example")),
)


@given(st.lists(_CLAIMS, max_size=2), st.lists(_CLAIMS, max_size=2), st.booleans())
def test_only_times_moved_is_what_the_changes_say(
    old: list[SourceClaim],
    new: list[SourceClaim],
    retired: bool,  # noqa: FBT001
) -> None:
    """The quick way and the slow one agree."""
    before = Indicator.of(URL, "url", *old)
    after = Indicator.of(URL, "url", *new, status=Status.RETIRED if retired else Status.ACTIVE)
    assert is_routine(changes(before, after)) == only_times_moved(before, after)
