from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import stix2
from hypothesis import given

from noroshi.indicators.exchange.stix import StixBundle
from noroshi.indicators.exchange.stix_patterns import indicators_in, pattern_of
from noroshi.indicators.indicator import Indicator, SourceClaim, Status, Threat, Tlp
from tests.indicators.exchange.samples import AT, VALUES, read, several, typical, written

ID = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def bundle(**said: Any) -> bytes:
    """A bundle with one foreign indicator and what it may refer to."""
    indicator = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": ID,
        "created": "2020-07-20T00:00:00.000Z",
        "modified": "2020-07-21T00:00:00.000Z",
        "pattern": "[domain-name:value = 'evil.example']",
        "pattern_type": "stix",
        "valid_from": "2020-07-19T00:00:00Z",
        **said,
    }
    identity = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"
    malware = "malware--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061"
    objects = [
        {
            "type": "relationship",
            "id": "relationship--1",
            "relationship_type": "indicates",
            "source_ref": ID,
            "target_ref": malware,
        },
        indicator,
        {"type": "malware", "id": malware, "name": "Emotet", "is_family": True},
        {"type": "identity", "id": identity, "name": "ACME"},
        {
            "type": "marking-definition",
            "id": "marking-definition--x",
            "definition_type": "tlp",
            "definition": {"tlp": "purple"},
        },
    ]
    return orjson.dumps({"type": "bundle", "id": "bundle--1", "objects": objects})


@given(given_indicators=several)
def test_a_round_trip_loses_nothing(given_indicators: list[Indicator]) -> None:
    """Every field comes back, whatever stands in it."""
    found, errors = read(StixBundle(), written(StixBundle(), *given_indicators))
    assert [] == errors
    assert [StixBundle().carried(one) for one in given_indicators] == found


def test_a_second_implementation_reads_what_we_write() -> None:
    """OASIS's own library parses every object strictly, and its pattern validator every pattern."""
    document = written(StixBundle(), *typical())
    parsed = stix2.parse(document, version="2.1")
    indicators = [one for one in parsed.objects if one["type"] == "indicator"]
    assert len(VALUES) == len(indicators)
    assert {str(one["name"]) for one in indicators} == {value for _, value in VALUES}
    endpoint = next(one for one in indicators if one["name"] == "192.0.2.1:8080")
    assert (
        "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1'"
        " AND network-traffic:dst_port = 8080]"
    ) == endpoint["pattern"]
    types = [one["type"] for one in parsed.objects]
    assert (1, len(VALUES)) == (types.count("malware"), types.count("relationship"))


@pytest.mark.parametrize(("type_", "value"), VALUES)
def test_every_type_has_a_pattern(type_: str, value: str) -> None:
    """Which says that type and value again, without the extension."""
    found = indicators_in(pattern_of(type_, value))
    assert [(type_, value)] == [
        (one.type, one.value) for one in (Indicator.of(text, kind) for kind, text in found)
    ]


def test_an_indicator_of_somebody_else() -> None:
    """Source, family, times, confidence, label and reference come from where STIX has them."""
    content = bundle(
        created_by_ref="identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
        labels=["c2", "epoch2"],
        confidence=70,
        description="seen by a partner",
        external_references=[{"source_name": "blog", "url": "https://blog.example/1"}],
        object_marking_refs=["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"],
        kill_chain_phases=[
            {"kill_chain_name": "lockheed-martin-cyber-kill-chain", "phase_name": "command-and-control"}
        ],
        indicator_types=["compromised"],
    )
    claim = SourceClaim(
        "ACME",
        "https://blog.example/1",
        threats=(Threat.C2,),
        families=("Emotet",),
        tags=("c2", "epoch2"),
        first_seen=datetime(2020, 7, 19, tzinfo=UTC),
        last_seen=datetime(2020, 7, 21, tzinfo=UTC),
        confidence=70,
        tlp=Tlp.AMBER,
        compromised_site=True,
        comments=("seen by a partner",),
        external_id=ID,
    )
    assert ([Indicator.of("evil.example", "domain", claim)], []) == read(StixBundle(), content)


@pytest.mark.parametrize(
    ("expected", "marks"),
    [
        (None, []),
        (Tlp.AMBER_STRICT, ["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"]),
        (
            Tlp.RED,
            [
                "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
                "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
            ],
        ),
        (Tlp.RED, ["marking-definition--x"]),
    ],
)
def test_tlp_of_both_versions(expected: Tlp | None, marks: list[str]) -> None:
    """By the published ids, the strictest of several; a label that nobody knows counts as red."""
    found, _ = read(StixBundle(), bundle(object_marking_refs=marks))
    assert expected is found[0].tlp


def test_revoked_and_outdated_indicators_are_retired() -> None:
    """Their source has taken them back."""
    revoked, _ = read(StixBundle(), bundle(revoked=True))
    outdated, _ = read(StixBundle(), bundle(valid_until="2020-07-21T00:00:00Z"))
    valid, _ = read(StixBundle(), bundle(valid_until="2020-07-23T00:00:00Z"))
    assert [Status.RETIRED, Status.RETIRED, Status.ACTIVE] == [
        one[0].status for one in (revoked, outdated, valid)
    ]


@pytest.mark.parametrize(
    ("expected", "pattern"),
    [
        ([("ip", "192.0.2.1")], "[ ipv4-addr:value='192.0.2.1' ]"),
        ([("ip", "198.51.100.0/24")], "[ipv4-addr:value ISSUBSET '198.51.100.0/24']"),
        (
            [("md5", "a"), ("sha256", "b")],
            "[file:hashes.MD5 = 'a' AND file:hashes.'SHA-256' = 'b' AND file:name = 'x' AND file:size = 3]",
        ),
        ([("md5", "a"), ("sha256", "b")], "[file:hashes.'MD5' = 'a' OR file:hashes.'SHA256' = 'b']"),
        (
            [("domain", "a"), ("domain", "b"), ("url", "c")],
            "[domain-name:value IN ('a','b')] OR ([url:value = 'c'])",
        ),
        ([("url", "http://it's.example/\\")], "[url:value = 'http://it\\'s.example/\\\\']"),
        ([("email", "a@b.example")], "[email-message:from_ref.value = 'a@b.example']"),
        ([("ip", "192.0.2.1")], "[domain-name:value = '192.0.2.1']"),
        (
            [("ip:port", "[2001:db8::1]:443")],
            (
                "[network-traffic:dst_port = 443 AND network-traffic:dst_ref.value = '2001:db8::1'"
                " AND network-traffic:protocols[*] = 'tcp']"
            ),
        ),
    ],
)
def test_patterns_that_values_can_say(expected: list[tuple[str, str]], pattern: str) -> None:
    """Alternatives are one indicator each; a file's hashes too; address and port are one endpoint."""
    assert expected == indicators_in(pattern)


@pytest.mark.parametrize(
    ("why", "pattern"),
    [
        ("FOLLOWEDBY", "[url:value = 'a'] FOLLOWEDBY [url:value = 'b']"),
        ("with AND", "[url:value = 'a'] AND [url:value = 'b']"),
        ("WITHIN", "[url:value = 'a'] WITHIN 5 SECONDS"),
        ("REPEATS", "[url:value = 'a'] REPEATS 5 TIMES"),
        ("LIKE", "[url:value LIKE 'a%']"),
        ("MATCHES", "[url:value MATCHES '^a']"),
        ("NOT", "[url:value NOT = 'a']"),
        ("NOT", "[url:value != 'a']"),
        ("combines", "[url:value = 'a' AND domain-name:value = 'b']"),
        ("combines", "[process:name = 'a' AND process:pid = 3]"),
        ("no type of indicator", "[process:name = 'a']"),
        ("no STIX pattern", "[url:value = 'a'"),
        ("no STIX pattern", "'a'"),
        ("characters", "[url:value = '" + "a" * 70_000 + "']"),
        ("parentheses", "[" + "(" * 60 + "url:value = 'a'" + ")" * 60 + "]"),
        ("alternatives", "[" + " AND ".join(["url:value IN ('a', 'b', 'c')"] * 8) + "]"),
    ],
)
def test_patterns_that_no_value_says(why: str, pattern: str) -> None:
    """Refused with the reason, instead of an indicator that says more than its source; bounded."""
    with pytest.raises(ValueError, match=why):
        indicators_in(pattern)


def test_many_alternatives() -> None:
    """A feed's long list in one pattern."""
    pattern = "[" + " OR ".join(f"domain-name:value = 'h{at}.example'" for at in range(1200)) + "]"
    assert [("domain", f"h{at}.example") for at in range(1200)] == indicators_in(pattern)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("is a pattern with LIKE", {"pattern": "[url:value LIKE 'a%']"}),
        ("has a pattern of type `snort`", {"pattern_type": "snort"}),
        ("`300.1.1.1` is no ip", {"pattern": "[ipv4-addr:value = '300.1.1.1']"}),
        ("`soon` is no time", {"valid_from": "soon"}),
        ("confidence `high` is no", {"confidence": "high"}),
        ("is no STIX pattern", {"pattern": None}),
        ("Expected `object`", {"extensions": {"EXT": {"claim": 7}}}),
        ("confidence 900", {"extensions": {"EXT": {"claim": {"source": "x", "confidence": 900}}}}),
    ],
)
def test_a_bad_object_is_told(what: str, said: dict[str, Any]) -> None:
    """By its number and id; the bundle goes on."""
    from noroshi.indicators.exchange.stix_objects import EXTENSION  # noqa: PLC0415 - the parameters stand above it

    if "extensions" in said:
        said = {"extensions": {EXTENSION: said["extensions"]["EXT"]}}
    found, errors = read(StixBundle(), bundle(**said))
    assert [] == found
    assert [f"object 2 ({ID})"] == [error.place for error in errors]
    assert errors[0].what.startswith(what)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"objects": 7}', "[" * 2000])
def test_what_is_no_bundle(content: str) -> None:
    """One error, no traceback."""
    found, errors = read(StixBundle(), content)
    assert ([], 1) == (found, len(errors))


def test_a_group_is_a_marking() -> None:
    """Others see that a statement restricts it, and reading finds the group again."""
    document = written(
        StixBundle(),
        Indicator.of("evil.example", "domain", SourceClaim("a", sharing_group="banks", last_seen=AT)),
    )
    statements = [
        one["definition"]["statement"]
        for one in orjson.loads(document)["objects"]
        if one.get("definition_type") == "statement"
    ]
    assert ["Sharing group: banks"] == statements
