from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.ocsf import Ocsf
from noroshi.events.model import Event, LogSource, Observable, Outcome, Source

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


def read(given: dict[str, Any]) -> Event:
    """The event of one record."""
    (event,) = Ocsf().reader(Source("s", "s")).feed(json.dumps(given), BARE, 0)
    return event


def record(class_uid: int, activity_id: int = 1, **more: Any) -> dict[str, Any]:
    """A record of this class and activity."""
    product = {"product": {"name": "P", "vendor_name": "V"}}
    return {
        "class_uid": class_uid,
        "category_uid": class_uid // 1000,
        "activity_id": activity_id,
        "time": 1595391129000,
        "metadata": product,
        **more,
    }


@pytest.mark.parametrize(
    ("class_uid", "activity_id", "more", "expected"),
    [
        (1001, 1, {}, {"file_event"}),
        (1001, 4, {}, {"file_delete"}),
        (1001, 5, {}, {"file_rename"}),
        (1005, 1, {}, {"image_load"}),
        (1007, 1, {}, {"process_creation"}),
        (1007, 2, {}, {"process_termination"}),
        (1007, 3, {}, set()),
        (201001, 1, {}, {"registry_add", "registry_event"}),
        (201002, 2, {}, {"registry_set", "registry_event"}),
        (3002, 1, {}, {"authentication"}),
        (4001, 1, {"actor": {"process": {"pid": 1}}}, {"network_connection"}),
        (4001, 1, {}, {"firewall"}),
        (4002, 1, {"proxy_endpoint": {"ip": "10.20.0.10"}}, {"proxy"}),
        (4002, 1, {}, {"webserver"}),
        (4003, 1, {}, {"dns"}),
        (4009, 1, {}, {"mail"}),
        (2004, 1, {"malware": [{"name": "Eicar"}]}, {"antivirus"}),
        (2004, 1, {}, set()),
        (5001, 1, {}, set()),
    ],
)
def test_categories(class_uid: int, activity_id: int, more: dict[str, Any], expected: set[str]) -> None:
    """Classes and activities of the schema against Sigma's taxonomy, by hand."""
    assert expected == read(record(class_uid, activity_id, **more)).logsource.categories


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"disposition_id": 1}, Outcome.ALLOWED),
        ({"disposition_id": 2, "status_id": 1}, Outcome.BLOCKED),
        ({"disposition_id": 3}, Outcome.QUARANTINED),
        ({"disposition_id": 6}, Outcome.BLOCKED),
        ({"disposition_id": 15}, Outcome.DETECTED),
        ({"disposition_id": 0, "action_id": 2}, Outcome.BLOCKED),
        ({"action_id": 1}, Outcome.ALLOWED),
        ({"status_id": 2}, Outcome.FAILED),
        ({"status_id": 99}, Outcome.UNKNOWN),
    ],
)
def test_outcomes(more: dict[str, Any], expected: Outcome) -> None:
    """Disposition before action before status: enumerations of the schema."""
    assert expected == read(record(4001, **more)).outcome


@pytest.mark.parametrize(
    ("class_uid", "more", "expected"),
    [
        (1007, {}, Outcome.ALLOWED),
        (1007, {"status_id": 0, "disposition_id": 0}, Outcome.ALLOWED),
        (1001, {}, Outcome.ALLOWED),
        (201002, {}, Outcome.ALLOWED),
        (1007, {"status_id": 2}, Outcome.FAILED),
        (1007, {"disposition_id": 2}, Outcome.BLOCKED),
        (1007, {"disposition_id": 99}, Outcome.UNKNOWN),
        (1007, {"is_alert": True}, Outcome.UNKNOWN),
        (4001, {}, Outcome.UNKNOWN),
    ],
)
def test_acts_on_a_machine_were_stopped_by_nobody(
    class_uid: int, more: dict[str, Any], expected: Outcome
) -> None:
    """A process, file or key that an agent only watched is as allowed as Sysmon's; a decision is told."""
    assert expected == read(record(class_uid, **more)).outcome


def test_dns_and_mail() -> None:
    """DNS activity (4003) and email activity (4009)."""
    query = {"hostname": "c2.example", "type": "A"}
    dns = read(record(4003, query=query, answers=[{"rdata": "198.51.100.7"}, {"rdata": "198.51.100.8"}],
                      rcode="NXDomain", src_endpoint={"ip": "10.20.4.114"}))  # fmt: skip
    assert ("c2.example", "A", "10.20.4.114", "NXDomain") == values(
        dns, "query", "record_type", "src_ip", "rcode_name"
    )
    assert Observable("domain", "c2.example", "query") in dns.observables
    assert (["198.51.100.7", "198.51.100.8"], "c2.example") == values(dns, "answer", "query.hostname")
    email = {"from": "takeda@partner.example", "to": ["t.suzuki@minato-works.example"], "subject": "請求書",
             "message_uid": "<a1@partner.example>"}  # fmt: skip
    mail = read(record(4009, email=email))
    assert ("takeda@partner.example", ["t.suzuki@minato-works.example"], "請求書") == values(
        mail, "mail_from", "mail_to", "mail_subject"
    )
    assert "t.suzuki@minato-works.example" == mail.entities.mailbox


def test_in_the_class_of_processes_the_parent_may_be_named_itself() -> None:
    """``parent_process`` (1.0) and the actor's process mean the same; the first counts."""
    process = {"file": {"path": "C:\\b.exe"}, "cmd_line": "b",
               "parent_process": {"file": {"path": "C:\\a.exe"}, "cmd_line": "a", "pid": 4}}  # fmt: skip
    event = read(record(1007, process=process, actor={"process": {"file": {"path": "C:\\other.exe"}}}))
    assert ("C:\\b.exe", "C:\\a.exe", "a", 4) == values(
        event, "Image", "ParentImage", "ParentCommandLine", "ParentProcessId"
    )


def test_logons_are_uniform() -> None:
    """Remote desktop by Windows' number; who, where, from where."""
    event = read(record(3002, logon_type_id=10, status_id=2, user={"name": "t.suzuki"},
                        dst_endpoint={"hostname": "SRV01"}, src_endpoint={"ip": "10.20.4.114"}))  # fmt: skip
    expected = {"logon_kind": "remote_desktop", "logon_result": "failure", "logon_user": "t.suzuki"}
    assert expected == {name: event.fields.get(name) for name in expected}
    assert Outcome.FAILED == event.outcome


@pytest.mark.parametrize(
    "odd",
    [
        {"activity_id": "1"},
        {"metadata": "x", "device": [], "actor": None},
        {"device": {"os": {"type_id": "100"}}},
        {"disposition_id": [1], "status_id": {}, "time": "soon"},
        {"http_request": {"url": {"url_string": 7, "path": []}, "http_method": {}}},
    ],
)
def test_odd_types_do_no_harm(odd: dict[str, Any]) -> None:
    """Producers get the schema wrong in every way."""
    for class_uid in (1007, 3002, 4002, 6003):
        event = read(record(class_uid) | odd)
        _ = event.time, event.outcome, event.entities, event.observables
        assert class_uid == event.fields["class_uid"]


def test_damaged_records_are_refused() -> None:
    """No class, a class that is no number, no object."""
    for line in ('{"class_uid": "x"}', '{"class_uid": true, "metadata": {}}', "[]", '{"class_uid": 1007'):
        with pytest.raises(UnreadableRecordError):
            list(Ocsf().reader(Source("s", "s")).feed(line, BARE, 0))
