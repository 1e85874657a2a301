"""Each log looks as its product writes it, by independent patterns."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from noroshi.demo.logs import DayError, LogFile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.conftest import GeneratedDay

_IP = r"\d{1,3}(?:\.\d{1,3}){3}"
_SYSLOG = r"Jul 2[23] \d\d:\d\d:\d\d"
_PATTERNS = {
    "proxy/proxy01-access.log": (
        rf'{_IP} - - \[22/Jul/2020:\d\d:\d\d:\d\d \+0900\] "[A-Z]+ \S+ HTTP/1\.1" \d{{3}} \d+ '
        r'"[^"]+" "[^"]+" TCP_[A-Z]+:HIER_(?:DIRECT|NONE)'
    ),
    "proxy/proxy02-access.log": (
        rf"\d{{10}}\.\d{{3}} +\d+ {_IP} TCP_[A-Z]+/\d{{3}} \d+ [A-Z]+ \S+ [a-z0-9.]+ "
        rf"HIER_(?:DIRECT/{_IP}|NONE/-) \S+"
    ),
    "firewall/fortigate.log": (
        rf"{_SYSLOG} fw01 date=2020-07-2[23] time=\d\d:\d\d:\d\d devname=\"FW01\" devid=\"\S+\" "
        rf'logid="\d{{10}}" type="(?:traffic|utm)" subtype="(?:forward|webfilter)" .*'
        rf"\bsrcip={_IP} srcport=\d+ .*"
    ),
    "mail/mail.log": rf"{_SYSLOG} mx01 postfix/(?:submission/)?[a-z]+\[\d+\]: .+",
    "dns/queries.log": (
        rf"22-Jul-2020 \d\d:\d\d:\d\d\.\d{{3}} queries: info: client @0x[0-9a-f]+ {_IP}#\d+ \((\S+)\): "
        rf"query: \1 IN A \+E\(0\)K \({_IP}\)"
    ),
    "dhcp/dhcpd.log": rf"{_SYSLOG} dhcp01 dhcpd\[\d+\]: DHCP(?:DISCOVER|OFFER|REQUEST|ACK|RELEASE) .+",
}


@pytest.mark.parametrize("name", sorted(_PATTERNS))
def test_every_line_has_the_form_of_its_product(day: GeneratedDay, name: str) -> None:
    """No line of a text log departs from the product's format."""
    pattern = re.compile(_PATTERNS[name])
    assert [] == [line for line in day.lines(name) if not pattern.fullmatch(line)][:3]


def test_squid_strips_queries_from_urls_but_not_from_referers(day: GeneratedDay) -> None:
    """`strip_query_terms on` leaves the question mark; the Referer header stays as sent."""
    lines = [line.split('"') for line in day.lines("proxy/proxy01-access.log")]
    assert not [line for line in lines if re.search(r"\?.", line[1].split()[1])]
    assert [line for line in lines if line[1].split()[1].endswith("?")]
    assert [line for line in lines if "?q=" in line[3]]


def test_zeek_logs_have_headers_and_full_rows(day: GeneratedDay) -> None:
    """As many columns as fields and types; identifiers as Zeek makes them."""
    for name in ("conn", "dns", "http", "ssl", "smtp", "files"):
        lines = day.lines(f"zeek/{name}.log")
        assert [r"#separator \x09", "#set_separator\t,", "#empty_field\t(empty)"] == lines[:3]
        assert f"#path\t{name}" == lines[4]
        assert len(lines[6].split("\t")) == len(lines[7].split("\t"))
        assert lines[-1].startswith("#close")
        rows = day.zeek(name)
        assert all(re.fullmatch(r"\d{10}\.\d{6}", row["ts"]) for row in rows)
        key = "fuid" if name == "files" else "uid"
        assert all(re.fullmatch(r"[CF][0-9A-Za-z]{17}", row[key]) for row in rows)


def test_eve_records_have_what_their_type_has(day: GeneratedDay) -> None:
    """Every event type of the contract is there, with local time and zone."""
    events = day.objects("ips/eve.json")
    assert {"alert", "http", "dns", "tls", "flow", "fileinfo"} == {e["event_type"] for e in events}
    assert all(re.fullmatch(r"2020-07-2[23]T[\d:.]{15}\+0900", e["timestamp"]) for e in events)
    assert all(e["event_type"] in e or e["event_type"] == "tls" for e in events)
    assert "\\/" in day.lines("ips/eve.json")[-1] or "/" not in day.lines("ips/eve.json")[-1]


def test_waf_records_are_refused_requests(day: GeneratedDay) -> None:
    """ModSecurity logs what it refused, with the rules that matched."""
    records = [entry["transaction"] for entry in day.objects("waf/modsec_audit.json")]
    assert {403} == {record["response"]["http_code"] for record in records}
    assert all(record["messages"][-1]["details"]["ruleId"] == "949110" for record in records)
    assert all(datetime.strptime(record["time_stamp"], "%a %b %d %H:%M:%S %Y") for record in records)  # noqa: DTZ007 - the format has no zone


def test_nxlog_time_is_local_and_sysmon_time_is_utc(day: GeneratedDay) -> None:
    """Between `EventTime` and `UtcTime` lie nine hours."""
    sysmon = [e for e in day.objects("windows/nxlog-clients.json") if "UtcTime" in e]
    for event in sysmon[:500]:
        local = datetime.fromisoformat(event["EventTime"]).replace(tzinfo=UTC)
        utc = datetime.fromisoformat(event["UtcTime"]).replace(tzinfo=UTC)
        assert abs(local - utc - timedelta(hours=9)) < timedelta(seconds=2)


def test_a_wmi_child_names_the_person_as_target(day: GeneratedDay) -> None:
    """Security 4688 of a WMI child: the machine account is the subject, the person is the target."""
    events = [
        e
        for e in day.objects("windows/nxlog-clients.json")
        if e["EventID"] == 4688 and e["Hostname"].startswith("PC-014") and "powershell -e" in e["CommandLine"]
    ]
    assert [("PC-014$", "0x3e4", "t.suzuki", "S-1-16-8192")] == [
        (e["SubjectUserName"], e["SubjectLogonId"], e["TargetUserName"], e["MandatoryLabel"]) for e in events
    ]


def test_both_windows_shapes_hold_the_same_kinds_of_events(day: GeneratedDay) -> None:
    """Flat and nested, Sysmon and Security alike; each with its product's own names."""
    flat = {(e["Channel"], e["EventID"]) for e in day.objects("windows/nxlog-clients.json")}
    nested = {
        (e["winlog"]["channel"], e["winlog"]["event_id"])
        for name in ("hq", "branch")
        for e in day.objects(f"windows/winlogbeat-{name}.ndjson")
    }
    wanted = {("Microsoft-Windows-Sysmon/Operational", n) for n in (1, 3, 5, 11, 13, 22)}
    wanted |= {("Security", n) for n in (4624, 4634, 4688)} | {
        ("Windows PowerShell", n) for n in (400, 403, 600)
    }
    wanted |= {("Microsoft-Windows-PowerShell/Operational", 4104)}
    assert set() == wanted - flat
    assert set() == wanted - nested


def test_a_long_script_block_comes_in_parts(day: GeneratedDay) -> None:
    """4104 splits what is too long for one event; the parts join by their identifier."""
    blocks = [e for e in day.objects("windows/nxlog-clients.json") if e["EventID"] == 4104]
    long = [e for e in blocks if e["MessageTotal"] != "1"]
    by_id: dict[str, list[str]] = {}
    for event in long:
        by_id.setdefault(event["ScriptBlockId"], []).append(event["MessageNumber"])
    assert by_id
    assert all(sorted(parts) == [str(n + 1) for n in range(len(parts))] for parts in by_id.values())


def test_the_encoded_command_is_utf16_text_of_the_era_that_reaches_nothing(day: GeneratedDay) -> None:
    """Base64 over UTF-16LE; five addresses, all of them reserved names."""
    event = next(
        e
        for e in day.objects("windows/nxlog-clients.json")
        if e["EventID"] == 1 and "powershell -e " in e["CommandLine"]
    )
    script = base64.b64decode(event["CommandLine"].split(" -e ")[1], validate=True).decode("utf-16-le")
    hosts = re.findall(r"https?://([^/]+)/", script)
    assert 5 == len(hosts)
    assert all(host.endswith(".example") for host in hosts)
    assert all(word in script for word in ("foreach", "try{", "catch{}", ".length -ge", ".split('*')"))


def test_japanese_stands_where_products_keep_it_and_is_encoded_where_they_do(day: GeneratedDay) -> None:
    """Windows logs paths in Japanese; mail headers are encoded words."""
    assert "請求書_20200722.doc" in day.text("windows/nxlog-clients.json")
    subjects = {row["subject"] for row in day.zeek("smtp")} - {"-"}
    assert all(subject.isascii() for subject in subjects)
    assert "Re: 見積書の件" in {str(make_header(decode_header(subject))) for subject in subjects}


def test_one_file_is_unsorted_and_one_is_rotated(day: GeneratedDay) -> None:
    """The branch's events come late; the others are in the order in which they were written."""
    branch = [e["@timestamp"] for e in day.objects("windows/winlogbeat-branch.ndjson")]
    head = [e["@timestamp"] for e in day.objects("windows/winlogbeat-hq.ndjson")]
    late = sum(a > b for a, b in pairwise(branch))
    assert late > len(branch) // 20
    assert head == sorted(head)
    assert (day.folder / "logs/firewall/fortigate.log.1.gz").exists()


def test_a_record_for_a_time_that_is_written_is_a_mistake(tmp_path: Path) -> None:
    """Actors may not act in the past."""
    log = LogFile(tmp_path / "a.log")
    log.add(20, "second")
    log.add(10, "first")
    log.write_until(15)
    with pytest.raises(DayError, match="late"):
        log.add(12, "too late")
    log.close()
    assert "first\nsecond\n" == (tmp_path / "a.log").read_text()
