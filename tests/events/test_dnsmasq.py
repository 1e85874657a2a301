from __future__ import annotations

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import Envelope, UnreadableRecordError
from noroshi.events.formats import dnsmasq
from noroshi.events.formats.dnsmasq import Dnsmasq
from noroshi.events.model import Entities, Event, LogSource, Outcome, Source

DNSMASQ = b"""\
Jul 22 13:12:09 dnsmasq[123]: query[A] www.example from 10.20.4.114
Jul 22 13:12:09 dnsmasq[123]: 7 10.20.4.114/50112 reply www.shop.example is 198.51.100.7
Jul 22 13:12:09 dnsmasq[123]: forwarded www.example to 198.51.100.53
Jul 22 13:12:10 dnsmasq[123]: config bad.example is 0.0.0.0
Jul 22 13:12:10 dnsmasq[123]: gravity blocked ads.example is 0.0.0.0
Jul 22 13:12:11 dnsmasq-dhcp[123]: DHCPACK(eth0) 10.20.4.114 00:15:5D:0A:04:72 PC-014
Jul 22 13:12:11 dnsmasq-dhcp[123]: 1234 DHCPDISCOVER(eth0) 00:15:5d:0a:04:72
Jul 22 13:12:12 dnsmasq[123]: started, version 2.80 cachesize 150
"""


def test_dnsmasq_lines() -> None:
    """Queries, answers with and without client, blocked names, leases."""
    query, reply, forwarded, config, gravity, lease, discover, started = check_format("dnsmasq", DNSMASQ)
    assert ("www.example", "A", "10.20.4.114") == tuple(
        query.fields[name] for name in ("query", "record_type", "src_ip")
    )
    assert ("198.51.100.7", "10.20.4.114") == (reply.fields["answer"], reply.fields["src_ip"])
    assert "198.51.100.53" == forwarded.fields["dst_ip"]
    assert [Outcome.BLOCKED] * 2 == [config.outcome, gravity.outcome]
    assert LogSource("dnsmasq", "dhcp", frozenset({"dhcp"})) == lease.logsource
    expected = {
        "dhcp_action": "assign",
        "ip": "10.20.4.114",
        "mac": "00:15:5d:0a:04:72",
        "hostname": "PC-014",
    }
    assert expected == {name: lease.fields[name] for name in expected}
    assert ("discover", None) == (discover.fields["dhcp_action"], discover.fields.get("ip"))
    assert frozenset() == started.logsource.categories


def test_dnsmasq_in_syslog() -> None:
    """Under syslog the program says what it is."""
    envelope = Envelope(host="NS01", program="dnsmasq", time="Jul 22 13:12:09")
    assert 0.95 == Dnsmasq().recognise("query[AAAA] a.example from 2001:db8::1", envelope)
    (event,) = Dnsmasq().reader(Source("s", "s")).feed("query[AAAA] a.example from 2001:db8::1", envelope, 0)
    assert ("2001:db8::1", "NS01") == (event.fields["src_ip"], event.fields["log_host"])
    with pytest.raises(UnreadableRecordError):
        Dnsmasq().reader(Source("s", "s")).feed("query[AAAA] a.exa", envelope, 0)


def read(*lines: str, host: str = "") -> list[Event]:
    """The events of lines under syslog, by one reader."""
    reader, envelope = Dnsmasq().reader(Source("s", "s")), Envelope(host=host, program="dnsmasq")
    return [event for at, line in enumerate(lines) for event in reader.feed(line, envelope, at)]


def test_an_answer_gets_the_client_of_the_last_query_for_its_name() -> None:
    """Without ``extra`` dnsmasq's answers name no client: NXDOMAIN and blocked names are the client's too."""
    _, _, missing, stranger, _, blocked = read(
        "query[AAAA] C2.example from 10.20.4.114",
        "forwarded C2.example to 198.51.100.53",
        "reply c2.example is NXDOMAIN",
        "reply other.example is NXDOMAIN",
        "query[A] ads.example from 2001:db8::7",
        "gravity blocked ads.example is 0.0.0.0",
    )
    assert ("10.20.4.114", "AAAA", "NXDOMAIN") == (
        missing.fields["src_ip"],
        missing.fields["record_type"],
        missing.fields["rcode_name"],
    )
    assert (Entities(address="10.20.4.114"), Outcome.FAILED) == (missing.entities, missing.outcome)
    assert "src_ip" not in stranger.fields
    assert ("2001:db8::7", Outcome.BLOCKED) == (blocked.fields["src_ip"], blocked.outcome)


def test_answers_behind_an_alias_belong_to_the_same_client() -> None:
    """``<CNAME>`` is followed by the answers for the other name, of which there may be several."""
    events = read(
        "query[A] www.example from 10.20.4.114",
        "reply www.example is <CNAME>",
        "reply edge.cdn.example is <CNAME>",
        "reply a.cdn.example is 198.51.100.7",
        "reply a.cdn.example is 198.51.100.8",
        "reply stray.example is 198.51.100.9",
    )
    assert ["10.20.4.114"] * 5 + [None] == [event.fields.get("src_ip") for event in events]


def test_a_server_does_not_answer_for_another() -> None:
    """Two resolvers write to one collector: names are remembered by server."""
    reader = Dnsmasq().reader(Source("s", "s"))
    ask, answer = "query[A] www.example from 10.0.0.5", "reply www.example is 198.51.100.7"
    list(reader.feed(ask, Envelope(host="NS01", program="dnsmasq"), 0))
    (other,) = reader.feed(answer, Envelope(host="NS02", program="dnsmasq"), 1)
    (own,) = reader.feed(answer, Envelope(host="NS01", program="dnsmasq"), 2)
    assert (None, "10.0.0.5") == (other.fields.get("src_ip"), own.fields["src_ip"])


def test_names_are_forgotten_in_the_order_of_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory is bounded."""
    monkeypatch.setattr(dnsmasq, "MAX_ASKED", 2)
    asked = [f"query[A] {name}.example from 10.0.0.{at}" for at, name in enumerate("abc", 1)]
    *_, a, c = read(*asked, "reply a.example is 192.0.2.1", "reply c.example is 192.0.2.1")
    assert (None, "10.0.0.3") == (a.fields.get("src_ip"), c.fields["src_ip"])


def test_extra_lines_say_the_client_themselves() -> None:
    """``log-queries=extra``: serial, client and port before the text; the query's client wins over memory."""
    _, reply = read(
        "query[A] www.example from 10.0.0.9",
        "8 10.20.4.114/50112 cached www.example is 198.51.100.7",
    )
    assert ("8", "10.20.4.114", "50112", "cached") == tuple(
        reply.fields[name] for name in ("serial", "src_ip", "src_port", "answer_from")
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("forwarded a.example to 198.51.100.53#5353", {"dst_ip": "198.51.100.53", "dst_port": "5353"}),
        ("dnssec-query[DS] example to 198.51.100.53", {"dst_ip": "198.51.100.53", "record_type": "DS"}),
        ("query[type=65] a.example from 10.0.0.5", {"record_type": "type=65", "src_ip": "10.0.0.5"}),
        ("auth[SOA] example from 10.0.0.5", {"query_kind": "auth", "dns_event": "query"}),
        ("cached-stale a.example is 192.0.2.1", {"answer_from": "cached-stale", "answer": "192.0.2.1"}),
        ("/etc/hosts a.example is 10.0.0.5", {"answer_from": "/etc/hosts", "dns_event": "response"}),
        ("/etc/block bad.example is 0.0.0.0", {"dns_event": "policy"}),
        ("exactly denied bad.example is 0.0.0.0", {"dns_event": "policy", "query": "bad.example"}),
        ("regex denied bad.example is 0.0.0.0", {"dns_event": "policy", "query": "bad.example"}),
        (
            "possible DNS-rebind attack detected: evil.example",
            {"dns_event": "policy", "query": "evil.example"},
        ),
    ],
)
def test_further_lines(line: str, expected: dict[str, str]) -> None:
    """Other servers' ports, DNSSEC, types without a name, lists and Pi-hole's words, rebinding."""
    (event,) = read(line)
    assert expected == {name: event.fields.get(name) for name in expected}
    assert frozenset({"dns"}) == event.logsource.categories


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "DHCPNAK(eth0) 10.20.4.114 00:15:5d:0a:04:72 wrong network",
            {"dhcp_action": "deny", "reason": "wrong network", "hostname": None},
        ),
        (
            "DHCPDISCOVER(eth0) 00:15:5d:0a:04:72 no address available",
            {"dhcp_action": "discover", "reason": "no address available", "hostname": None},
        ),
        (
            "DHCPACK(eth0) 10.20.4.114 00:15:5d:0a:04:72",
            {"dhcp_action": "assign", "ip": "10.20.4.114", "hostname": None},
        ),
        (
            "9 DHCPREPLY(eth0) 2001:db8::7 00:01:00:01:2A:2B:2C:2D:00:15:5d:0a:04:72 PC-014",
            {"dhcp_action": "assign", "ip": "2001:db8::7", "hostname": "PC-014", "mac": None,
             "duid": "00:01:00:01:2a:2b:2c:2d:00:15:5d:0a:04:72"},
        ),
        ("DHCPRELEASE(br-lan) 10.0.0.5 00:15:5d:0a:04:72", {"dhcp_action": "release", "interface": "br-lan"}),
    ],
)  # fmt: skip
def test_further_leases(line: str, expected: dict[str, str | None]) -> None:
    """Why something was refused is no host name; DHCPv6 names its client by a DUID, which is no address."""
    (event,) = read(line)
    assert expected == {name: event.fields.get(name) for name in expected}
    assert frozenset({"dhcp"}) == event.logsource.categories
