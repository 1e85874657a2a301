from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from noroshi.errors import LocatedError
from noroshi.indicators.ageing import Lifetimes, default_lifetimes, load_lifetimes
from noroshi.indicators.indicator import Indicator, Sightings, SourceClaim, Threat
from noroshi.indicators.kinds import LEVELS, PyramidLevel
from noroshi.indicators.query import Query

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2020, 7, 22, tzinfo=UTC)
OWN = """
[[lifetime]]
name = "short"
types = ["ip"]
lifetime_days = 4
decay_speed = 1
threshold = 50
default_base_score = 100
"""


def address(days_ago: float | None, confidence: int | None = None, *threats: Threat) -> Indicator:
    """An address that was reported so many days ago."""
    seen = None if days_ago is None else AT - timedelta(days=days_ago)
    return Indicator.of(
        "192.0.2.1", "ip", SourceClaim("feed", last_seen=seen, confidence=confidence, threats=threats)
    )


@pytest.fixture
def own(tmp_path: Path) -> Lifetimes:
    """Four days in a straight line, decayed after two."""
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    return load_lifetimes(path)


@pytest.mark.parametrize("type_", sorted(LEVELS))
@pytest.mark.parametrize("level", PyramidLevel)
def test_every_indicator_has_a_lifetime(type_: str, level: PyramidLevel) -> None:
    """Whatever the type and the level somebody gave it."""
    indicator = replace(Indicator("x", type_), level=level)
    assert default_lifetimes().of(indicator).model.lifetime_days > 0


def test_the_higher_the_pyramid_the_longer() -> None:
    """Addresses die before domains, domains before artefacts, artefacts before tools; a file stays a file."""
    by_level = {
        level: default_lifetimes().of(replace(Indicator("x", "text"), level=level)).model.decays_after(80)
        for level in PyramidLevel
    }
    assert by_level[PyramidLevel.IP] < by_level[PyramidLevel.DOMAIN] < by_level[PyramidLevel.ARTEFACT]
    assert by_level[PyramidLevel.ARTEFACT] < by_level[PyramidLevel.TOOL]
    assert by_level[PyramidLevel.IP] < by_level[PyramidLevel.HASH]


def test_the_score_falls_with_age(own: Lifetimes) -> None:
    """From the confidence of the source, else the default, in the own row's straight line."""
    assert 100 == own.score(address(0), AT).value
    assert 75 == own.score(address(1), AT).value
    assert 30 == own.score(address(2, 60), AT).value
    assert 0 == own.score(address(4), AT).value


def test_a_sighting_in_our_own_logs_resets_the_age(own: Lifetimes) -> None:
    """It is in use, so it is as good as reported today."""
    old = address(30)
    sighted = replace(old, sightings=Sightings(1, AT, AT))
    assert own.score(old, AT).decayed
    assert 100 == own.score(sighted, AT).value
    assert AT + timedelta(days=2) == own.score(sighted, AT).decays_at


def test_times_that_are_missing_or_ahead(own: Lifetimes) -> None:
    """Without a time nothing ages; a clock that runs ahead does not make an indicator worthless."""
    assert 100 == own.score(address(None), AT).value
    assert own.score(address(None), AT).decays_at is None
    assert 100 == own.score(address(-5), AT).value


def test_phishing_alone_is_short_lived() -> None:
    """An address that serves C2 as well keeps the lifetime of an address."""
    rows = default_lifetimes()
    assert "phishing" == rows.of(address(0, None, Threat.PHISHING)).name
    assert "address" == rows.of(address(0, None, Threat.PHISHING, Threat.C2)).name
    assert "address" == rows.of(address(0)).name


def test_a_query_can_ask_for_scores(own: Lifetimes) -> None:
    """`fresh` leaves out what has decayed, `min_score` what is worth less."""
    assert Query(fresh=True).matches(address(1), AT, own)
    assert not Query(fresh=True).matches(address(3), AT, own)
    assert Query(min_score=75).matches(address(1), AT, own)
    assert not Query(min_score=76).matches(address(1), AT, own)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("no TOML", "[[lifetime"),
        ("holds no", "lifetime = 3"),
        ("lifetime 1: is wrong", "[[lifetime]]\nname = 'x'"),
        ("lifetime 1: is wrong", OWN + "colour = 'red'"),
        ("lifetime 1: `ipv7` is no type", OWN.replace('"ip"', '"ipv7"')),
        ("lifetime 1: days must be", OWN.replace("= 4", "= 0")),
        ("lifetime 2: is wrong", OWN + OWN.replace("= 4", "= 'four'")),
    ],
)
def test_a_wrong_row_is_a_located_error(place: str, text: str, tmp_path: Path) -> None:
    """A lifetime that nobody can read must not become another one."""
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(LocatedError, match=place):
        load_lifetimes(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """One line that names it."""
    with pytest.raises(LocatedError, match=r"none\.toml: cannot be read"):
        load_lifetimes(tmp_path / "none.toml")
