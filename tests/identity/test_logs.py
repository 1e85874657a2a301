from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import orjson

from noroshi.events.model import Entities
from noroshi.events.problems import Problems
from noroshi.events.registry import detect
from noroshi.identity import LinkCollector
from noroshi.intake import open_inputs
from tests.identity.days import JST, at

if TYPE_CHECKING:
    from pathlib import Path

DHCPD = """\
2020-07-22T08:00:00+09:00 dhcp01 dhcpd[812]: DHCPACK on 10.20.4.114 to 02:1a:4b:00:00:31 (PC-031) via eth0
2020-07-22T12:02:00+09:00 dhcp01 dhcpd[812]: DHCPACK on 10.20.4.114 to 02:1a:4b:00:00:14 (PC-014) via eth0
"""
SYSMON = {
    "EventID": 3,
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Hostname": "PC-020.corp.minato-works.example",
    "UtcTime": "2020-07-22 04:00:00.000",
    "EventTime": "2020-07-22 13:00:00",
    "Initiated": "true",
    "SourceIp": "10.20.4.120",
    "User": "MINATO\\h.ito",
}
LOGON = {
    "EventID": 4624,
    "Channel": "Security",
    "Hostname": "PC-014.corp.minato-works.example",
    "@timestamp": "2020-07-22T03:05:00.000Z",
    "EventTime": "2020-07-22 12:05:00",
    "LogonType": 2,
    "TargetUserName": "t.suzuki",
    "TargetDomainName": "MINATO",
    "IpAddress": "-",
}
SQUID = (
    "1595390406.123    215 10.20.4.130 TCP_MISS/200 5120 GET http://www.shop.example/ k.mori"
    " HIER_DIRECT/192.0.2.80 text/html\n"
)


def test_logs_as_products_write_them_are_joined(tmp_path: Path) -> None:
    """From bytes to the host: dhcpd under syslog, Windows events as JSON, Squid's native log, one packed."""
    (tmp_path / "dhcpd.log").write_text(DHCPD)
    (tmp_path / "sysmon.json.gz").write_bytes(gzip.compress(orjson.dumps(SYSMON)))
    (tmp_path / "security.json").write_bytes(orjson.dumps(LOGON))
    (tmp_path / "access.log").write_text(SQUID)
    problems, collector = Problems(), LinkCollector()
    for opened in open_inputs([tmp_path], problems=problems, zone=JST):
        found = detect(opened.head).format
        assert found is not None
        for event in found.decode(opened.stream, opened.source, problems):
            assert collector.wants(event.kind)
            collector.observe(event)
    assert 0 == problems.total
    known = collector.directory()
    joined = {
        "lease": known.resolve(Entities(address="10.20.4.114"), at("13:12")),
        "connection": known.resolve(Entities(address="10.20.4.120"), at("13:12")),
        "proxy": known.resolve(Entities(address="10.20.4.130"), at("13:12")),
        "mailbox": known.resolve(Entities(mailbox="t.suzuki@minato-works.example"), at("13:05")),
    }
    assert {
        "lease": "host:pc-014",
        "connection": "host:pc-020",
        "proxy": "user:k.mori",
        "mailbox": "host:pc-014",
    } == {name: one.key for name, one in joined.items()}
