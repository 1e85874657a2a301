# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - fixtures are annotated with it
from typing import Any

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats import zeek
from noroshi.events.formats.zeek import ZeekFormat
from noroshi.events.model import Entities, Event, Observable, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import detect, head_of

SHA256 = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
HEADER = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
    "#path\t{path}\n#open\t2020-07-22-13-00-00\n#fields\t{fields}\n#types\t{types}\n"
)
SMTP = (
    HEADER.format(
        path="smtp",
        fields="ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\thelo\tmailfrom\trcptto\tfrom\t"
        "subject\tlast_reply\tpath\ttls\tfuids",
        types="time\tstring\taddr\tport\taddr\tport\tcount\tstring\tstring\tset[string]\tstring\tstring\tstring\t"
        "vector[addr]\tbool\tvector[string]",
    )
    + "1595390701.500000\tCmES5u32sYpV7JYN\t198.51.100.25\t40112\t10.20.0.25\t25\t1\tmail.partner.example\t"
    "h.sato@partner.example\tt.suzuki@minato-works.example,Info@minato-works.example\t"
    "=?UTF-8?B?5L2Q6Jek?= <h.sato@partner.example>\t=?ISO-2022-JP?B?UmU6IBskQkBBNWE9cSRON28bKEI=?=\t"
    "250 2.0.0 Ok: queued as 4BBQZ16fz3z1xV\t10.20.0.25,198.51.100.25\tF\tFel9gs4OtNEV6gUJZ5,F2\n"
    "1595390702.000000\tCx\t10.20.4.114\t40113\t203.0.113.25\t25\t1\t-\tt.suzuki@minato-works.example\t"
    "a@b.example\t-\tsay \\x09 \\xe6\\x97\\xa5 \\xff \\x00\t554 rejected\t-\tT\t(empty)\n"
    "#close\t2020-07-22-14-00-00\n"
)
HTTP_TSV = (
    HEADER.format(
        path="http",
        fields="ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi\treferrer\t"
        "version\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code\ttags\tresp_mime_types",
        types="time\tstring\taddr\tport\taddr\tport\tcount\tstring\tstring\tstring\tstring\tstring\tstring\tcount\t"
        "count\tcount\tset[enum]\tvector[string]",
    )
    + "1595391500.000001\tCa\t10.20.4.114\t50100\t203.0.113.5\t8080\t1\tPOST\t203.0.113.5\t/mult/balloon/\t"
    "http://203.0.113.5/mult/balloon/\t1.1\tMozilla/5.0\t4312\t148\t200\t(empty)\ttext/html\n"
)
CONN: dict[str, Any] = {
    "_path": "conn",
    "ts": 1595391500.5,
    "uid": "Cb",
    "id.orig_h": "10.20.4.114",
    "id.orig_p": 50100,
    "id.resp_h": "203.0.113.25",
    "id.resp_p": 25,
    "proto": "tcp",
    "conn_state": "SF",
}


def read(text: str) -> list[Event]:
    """The events of these lines."""
    reader = ZeekFormat().reader(Source("zeek.log", "s"))
    return [event for at, line in enumerate(text.splitlines()) for event in reader.feed(line, BARE, at)]


def read_json(record: dict[str, Any]) -> Event:
    """The event of one JSON line."""
    (event,) = read(json.dumps(record))
    return event


@pytest.mark.parametrize("sample", [SMTP, HTTP_TSV, json.dumps(CONN) + "\n"], ids=["smtp", "http", "json"])
def test_both_writers_fulfil_the_contract(sample: str) -> None:
    """Recognised by content, repeatable, damaged copies give located errors."""
    assert check_format("zeek", sample.encode())


def test_smtp_is_typed_and_its_subject_readable() -> None:
    """Sets are lists, unset is missing, encoded words are decoded beside the original."""
    incoming, outgoing = read(SMTP)
    fields = incoming.fields
    expected = {
        "_path": "smtp",
        "trans_depth": 1,
        "rcptto": ["t.suzuki@minato-works.example", "Info@minato-works.example"],
        "fuids": ["Fel9gs4OtNEV6gUJZ5", "F2"],
        "path": ["10.20.0.25", "198.51.100.25"],
        "tls": False,
        "subject": "=?ISO-2022-JP?B?UmU6IBskQkBBNWE9cSRON28bKEI=?=",
        "mail_subject": "Re: 請求書の件",
        "mail_from": "h.sato@partner.example",
        "src_ip": "198.51.100.25",
        "dst_port": 25,
    }
    assert expected == {name: fields[name] for name in expected}
    assert ("zeek", "smtp", frozenset({"mail"})) == (
        incoming.logsource.product,
        incoming.logsource.service,
        incoming.logsource.categories,
    )
    assert datetime(2020, 7, 22, 4, 5, 1, 500000, UTC) == incoming.time.at
    assert Outcome.ALLOWED == incoming.outcome
    assert Entities(mailbox="t.suzuki@minato-works.example") == incoming.entities
    assert "helo" not in outgoing.fields
    assert [] == outgoing.fields["fuids"]
    assert "say \t 日 \\xff \\x00" == outgoing.fields["subject"]
    assert (Outcome.BLOCKED, "t.suzuki@minato-works.example", "10.20.4.114") == (
        outgoing.outcome,
        outgoing.entities.mailbox,
        outgoing.entities.address,
    )


def test_http_has_the_web_fields_and_zeeks_own_names() -> None:
    """SigmaHQ's Zeek rules use both `c-uri` and `uri`; numbers are numbers."""
    (event,) = read(HTTP_TSV)
    expected = {
        "uri": "/mult/balloon/",
        "c-uri": "http://203.0.113.5:8080/mult/balloon/",
        "c-uri-norm": "203.0.113.5/mult/balloon/",
        "cs-referer-norm": "203.0.113.5/mult/balloon/",
        "cs-host": "203.0.113.5",
        "cs-bytes": 4312,
        "sc-status": 200,
        "c-useragent": "Mozilla/5.0",
        "id.resp_h": "203.0.113.5",
        "tags": [],
        "resp_mime_types": ["text/html"],
    }
    assert expected == {name: event.fields[name] for name in expected}
    assert frozenset({"proxy"}) == event.logsource.categories


def test_headers_count_from_where_they_stand() -> None:
    """Two logs joined together are each read under their own header."""
    assert ["smtp", "smtp", "http", "smtp", "smtp"] == [
        e.logsource.service for e in read(SMTP + HTTP_TSV + SMTP)
    ]


def test_another_separator_is_obeyed() -> None:
    """The header names the separators."""
    text = (
        "#separator \\x7c\n#set_separator|;\n#empty_field|EMPTY\n#unset_field|NONE\n#path|files\n"
        "#fields|ts|fuid|tx_hosts|filename|md5\n#types|time|string|set[addr]|string|string\n"
        "1595391500.0|F1|192.0.2.1;192.0.2.2|EMPTY|NONE\n"
    )
    (event,) = read(text)
    assert (["192.0.2.1", "192.0.2.2"], "") == (event.fields["tx_hosts"], event.fields["filename"])
    assert "md5" not in event.fields


@pytest.mark.parametrize(
    ("state", "outcome"),
    [("SF", Outcome.ALLOWED), ("S0", Outcome.FAILED), ("REJ", Outcome.FAILED), ("OTH", Outcome.UNKNOWN)],
)
def test_a_connection_is_a_firewall_event(state: str, outcome: Outcome) -> None:
    """Ports and addresses under Sigma's names; whether the two sides came together."""
    event = read_json(CONN | {"conn_state": state})
    assert frozenset({"firewall"}) == event.logsource.categories
    assert ("10.20.4.114", "203.0.113.25", 25) == tuple(
        event.fields[n] for n in ("src_ip", "dst_ip", "dst_port")
    )
    assert outcome == event.outcome


def test_streams_are_known_without_a_name() -> None:
    """JSON without `_path` is told by its fields, in dotted, underscored and nested writing."""
    bare = {name: value for name, value in CONN.items() if name != "_path"}
    assert "conn" == read_json(bare).logsource.service
    underscored = {name.replace(".", "_"): value for name, value in bare.items()} | {"@stream": "conn"}
    event = read_json(underscored)
    assert ("conn", "203.0.113.25") == (event.logsource.service, event.fields["id.resp_h"])
    dns = {
        "ts": 1.5e9,
        "uid": "C",
        "id": {"orig_h": "10.0.0.9"},
        "trans_id": 1,
        "rejected": False,
        "answers": ["x"],
    }
    event = read_json(dns)
    assert ("dns", "10.0.0.9", ["x"]) == (
        event.logsource.service,
        event.fields["src_ip"],
        event.fields["answer"],
    )
    x509 = {"@stream": "x509", "ts": 1.5e9, "certificate_serial": "8BB00EE"}
    assert "8BB00EE" == read_json(x509).fields["certificate.serial"]
    assert read_json({"ts": 1.5e9, "uid": "C", "id.orig_h": "10.0.0.9"}).logsource.service is None


def test_files_belong_to_who_received_them() -> None:
    """A mail server passes files on, so it is not the entity; the connection's id is there under one name."""
    record = {
        "_path": "files",
        "ts": 1595390701.6,
        "fuid": "Fel9gs4OtNEV6gUJZ5",
        "tx_hosts": ["198.51.100.80"],
        "rx_hosts": ["10.20.4.114"],
        "conn_uids": ["CmES5u32sYpV7JYN"],
        "source": "HTTP",
        "filename": "請求書.doc",
        "sha256": SHA256,
    }
    event = read_json(record)
    assert ("10.20.4.114", "CmES5u32sYpV7JYN") == (event.entities.address, event.fields["uid"])
    assert {("file_name", "請求書.doc"), ("sha256", SHA256)} <= {(o.type, o.value) for o in event.observables}
    assert read_json(record | {"source": "SMTP"}).entities.address is None


def test_leases_have_the_uniform_fields() -> None:
    """Zeek's dhcp.log as identity wants it."""
    record = {
        "_path": "dhcp",
        "ts": 1595390701.6,
        "uids": ["C"],
        "mac": "00:15:5d:0a:04:72",
        "host_name": "PC-014",
        "assigned_addr": "10.20.4.114",
        "lease_time": 28800.0,
        "msg_types": ["REQUEST", "ACK"],
    }
    fields = read_json(record).fields
    expected = ("assign", "10.20.4.114", "00:15:5d:0a:04:72", "PC-014", 28800)
    assert expected == tuple(fields[n] for n in ("dhcp_action", "ip", "mac", "hostname", "lease_seconds"))
    assert Entities(host="pc-014", address="10.20.4.114") == read_json(record).entities


def test_logons_name_the_account() -> None:
    """Kerberos and NTLM streams say who logs on; machine accounts are nobody."""
    kerberos = {
        "_path": "kerberos",
        "ts": 1.5e9,
        "id.orig_h": "10.0.1.4",
        "client": "T.Suzuki/MINATO.EXAMPLE",
    }
    assert Entities(user="t.suzuki", address="10.0.1.4") == read_json(kerberos).entities
    assert read_json(kerberos | {"client": "PC-014$/MINATO.EXAMPLE"}).entities.user is None
    ntlm = {
        "_path": "ntlm",
        "ts": 1.5e9,
        "id.orig_h": "10.0.1.4",
        "username": "t.suzuki",
        "hostname": "PC-014",
    }
    assert Entities(host="pc-014", user="t.suzuki", address="10.0.1.4") == read_json(ntlm).entities


@pytest.mark.parametrize(
    "text",
    [
        "1595391500.0\tC\t10.0.0.1\n",
        HTTP_TSV + "1595391500.000001\tCa\t10.20.4.114\n",
        '{"ts": 1595391500.5, "uid"',
    ],
    ids=["no header", "cut off", "json"],
)
def test_damaged_lines_say_so(text: str) -> None:
    """No traceback, one reason."""
    with pytest.raises(UnreadableRecordError):
        read(text)


def test_values_of_the_wrong_type_stay_text() -> None:
    """A count that is none, an infinite time, a list where a text belongs: the record is kept."""
    fields = "#path\tconn\n#fields\tts\tuid\torig_bytes\tflag\n#types\ttime\tstring\tcount\tbool\n"
    (event,) = read(fields + "inf\tC\tmany\tX\n")
    assert (None, "many", False) == tuple(event.fields[n] for n in ("ts", "orig_bytes", "flag"))
    event = read_json({"_path": "smtp", "ts": [1], "mailfrom": 7, "rcptto": {"a": 1}, "subject": []})
    assert (None, None) == (event.entities.mailbox, event.entities.address)


def test_hostile_stream_names_do_not_grow_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the bound, and for names that are none, all streams share one kind."""
    monkeypatch.setattr(zeek, "MAX_KINDS", len(zeek._KINDS))
    assert (
        read_json({"_path": "new_one", "ts": 1.5e9}).kind is read_json({"_path": "a" * 999, "ts": 1.5e9}).kind
    )


LATERAL: dict[str, Any] = {
    "ts": 1595391500.5,
    "uid": "Cc",
    "id_orig_h": "10.20.4.114",
    "id_orig_p": 50101,
    "id_resp_h": "10.20.0.20",
    "id_resp_p": 445,
}


@pytest.mark.parametrize(
    ("stream", "own", "host", "user", "outcome"),
    [
        ("kerberos", {"client": "PC-014$/MINATO.EXAMPLE", "request_type": "TGS", "success": True}, "pc-014", None, "allowed"),
        ("kerberos", {"client": "t.suzuki/MINATO.EXAMPLE", "request_type": "AS", "success": False}, None, "t.suzuki", "failed"),
        ("rdp", {"cookie": "MINATO\\t.suzuki", "client_name": "PC-014", "security_protocol": "RDP", "result": "Success"}, "pc-014", "t.suzuki", "allowed"),
        ("ssh", {"auth_attempts": 3, "auth_success": False, "client": "SSH-2.0-x"}, None, None, "failed"),
        ("ftp", {"user": "t.suzuki", "command": "STOR", "arg": "ftp://198.51.100.7/./a.zip", "reply_code": 530}, None, "t.suzuki", "failed"),
        ("ftp", {"user": "anonymous", "command": "RETR", "reply_code": 226}, None, None, "allowed"),
        ("radius", {"username": "bob", "result": "failed"}, None, "bob", "failed"),
        ("notice", {"note": "Scan::Port_Scan", "msg": "m", "actions": ["Notice::ACTION_LOG"]}, None, None, "detected"),
        ("intel", {"seen.indicator": "www.shop.example", "seen.where": "DNS::IN_REQUEST"}, None, None, "detected"),
        ("weird", {"name": "bad_TCP_checksum", "peer": "zeek", "notice": False}, None, None, "unknown"),
        ("dce_rpc", {"endpoint": "svcctl", "operation": "CreateServiceW"}, None, None, "unknown"),
    ],
)  # fmt: skip
def test_streams_of_logon_and_detection(
    stream: str, own: dict[str, Any], host: str | None, user: str | None, outcome: str
) -> None:
    """Each names its person, its machine and what became of it, as far as it says so."""
    event = read_json({**LATERAL, **own, "_path": stream})
    assert Entities(host=host, user=user, address="10.20.4.114") == event.entities
    assert (Outcome(outcome), stream) == (event.outcome, event.logsource.service)


def test_smb_files_have_one_path_and_keep_their_names() -> None:
    """SigmaHQ's rules look at `path` and `name`; indicators at the path they make."""
    own = {"path": "\\\\FS01\\ADMIN$", "name": "SYSTEM32\\x.tmp", "action": "SMB::FILE_WRITE"}
    event = read_json({**LATERAL, **own})
    assert ("smb_files", "\\\\FS01\\ADMIN$\\SYSTEM32\\x.tmp") == (
        event.logsource.service,
        event.fields["file_path"],
    )
    assert own == {name: event.fields[name] for name in own}
    assert Observable("file_name", "x.tmp", "file_path") in event.observables


def test_notices_and_signatures_without_a_connection_name_their_ends() -> None:
    """`src`, `dst` and `p`, and `src_addr` and `dst_addr`."""
    notice = read_json(
        {
            "ts": 1.5e9,
            "_path": "notice",
            "note": "Scan::Port_Scan",
            "src": "192.0.2.7",
            "dst": "10.20.0.3",
            "p": 22,
        }
    )
    match = read_json({"ts": 1.5e9, "_path": "signatures", "sig_id": "s1", "src_addr": "192.0.2.7", "dst_addr": "10.20.0.3"})  # fmt: skip
    for event in (notice, match):
        assert ("192.0.2.7", "10.20.0.3", "10.20.0.3") == (
            event.fields["src_ip"],
            event.fields["dst_ip"],
            event.entities.address,
        )
    assert match.logsource.covers("zeek", "signatures", "ids")


@pytest.mark.real_data
def test_every_recorded_line_is_read(real_data: Path, tmp_path: Path) -> None:
    """The recordings of two sensors: each log recognised, each line an event of its stream, of that day."""
    import zipfile  # noqa: PLC0415 - only where the data is

    archives = sorted((real_data / "zeek").rglob("*.zip"))
    for archive in archives:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(tmp_path)
    logs = sorted(path for folder in (tmp_path, real_data / "zeek") for path in folder.rglob("*.log"))
    assert logs
    for log in logs:
        _check_recording(log)


def _check_recording(log: Path) -> None:
    data, problems = log.read_bytes(), Problems()
    detected = detect(head_of(data))
    assert detected.format is not None
    assert "zeek" == detected.format.name
    events = list(detected.format.decode(io.BytesIO(data), Source(str(log), "s"), problems))
    assert (data.count(b"\n"), 0) == (len(events), problems.total)
    assert {log.stem} == {event.logsource.service for event in events}
    assert {(2020, 4, 30)} >= {(e.time.at.year, e.time.at.month, e.time.at.day) for e in events}
