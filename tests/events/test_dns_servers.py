# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, Envelope, UnreadableRecordError
from noroshi.events.formats._local_times import regional_time
from noroshi.events.formats.dnsmasq import Dnsmasq
from noroshi.events.formats.umbrella import Umbrella
from noroshi.events.formats.unbound import Unbound
from noroshi.events.formats.windows_dns import WindowsDns
from noroshi.events.model import Entities, LogSource, Observable, Outcome, Source, ZoneOrigin

WINDOWS = """\
DNS Server log file creation at 2020/07/22 13:00:00
Log file wrap at 2020/07/22 13:00:00

Message logging key (for packets - other items use a subset of these fields):
\tField #  Information         Values
2020/07/22 13:12:09 0D48 PACKET  0000000002A3B8F0 UDP Rcv 10.20.4.114     9b0e   Q [0001   D   NOERROR] A      (3)www(6)例え(7)example(0)
UDP question info at 0000000002A3B8F0
  Socket = 356
2020/07/22 13:12:09 0D48 PACKET  0000000002A3B8F0 UDP Snd 198.51.100.53   9b0e   Q [0001   D   NOERROR] A      (3)www(7)example(0)
7/22/2020 1:12:10 PM 0D48 PACKET  0000000002A3B8F0 UDP Snd 10.20.4.114     9b0e R Q [8381   DR NXDOMAIN] AAAA   (3)www(7)example(0)
22.07.2020 13:12:11 0D48 EVENT   The DNS server has started.
""".encode()
UMBRELLA = b"""\
"2020-07-22 04:12:09","T Suzuki (t.suzuki@minato-works.example)","T Suzuki (t.suzuki@minato-works.example),Honsha","10.20.4.114","203.0.113.10","Blocked","1 (A)","NOERROR","c2.example.","Malware,Command and Control","AD Users","AD Users,Sites","Malware"
"2020-07-22 04:12:10","PC-014","PC-014","","203.0.113.10","Allowed","28 (AAAA)","NXDOMAIN","\xe6\x97\xa5\xe6\x9c\xac.example.","","Roaming Computers","Roaming Computers","","1234","","5678"
"""
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
UNBOUND = b"""\
[1595391129] unbound[123:0] info: 10.20.4.114 www.example. A IN
[1595391129] unbound[123:0] info: 10.20.4.114 www.example. A IN NXDOMAIN 0.012000 0 56
[1595391130] unbound[123:0] info: bad.example. always_nxdomain 10.20.4.114@50112 c2.bad.example. AAAA IN
[1595391130] unbound[123:1] info: rpz: applied [emotet] c2.example. rpz-nxdomain 2001:db8::7@50113 c2.example. A IN
[1595391131] unbound[123:0] notice: init module 0: validator
"""


def test_windows_debug_log() -> None:
    """Who asks is the remote side of a received query and of a sent response; whom the server asks is not."""
    query, forwarded, response, started = check_format("windows-dns", WINDOWS)
    assert LogSource("windows", "dns-server-debug", frozenset({"dns"})) == query.logsource
    assert ("www.例え.example", "A", "10.20.4.114", "query") == tuple(
        query.fields[name] for name in ("query", "record_type", "src_ip", "dns_event")
    )
    assert ("198.51.100.53", None) == (forwarded.fields["dst_ip"], forwarded.entities.address)
    assert ("NXDOMAIN", "10.20.4.114", Outcome.FAILED) == (
        response.fields["rcode_name"],
        response.fields["src_ip"],
        response.outcome,
    )
    assert frozenset() == started.logsource.categories
    assert datetime(2020, 7, 22, 13, 12, 10, tzinfo=UTC) == response.time.at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7/22/2020 1:12:09 PM", datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC)),
        ("7/8/2020 12:00:00 AM", datetime(2020, 7, 7, 15, 0, 0, tzinfo=UTC)),
        ("08/07/2020 13:12:09", datetime(2020, 7, 8, 4, 12, 9, tzinfo=UTC)),
        ("08.07.2020 13:12", datetime(2020, 7, 8, 4, 12, 0, tzinfo=UTC)),
        ("07/22/2020 13:12:09", datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC)),
        ("2020/07/22 13:12:09", datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC)),
        ("32/32/2020 13:12:09", None),
    ],
)
def test_regional_times(text: str, expected: datetime | None) -> None:
    """United States, Europe, Japan, read in the source's zone."""
    stamp = regional_time(text, Source("dns.log", "s", zone=ZoneInfo("Asia/Tokyo")))
    assert expected == (stamp.at if stamp else None)
    assert stamp is None or ZoneOrigin.SOURCE is stamp.zone


def test_umbrella_rows() -> None:
    """Columns of the manual; the identity's type says whose name it is."""
    blocked, failed = check_format("umbrella", UMBRELLA)
    assert ("c2.example", "A", "10.20.4.114") == tuple(
        blocked.fields[name] for name in ("query", "record_type", "src_ip")
    )
    assert ["Malware", "Command and Control"] == blocked.fields["categories"]
    assert (Outcome.BLOCKED, Outcome.ALLOWED) == (blocked.outcome, failed.outcome)
    assert Entities(user="t suzuki", address="10.20.4.114") == blocked.entities
    assert Entities(host="pc-014") == failed.entities
    assert Observable("domain", "日本.example", "query") in failed.observables


def test_the_times_of_umbrella_are_utc_whatever_the_zone() -> None:
    """The manual says UTC, so `--zone` must not shift them."""
    source = Source("s", "s", zone=ZoneInfo("Asia/Tokyo"))
    (event,) = Umbrella().reader(source).feed(UMBRELLA.decode().splitlines()[0], BARE, 0)
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == event.time.at


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


def test_unbound_lines() -> None:
    """Queries, replies, local zones and response policy zones."""
    query, reply, local, policy, other = check_format("unbound", UNBOUND)
    assert ("www.example", "A", "10.20.4.114", "query") == tuple(
        query.fields[name] for name in ("query", "record_type", "src_ip", "dns_event")
    )
    assert ("NXDOMAIN", Outcome.FAILED) == (reply.fields["rcode_name"], reply.outcome)
    assert ("c2.bad.example", "bad.example", Outcome.BLOCKED) == (
        local.fields["query"],
        local.fields["zone"],
        local.outcome,
    )
    assert ("emotet", "2001:db8::7", Outcome.BLOCKED) == (
        policy.fields["rpz_name"],
        policy.fields["src_ip"],
        policy.outcome,
    )
    assert "other" == other.fields["dns_event"]
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == query.time.at


def test_unbound_in_syslog() -> None:
    """Syslog's tag takes the program off."""
    line, envelope = "[123:0] info: 10.0.0.5 www.example. A IN", Envelope(program="unbound")
    (event,) = Unbound().reader(Source("s", "s")).feed(line, envelope, 0)
    assert "www.example" == event.fields["query"]


def test_damaged_lines_are_refused() -> None:
    """A packet or a row that is cut off is one error."""
    for entry, line in (
        (WindowsDns(), "2020/07/22 13:12:09 0D48 PACKET  0000000002A3B8F0 UDP Rcv 10.2"),
        (WindowsDns(), "2020/07/22 13:12 x PACKET "),
        (Umbrella(), '"2020-07-22 04:12:09","a"'),
    ):
        assert 0.0 == entry.recognise(line, BARE)
        with pytest.raises(UnreadableRecordError):
            list(entry.reader(Source("s", "s")).feed(line, BARE, 0))
