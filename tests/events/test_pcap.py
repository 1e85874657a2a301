"""Captures become events: the same conversation, however it was written and in whatever order it came."""

from __future__ import annotations

import hashlib
import io
import random
import struct
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import dpkt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.events import captures

from noroshi.demo.specimens import captures as demo
from noroshi.demo.specimens import family
from noroshi.events.capture.hello import client_hello
from noroshi.events.capture.streams import Stream
from noroshi.events.conformance import check_format
from noroshi.events.formats.pcap import PcapFormat
from noroshi.events.model import Source
from noroshi.events.problems import Problems

if TYPE_CHECKING:
    from noroshi.events.model import Event

PLAIN = captures.pcap(captures.frames(captures.conversation()))


def read(raw: bytes) -> tuple[list[Event], Problems]:
    """Events and problems of a capture."""
    problems = Problems()
    return list(PcapFormat().decode(io.BytesIO(raw), Source("a.pcap", "id"), problems)), problems


def one(raw: bytes, event_type: str) -> dict[str, Any]:
    """The fields of the only event of a type."""
    (found,) = (event.fields for event in read(raw)[0] if event.fields["event_type"] == event_type)
    return found


def test_the_contract_of_formats() -> None:
    """Recognised first, the same at every reading, damage only as located errors."""
    assert ["http", "fileinfo", "flow"] == [
        event.fields["event_type"] for event in check_format("pcap", PLAIN)
    ]


def test_a_request_has_the_names_that_rules_ask_for() -> None:
    """Values worked out by hand from the bytes."""
    found = one(PLAIN, "http")
    expected = {
        "cs-method": "GET",
        "c-uri": "http://www.site.example/a/b.exe?x=1",
        "cs-host": "www.site.example",
        "cs-referer": "http://www.site.example/a/",
        "c-uri-norm": "www.site.example/a/b.exe",
        "cs-referer-norm": "www.site.example/a/",
        "c-useragent": "agent/1",
        "sc-status": 200,
        "rs-content-type": "text/plain",
        "src_ip": "192.168.56.23",
        "dst_ip": "192.0.2.80",
        "dst_port": 80,
    }
    assert expected == {name: found[name] for name in expected}


def test_a_file_is_unchunked_and_unpacked() -> None:
    """Its hash is that of what was packed."""
    found = one(PLAIN, "fileinfo")["fileinfo"]
    assert ("b.txt", 1_080, "CLOSED") == (found["filename"], found["size"], found["state"])
    assert hashlib.sha256(captures.FILE).hexdigest() == found["sha256"]


def test_a_flow_counts_both_ways() -> None:
    """Payload only, as it was on the wire."""
    flow = one(PLAIN, "flow")["flow"]
    assert (len(captures.GET), len(captures.ANSWER)) == (flow["bytes_toserver"], flow["bytes_toclient"])
    assert "closed" == flow["state"]


@pytest.mark.parametrize(
    "raw",
    [
        captures.pcap(captures.frames(captures.conversation()), order=">"),
        captures.pcap(captures.frames(captures.conversation()), nanoseconds=True),
        captures.pcap(captures.frames(captures.conversation()), order=">", nanoseconds=True),
        captures.pcap(captures.conversation(), link=101),
        captures.pcap(captures.frames(captures.conversation(), 7)),
        captures.pcap(captures.frames(captures.conversation(), 7, 8)),
        captures.pcap([bytes(14) + b"\x08\0" + one for one in captures.conversation()], link=113),
        captures.pcap([b"\x02\0\0\0" + one for one in captures.conversation()], link=0),
        captures.pcapng(captures.frames(captures.conversation())),
        captures.pcapng(captures.frames(captures.conversation()), order=">"),
        captures.pcap(
            [
                captures.ethernet(captures.ip("198.51.100.1", "198.51.100.2", 4, one))
                for one in captures.conversation()
            ]
        ),
    ],
    ids=["be", "ns", "be-ns", "raw", "vlan", "qinq", "sll", "null", "ng", "ng-be", "ipip"],
)  # fmt: skip
def test_the_same_whatever_the_file(raw: bytes) -> None:
    """Order of bytes, unit of time, link layer, tunnel: the same events at the same times."""
    events, problems = read(raw)
    expected, _ = read(PLAIN)
    assert not problems.errors
    assert [event.fields for event in expected] == [event.fields for event in events]


def test_ipv6() -> None:
    """Addresses in brackets where the host is one."""
    packets = captures.conversation(
        captures.GET.replace(b"www.site.example\r\nR", b"[2001:db8::80]\r\nR"),
        ends=("2001:db8::23", "2001:db8::80"),
    )
    found = one(captures.pcap(captures.frames(packets)), "http")
    assert ("2001:db8::23", "http://[2001:db8::80]/a/b.exe?x=1") == (found["src_ip"], found["c-uri"])


@pytest.mark.parametrize("seed", range(12))
def test_segments_in_any_order_and_repeated(seed: int) -> None:
    """Shuffled behind the handshake, some twice, some overlapping: the same request and the same file."""
    chance = random.Random(seed)  # noqa: S311 - the same order each time
    packets = captures.conversation()
    head, rest = packets[:3], packets[3:-2]
    again = captures.ip(
        captures.SERVER,
        captures.CLIENT,
        6,
        captures.tcp((80, 49_800), 5_001 + 50, 24, captures.ANSWER[50:180]),
    )
    rest += [*chance.sample(rest, 3), again]
    chance.shuffle(rest)
    raw = captures.pcap(captures.frames([*head, *rest, *packets[-2:]]))
    assert one(PLAIN, "http")["c-uri"] == one(raw, "http")["c-uri"]
    assert one(PLAIN, "fileinfo")["fileinfo"] == one(raw, "fileinfo")["fileinfo"]


def test_a_lost_segment_leaves_a_file_without_hashes() -> None:
    """What is not whole must not be looked up."""
    packets = captures.conversation(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"x" * 900)
    found = one(captures.pcap(captures.frames(packets[:9] + packets[10:])), "fileinfo")["fileinfo"]
    assert "TRUNCATED" == found["state"]
    assert "sha256" not in found


def test_packets_that_were_kept_in_part() -> None:
    """A short snap length: names and addresses are there, the file is not whole."""
    raw = captures.pcap(captures.frames(captures.conversation(step=1_400)), snap=280)
    assert "GET" == one(raw, "http")["cs-method"]
    assert "TRUNCATED" == one(raw, "fileinfo")["fileinfo"]["state"]


@pytest.mark.parametrize("cut", [3, 30, 200])
def test_a_capture_that_ends_early(cut: int) -> None:
    """One located error, and what came before it."""
    events, problems = read(PLAIN[:-cut])
    assert [("the capture ends inside a packet", "a.pcap")] == [(e.what, e.path) for e in problems.errors]
    assert "http" in {event.fields["event_type"] for event in events}


def test_a_link_layer_that_is_not_known() -> None:
    """Told once, with the number of packets."""
    events, problems = read(captures.pcap(captures.conversation(), link=147))
    assert not events
    assert 1 == problems.total


def test_fragments_are_put_together() -> None:
    """A datagram in two fragments, the second one first."""
    question = dpkt.dns.DNS(id=7, qd=[dpkt.dns.DNS.Q(name="long.name.example", type=1)], rd=1)
    body = captures.udp((50_000, 53), bytes(question))
    first = captures.ip("192.168.56.23", "192.168.56.1", 17, body[:24], fragment=0x2000)
    second = captures.ip("192.168.56.23", "192.168.56.1", 17, body[24:], fragment=3)
    assert "long.name.example" == one(captures.pcap(captures.frames([second, first])), "dns")["query"]


def test_names_asked_and_answered() -> None:
    """The client is ``src_ip`` in both; answers are lists."""
    answer = dpkt.dns.DNS(id=7, op=0x8180, qd=[dpkt.dns.DNS.Q(name="site.example", type=1)])
    answer.an = [dpkt.dns.DNS.RR(name="site.example", type=1, ttl=60, rlen=4, rdata=b"\xc0\0\x02\x07")]
    packet = captures.ip("192.168.56.1", "192.168.56.23", 17, captures.udp((53, 50_000), bytes(answer)))
    found = one(captures.pcap(captures.frames([packet])), "dns")
    assert ("site.example", "A", ["192.0.2.7"]) == (found["query"], found["record_type"], found["answer"])
    assert "192.168.56.23" == found["src_ip"]


def test_the_fingerprint_of_a_hello() -> None:
    """Text and hash as in the worked example of JA3's authors."""
    suites, groups = (47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4), (23, 24, 25)
    server = struct.pack("!HBH", 15, 0, 12) + b"site.example"
    listed = struct.pack("!H", 6) + struct.pack("!3H", *groups)
    extensions = b""
    for kind, body in ((0, server), (10, listed), (11, b"\x01\0")):
        extensions += struct.pack("!HH", kind, len(body)) + body
    body = b"\x03\x01" + bytes(32) + b"\0" + struct.pack("!H", 24) + struct.pack("!12H", *suites) + b"\x01\0"
    body += struct.pack("!H", len(extensions)) + extensions
    hello = b"\x01" + struct.pack("!I", len(body))[1:] + body
    record = b"\x16\x03\x01" + struct.pack("!H", len(hello)) + hello
    found = client_hello(record)
    assert found is not None
    assert "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0" == found.fingerprint
    assert ("ada70206e40642a3e4461f35503241d5", "site.example") == (found.ja3, found.server)
    assert client_hello(record[:-1]) is None


def test_the_capture_of_the_emotet_day() -> None:
    """Written by code that knows nothing of how it is read: the file, the calls that refer to themselves."""
    facts = family.of_the_day(20_200_722)
    events, problems = read(demo.capture(facts))
    files = [event.fields["fileinfo"] for event in events if event.fields.get("direction") == "to_client"]
    requests = [event.fields for event in events if event.fields["event_type"] == "http"]
    calls = [fields for fields in requests if fields["cs-method"] == "POST"]
    assert not problems.errors
    assert hashlib.sha256(facts.program_content).hexdigest() in {one.get("sha256") for one in files}
    assert len(facts.c2) == len(calls)
    assert all(call["c-uri"] == call["cs-referer"] for call in calls)


def test_a_tunnel_through_a_proxy() -> None:
    """The request for the tunnel, then the name inside it."""
    hello = demo._hello("inner.example")
    sent = b"CONNECT inner.example:443 HTTP/1.1\r\nHost: inner.example:443\r\n\r\n"
    packets = captures.conversation(sent, b"HTTP/1.1 200 Connection established\r\n\r\n", port=8_080)
    inner = captures.ip(
        captures.CLIENT, captures.SERVER, 6, captures.tcp((49_800, 8_080), 1_001 + len(sent), 24, hello)
    )
    raw = captures.pcap(captures.frames([*packets[:-2], inner]))
    assert "CONNECT" == one(raw, "http")["cs-method"]
    assert "inner.example" == one(raw, "tls")["server_name"]


@given(st.data())
def test_a_stream_is_what_was_sent(data: st.DataObject) -> None:
    """Any cuts, any order, any repetition, a sequence number that goes around."""
    whole = bytes(range(256)) * 2
    begin = data.draw(st.sampled_from([0, 1_000, (1 << 32) - 100]))
    cuts = sorted({0, len(whole), *data.draw(st.lists(st.integers(0, len(whole)), max_size=12))})
    pieces = [(at, whole[at:end]) for at, end in pairwise(cuts)]
    pieces += [(at, whole[at : at + size]) for at, size in data.draw(
        st.lists(st.tuples(st.integers(0, 500), st.integers(1, 80)), max_size=6)
    )]  # fmt: skip
    stream = Stream()
    out = stream.push(begin - 1 & 0xFFFFFFFF, b"", captures.SYN)
    for at, piece in data.draw(st.permutations(pieces)):
        out += stream.push((begin + at) & 0xFFFFFFFF, piece, 0)
    assert whole == out + stream.finish()
    assert 0 == stream.gaps


@settings(max_examples=150)
@given(st.integers(24, len(PLAIN) - 1), st.binary(min_size=1, max_size=8))
def test_any_damage_gives_events_and_located_errors(at: int, noise: bytes) -> None:
    """Any damage gives events and located errors."""
    events, problems = read(PLAIN[:at] + noise + PLAIN[at + len(noise) :])
    assert all(error.path == "a.pcap" for error in problems.errors)
    assert 12 > len(events)


def test_numbers_that_only_look_like_digits_are_none() -> None:
    """A superscript two in a length and in a port, which HTTP never has, is no number to read either."""
    packets = captures.conversation(
        b"GET /a HTTP/1.1\r\nHost: shop.example:\xb2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\nab",
    )
    events, problems = read(captures.pcap(captures.frames(packets)))
    assert [] == problems.errors
    assert "http://shop.example/a" == next(
        one.fields["cs-uri"] for one in events if one.fields["event_type"] == "http"
    )
