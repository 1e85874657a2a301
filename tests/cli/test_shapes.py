"""One process start in every shape of the collectors, and logs in every encoding, through the command."""

from __future__ import annotations

import codecs
import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

RULE = """\
title: An account asks who it is
id: 6f0b3d0e-6a44-4c0e-8a57-54f1ad2f5a11
status: test
level: high
logsource: {product: windows, category: process_creation}
detection:
  selection: {CommandLine|contains: whoami}
  condition: selection
"""
PROXY_RULE = """\
title: A user named in Japanese asks the proxy
id: 6f0b3d0e-6a44-4c0e-8a57-54f1ad2f5a12
status: test
level: high
logsource: {category: proxy}
detection:
  selection: {cs-username: 鈴木太郎}
  condition: selection
"""
SYSMON = "Microsoft-Windows-Sysmon/Operational"
COMPUTER = "PC-014.minato.example"
STARTED = {
    "UtcTime": "2020-07-22 04:12:09.123",
    "ProcessGuid": "{A23EAE89-0001-0002-0003-000400050006}",
    "ProcessId": "4000",
    "Image": "C:\\Windows\\System32\\whoami.exe",
    "CommandLine": "whoami /all 請求書",
    "User": "MINATO\\t.suzuki",
    "ParentImage": "C:\\Windows\\System32\\cmd.exe",
}
CREATED = {
    "SubjectUserName": "t.suzuki",
    "SubjectDomainName": "MINATO",
    "NewProcessId": "0xfa0",
    "NewProcessName": "C:\\Windows\\System32\\whoami.exe",
    "CommandLine": "whoami /all 請求書",
    "ParentProcessName": "C:\\Windows\\System32\\cmd.exe",
}


def _winlog(id_: int, channel: str, values: dict[str, str], *, version: str) -> str:
    """As Winlogbeat writes it: 7 names the agent's host ``host.name``, 8 adds data streams."""
    stream = {"data_stream": {"type": "logs", "dataset": "winlog"}} if version.startswith("8") else {}
    provider = "Microsoft-Windows-Sysmon" if id_ == 1 else "Microsoft-Windows-Security-Auditing"
    record: dict[str, Any] = {
        "@timestamp": "2020-07-22T04:12:09.123Z",
        "agent": {"type": "winlogbeat", "version": version},
        "ecs": {"version": "1.5.0"},
        "event": {"code": id_, "kind": "event", "provider": provider, "created": "2020-07-22T04:12:11.000Z"},
        "host": {"name": COMPUTER},
        "message": "Process Create",
        "winlog": {
            "api": "wineventlog",
            "channel": channel,
            "computer_name": COMPUTER,
            "event_data": values,
            "event_id": id_,
            "provider_name": provider,
            "record_id": 71,
            "version": 5,
        },
    }
    return json.dumps(record | stream, ensure_ascii=False) + "\n"


def _nxlog(id_: int, channel: str, values: dict[str, str]) -> str:
    record = {
        "EventTime": "2020-07-22T04:12:09.123+00:00",
        "Hostname": COMPUTER,
        "EventID": id_,
        "SourceName": "Microsoft-Windows-Sysmon" if id_ == 1 else "Microsoft-Windows-Security-Auditing",
        "Channel": channel,
        "SourceModuleType": "im_msvistalog",
    }
    return json.dumps(record | values, ensure_ascii=False) + "\n"


def _xml(id_: int, channel: str, values: dict[str, str], *, rendered: bool) -> str:
    """One line an event, as forwarders write it; ``rendered`` as the collector of forwarded events does."""
    provider = "Microsoft-Windows-Sysmon" if id_ == 1 else "Microsoft-Windows-Security-Auditing"
    named = "".join(f"<Data Name='{name}'>{value}</Data>" for name, value in values.items())
    said = (
        "<RenderingInfo Culture='ja-JP'><Message>プロセスが作成されました。</Message><Channel>ForwardedEvents"
        "</Channel></RenderingInfo>"
        if rendered
        else ""
    )
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='{provider}'/><EventID>{id_}</EventID><Version>5</Version><Level>4</Level>"
        "<TimeCreated SystemTime='2020-07-22T04:12:09.1234567Z'/><EventRecordID>71</EventRecordID>"
        f"<Channel>{channel}</Channel><Computer>{COMPUTER}</Computer></System>"
        f"<EventData>{named}</EventData>{said}</Event>\n"
    )


EVENTS = {"sysmon-1": (1, SYSMON, STARTED), "security-4688": (4688, "Security", CREATED)}
SHAPES = {
    "winlogbeat-7": lambda *event: _winlog(*event, version="7.17.0"),
    "winlogbeat-8": lambda *event: _winlog(*event, version="8.14.0"),
    "nxlog": _nxlog,
    "splunk-xml": lambda *event: _xml(*event, rendered=False),
    "splunk-xml-lines": lambda *event: _xml(*event, rendered=False).replace("><", ">\r\n<"),
    "forwarded-xml": lambda *event: _xml(*event, rendered=True),
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_process_start_is_the_same_in_every_shape(run: Run, tmp_path: Path, shape: str, event: str) -> None:
    """The same rule, host, user and second, and nothing to complain about."""
    rule, log = tmp_path / "rule.yml", tmp_path / "log"
    rule.write_text(RULE, encoding="utf-8")
    log.write_text(SHAPES[shape](*EVENTS[event]) * 2, encoding="utf-8", newline="")
    result = run("scan", log, "--rules", rule, "--format", "json")
    found = json.loads(result.out)
    alerts = found["alerts"]
    assert 0 == found["summary"]["errors"]["count"]
    assert {"6f0b3d0e-6a44-4c0e-8a57-54f1ad2f5a11"} == {one["rule"]["id"] for one in alerts}
    (alert,) = {
        json.dumps([one["entities"]["host"], one["entities"]["user"], one["time"][:19]]) for one in alerts
    }
    assert ["pc-014", "t.suzuki", "2020-07-22T04:12:09"] == json.loads(alert)


SQUID = (
    '10.20.4.114 - 鈴木太郎 [22/Jul/2020:13:12:09 +0900] "GET http://www.shop.example/a.exe HTTP/1.1" 200 99 '
    '"-" "Mozilla/5.0" TCP_MISS:HIER_DIRECT\n'
)
ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "cp932": b"",
    "euc-jp": b"",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", ["proxy", "windows"])
def test_japanese_names_are_read_in_every_encoding(
    run: Run, tmp_path: Path, encoding: str, kind: str
) -> None:
    """A user in a proxy log, a file and a host in a Windows log; nothing has to be repaired."""
    rule, log = tmp_path / "rule.yml", tmp_path / "log"
    rule.write_text(PROXY_RULE if kind == "proxy" else RULE, encoding="utf-8")
    windows = _nxlog(1, SYSMON, STARTED).replace(COMPUTER, "経理-014")
    log.write_bytes(ENCODINGS[encoding] + (SQUID if kind == "proxy" else windows).encode(encoding))
    found = json.loads(run("scan", log, "--rules", rule, "--format", "json").out)
    assert (0, 0) == (found["summary"]["errors"]["count"], found["summary"]["repaired_records"])
    (alert,) = found["alerts"]
    shown = "鈴木太郎" if kind == "proxy" else "whoami /all 請求書"
    assert shown in {one["value"] for one in alert["matched"]}
    assert kind == "proxy" or alert["entities"]["host"] == "経理-014"


IFILTER = (
    "Sep 19 19:26:57 4872 1000/01/ - 198.51.100.7:80 192.168.1.2 10.20.4.114 {host} {user} "
    "[19/Sep/2017:19:26:57 +0900] 200 10 99 proxy 0 1 1 -1 0 1518 0 - - 0 - "
    '"GET http://www.shop.example/a.exe HTTP/1.1" - curl%2F7.1 application%2Fx-msdownload A667FEF0\n'
)


@pytest.mark.parametrize("encoding", ["quoted", "utf-8", "cp932", "euc-jp"])
def test_ifilter_is_read_in_every_encoding(run: Run, tmp_path: Path, encoding: str) -> None:
    """Host and user in Japanese, percent-encoded as i-FILTER writes them, or as a collector decoded them."""
    rule, log = tmp_path / "rule.yml", tmp_path / "ifilter.log"
    rule.write_text(PROXY_RULE, encoding="utf-8")
    shown = quote if encoding == "quoted" else str
    line = IFILTER.format(host=shown("経理-014"), user=shown("鈴木太郎"))
    log.write_bytes(line.encode("utf-8" if encoding == "quoted" else encoding))
    found = json.loads(run("scan", log, "--rules", rule, "--format", "json").out)
    assert (0, 0) == (found["summary"]["errors"]["count"], found["summary"]["repaired_records"])
    assert ["ifilter"] == [one["format"] for one in found["summary"]["events_by_log_source"]]
    (alert,) = found["alerts"]
    assert ("経理-014", "鈴木太郎") == (alert["entities"]["host"], alert["entities"]["user"])
    assert ("2017-09-19T10:26:57", "allowed") == (alert["time"][:19], alert["outcome"])


MAIL_RULE = """\
title: An invoice comes by mail
id: 6f0b3d0e-6a44-4c0e-8a57-54f1ad2f5a13
status: test
level: high
logsource: {%s}
detection:
  selection: {mail_subject|contains: 請求書}
  condition: selection
"""
ENCODED = "=?ISO-2022-JP?B?GyRCQEE1YT1xGyhC?="
"""請求書 after RFC 2047, its ISO-2022-JP taken from Python's codec by hand."""
MAILS = {
    "mailgateway": (
        (
            "Jul 22 13:12:09 gw mailgw[12]: from=<a@sender.example> to=<t.suzuki@corp.example> "
            f'subject="{ENCODED}" verdict=malicious action=quarantine client=203.0.113.9 '
            "msgid=<1@sender.example>\n"
        ),
        "category: mail",
    ),
    "zeek": (
        (
            "#separator \\x09\n#path\tsmtp\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\t"
            "mailfrom\trcptto\tsubject\n"
            "#types\ttime\tstring\taddr\tport\taddr\tport\tstring\tset[string]\tstring\n"
            "1595391129.000000\tC1\t198.51.100.25\t50112\t10.20.0.25\t25\ta@sender.example\t"
            f"t.suzuki@corp.example\t{ENCODED}\n"
        ),
        "product: zeek, service: smtp",
    ),
    "postfix": (
        (
            "Jul 22 13:05:01 mx01 postfix/cleanup[2103]: 4BBQZ16fz3z1xV: warning: header Subject: "
            f"{ENCODED} from mail.partner.example[198.51.100.25]; from=<h.sato@partner.example> "
            "to=<t.suzuki@corp.example> proto=ESMTP helo=<mail.partner.example>\n"
            "Jul 22 13:05:02 mx01 postfix/qmgr[2104]: 4BBQZ16fz3z1xV: from=<h.sato@partner.example>, "
            "size=1024, nrcpt=1 (queue active)\n"
            "Jul 22 13:05:03 mx01 postfix/local[2105]: 4BBQZ16fz3z1xV: to=<t.suzuki@corp.example>, "
            "relay=local, delay=1, delays=0.1/0/0/0.9, dsn=2.0.0, status=sent (delivered to mailbox)\n"
            "Jul 22 13:05:03 mx01 postfix/qmgr[2104]: 4BBQZ16fz3z1xV: removed\n"
        ),
        "product: postfix",
    ),
    "suricata": (
        json.dumps(
            {
                "timestamp": "2020-07-22T13:12:09.000000+0900",
                "event_type": "smtp",
                "src_ip": "198.51.100.25",
                "src_port": 50112,
                "dest_ip": "10.20.0.25",
                "dest_port": 25,
                "proto": "TCP",
                "email": {"from": "a@sender.example", "to": ["t.suzuki@corp.example"], "subject": ENCODED},
            }
        )
        + "\n",
        "product: suricata",
    ),
}


@pytest.mark.parametrize("name", MAILS)
@pytest.mark.parametrize("form", ["encoded", "raw"])
def test_a_mail_subject_in_iso_2022_jp_is_read(run: Run, tmp_path: Path, name: str, form: str) -> None:
    """As an encoded word, and as the bare escapes that old mail clients send; rules see the text."""
    text, source = MAILS[name]
    rule, log = tmp_path / "rule.yml", tmp_path / f"{name}.log"
    rule.write_text(MAIL_RULE % source, encoding="utf-8")
    bare = "請求書".encode("iso2022_jp").decode("ascii")
    assert ENCODED.encode()[16:-2] == b64encode(bare.encode())
    if form == "raw":
        escaped = json.dumps(bare)[1:-1] if name == "suricata" else bare
        text = text.replace(ENCODED, escaped)
    log.write_bytes(text.encode("ascii"))
    found = json.loads(run("scan", log, "--rules", rule, "--year", 2020, "--format", "json").out)
    assert (0, 0) == (found["summary"]["errors"]["count"], found["summary"]["repaired_records"])
    assert found["alerts"]
    values = {one["value"] for alert in found["alerts"] for one in alert["matched"]}
    assert {"請求書"} == values
