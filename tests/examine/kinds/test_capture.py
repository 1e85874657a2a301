"""Captures: requests and names are traces, transferred files are specimens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.demo.specimens import captures as demo
from noroshi.demo.specimens import family
from noroshi.examine.model import Effect
from noroshi.examine.traces import traces_of
from tests.events import captures
from tests.examine.test_walk import codes

if TYPE_CHECKING:
    from tests.examine.conftest import Examine


def test_a_transferred_program_is_examined(examined: Examine) -> None:
    """The executable of the Emotet day, with the servers that it calls."""
    facts = family.of_the_day(20_200_722)
    result = examined(demo.capture(facts), "a.pcap")
    program = next(node for node in result.nodes if node.type == "pe")
    assert ("transfer", facts.executable.name, len(facts.program_content)) == (
        program.via,
        program.name,
        program.size,
    )
    assert len(facts.c2) == codes(result).count("refers-to-itself")
    assert {address for address, _ in facts.c2} <= {
        one.value for one in traces_of(result) if one.type == "ip"
    }


def test_a_request_is_an_effect_with_its_referer(examined: Examine) -> None:
    """A request is an effect with its referer."""
    result = examined(captures.pcap(captures.frames(captures.conversation())), "a.pcap")
    effects = [one for one in result.told[0] if isinstance(one, Effect)]
    expected = {
        "method": "GET",
        "url": "http://www.site.example/a/b.exe?x=1",
        "referer": "http://www.site.example/a/",
        "agent": "agent/1",
    }
    assert [expected] == [dict(effect.arguments) for effect in effects]
    assert [("b.txt", "text")] == [(node.name, node.type) for node in result.nodes[1:]]


def test_a_name_and_a_fingerprint_are_traces(examined: Examine) -> None:
    """What TLS shows before it hides the rest."""
    hello = demo._hello("inner.example")
    result = examined(
        captures.pcapng(captures.frames(captures.conversation(hello, b"", port=443))), "a.pcapng"
    )
    found = {one.type: one.value for one in traces_of(result)}
    assert "inner.example" == found["domain"]
    assert 32 == len(found["ja3"])


def test_a_capture_that_ends_early_is_one_finding(examined: Examine) -> None:
    """A capture that ends early is one finding."""
    whole = captures.pcap(captures.frames(captures.conversation()))
    assert ["damaged"] == codes(examined(whole[:-30], "a.pcap"))
