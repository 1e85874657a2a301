from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.windows_splunk import SplunkFormat
from noroshi.events.model import Event, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import detect, head_of

SAMPLE = """\
07/22/2020 01:12:09 PM
LogName=Security
SourceName=Microsoft Windows security auditing.
EventCode=4624
EventType=0
Type=Information
ComputerName=PC-014.minato.test
TaskCategory=Logon
OpCode=Info
RecordNumber=42
Keywords=Audit Success
Message=An account was successfully logged on.

Subject:
\tSecurity ID:\t\tS-1-5-18
\tAccount Name:\t\tPC-014$
\tAccount Domain:\t\tMINATO
\tLogon ID:\t\t0x3E7

Logon Type:\t\t\t3

New Logon:
\tSecurity ID:\t\tS-1-5-21-1-2-3-1104
\tAccount Name:\t\tt.suzuki
\tAccount Domain:\t\tMINATO

Network Information:
\tWorkstation Name:\tPC-037
\tSource Network Address:\t10.20.4.137
\tSource Port:\t\t50112
07/22/2020 12:00:10 AM
LogName=Microsoft-Windows-Sysmon/Operational
SourceName=Microsoft-Windows-Sysmon
EventCode=1
Type=Information
ComputerName=PC-014.minato.test
User=SYSTEM
RecordNumber=43
Message=Process Create:
RuleName: -
UtcTime: 2020-07-21 15:00:10.123
Image: C:\\Windows\\System32\\cmd.exe
CommandLine: cmd /c "echo 請求書: a"
User: MINATO\\t.suzuki
ParentImage: C:\\Program Files\\WINWORD.EXE
""".encode()


def read(data: bytes) -> list[Event]:
    """The events of an input in Japan's zone."""
    found = detect(head_of(data, complete=True)).format
    assert found is not None
    return list(found.decode(io.BytesIO(data), Source("s", "s", zone=ZoneInfo("Asia/Tokyo")), Problems()))


def test_records_are_windows_events_with_microsofts_names() -> None:
    """Names by hand after Microsoft's description of 4624 and Sysmon's schema."""
    logon, process = check_format("windows-splunk", SAMPLE)
    expected = {
        "EventID": 4624,
        "SubjectUserName": "PC-014$",
        "TargetUserName": "t.suzuki",
        "TargetUserSid": "S-1-5-21-1-2-3-1104",
        "LogonType": "3",
        "IpAddress": "10.20.4.137",
        "IpPort": "50112",
        "WorkstationName": "PC-037",
    }
    assert expected == {name: (value if name == "EventID" else str(value)) for name in expected
                        if (value := logon.fields.get(name)) is not None}  # fmt: skip
    assert ("windows", "security") == (logon.logsource.product, logon.logsource.service)
    assert ("pc-014", "t.suzuki") == (logon.entities.host, logon.entities.user)
    assert ("windows", "sysmon", True) == (
        process.logsource.product,
        process.logsource.service,
        "process_creation" in process.logsource.categories,
    )
    assert 'cmd /c "echo 請求書: a"' == process.fields["CommandLine"]
    assert "C:\\Program Files\\WINWORD.EXE" == process.fields["ParentImage"]
    assert "t.suzuki" == process.entities.user


def test_times_are_local_and_twelve_is_midnight_in_the_morning() -> None:
    """The forwarder's zone is not written; Sysmon's UtcTime is the truth."""
    logon, process = read(SAMPLE)
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == logon.time.at
    assert datetime(2020, 7, 21, 15, 0, 10, 123_000, tzinfo=UTC) == process.time.at


def test_damaged_records_are_refused() -> None:
    """Lines before any time, and a record without its number."""
    reader = SplunkFormat().reader(Source("s", "s"))
    with pytest.raises(UnreadableRecordError):
        list(reader.feed("LogName=Security", BARE, 0))
    assert [] == list(reader.feed("07/22/2020 01:12:09 PM", BARE, 0))
    with pytest.raises(UnreadableRecordError):
        list(reader.feed("07/22/2020 01:12:10 PM", BARE, 23))


def test_endless_records_are_bounded() -> None:
    """A message of a million lines keeps its beginning."""
    data = SAMPLE + b"x: y\n" * 100_000
    assert [4624, 1] == [event.fields["EventID"] for event in read(data)]
