"""What the events of a log lack, judged on the events themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from noroshi.engine.matcher import Matcher
from noroshi.rules.model import RuleSet
from noroshi.service.gaps import Gap
from noroshi.service.inspection import inspect

if TYPE_CHECKING:
    from pathlib import Path

SECURITY = "windows/security"
SYSMON = "windows/sysmon"


def record(event_id: int, channel: str = "Security", **fields: Any) -> str:
    """A Windows event as `evtx_dump` writes it."""
    system = {
        "EventID": event_id,
        "Channel": channel,
        "Computer": "PC-014.minato.example",
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
        "TimeCreated": {"#attributes": {"SystemTime": "2020-07-22T04:12:09.123Z"}},
    }
    return json.dumps({"Event": {"System": system, "EventData": fields}}) + "\n"


SYSMON_1 = record(
    1,
    "Microsoft-Windows-Sysmon/Operational",
    Image="C:\\a.exe",
    CommandLine="a.exe /x",
    ParentImage="C:\\b.exe",
    Hashes="MD5=0",
)
PROCESS = record(4688, NewProcessName="C:\\a.exe", ParentProcessName="C:\\b.exe", CommandLine="")
FAILED = record(4625, TargetUserName="t.suzuki", LogonType="3", IpAddress="10.20.4.7", Status="0xc000006d")
LOGON = record(4624, TargetUserName="t.suzuki", LogonType="3", IpAddress="10.20.4.7")


def gaps(folder: Path, text: str) -> dict[str, Gap]:
    """What one file lacks, by name."""
    (folder / "a.log").write_text(text, encoding="utf-8")
    (found,) = inspect([folder / "a.log"], Matcher(RuleSet(())))
    return {gap.name: gap for gap in found.gaps}


def test_failed_logons_alone_do_not_show_whether_one_got_through(tmp_path: Path) -> None:
    """4625 without 4624 cannot show the success after the guessing; together they can."""
    assert {"logon_success", "security_processes"} == set(gaps(tmp_path, FAILED))
    assert {"security_processes"} == set(gaps(tmp_path, FAILED + LOGON))


def test_the_log_source_that_lacks_it_is_named(tmp_path: Path) -> None:
    """4688 without command lines beside Sysmon 1 with them: only rules on 4688 are blind."""
    found = gaps(tmp_path, PROCESS + SYSMON_1)
    assert Gap("command_line", (SECURITY,), elsewhere=True) == found["command_line"]
    assert Gap("sysmon_dns", (SYSMON,)) == found["sysmon_dns"]
    assert "parent" not in found
    assert Gap("command_line", (SECURITY,)) == gaps(tmp_path, PROCESS)["command_line"]


GLOBALPROTECT = (
    "1,2020/07/22 13:12:13,001801000001,GLOBALPROTECT,0,2305,2020/07/22 13:12:13,vsys1,"
    "gateway-connected,connected,LDAP,,bob,JP,NOTE-007,198.51.100.20,0.0.0.0,{private},"
    "0.0.0.0,aaaa-bbbb,SN1,5.2.6,Windows,Windows 10,1,,,,success,"
    ",0,,0,GP-Gateway,4714,0x0,2020-07-22T13:12:13.456+09:00\n"
)


@pytest.mark.parametrize(
    ("private", "expected"),
    [("10.212.134.200", {"logon_failure"}), ("", {"logon_failure", "vpn_address"})],
)
def test_a_vpn_without_its_inner_address_cannot_be_joined(
    tmp_path: Path, private: str, expected: set[str]
) -> None:
    """GlobalProtect names the user, the address outside and, once connected, the one inside."""
    assert expected == set(gaps(tmp_path, GLOBALPROTECT.format(private=private)))
