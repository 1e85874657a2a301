from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from noroshi.events.model import Entities
from noroshi.identity import Declared, Evidence, Joined
from tests.identity.days import Day, at
from tests.identity.test_directory import changed_lease, directory

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_a_forged_forwarded_header_from_outside_changes_nothing() -> None:
    """Anybody in the internet can write the header."""
    day = changed_lease()
    line = day.proxy("13:12", "198.51.100.7", None, **{"x-forwarded-for": "10.20.4.114"})
    joined = directory(day).resolve(Entities(address="198.51.100.7"), at("13:12"), line.fields)
    assert Entities(address="198.51.100.7") == joined.entities


def forwarded(peer: Mapping[str, Any], declared: Declared | None = None) -> Joined:
    """An alert about the server 10.0.0.80; its header names PC-005's address; PC-020 is a client, too."""
    day = Day()
    day.lease("08:00", "assign", "10.0.0.5", "PC-005", hours=8)
    day.lease("08:00", "assign", "10.0.0.20", "PC-020", hours=8)
    fields = {"x-forwarded-for": "10.0.0.5", "dest_ip": "10.0.0.80", **peer}
    record = Evidence("e1", "eve.json", "line 7", "")
    return directory(day, declared).resolve(Entities(address="10.0.0.80"), at("09:00"), fields, record)


@pytest.mark.parametrize(
    "peer",
    [
        {"src_ip": "198.51.100.200"},
        {"c-ip": "198.51.100.200"},
        {"id.orig_h": "2001:db8::200"},
        {"src_ip": "10.0.0.80", "dest_ip": "198.51.100.200", "direction": "to_client"},
        {"src_ip": "10.0.0.80", "flow": {"src_ip": "198.51.100.200"}},
        {"src_ip": "10.0.0.80", "flow.src_ip": "198.51.100.200"},
        {"src_ip": "10.0.0.20"},
        {},
    ],
)
def test_nobody_frames_a_host_by_a_forged_header(peer: dict[str, Any]) -> None:
    """Written by the internet, by one client's own machine, or by nobody knows whom: not believed."""
    joined = forwarded(peer)
    assert Entities(address="10.0.0.80") == joined.entities
    assert () == joined.joins


def test_a_public_sender_is_never_believed_even_if_declared_shared() -> None:
    """A NAT address passes on what anybody behind it writes."""
    declared = Declared()
    declared.share(["198.51.100.0/24"])
    assert "address:10.0.0.80" == forwarded({"src_ip": "198.51.100.200"}, declared).key


def test_the_sentence_names_the_sender_that_forwarded_and_its_record() -> None:
    """A private address that no lease gives to a client, and a leased one that is declared a proxy."""
    joined = forwarded({"src_ip": "10.0.0.9"})
    assert "host:pc-005" == joined.key
    first = joined.joins[0]
    assert "10.0.0.9 forwarded for 10.0.0.5 (X-Forwarded-For of this record, eve.json, line 7)" == (
        first.sentence()
    )
    assert "10.0.0.9 は 10.0.0.5 の通信を中継(この記録の X-Forwarded-For、eve.json の 7 行目)" == (
        first.sentence("ja")
    )
    assert Evidence("e1", "eve.json", "line 7", "forwarded_for") == first.link.evidence
    declared = Declared()
    declared.share(["10.0.0.20"])
    assert "host:pc-005" == forwarded({"src_ip": "10.0.0.20"}, declared).key
