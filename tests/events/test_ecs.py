from __future__ import annotations

import json
from typing import Any

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.ecs import Ecs
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


def read(record: dict[str, Any]) -> Event:
    """The event of one record."""
    (event,) = Ecs().reader(Source("s", "s")).feed(json.dumps(record), BARE, 0)
    return event


def record(categories: list[str], types: list[str], **more: Any) -> dict[str, Any]:
    """A record of these categories and types."""
    return {"@timestamp": "2020-07-22T04:12:09Z", "ecs": {"version": "8.11"},
            "event": {"category": categories, "type": types}, **more}  # fmt: skip


@pytest.mark.parametrize(
    ("categories", "types", "more", "expected"),
    [
        (["process"], ["end"], {}, {"process_termination"}),
        (["process"], ["start", "end"], {}, {"process_creation"}),
        (["file"], ["creation"], {}, {"file_event"}),
        (["file"], ["deletion"], {}, {"file_delete"}),
        (["registry"], ["change"], {}, {"registry_event", "registry_set"}),
        (["registry"], ["access"], {}, {"registry_event"}),
        (["library"], ["start"], {}, {"image_load"}),
        (["network"], ["start"], {"process": {"executable": "C:\\a.exe"}}, {"network_connection"}),
        (["network"], ["start"], {}, {"firewall"}),
        (["web"], ["access"], {"observer": {"type": "proxy"}}, {"proxy"}),
        (["web"], ["access"], {}, {"webserver"}),
        ([], [], {"http": {"request": {"method": "GET"}}}, {"webserver"}),
        (["network"], ["protocol"],
         {"dns": {"question": {"name": "a.example"}}, "process": {"executable": "/a"}}, {"dns", "dns_query"}),
        (["email"], ["info"], {}, {"mail"}),
        (["malware", "file"], ["info"], {}, {"antivirus"}),
        (["authentication"], ["start"], {}, {"authentication"}),
        (["configuration"], ["change"], {}, set()),
    ],
)  # fmt: skip
def test_categories(
    categories: list[str], types: list[str], more: dict[str, Any], expected: set[str]
) -> None:
    """ECS's categorisation fields against Sigma's taxonomy, by hand."""
    assert expected == read(record(categories, types, **more)).logsource.categories


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"action": "firewall-rule-drop"}, Outcome.BLOCKED),
        ({"action": "file_quarantined"}, Outcome.QUARANTINED),
        ({"type": ["connection", "denied"]}, Outcome.BLOCKED),
        ({"type": ["denied"]}, Outcome.BLOCKED),
        ({"type": ["allowed"], "outcome": "success"}, Outcome.ALLOWED),
        ({"outcome": "failure"}, Outcome.FAILED),
        ({"outcome": "unknown"}, Outcome.UNKNOWN),
    ],
)
def test_outcomes(event: dict[str, Any], expected: Outcome) -> None:
    """The action's words first, then the type, then the outcome."""
    given = record([], [])
    given["event"] |= event
    assert expected == read(given).outcome


@pytest.mark.parametrize(
    ("categories", "types", "event", "expected"),
    [
        (["process"], ["start"], {}, Outcome.ALLOWED),
        (["process"], ["start"], {"outcome": "unknown"}, Outcome.ALLOWED),
        (["file"], ["creation"], {}, Outcome.ALLOWED),
        (["registry"], ["change"], {}, Outcome.ALLOWED),
        (["process"], ["start"], {"outcome": "failure"}, Outcome.FAILED),
        (["process"], ["start", "denied"], {}, Outcome.BLOCKED),
        (["process"], ["start"], {"kind": "alert"}, Outcome.UNKNOWN),
        (["malware", "process"], ["start"], {}, Outcome.UNKNOWN),
        (["network"], ["start"], {}, Outcome.UNKNOWN),
    ],
)
def test_acts_on_a_machine_were_stopped_by_nobody(
    categories: list[str], types: list[str], event: dict[str, Any], expected: Outcome
) -> None:
    """A process, file or key that an agent only watched is as allowed as Sysmon's; an alert judges."""
    given = record(categories, types)
    given["event"] |= event
    assert expected == read(given).outcome


def test_arguments_are_a_command_line_where_there_is_none() -> None:
    """Auditbeat gives ``process.args`` only; a real command line wins."""
    process = {"executable": "/usr/bin/curl", "args": ["curl", "-s", "http://192.0.2.9/x"],
               "parent": {"args": ["bash", "-i"]}}  # fmt: skip
    event = read(record(["process"], ["start"], process=process))
    assert ("curl -s http://192.0.2.9/x", "bash -i") == values(event, "CommandLine", "ParentCommandLine")
    event = read(record(["process"], ["start"], process=process | {"command_line": "curl -s x"}))
    assert ("curl -s x",) == values(event, "CommandLine")


def test_logons_are_uniform() -> None:
    """``authentication`` of sshd and of anything else."""
    more = {"user": {"name": "root"}, "source": {"ip": "198.51.100.7"}, "host": {"hostname": "web01"}}
    given = record(["authentication"], ["start"], process={"name": "sshd"}, **more)
    given["event"]["outcome"] = "failure"
    event = read(given)
    assert (Outcome.FAILED, "web01", "root") == (event.outcome, event.entities.host, event.entities.user)
    expected = {"logon_kind": "ssh", "logon_result": "failure", "logon_user": "root"}
    assert expected == {name: event.fields.get(name) for name in expected}


@pytest.mark.parametrize(
    "odd",
    [
        {"event": "text"},
        {"event": {"category": 7, "type": {"a": 1}}},
        {"process": ["a"], "host": None, "user": {"name": ["a", "b"]}},
        {"url": {"original": 5}, "http": {"request": {"method": []}}},
        {"event": {"category": ["web"]}, "url": {"path": {"x": 1}, "query": 7}},
    ],
)
def test_odd_types_do_no_harm(odd: dict[str, Any]) -> None:
    """Mappings that somebody else made hold anything."""
    event = read({"@timestamp": "2020-07-22T04:12:09Z", "ecs": {"version": "8"}, **odd})
    _ = event.time, event.outcome, event.entities, event.observables
    assert "@timestamp" in event.fields


def test_damaged_records_are_refused() -> None:
    """No time, no object, nested beyond reason."""
    for line in ('{"event": {"category": "x"}}', "[1]", '{"@timestamp"', '{"a":' * 5_000):
        with pytest.raises(UnreadableRecordError):
            list(Ecs().reader(Source("s", "s")).feed(line, BARE, 0))
