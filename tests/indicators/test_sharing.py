from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.indicators.indicator import Indicator, Sightings, SourceClaim, Tlp
from noroshi.indicators.sharing import Audience, Gate, Reason, Refusal
from noroshi.indicators.watched import Watched, watched_of

AT = datetime(2020, 7, 22, tzinfo=UTC)
WATCHED = watched_of(
    domains=["minato-works.example"],
    addresses=["203.0.113.0/28", "10.20.0.0/16", "2001:db8:7::/48"],
    names=["t.suzuki", "PC-014", "t.suzuki@minato-works.example", "bo"],
)


def labelled(tlp: Tlp | None, group: str = "", source: str = "cert") -> Indicator:
    """An indicator with one claim."""
    return Indicator.of("evil.example", "domain", SourceClaim(source, tlp=tlp, sharing_group=group))


def admitted(gate: Gate, indicator: Indicator) -> bool:
    """Whether it leaves."""
    return isinstance(gate.admit(indicator), Indicator)


@pytest.mark.parametrize(
    ("audience", "readable"),
    [
        (Audience.RECIPIENTS, {"clear", "green", "amber", "amber+strict", "red"}),
        (Audience.ORGANISATION, {"clear", "green", "amber", "amber+strict"}),
        (Audience.CLIENTS, {"clear", "green", "amber"}),
        (Audience.COMMUNITY, {"clear", "green"}),
        (Audience.PUBLIC, {"clear"}),
    ],
)
def test_tlp_decides_by_audience(audience: Audience, readable: set[str]) -> None:
    """As TLP 2.0 defines its five labels."""
    assert readable == {tlp.value for tlp in Tlp if admitted(Gate(audience), labelled(tlp))}


def test_what_has_no_label_is_amber() -> None:
    """Whoever forgot to say something has not allowed it either."""
    assert admitted(Gate(Audience.CLIENTS), labelled(None))
    assert Refusal("domain", "evil.example", Reason.TLP, "amber") == Gate(Audience.COMMUNITY).admit(
        labelled(None)
    )
    no_claims = Indicator.of("evil.example", "domain")
    assert Refusal("domain", "evil.example", Reason.TLP, "amber") == Gate(Audience.PUBLIC).admit(no_claims)


def test_a_claim_that_may_not_leave_stays() -> None:
    """What a public feed says leaves; what a partner said of the same value does not, with all it says."""
    public = SourceClaim("urlhaus", tlp=Tlp.CLEAR, families=("Emotet",))
    closed = SourceClaim("partner", tlp=Tlp.RED, families=("TopSecret",), first_seen=AT)
    leaving = Gate(Audience.PUBLIC).admit(Indicator.of("evil.example", "domain", public, closed))
    assert isinstance(leaving, Indicator)
    assert (public,) == leaving.claims
    assert leaving.first_seen is None


def test_a_sharing_group_narrows() -> None:
    """Inside our own organisation everybody may read it; outside the group, as far as TLP allows."""
    grouped = labelled(Tlp.GREEN, "banks")
    banks = frozenset({"banks"})
    assert admitted(Gate(Audience.ORGANISATION), grouped)
    assert admitted(Gate(Audience.COMMUNITY, banks), grouped)
    assert Refusal("domain", "evil.example", Reason.GROUP, "banks") == Gate(Audience.COMMUNITY).admit(grouped)
    assert not admitted(Gate(Audience.COMMUNITY, frozenset({"hospitals"})), grouped)
    assert not admitted(Gate(Audience.COMMUNITY, banks), labelled(Tlp.AMBER, "banks"))


@given(
    labels=st.lists(st.none() | st.sampled_from(Tlp), max_size=4),
    wide=st.sampled_from(Audience),
    narrow=st.sampled_from(Audience),
)
def test_a_wider_audience_never_sees_more(labels: list[Tlp | None], wide: Audience, narrow: Audience) -> None:
    """From the named recipients to the public, what is seen only shrinks."""
    narrow, wide = sorted((narrow, wide), key=list(Audience).index)
    indicator = Indicator.of(
        "evil.example", "domain", *(SourceClaim(str(at), tlp=tlp) for at, tlp in enumerate(labels))
    )
    seen = Gate(wide).admit(indicator)
    if isinstance(seen, Indicator):
        also = Gate(narrow).admit(indicator)
        assert isinstance(also, Indicator)
        assert set(seen.claims) <= set(also.claims)


@pytest.mark.parametrize(
    ("detail", "type_", "value"),
    [
        ("minato-works.example", "domain", "www.minato-works.example"),
        ("minato-works.example", "url", "http://WWW.minato-works.example/x"),
        ("203.0.113.0/28", "ip", "203.0.113.7"),
        ("203.0.113.0/28", "ip:port", "203.0.113.7:443"),
        ("203.0.113.0/28", "cidr", "203.0.113.0/24"),
        ("10.20.0.0/16", "url", "http://10.20.4.114/x"),
        ("t.suzuki@minato-works.example", "email", "T.Suzuki@minato-works.example"),
        ("t.suzuki", "url", "http://phish.example/?user=t.suzuki&x=1"),
        ("minato-works.example", "url", "http://phish.example/?to=somebody%40minato-works.example"),
        (
            "t.suzuki@minato-works.example",
            "url",
            "http://phish.example/dC5zdXp1a2lAbWluYXRvLXdvcmtzLmV4YW1wbGU=",
        ),
        ("minato-works.example", "file_name", "Rechnung minato-works.example.doc"),
        ("pc-014", "mutex", "Global\\PC-014"),
        ("pc-014", "domain", "pc-014"),
        ("bo", "text", "Bo"),
        ("2001:db8:7::/48", "text", "seen from 2001:db8:7::5."),
        ("203.0.113.0/28", "text", "seen from 203.0.113.9, twice"),
    ],
)
def test_values_of_the_watched_organisation_never_leave(detail: str, type_: str, value: str) -> None:
    """Neither by an export, not even an inside one, nor by a look-up."""
    indicator = Indicator(value, type_, (SourceClaim("x", tlp=Tlp.CLEAR),))
    if type_ == "domain" and "." not in value:
        indicator = replace(indicator, type="text")
    for audience in Audience:
        gate = Gate(audience, watched=WATCHED)
        refusal = gate.admit(indicator)
        assert isinstance(refusal, Refusal)
        assert (Reason.WATCHED, detail) == (refusal.reason, refusal.detail)
        assert refusal == gate.may_ask(indicator.type, indicator.value)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("domain", "minato-works.example.evil.test"),
        ("url", "http://minato-works.example.evil.test/login"),
        ("domain", "notminato-works.example"),
        ("ip", "203.0.113.16"),
        ("url", "http://evil.example/?user=t.suzukiya"),
        ("mutex", "PC-0145"),
        ("text", "a bo at"),
        ("text", "version 1.203.0.113.9"),
        ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
)
def test_what_only_looks_like_it_leaves(type_: str, value: str) -> None:
    """Whole labels and whole words; names of two letters are no reason inside a text."""
    assert admitted(
        Gate(Audience.PUBLIC, watched=WATCHED), Indicator(value, type_, (SourceClaim("x", tlp=Tlp.CLEAR),))
    )


def test_texts_that_name_the_watched_organisation_stay_behind() -> None:
    """The indicator leaves without the comment, tag, reference and source that would tell whom it hit."""
    claim = SourceClaim(
        "t.suzuki",
        "https://wiki.minato-works.example/case/7",
        tags=("emotet", "hit:pc-014"),
        comments=("opened by t.suzuki", "cleaned up"),
        tlp=Tlp.CLEAR,
        external_id="minato-works.example/7",
        written="hxxp://evil.example/",
    )
    leaving = Gate(Audience.PUBLIC, watched=WATCHED).admit(Indicator.of("http://evil.example/", "url", claim))
    assert isinstance(leaving, Indicator)
    kept = SourceClaim(
        "undisclosed",
        tags=("emotet",),
        comments=("cleaned up",),
        tlp=Tlp.CLEAR,
        written="hxxp://evil.example/",
    )
    assert (kept,) == leaving.claims


def test_our_own_sightings_stay_inside() -> None:
    """Whether we were hit, and why something was retired, is nobody's business outside."""
    sighted = replace(labelled(Tlp.CLEAR), sightings=Sightings(3, AT, AT), reason="seen in the lab")
    outside = Gate(Audience.PUBLIC).admit(sighted)
    inside = Gate(Audience.ORGANISATION).admit(sighted)
    assert isinstance(outside, Indicator)
    assert isinstance(inside, Indicator)
    assert (0, "") == (outside.sightings.count, outside.reason)
    assert (3, "seen in the lab") == (inside.sightings.count, inside.reason)


@pytest.mark.parametrize("value", ["10.1.2.3", "192.168.1.1", "fd00::1", "169.254.1.1", "100.64.0.1"])
def test_private_addresses_stay_inside(value: str) -> None:
    """An internal address says nothing to others and something about us."""
    indicator = Indicator.of(value, "ip", SourceClaim("x", tlp=Tlp.CLEAR))
    assert Refusal("ip", value, Reason.PRIVATE, "public") == Gate(Audience.PUBLIC).admit(indicator)
    assert admitted(Gate(Audience.ORGANISATION), indicator)


def test_a_wrong_value_of_the_organisation_is_an_error() -> None:
    """What cannot be read would not protect."""
    with pytest.raises(ValueError, match="`no domain!`"):
        watched_of(domains=["no domain!"])
    assert not Watched()
