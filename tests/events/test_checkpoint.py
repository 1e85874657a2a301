# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime

from noroshi.events.conformance import check_format
from noroshi.events.model import Entities, Event, Observable, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

DROP = (
    '[action:"Drop"; flags:"400644"; ifdir:"inbound"; ifname:"eth1"; loguid:"{0x5f17c2a9,0x0,0x1,0x2}"; origin:"10.20.0.1"; '
    'originsicname:"CN=fw1,O=mgmt"; sequencenum:"1"; time:"1595391129"; version:"5"; dst:"192.0.2.9"; '
    'product:"VPN-1 & FireWall-1"; proto:"6"; rule_name:"Cleanup \\"rule\\" [x\\]"; s_port:"50123"; service:"7080"; '
    'src:"10.20.4.114"; src_machine_name:"PC-014@minato-works.example"; src_user_name:"鈴木太郎 (t.suzuki)"; xlatesrc:"0.0.0.0"]'
)
IPS = (
    '[action:"Detect"; flags:"1"; origin:"10.20.0.1"; time:"1595391130"; product:"SmartDefense"; src:"192.0.2.77"; dst:"10.20.0.30"; '
    'service:"443"; attack:"Web Server Enforcement Violation"; protection_name:"Test Protection"; severity:"3"]'
)
BARS = (
    "time=1595391131|hostname=fw1|product=URL Filtering|action=Block|ifdir=outbound|origin=10.20.0.1|src=10.20.4.114|s_port=50124|"
    "dst=198.51.100.7|service=80|proto=6|user=t.suzuki|resource=http://www.Shop.example/wp/a.exe?x=1&y=2|method=GET|appi_name=shop"
)
GENERIC = (
    'time="1595391132" product="New Anti Virus" action="Prevent" origin="10.20.0.1" loguid="{0x1}" src="10.20.4.114" dst="198.51.100.7" '
    'file_name="a.doc" file_md5="d41d8cd98f00b204e9800998ecf8427e" protection_name="Trojan.Test"'
)
LOGIN = (
    '[action:"Failed Log In"; flags:"1"; origin:"10.20.0.1"; time:"1595391133"; product:"Mobile Access"; src:"198.51.100.20"; '
    'user:"bob"; auth_status:"Failed Login"; reason:"Wrong password"]'
)
SAMPLE = f"{DROP}\n{IPS}\n{BARS}\n{GENERIC}\n{LOGIN}\n"


def read(text: str, name: str = "checkpoint") -> tuple[list[Event], Problems]:
    """The events of this text."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(text.encode()), Source("cp.log", "s"), problems)), problems


def test_each_notation_is_read() -> None:
    """Brackets, bars, quotes; the vendor's names and Sigma's; what was not translated is left out."""
    drop, ips, web, virus, login = check_format("checkpoint", SAMPLE.encode())
    expected = {
        "src_ip": "10.20.4.114",
        "dst_ip": "192.0.2.9",
        "dst_port": "7080",
        "src_port": "50123",
        "rule_name": 'Cleanup "rule" [x]',
        "product": "VPN-1 & FireWall-1",
        "loguid": "{0x5f17c2a9,0x0,0x1,0x2}",
    }
    assert expected == {name: drop.fields[name] for name in expected}
    assert "xlatesrc" not in drop.fields
    assert ("http://www.Shop.example/wp/a.exe?x=1&y=2", "www.shop.example/wp/a.exe", "GET") == tuple(
        web.fields[name] for name in ("c-uri", "c-uri-norm", "cs-method")
    )
    assert ("Trojan.Test", "a.doc") == (virus.fields["Signature"], virus.fields["Filename"])
    assert Observable("md5", "d41d8cd98f00b204e9800998ecf8427e", "file_md5") in virus.observables
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == drop.time.at
    assert [Outcome.BLOCKED, Outcome.DETECTED, Outcome.BLOCKED, Outcome.BLOCKED, Outcome.FAILED] == [
        event.outcome for event in (drop, ips, web, virus, login)
    ]


def test_the_blade_decides_the_category() -> None:
    """Each blade is a service of its own."""
    drop, ips, web, virus, login = read(SAMPLE)[0]
    assert drop.logsource.covers("checkpoint", "vpn-1 & firewall-1", "firewall")
    assert ips.logsource.covers("checkpoint", None, "ids")
    assert web.logsource.covers(None, None, "proxy")
    assert virus.logsource.covers(None, None, "antivirus")
    assert login.logsource.covers(None, None, "vpn")


def test_the_inner_end_is_the_watched_one() -> None:
    """Machine names come with their domain; an attack from outside is about the server."""
    drop, ips, *_ = read(SAMPLE)[0]
    assert ("pc-014", "10.20.4.114", "t.suzuki") == (
        drop.entities.host,
        drop.entities.address,
        drop.entities.user,
    )
    assert Entities(address="10.20.0.30") == ips.entities


def test_syslog_around_it_is_taken_off() -> None:
    """Log Exporter's own header, where the bracket stands in the place of structured data."""
    text = (
        f"<134>1 2020-07-22T04:12:09Z fw1 CheckPoint 13752 - {DROP}\n<134>Jul 22 04:12:10 fw1 CheckPoint: {GENERIC}\n"
        f"<134>Jul 22 04:12:11 fw1 {BARS}\nJul 22 04:12:10 mx1 other[1]: a thing\n"
    )
    events, problems = read(text, name="syslog")
    assert (0, ["checkpoint"] * 3 + ["syslog"]) == (problems.total, [event.kind.format for event in events])
    assert ["fw1"] * 3 == [event.fields["dvchost"] for event in events[:3]]


def test_a_relay_s_header_is_looked_through() -> None:
    """RFC 5424 behind the relay's RFC 3164 header, without its priority; or its time and version replaced."""
    lines = (
        f"Jul 22 13:12:09 10.0.0.254 1 2020-07-22T04:12:09Z cp1 CheckPoint 13752 - {DROP}\n"
        f"Jul 22 13:12:09 cp1 CheckPoint 13752 - {DROP}\n"
        f"Jul 22 13:12:09 10.0.0.254 1 2020-07-22T04:12:09Z cp1 CheckPoint 13752 - - {GENERIC}\n"
    )
    events, _ = read(lines, "syslog")
    assert [("checkpoint", "192.0.2.9"), ("checkpoint", "192.0.2.9"), ("checkpoint", "198.51.100.7")] == [
        (event.kind.format, event.fields["dst_ip"]) for event in events
    ]
    assert [Outcome.BLOCKED] * 3 == [event.outcome for event in events]


def test_a_cut_line_is_one_error() -> None:
    """Cut before anything that says what it is."""
    events, problems = read(f'[time:"1595391129"; fla\n{IPS}\n')
    assert (1, ["line 1"]) == (len(events), [error.place for error in problems.errors])


def test_a_blade_of_hostile_length_is_no_service() -> None:
    """The record is kept; the kind says only what every event of it has."""
    (event,), _ = read(f'[action:"Drop"; product:"{"x" * 200_000}"; time:"1595391129"]')
    assert (None, {}) == (event.logsource.service, event.kind.constants)
