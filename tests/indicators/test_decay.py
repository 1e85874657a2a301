from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.indicators.decay import DecayModel, base_score, decay_start

NIDS = DecayModel(lifetime_days=120, decay_speed=2, threshold=30, default_base_score=80)
PHISHING = DecayModel(lifetime_days=3, decay_speed=2.3, threshold=30, default_base_score=80)
DAY = datetime(2020, 7, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expected", "days"),
    [
        (80.0, 0),
        (40.0, 30),  # 80 · (1 − √(30/120)) = 80 · (1 − 1/2)
        (20.0, 67.5),  # √(67.5/120) = √0.5625 = 0.75
        (0.0, 120),
        (0.0, 1000),
        (0.0, -1),  # MISP: a sighting in the future scores nothing
    ],
)
def test_the_polynomial_worked_by_hand(expected: float, days: float) -> None:
    """MISP's "NIDS simple" model: the square root of the share of the lifetime."""
    assert expected == pytest.approx(NIDS.score(80, timedelta(days=days)))


@pytest.mark.parametrize(
    ("expected_days", "model"),
    [
        (46.875, NIDS),  # 120 · (1 − 30/80)² = 120 · 0.390625
        (1.0178, PHISHING),  # 3 · 0.625^2.3 = 3 · e^(2.3 · ln 0.625) = 3 · 0.33928
    ],
)
def test_when_the_shipped_models_decay(expected_days: float, model: DecayModel) -> None:
    """The days at which MISP's own models with base score 80 fall below 30."""
    after = model.decays_after(80)
    assert expected_days == pytest.approx(after / timedelta(days=1), abs=1e-4)
    assert not model.is_decayed(model.score(80, after - timedelta(seconds=1)))
    assert model.is_decayed(model.score(80, after + timedelta(seconds=1)))


def test_an_indicator_below_the_threshold_has_decayed_at_once() -> None:
    """A base score under the threshold never counts; one at the threshold counts for no time at all."""
    assert timedelta(0) == NIDS.decays_after(29)
    assert timedelta(0) == NIDS.decays_after(0)
    assert timedelta(0) == NIDS.decays_after(30)


@given(
    base=st.floats(0, 100),
    one=st.floats(0, 2000),
    two=st.floats(0, 2000),
    speed=st.floats(0.1, 10),
)
def test_scores_only_fall(base: float, one: float, two: float, speed: float) -> None:
    """Between base and 0, and never upwards with age."""
    model = DecayModel(365, speed, 30, 80)
    earlier, later = sorted((one, two))
    at_first = model.score(base, timedelta(days=earlier))
    assert base >= at_first >= model.score(base, timedelta(days=later)) >= 0


@pytest.mark.parametrize(
    ("expected", "tags"),
    [
        (80.0, []),
        (80.0, [("unknown", 10.0)]),
        (80.0, [("admiralty-scale", None)]),
        (50.0, [("admiralty-scale", 50.0)]),
        (87.5, [("admiralty-scale", 100.0), ("priority-level", 75.0)]),  # both weigh 10 of 20
        (65.0, [("admiralty-scale", 50.0), ("estimative-language", 70.0)]),  # 10/40·50 + 30/40·70
        (60.0, [("admiralty-scale", 100.0), ("admiralty-scale", 20.0)]),  # two of one taxonomy share
    ],
)
def test_base_score_from_tags(expected: float, tags: list[tuple[str, float | None]]) -> None:
    """Weights count relative to those of the tags that are there."""
    weights = {"admiralty-scale": 10.0, "priority-level": 10.0, "estimative-language": 30.0}
    assert expected == pytest.approx(base_score(tags, weights, 80.0))


@pytest.mark.parametrize(
    ("expected", "edited", "last_seen", "last_sighting"),
    [
        (1, 1, None, None),  # nothing but the attribute's own time stamp
        (5, 1, 5, None),  # its last_seen
        (9, 1, 5, 9),  # a sighting resets the age
        (3, 1, 5, 3),  # also one that is older than last_seen: the sighting counts first
        (5, 7, 5, 3),  # edited after the sighting: last_seen
        (7, 7, None, 3),  # edited after the sighting, no last_seen: the edit
        (5, 7, 5, None),  # edited after last_seen: still last_seen
    ],
)
def test_where_the_age_begins(
    expected: int, edited: int, last_seen: int | None, last_sighting: int | None
) -> None:
    """The order in which MISP asks sighting, last_seen and time stamp."""

    def day(number: int | None) -> datetime | None:
        return None if number is None else DAY + timedelta(days=number)

    found = decay_start(
        DAY + timedelta(days=edited), last_seen=day(last_seen), last_sighting=day(last_sighting)
    )
    assert DAY + timedelta(days=expected) == found
