from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from noroshi.indicators.changes import FieldChange
from noroshi.indicators.indicator import Indicator, SourceClaim, Threat, Tlp
from noroshi.indicators.sharing import Reason, Refusal
from noroshi.store.audit import Change, Statistics
from noroshi.store.sightings import Sighting

if TYPE_CHECKING:
    from noroshi.store.store import Store

AT = datetime(2020, 7, 22, 3, 0, tzinfo=UTC)


def test_what_was_refused_is_kept(store: Store) -> None:
    """Who wanted to let what out, and why it stayed; in the history of the value, too."""
    store.indicators.upsert_many([Indicator.of("evil.example", "domain")], at=AT, who="feed", what="a.csv")
    refusal = Refusal("domain", "evil.example", Reason.WATCHED, "example")
    assert 1 == store.audit.refused([refusal], at=AT, who="t.suzuki", what="export stix public")
    assert 0 == store.audit.refused([], at=AT, who="t.suzuki", what="export stix public")
    assert (
        Change(AT, "t.suzuki", "export stix public", 0, 0, 0, 1),
        Change(AT, "feed", "a.csv", 1, 0, 0, 0),
    ) == store.audit.recent()
    told = FieldChange("refused", "", "domain evil.example", "watched: example")
    entry = store.indicators.history("evil.example", "domain")[-1]
    assert ("refused", (told,)) == (entry.action, entry.changes)


def test_statistics(store: Store) -> None:
    """One indicator counts under each of its words."""
    both = SourceClaim("a", threats=(Threat.C2, Threat.DOWNLOAD), families=("Emotet",), tlp=Tlp.GREEN)
    store.indicators.upsert_many(
        [
            Indicator.of("192.0.2.1", "ip", both, SourceClaim("b", families=("EMOTET", "TrickBot"))),
            Indicator.of("evil.example", "domain", SourceClaim("b", compromised_site=True)),
        ],
        at=AT,
        who="feed",
    )
    store.indicators.retire("evil.example", "domain", "cleaned", at=AT, who="me")
    store.sightings.record([Sighting("ip", "192.0.2.1", "host pc-014", AT, AT)])
    assert (
        Statistics(
            2,
            1,
            1,
            {
                "status": {"active": 1, "retired": 1},
                "type": {"domain": 1, "ip": 1},
                "level": {"ip": 1, "domain": 1},
                "tlp": {"": 1, "green": 1},
                "threat": {"c2": 1, "download": 1},
                "family": {"Emotet": 1, "TrickBot": 1},
                "source": {"a": 1, "b": 2},
            },
        )
        == store.audit.statistics()
    )


def test_a_family_has_one_spelling(store: Store) -> None:
    """Whatever the case in which sources write it; one with capitals is taken."""
    spellings = ("emotet", "Emotet", "emotet", "EMOTET")
    store.indicators.upsert_many(
        [
            Indicator.of(f"{number}.example", "domain", SourceClaim("a", families=(spelling,)))
            for number, spelling in enumerate(spellings)
        ],
        at=AT,
        who="feed",
    )
    ((name, count),) = store.audit.statistics().by["family"].items()
    assert ("emotet", 4) == (name.lower(), count)
    assert "emotet" != name


def test_an_empty_store(store: Store) -> None:
    """Counts nothing."""
    assert 0 == store.audit.statistics().total
    assert () == store.audit.recent()
