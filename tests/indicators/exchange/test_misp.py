from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given

from noroshi.indicators.exchange.misp import Misp
from noroshi.indicators.indicator import Indicator, SourceClaim, Status, Threat, Tlp
from tests.indicators.exchange.samples import AT, read, several, typical, written

SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(given_indicators=several)
def test_a_round_trip_loses_nothing(given_indicators: list[Indicator]) -> None:
    """Sources, groups and texts of any kind come back, though MISP has no field for many of them."""
    found, errors = read(Misp(), written(Misp(), *given_indicators))
    assert ["holds no MISP event"] * (not given_indicators) == [error.what for error in errors]
    expected = {one.key: Misp().carried(one) for one in given_indicators}
    assert expected == {one.key: one for one in found}


def test_every_type_goes_through() -> None:
    """Each type has an attribute type in MISP."""
    found, errors = read(Misp(), written(Misp(), *typical()))
    assert [] == errors
    assert {one.key: one for one in typical()} == {one.key: one for one in found}


def test_a_value_stands_once_in_an_event() -> None:
    """MISP refuses a value twice, so a second claim of a source goes into a second event."""
    said = [SourceClaim(name, at, last_seen=AT) for name, at in (("a", "1"), ("a", "2"), ("b", "1"))]
    document = orjson.loads(written(Misp(), Indicator.of("evil.example", "domain", *said)))
    events = [one["Event"] for one in document["response"]]
    assert ["a", "a", "b"] == [event["Orgc"]["name"] for event in events]
    assert [1, 1, 1] == [len(event["Attribute"]) for event in events]


def test_an_event_as_misp_writes_it() -> None:
    """Composite values give their parts, objects count, the event's tags hold for all, context does not."""
    event = {
        "Event": {
            "info": "Emotet",
            "Orgc": {"name": "CIRCL", "uuid": "55f6ea5e-2c60-40e5-964f-47a8950d210f"},
            "Tag": [{"name": "tlp:green"}, {"name": 'misp-galaxy:mitre-malware="Emotet - S0367"'}],
            "Attribute": [
                {
                    "uuid": "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
                    "type": "ip-dst|port",
                    "category": "Network activity",
                    "value": "192.0.2.7|8080",
                    "to_ids": True,
                    "timestamp": "1595386800",
                    "comment": "epoch 2",
                    "Tag": [{"name": "c2"}, {"name": 'misp:confidence-level="usually-confident"'}],
                },
                {"type": "comment", "value": "see the blog", "timestamp": "1595386800"},
                {"type": "hostname", "value": "evil.example", "to_ids": False, "timestamp": "1595386800"},
            ],
            "Object": [
                {
                    "name": "file",
                    "Attribute": [
                        {
                            "type": "filename|sha256",
                            "value": f"a|b.doc|{SHA256}",
                            "to_ids": True,
                            "timestamp": "1595386800",
                        }
                    ],
                }
            ],
        }
    }
    found, errors = read(Misp(), orjson.dumps(event))
    assert [] == errors
    seen = datetime(2020, 7, 22, 3, 0, tzinfo=UTC)
    endpoint = SourceClaim(
        "CIRCL",
        threats=(Threat.C2,),
        families=("Emotet",),
        tags=("c2",),
        last_seen=seen,
        confidence=75,
        tlp=Tlp.GREEN,
        comments=("epoch 2",),
        external_id="8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
    )
    assert Indicator.of("192.0.2.7:8080", "ip:port", endpoint) == found[0]
    assert [
        ("ip:port", "192.0.2.7:8080", Status.ACTIVE),
        ("domain", "evil.example", Status.CANDIDATE),
        ("file_name", "a|b.doc", Status.ACTIVE),
        ("sha256", SHA256, Status.ACTIVE),
    ] == [(one.type, one.value, one.status) for one in found]
    assert all(one.families == ("Emotet",) and one.tlp is Tlp.GREEN for one in found)


def test_a_bad_attribute_is_told_and_the_rest_goes_on() -> None:
    """With the number of the event and the attribute."""
    attributes = [
        {"type": "ip-dst", "value": "300.0.0.1"},
        {"type": "x509-fingerprint-sha1", "value": "00"},
        {"type": "domain"},
        "nonsense",
        {"type": "domain", "value": "a.example", "Tag": [{"name": "tlp:purple"}]},
        {"type": "domain", "value": "a.example", "first_seen": "yesterday"},
        {"type": "domain", "value": "b.example"},
    ]
    found, errors = read(Misp(), orjson.dumps({"response": [{"Event": {"Attribute": attributes}}]}))
    assert ["b.example"] == [one.value for one in found]
    assert [f"event 1, attribute {number}" for number in range(1, 7)] == [error.place for error in errors]
    assert "`300.0.0.1` is no ip" == errors[0].what
    assert "`00` attributes of type `x509-fingerprint-sha1` are not read" == errors[1].what


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", '"Event"', "{}", '{"Event": 7}', "[" * 2000])
def test_what_is_no_event(content: str) -> None:
    """One error, no traceback."""
    found, errors = read(Misp(), content)
    assert ([], 1) == (found, len(errors))
