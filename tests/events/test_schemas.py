# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.ecs import Ecs
from noroshi.events.formats.ocsf import Ocsf
from noroshi.events.formats.sysmon_linux import SysmonLinux
from noroshi.events.model import Event, LogSource, Observable, Outcome, Source

PROCESS = {
    "@timestamp": "2020-07-22T04:12:09.000Z",
    "ecs": {"version": "8.11.0"},
    "event": {
        "category": ["process"],
        "type": ["start"],
        "module": "endpoint",
        "dataset": "endpoint.events.process",
    },
    "host": {"hostname": "PC-014.minato.test", "os": {"type": "windows"}},
    "user": {"name": "t.suzuki"},
    "process": {
        "executable": "C:\\Windows\\System32\\cmd.exe",
        "command_line": "cmd /c 日本",
        "pid": 7,
        "parent": {"executable": "C:\\Program Files\\Office\\WINWORD.EXE"},
    },
}
DOTTED = {
    "@timestamp": "2020-07-22T04:12:10Z",
    "ecs.version": "1.12",
    "event.category": "network",
    "event.type": "connection",
    "event.action": "flow_dropped",
    "event.module": "pfsense",
    "source.ip": "10.20.4.114",
    "destination.ip": "198.51.100.7",
    "destination.port": 8080,
}
WEB = {
    "@timestamp": "2020-07-22T04:12:11Z",
    "ecs": {"version": "1.12"},
    "event": {"category": ["web"], "dataset": "apache.access", "outcome": "success"},
    "url": {
        "original": "/vpns/x?a=1",
        "path": "/vpns/x",
        "query": "a=1",
        "domain": "www.minato-works.example",
    },
    "http": {
        "request": {"method": "GET", "referrer": "http://www.example/"},
        "response": {"status_code": 200},
    },
    "user_agent": {"original": "curl"},
}
DNS = {
    "@timestamp": "2020-07-22T04:12:12Z",
    "ecs": {"version": "1.12"},
    "event": {"category": ["network"], "type": ["protocol"]},
    "dns": {"question": {"name": "c2.example", "type": "A"}},
}
LAUNCH = {
    "class_uid": 1007,
    "category_uid": 1,
    "activity_id": 1,
    "time": 1595391129000,
    "metadata": {"product": {"name": "EDR", "vendor_name": "Maker"}, "version": "1.1.0"},
    "device": {"hostname": "PC-014", "os": {"type_id": 100}},
    "actor": {"process": {"file": {"path": "C:\\WINWORD.EXE"}}, "user": {"name": "t.suzuki"}},
    "process": {"file": {"path": "C:\\cmd.exe"}, "cmd_line": "cmd /c 日本", "pid": 7},
    "disposition_id": 2,
}
API = {
    "class_uid": 6003,
    "category_uid": 6,
    "activity_id": 1,
    "time": 1595391130000,
    "metadata": {"product": {"name": "CloudTrail", "vendor_name": "AWS"}},
    "api": {"operation": "CreateUser", "service": {"name": "iam.amazonaws.com"}},
    "actor": {"user": {"name": "t.suzuki", "type": "IAMUser"}},
    "src_endpoint": {"ip": "198.51.100.7"},
    "status_id": 1,
}
HTTP = {
    "class_uid": 4002,
    "category_uid": 4,
    "time": 1595391131000,
    "metadata": {"product": {"name": "Gateway"}},
    "proxy": {"name": "p"},
    "http_request": {"url": {"url_string": "http://192.0.2.9/abc/"}, "http_method": "POST"},
    "src_endpoint": {"ip": "10.20.4.114"},
    "action_id": 1,
}
CONNECTION = {
    "class_uid": 4001,
    "category_uid": 4,
    "time": 1595391132000,
    "metadata": {"product": {"name": "FW", "vendor_name": "Maker"}},
    "dst_endpoint": {"ip": "198.51.100.7", "port": 8080},
    "action_id": 2,
}


def lines(*records: dict[str, Any]) -> bytes:
    """One JSON object a line."""
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def values(event: Event, *names: str) -> tuple[Any, ...]:
    """The values of these fields."""
    return tuple(event.fields.get(name) for name in names)


def test_ecs_events_get_sigmas_names_and_categories() -> None:
    """Names by hand after the ECS field reference and Sigma's taxonomy."""
    process, firewall, web, dns = check_format("ecs", lines(PROCESS, DOTTED, WEB, DNS))
    assert frozenset({"process_creation"}) == process.logsource.categories
    assert "windows" == process.logsource.product
    assert ("C:\\Windows\\System32\\cmd.exe", "cmd /c 日本") == values(process, "Image", "CommandLine")
    assert "C:\\Program Files\\Office\\WINWORD.EXE" == process.fields["ParentImage"]
    assert ("pc-014", "t.suzuki") == (process.entities.host, process.entities.user)
    assert LogSource("pfsense", None, frozenset({"firewall"})) == firewall.logsource
    assert ("10.20.4.114", "198.51.100.7", 8080) == values(firewall, "src_ip", "dst_ip", "dst_port")
    assert Outcome.BLOCKED == firewall.outcome
    assert LogSource("apache", "access", frozenset({"webserver"})) == web.logsource
    assert (["a=1", "/vpns/x?a=1"], "GET", 200) == values(web, "cs-uri-query", "cs-method", "sc-status")
    assert ("www.minato-works.example/vpns/x", "www.example/") == values(web, "c-uri-norm", "cs-referer-norm")
    assert frozenset({"dns"}) == dns.logsource.categories
    assert Observable("domain", "c2.example", "dns.question.name") in dns.observables


def test_ecs_documents_of_elasticsearch_are_unwrapped() -> None:
    """A search result keeps the event in _source; Winlogbeat's events are not taken."""
    line = json.dumps({"_index": "x", "_source": PROCESS})
    (event,) = Ecs().reader(Source("s", "s")).feed(line, BARE, 0)
    assert "t.suzuki" == event.fields["User"]
    assert 0.0 == Ecs().recognise(json.dumps(PROCESS | {"winlog": {"event_id": 1}}), BARE)


def test_ocsf_events_get_sigmas_names_and_categories() -> None:
    """In the class of processes the actor is the parent; CloudTrail's rules see API calls."""
    launch, api, http, connection = check_format("ocsf", lines(LAUNCH, API, HTTP, CONNECTION))
    assert LogSource("windows", "edr", frozenset({"process_creation"})) == launch.logsource
    assert ("C:\\cmd.exe", "cmd /c 日本", "C:\\WINWORD.EXE") == values(
        launch, "Image", "CommandLine", "ParentImage"
    )
    assert Outcome.BLOCKED == launch.outcome
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == launch.time.at
    assert LogSource("aws", "cloudtrail") == api.logsource
    assert ("CreateUser", "iam.amazonaws.com", "IAMUser") == values(
        api, "eventName", "eventSource", "userIdentity.type"
    )
    assert frozenset({"proxy"}) == http.logsource.categories
    assert ("POST", "192.0.2.9/abc/") == values(http, "cs-method", "c-uri-norm")
    assert LogSource("maker", "fw", frozenset({"firewall"})) == connection.logsource
    assert ("198.51.100.7", 8080, Outcome.BLOCKED) == (
        *values(connection, "dst_ip", "dst_port"),
        connection.outcome,
    )


SYSMON = (
    '<Event><System><Provider Name="Linux-Sysmon" Guid="{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"/><EventID>1</EventID>'
    '<Version>5</Version><Level>4</Level><TimeCreated SystemTime="2020-07-22T04:12:09.123456000Z"/>'
    "<EventRecordID>42</EventRecordID><Channel>Linux-Sysmon/Operational</Channel><Computer>WEB01</Computer></System>"
    '<EventData><Data Name="RuleName">-</Data><Data Name="UtcTime">2020-07-22 04:12:09.120</Data>'
    '<Data Name="Image">/usr/bin/bash</Data><Data Name="CommandLine">bash -c &quot;echo 日本 &gt; /tmp/x&quot;</Data>'
    '<Data Name="User">www-data</Data><Data Name="ParentImage">/usr/sbin/httpd</Data></EventData></Event>'
)


@pytest.mark.parametrize("start", ["", "Jul 22 13:12:09 WEB01 sysmon: "])
def test_sysmon_for_linux(start: str) -> None:
    """Bare or in syslog: Sysmon's fields, and the category of its event id."""
    data = (start + SYSMON + "\n").encode()
    (event,) = check_format("syslog" if start else "sysmon-linux", data)
    assert LogSource("linux", "sysmon", frozenset({"process_creation"})) == event.logsource
    assert (1, "/usr/bin/bash", 'bash -c "echo 日本 > /tmp/x"') == values(
        event, "EventID", "Image", "CommandLine"
    )
    assert datetime(2020, 7, 22, 4, 12, 9, 120000, tzinfo=UTC) == event.time.at
    assert ("web01", "www-data") == (event.entities.host, event.entities.user)


def test_the_time_of_sysmon_for_linux_is_utc_whatever_the_zone() -> None:
    """UtcTime names no zone and is UTC by its definition, so `--zone` must not shift it."""
    source = Source("s", "s", zone=ZoneInfo("Asia/Tokyo"))
    (event,) = SysmonLinux().reader(source).feed(SYSMON, BARE, 0)
    assert datetime(2020, 7, 22, 4, 12, 9, 120000, tzinfo=UTC) == event.time.at


def test_damaged_records_are_refused() -> None:
    """What lacks the names of its schema, or its end, is one error."""
    for entry, line in (
        (Ecs(), '{"event": {"category": "x"}}'),
        (Ocsf(), '{"class_uid": "x"}'),
        (SysmonLinux(), SYSMON[:400]),
    ):
        with pytest.raises(UnreadableRecordError):
            list(entry.reader(Source("s", "s")).feed(line, BARE, 0))
