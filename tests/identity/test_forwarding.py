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


def through_proxy(header: str, day: Day | None = None, declared: Declared | None = None) -> str:
    """Who is meant by a request that the proxy 10.0.0.9 passes on with this header.

    PC-005 and PC-020 are clients with leases.
    """
    day = day or Day()
    day.lease("08:00", "assign", "10.0.0.5", "PC-005", hours=8)
    day.lease("08:00", "assign", "10.0.0.20", "PC-020", hours=8)
    fields = {"x-forwarded-for": header, "src_ip": "10.0.0.9", "dest_ip": "203.0.113.80"}
    return directory(day, declared).resolve(Entities(address="10.0.0.9"), at("09:00"), fields).key


def test_a_client_frames_nobody_through_the_proxy() -> None:
    """The proxy appends the address that it saw; what the client wrote before it is not believed."""
    assert "host:pc-020" == through_proxy("10.0.0.5, 10.0.0.20")
    assert "host:pc-020" == through_proxy("10.0.0.5,10.0.0.20,10.0.0.9")


def test_behind_two_proxies_the_client_is_meant() -> None:
    """A known proxy at the end is followed one step further."""
    declared = Declared()
    declared.share(["10.0.0.8"])
    assert "host:pc-020" == through_proxy("10.0.0.20, 10.0.0.8", declared=declared)
    assert "host:pc-020" == through_proxy("10.0.0.5, 10.0.0.20, 10.0.0.8", declared=declared)


@pytest.mark.parametrize("header", ["10.0.0.5, 203.0.113.66", "10.0.0.5, unknown"])
def test_nothing_is_taken_from_behind_a_foreign_address(header: str) -> None:
    """A visitor of a reverse proxy frames nobody inside, nor does a client whose proxy hides it."""
    assert "address:10.0.0.9" == through_proxy(header)


def test_a_leased_client_does_not_become_a_proxy_by_writing_the_header() -> None:
    """Neither is its header believed nor does its own address stop being its own."""
    day = Day()
    for client in ("10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.8"):
        day.proxy("09:00", "10.0.0.20", None, **{"x-forwarded-for": client})
    day.lease("08:00", "assign", "10.0.0.5", "PC-005", hours=8)
    day.lease("08:00", "assign", "10.0.0.20", "PC-020", hours=8)
    fields = {"x-forwarded-for": "10.0.0.5", "c-ip": "10.0.0.20"}
    assert "host:pc-020" == directory(day).resolve(Entities(address="10.0.0.20"), at("09:00"), fields).key
