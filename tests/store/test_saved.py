from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from noroshi.indicators.query import Query
from noroshi.store.saved import SavedSet

if TYPE_CHECKING:
    from noroshi.store.store import Store

AT = datetime(2020, 7, 22, tzinfo=UTC)
C2 = Query(families=frozenset({"Emotet"}), threats=frozenset({"c2"}), types=frozenset({"ip:port"}))


def test_a_saved_set_is_found_by_name(store: Store) -> None:
    """With everything that was saved; a second one of the name replaces it."""
    store.sets.put("emotet_c2", Query(), at=AT, who="a")
    store.sets.put("emotet_c2", C2, "C2 of Emotet", at=AT, who="t.suzuki")
    store.sets.put("all", Query(), at=AT, who="a")
    assert SavedSet("emotet_c2", C2, "C2 of Emotet", AT, "t.suzuki") == store.sets.get("emotet_c2")
    assert ["all", "emotet_c2"] == [one.name for one in store.sets.all()]


def test_a_set_that_is_removed(store: Store) -> None:
    """Removing says whether there was one."""
    store.sets.put("emotet_c2", C2, at=AT, who="a")
    assert store.sets.remove("emotet_c2")
    assert not store.sets.remove("emotet_c2")
    assert store.sets.get("emotet_c2") is None


def test_a_name_that_no_rule_can_say(store: Store) -> None:
    """A name with a space could not stand between per cent signs."""
    with pytest.raises(ValueError, match="no name of a set"):
        store.sets.put("emotet c2", C2, at=AT, who="a")


def test_feeds_remember(store: Store) -> None:
    """Values by owner and name; what is not named stays."""
    store.state.put("urlhaus", at=AT, etag='"1"', seen=17)
    store.state.put("urlhaus", at=AT, seen=18)
    store.state.put("x", at=AT, cursor={"since_id": "1", "pages": [1, 2]})
    assert {"etag": '"1"', "seen": 18} == store.state.all("urlhaus")
    assert {"since_id": "1", "pages": [1, 2]} == store.state.get("x", "cursor")
    assert "none" == store.state.get("nobody", "etag", "none")
    assert ("urlhaus", "x") == store.state.owners()
