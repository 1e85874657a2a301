from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from noroshi.errors import LocatedError
from noroshi.indicators.exclusions import load_exclusions
from noroshi.indicators.indicator import Indicator, SourceClaim, Threat
from noroshi.indicators.lists import ListSnapshot
from noroshi.indicators.model import Entry
from noroshi.indicators.query import Query
from noroshi.indicators.sets import build_set
from noroshi.service.indicators import excluded_by, open_indicators, with_sets
from noroshi.store.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2020, 7, 22, tzinfo=UTC)
CLAIM = SourceClaim("feed", threats=(Threat.C2,), families=("Emotet",), last_seen=NOW)


def stored(place: Path, *pairs: tuple[str, str]) -> Path:
    """A store with these indicators (value, type) and a saved set of the endpoints."""
    with open_store(place) as store:
        store.indicators.upsert_many([Indicator.of(*pair, CLAIM) for pair in pairs], at=NOW, who="test")
        store.sets.put("my_c2", Query(types=frozenset({"ip:port"})), at=NOW, who="test")
    return place


def test_a_store_becomes_a_snapshot_and_sets(tmp_path: Path) -> None:
    """All indicators are in it; the saved set is a list of its type."""
    place = stored(tmp_path / "s.db", ("bad.example", "domain"), ("192.0.2.1:443", "ip:port"))
    found = open_indicators(str(place), NOW)
    assert 2 == len(found.snapshot)
    assert [("my_c2", "ip:port", 1)] == [(one.name, one.type, len(one)) for one in found.lists]


def test_the_cached_snapshot_follows_the_store(tmp_path: Path) -> None:
    """Unchanged: the same file. Changed: a new one."""
    place = stored(tmp_path / "s.db", ("bad.example", "domain"))
    cache = tmp_path / "cache"
    cache.mkdir()
    first = open_indicators(str(place), NOW, cache).snapshot
    assert first.path == open_indicators(str(place), NOW, cache).snapshot.path
    stored(place, ("worse.example", "domain"))
    second = open_indicators(str(place), NOW, cache).snapshot
    assert 2 == len(second)
    assert 1 == len(first), "whoever has the old one open goes on with it"


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    """One located error, and no empty store is made."""
    with pytest.raises(LocatedError, match="does not exist"):
        open_indicators(str(tmp_path / "none.db"), NOW)
    assert [] == list(tmp_path.iterdir())


def test_a_list_that_holds_something_wins_over_a_saved_set() -> None:
    """An empty one, as packs bring it, does not."""
    saved = build_set("emotet_c2", "ip", [Entry("192.0.2.1")])
    empty, given = build_set("emotet_c2", "ip", []), build_set("emotet_c2", "ip", [Entry("192.0.2.9")])
    for file, expected in ((empty, "192.0.2.1"), (given, "192.0.2.9")):
        merged = with_sets(ListSnapshot([file]), [saved]).get("emotet_c2")
        assert merged is not None
        assert [expected] == [entry.value for entry in merged.entries]


@pytest.mark.parametrize(
    ("value", "type_", "precision", "verdict", "held"),
    [
        ("bad.example", "domain", "exact", "none", False),
        ("github.com", "domain", "exact", "shared", True),
        ("https://github.com/a/b.exe", "url", "full", "shared", False),
        ("https://github.com/a/b.exe", "url", "host", "shared", True),
        ("10.1.2.3", "ip", "exact", "allow", True),
        ("http://10.1.2.3/x", "url", "host", "allow", True),
    ],
)
def test_what_the_bundled_exclusion_lists_hold_back(
    value: str, type_: str, precision: str, verdict: str, *, held: bool
) -> None:
    """A shared host alone never alerts, a URL on it does; an address of no host never."""
    excluded = excluded_by(load_exclusions([], date(2026, 11, 28)).snapshot)
    found = excluded(Indicator.of(value, type_, CLAIM), precision)
    assert (verdict, held) == (found.verdict, found.held)
    assert bool(found.list) == (verdict != "none")
