from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.indicators.indicator import Indicator, Sightings, SourceClaim, Status, Threat, Tlp
from noroshi.indicators.kinds import PyramidLevel

DAY = datetime(2020, 7, 22, tzinfo=UTC)

times = st.none() | st.integers(0, 1000).map(lambda hours: DAY + timedelta(hours=hours))
words = st.sampled_from(["Emotet", "epoch2", "heodo", "x"])
sets = st.sets(words, max_size=3).map(lambda some: tuple(sorted(some)))
claims = st.builds(
    SourceClaim,
    source=st.sampled_from(["urlhaus", "tweetfeed"]),
    reference=st.sampled_from(["", "https://a.example/1"]),
    threats=st.sets(st.sampled_from(Threat), max_size=3).map(lambda some: tuple(sorted(some))),
    families=sets,
    tags=sets,
    first_seen=times,
    last_seen=times,
    tlp=st.none() | st.sampled_from(Tlp),
    compromised_site=st.booleans(),
    comments=sets,
)
indicators = st.lists(claims, max_size=4).map(lambda some: Indicator.of("evil.example", "domain", *some))


@given(one=indicators, two=indicators, three=indicators)
def test_merging_is_a_union(one: Indicator, two: Indicator, three: Indicator) -> None:
    """The order in which sources arrive does not matter, and saying it twice changes nothing."""
    assert one.merged(two) == two.merged(one)
    assert one.merged(two).merged(three) == one.merged(two.merged(three))
    assert one.merged(one) == one


@given(one=indicators, two=indicators)
def test_merging_loses_nothing(one: Indicator, two: Indicator) -> None:
    """Everything that either said is still said, by the same source under the same reference."""
    both = {claim.identity: claim for claim in one.merged(two).claims}
    for claim in (*one.claims, *two.claims):
        kept = both[claim.identity]
        assert set(claim.threats) <= set(kept.threats)
        assert set(claim.families) <= set(kept.families)
        assert set(claim.tags) <= set(kept.tags)
        assert set(claim.comments) <= set(kept.comments)
        assert not claim.first_seen or (kept.first_seen and kept.first_seen <= claim.first_seen)
        assert not claim.last_seen or (kept.last_seen and kept.last_seen >= claim.last_seen)
        assert claim.tlp is None or (kept.tlp and kept.tlp.strictness >= claim.tlp.strictness)
        assert kept.compromised_site >= claim.compromised_site


def test_what_has_one_value_is_the_newer_ones() -> None:
    """A source that lowers its confidence is followed; one that says nothing changes nothing."""
    older = SourceClaim("urlhaus", confidence=90, external_id="17")
    assert 20 == older.renewed(SourceClaim("urlhaus", confidence=20)).confidence
    assert "17" == older.renewed(SourceClaim("urlhaus", confidence=20)).external_id
    assert 90 == older.renewed(SourceClaim("urlhaus")).confidence


def test_the_same_source_in_two_groups_makes_two_claims() -> None:
    """What is shared inside a group only stays apart from what the same source says to all."""
    open_claim = SourceClaim("jp-cert", tlp=Tlp.CLEAR)
    grouped = SourceClaim("jp-cert", tlp=Tlp.AMBER, sharing_group="banks")
    assert (open_claim, grouped) == Indicator.of("evil.example", "domain", grouped, open_claim).claims


def test_a_retired_indicator_stays_retired() -> None:
    """A feed that publishes it again does not undo what a person decided; a candidate becomes active."""
    again = Indicator.of("evil.example", "domain", SourceClaim("feed"))
    retired = Indicator.of("evil.example", "domain", status=Status.RETIRED)
    candidate = Indicator.of("evil.example", "domain", status=Status.CANDIDATE)
    assert Status.RETIRED is retired.merged(again).status
    assert Status.ACTIVE is candidate.merged(again).status


def test_a_level_that_somebody_set_stays() -> None:
    """The type's level is only the default."""
    raised = Indicator.of("evil.example", "domain", level=PyramidLevel.TOOL)
    assert PyramidLevel.TOOL is raised.merged(Indicator.of("evil.example", "domain")).level
    assert PyramidLevel.TOOL is Indicator.of("evil.example", "domain").merged(raised).level


def test_two_values_do_not_merge() -> None:
    """A mistake of the caller is an error, not a mixture."""
    with pytest.raises(ValueError, match="another indicator"):
        Indicator.of("a.example", "domain").merged(Indicator.of("b.example", "domain"))


def test_families_in_other_capitals_are_one() -> None:
    """Sources write the same family in different ways; the claims keep them, the summary shows one."""
    found = Indicator.of(
        "evil.example",
        "domain",
        SourceClaim("a", families=("Emotet",)),
        SourceClaim("b", families=("emotet", "TrickBot")),
    )
    assert ("Emotet", "TrickBot") == found.families


def test_sightings_add_up() -> None:
    """Counts add, the period widens."""
    both = Sightings(2, DAY, DAY).united(Sightings(3, DAY - timedelta(days=1), DAY))
    assert Sightings(5, DAY - timedelta(days=1), DAY) == both


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (Tlp.CLEAR, "TLP:WHITE"),
        (Tlp.CLEAR, "tlp:clear"),
        (Tlp.GREEN, "Green"),
        (Tlp.AMBER_STRICT, "TLP:AMBER+STRICT"),
        (Tlp.AMBER_STRICT, "amber-strict"),
        (Tlp.RED, "tlp:red"),
    ],
)
def test_tlp_in_its_spellings(expected: Tlp, text: str) -> None:
    """Both versions of the protocol and the spellings of MISP and STIX are read."""
    assert expected is Tlp.parse(text)


def test_an_unknown_tlp_is_an_error() -> None:
    """A label that nobody knows must not become an open one."""
    with pytest.raises(ValueError, match="purple"):
        Tlp.parse("tlp:purple")
