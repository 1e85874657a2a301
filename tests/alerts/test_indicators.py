from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import orjson
import pytest

from noroshi.alerts.indicators import Exclusion, IndicatorAlerts
from noroshi.alerts.ndjson import to_line
from noroshi.engine.hits import Evidence, Hit, IndicatorRef
from noroshi.events.model import Entities, LogSource, Outcome
from noroshi.identity.model import Joined
from noroshi.indicators.snapshot import IndicatorSnapshot, Record, build_snapshot
from tests.alerts.test_encounters import alert as of_rule

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2020, 7, 22, 4, 0, tzinfo=UTC)
URL = "http://one.example/a"
CLAIMS = msgspec.json.encode(
    [
        {
            "source": "urlhaus", "reference": "https://feed.example/1", "threats": ["download"],
            "families": ["Emotet"], "last_seen": "2020-07-19T04:00:00Z", "confidence": 90,
        }
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> IndicatorSnapshot:
    """One URL, one domain, one indicator that is years old."""
    path: Path = tmp_path_factory.mktemp("snapshot") / "s"
    old = msgspec.json.encode([{"source": "old", "last_seen": "2010-01-01T00:00:00Z"}])
    rows = [("url", URL, CLAIMS), ("domain", "two.example", CLAIMS), ("domain", "old.example", old)]
    build_snapshot(
        (Record(t, v, 3, exempt=False, compromised_site=False, claims=msgspec.Raw(c)) for t, v, c in rows),
        path,
        "",
    )
    return IndicatorSnapshot(path)


def hit(minutes: float, value: str = URL, precision: str = "full", **changes: Any) -> Hit:
    """The hit of an indicator on pc-014 so many minutes after `START`."""
    at = START + timedelta(minutes=minutes)
    type_ = "url" if "://" in value else "domain"
    given: dict[str, Any] = {
        "event_id": f"e{minutes}", "tenant": "default", "time": at, "zone": "record",
        "rule_id": f"indicator:{value}", "rule_hash": "", "logsource": LogSource("squid"),
        "entities": Entities(host="pc-014"), "outcome": Outcome.ALLOWED,
        "evidence": (Evidence("c-uri", value, value),), "fields": {"c-uri": value}, "path": "a.log",
        "position": 1, "indicator": IndicatorRef(type_, value, precision),
    }  # fmt: skip
    return Hit(**given | changes)


def add(alerts: IndicatorAlerts, *hits: Hit) -> None:
    """Each with its own entities."""
    for one in hits:
        alerts.add(one, Joined(one.entities))


def test_a_thousand_hits_are_one_alert(snapshot: IndicatorSnapshot) -> None:
    """With a count, first and last; the earliest event is told, whatever the order."""
    alerts = IndicatorAlerts(snapshot, "en")
    add(alerts, *[hit(minutes) for minutes in reversed(range(1_000))])
    (alert,) = alerts.alerts()
    assert (1_000, START, START + timedelta(minutes=999)) == (alert.count, alert.first, alert.last)
    assert ("indicator", "high", "e0") == (alert.kind, alert.level, alert.event_id)


def test_the_same_logs_give_the_same_id(snapshot: IndicatorSnapshot) -> None:
    """Also in another order; another machine or day has another."""
    first, second = IndicatorAlerts(snapshot, "en"), IndicatorAlerts(snapshot, "ja")
    add(first, hit(0), hit(5))
    add(second, hit(5), hit(0), hit(0, entities=Entities(host="pc-015")), hit(24 * 60))
    (alert,) = first.alerts()
    ids = {one.alert_id for one in second.alerts()}
    assert alert.alert_id in ids
    assert 3 == len(ids)


def test_the_meaning_says_who_what_and_when(snapshot: IndicatorSnapshot) -> None:
    """In both languages."""
    texts = {}
    for language in ("en", "ja"):
        alerts = IndicatorAlerts(snapshot, language)
        add(alerts, hit(0))
        (alert,) = alerts.alerts()
        texts[language] = alert.meaning
    score = 90 * (1 - (3 / 90) ** (1 / 1.5))  # MISP's polynomial with the lifetime of a download address
    reported = "A machine requested a URL that urlhaus reported as download site of Emotet 3 days before"
    assert f"{reported} (score {score:.0f})." == texts["en"]
    reported = "urlhaus が3 日前に Emotet のダウンロード元として報告した URL へのアクセスがあった"
    assert f"{reported}(スコア {score:.0f})。" == texts["ja"]


def test_old_and_excluded_indicators_are_held_back_and_counted(snapshot: IndicatorSnapshot) -> None:
    """Nothing is dropped in silence."""

    def excluded(indicator: Any, _precision: str) -> Exclusion:
        return Exclusion("shared", "hosting", held=True) if indicator.value == "two.example" else Exclusion()

    alerts = IndicatorAlerts(snapshot, "en", excluded)
    add(alerts, hit(0, "old.example", "exact"), hit(1, "two.example", "exact"))
    assert [] == list(alerts.alerts())
    assert {("decayed", "domain"): 1, ("shared", "hosting"): 1} == dict(alerts.suppressed)


@pytest.mark.parametrize(
    ("minutes", "level", "host", "expected"),
    [
        (5, "medium", "pc-014", "medium"),
        (60, "medium", "pc-014", "informational"),
        (5, "low", "pc-014", "informational"),
        (5, "medium", "pc-015", "informational"),
    ],
)
def test_a_host_match_is_raised_by_an_alert_of_a_rule_near_it(
    snapshot: IndicatorSnapshot, minutes: float, level: str, host: str, expected: str
) -> None:
    """Of the same machine within ten minutes, at medium or above; otherwise it stays informational."""
    alerts = IndicatorAlerts(snapshot, "en")
    add(alerts, hit(0, precision="host"))
    alerts.note(of_rule(minutes, "a-rule", level, host=host))
    assert [expected] == [one.level for one in alerts.alerts()]


def test_the_line_for_programs_names_the_indicator(snapshot: IndicatorSnapshot) -> None:
    """Type, value, precision, score, sources, and why no exclusion list held it."""
    alerts = IndicatorAlerts(snapshot, "en")
    add(alerts, hit(0))
    (alert,) = alerts.alerts()
    line = orjson.loads(to_line(alert))
    shown = line["indicator"]
    assert ("indicator", "url", URL, "full") == (
        line["kind"],
        shown["type"],
        shown["value"],
        shown["precision"],
    )
    assert ["urlhaus"] == [claim["source"] for claim in shown["claims"]]
    assert {"verdict": "none", "list": None} == shown["exclusion"]
