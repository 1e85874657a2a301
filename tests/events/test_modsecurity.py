# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.modsecurity import ModSecurityFormat
from noroshi.events.model import Event, Outcome, Source, ZoneOrigin

V3: dict[str, Any] = {
    "transaction": {
        "client_ip": "203.0.113.9",
        "time_stamp": "Wed Jul 22 13:12:09 2020",
        "server_id": "0b2ac1",
        "client_port": 45678,
        "host_ip": "10.20.0.30",
        "host_port": 443,
        "unique_id": "159539112912.345678",
        "request": {
            "method": "GET",
            "http_version": 1.1,
            "uri": "/inquiry?name=1%27%20or%20%271%27=%271",
            "headers": {
                "Host": "www.minato-works.example",
                "User-Agent": "sqlmap/1.4",
                "Referer": "https://www.minato-works.example/",
                "X-Forwarded-For": "192.0.2.77",
            },
        },
        "response": {"http_code": 403, "headers": {"Server": "nginx"}},
        "producer": {
            "modsecurity": "ModSecurity v3.0.4 (Linux)",
            "connector": "ModSecurity-nginx v1.0.1",
            "secrules_engine": "Enabled",
            "components": ["OWASP_CRS/3.3.0"],
        },
        "messages": [
            {
                "message": "SQL Injection Attack Detected via libinjection",
                "details": {
                    "match": "detected SQLi using libinjection.",
                    "ruleId": "942100",
                    "data": "Matched Data: s&1 found within ARGS:name: 名前",
                    "severity": "2",
                    "tags": ["attack-sqli", "paranoia-level/1"],
                },
            },
            {"message": "Inbound Anomaly Score Exceeded", "details": {"ruleId": "949110", "severity": "2"}},
        ],
    }
}
V2: dict[str, Any] = {
    "transaction": {
        "time": "22/Jul/2020:13:12:09.123456 +0900",
        "transaction_id": "Xxe@OQpAAB4AAAX",
        "remote_address": "203.0.113.9",
        "remote_port": 45678,
        "local_address": "10.20.0.30",
        "local_port": 80,
    },
    "request": {
        "request_line": "POST /login.php?a=b HTTP/1.1",
        "headers": {"Host": "www.minato-works.example:80", "User-Agent": "curl/7.64"},
        "body": ["id=%3Cscript%3E"],
    },
    "response": {"protocol": "HTTP/1.1", "status": 403, "headers": {}},
    "audit_data": {
        "messages": [
            'Access denied with code 403 (phase 2). Pattern match. [file "/etc/crs/941.conf"] [id "941100"] [msg "XSS Attack \\"quoted\\""] [severity "CRITICAL"] [tag "attack-xss"] [tag "OWASP_CRS"]'
        ],
        "action": {"intercepted": True, "phase": 2, "message": "Pattern match."},
        "producer": ["ModSecurity for Apache/2.9.3"],
        "server": "Apache",
        "engine_mode": "ENABLED",
    },
}


def read(record: dict[str, Any], zone: str = "Asia/Tokyo") -> Event:
    """The event of one transaction."""
    reader = ModSecurityFormat().reader(Source("audit.log", "s", zone=ZoneInfo(zone)))
    (event,) = reader.feed(json.dumps(record), BARE, 1)
    return event


def test_both_versions_fulfil_the_contract() -> None:
    """Recognised by content, repeatable, damaged copies give located errors."""
    assert 2 == len(check_format("modsecurity", f"{json.dumps(V3)}\n{json.dumps(V2)}\n".encode()))


def test_version_3_has_the_web_fields() -> None:
    """Both web taxonomies, the rules that fired, the attacked server; the local time is in the source's zone."""
    event = read(V3)
    expected = {
        "cs-method": "GET",
        "c-uri": "https://www.minato-works.example/inquiry?name=1%27%20or%20%271%27=%271",
        "cs-uri-stem": "/inquiry",
        "cs-uri-query": "name=1%27%20or%20%271%27=%271",
        "c-uri-norm": "www.minato-works.example/inquiry",
        "cs-referer-norm": "www.minato-works.example/",
        "cs-host": "www.minato-works.example",
        "cs-user-agent": "sqlmap/1.4",
        "sc-status": 403,
        "x-forwarded-for": "192.0.2.77",
        "src_ip": "203.0.113.9",
        "waf_rule_id": ["942100", "949110"],
        "waf_tag": ["attack-sqli", "paranoia-level/1"],
        "waf_message": ["SQL Injection Attack Detected via libinjection", "Inbound Anomaly Score Exceeded"],
    }
    assert expected == {name: event.fields[name] for name in expected}
    assert frozenset({"webserver", "waf"}) == event.logsource.categories
    assert "10.20.0.30" == event.entities.address
    assert (datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC), ZoneOrigin.SOURCE) == (
        event.time.at,
        event.time.zone,
    )


def test_version_2_has_them_too() -> None:
    """The request line is taken apart, the bracketed parts of a message are read, the zone is the record's."""
    event = read(V2, "UTC")
    expected = {
        "cs-method": "POST",
        "c-uri-norm": "www.minato-works.example/login.php",
        "cs-host": "www.minato-works.example",
        "cs-uri-query": "a=b",
        "waf_rule_id": ["941100"],
        "waf_message": ['XSS Attack \\"quoted\\"'],
        "waf_severity": ["CRITICAL"],
        "waf_tag": ["attack-xss", "OWASP_CRS"],
        "dst_ip": "10.20.0.30",
    }
    assert expected == {name: event.fields[name] for name in expected}
    stamp = event.time
    assert (datetime(2020, 7, 22, 4, 12, 9, 123456, UTC), ZoneOrigin.RECORD) == (stamp.at, stamp.zone)


def changed(record: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """The transaction with other parts."""
    return record | {"transaction": record["transaction"] | parts}


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        (V3, Outcome.BLOCKED),
        (changed(V3, response={"http_code": 200}), Outcome.BLOCKED),
        (changed(V3, producer={"secrules_engine": "DetectionOnly"}), Outcome.DETECTED),
        (changed(V3, messages=[], response={"http_code": 403}), Outcome.DETECTED),
        (
            changed(V3, messages=V3["transaction"]["messages"][:1], response={"http_code": 200}),
            Outcome.DETECTED,
        ),
        (changed(V3, is_interrupted=False), Outcome.DETECTED),
        (V2, Outcome.BLOCKED),
        (V2 | {"audit_data": V2["audit_data"] | {"action": {"intercepted": False}}}, Outcome.DETECTED),
    ],
)
def test_the_engine_says_whether_it_blocked(record: dict[str, Any], outcome: Outcome) -> None:
    """Its own word decides; else a refusal or the deciding score rule of an enforcing engine."""
    assert outcome == read(record).outcome


@pytest.mark.parametrize("line", ['{"transaction": {"cl', '{"transaction": 7}', "{}", "[]"])
def test_damaged_lines_say_so(line: str) -> None:
    """No traceback, one reason."""
    with pytest.raises(UnreadableRecordError):
        ModSecurityFormat().reader(Source("audit.log", "s")).feed(line, BARE, 1)


def test_wrong_types_are_left_alone() -> None:
    """A hostile record keeps its originals and gets no invented fields."""
    hostile = {
        "transaction": {"request": [], "response": 1, "messages": [1, None, {"details": []}], "time": {}}
    }
    event = read(hostile)
    assert ("detected", None) == (event.fields["action"], event.entities.address)
    assert "c-uri" not in event.fields
