"""Sigma's names, joins, outcome and entities of Windows events."""

from __future__ import annotations

import io
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from noroshi.events.formats.windows_json import WindowsJsonLines
from noroshi.events.model import Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.values import all_texts
from noroshi.events.windows.catalogue import categories_of, service_of
from noroshi.events.windows.joining import MAX_SCRIPTS
from noroshi.events.windows.processes import Processes
from noroshi.events.windows.traits import is_nobody

if TYPE_CHECKING:
    from noroshi.events.model import Event

AUDIT = "Microsoft-Windows-Security-Auditing"
SYSMON = "Microsoft-Windows-Sysmon"


def read(*records: dict[str, Any], ends: bool = False) -> list[Event]:
    """The events of these records, as lines of one file (which `ends`) or of a stream."""
    data = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    problems = Problems()
    events = list(WindowsJsonLines().decode(io.BytesIO(data), Source("x", "y", ends=ends), problems))
    assert [] == problems.errors
    return events


def flat(channel: str, event_id: int, provider: str, **fields: Any) -> dict[str, Any]:
    """A flat record as NXLog writes it."""
    return {"EventID": event_id, "Channel": channel, "SourceName": provider, "Hostname": "PC-014", **fields}


def nested(channel: str, event_id: int, provider: str, **sections: Any) -> dict[str, Any]:
    """A record as the evtx binding gives it."""
    system = {"Provider": {"#attributes": {"Name": provider}}, "EventID": event_id, "Channel": channel}
    return {"Event": {"System": {**system, "Computer": "PC-014.minato.example"}, **sections}}


WMI_CHILD = {
    "SubjectUserSid": "S-1-5-18",
    "SubjectUserName": "PC-014$",
    "SubjectDomainName": "MINATO",
    "SubjectLogonId": "0x3e7",
    "TargetUserSid": "S-1-0-0",
    "TargetUserName": "t.suzuki",
    "TargetDomainName": "MINATO",
    "TargetLogonId": "0x7a1b2",
    "NewProcessId": "0x1a2c",
    "ProcessId": "0xb4",
    "NewProcessName": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
    "CommandLine": "powershell -e SQBFAFgA",
    "MandatoryLabel": "S-1-16-8192",
}


def test_4688_is_a_process_creation_in_sysmons_words() -> None:
    """Image, ids as numbers, integrity by name, and the person that a WMI child runs as."""
    (event,) = read(flat("security", 4688, AUDIT, **WMI_CHILD))
    expected = {
        "Image": WMI_CHILD["NewProcessName"],
        "ProcessId": 0x1A2C,
        "ParentProcessId": 0xB4,
        "CreatorProcessId": "0xb4",
        "NewProcessId": "0x1a2c",
        "IntegrityLevel": "Medium",
        "User": "MINATO\\t.suzuki",
        "LogonId": "0x7a1b2",
    }
    assert expected == {name: event.fields[name] for name in expected}
    assert ("security", {"process_creation"}) == (event.logsource.service, set(event.logsource.categories))
    assert ("pc-014", "t.suzuki") == (event.entities.host, event.entities.user)
    assert Outcome.ALLOWED is event.outcome


def test_4688_of_the_system_has_no_person() -> None:
    """Without a target the subject counts; the system account is no person."""
    (event,) = read(flat("Security", 4688, AUDIT, **{**WMI_CHILD, "TargetUserName": "-"}))
    assert "NT AUTHORITY\\SYSTEM" == event.fields["User"]
    assert None is event.entities.user


def test_parent_is_joined_by_process_id_on_the_same_host() -> None:
    """A 4688 without parent gets image and command line of the creation seen before, from either log."""
    parent = flat(
        "Security",
        4688,
        AUDIT,
        NewProcessId="0xb4",
        ProcessId="0x4",
        NewProcessName="C:\\w\\WmiPrvSE.exe",
        CommandLine="wmiprvse -Embedding",
    )
    elsewhere = {**WMI_CHILD, "Hostname": "PC-015"}
    named = {**WMI_CHILD, "ParentProcessName": "C:\\other.exe"}
    sysmon = flat(
        f"{SYSMON}/Operational", 1, SYSMON, ProcessId="6700", ParentProcessId=180, Image="C:\\x.exe"
    )
    events = read(
        parent,
        flat("Security", 4688, AUDIT, **WMI_CHILD),
        flat("Security", 4688, AUDIT) | elsewhere,
        flat("Security", 4688, AUDIT, **named),
        sysmon,
    )
    assert [
        ("C:\\w\\WmiPrvSE.exe", "wmiprvse -Embedding"),
        (None, None),
        ("C:\\other.exe", None),
        ("C:\\w\\WmiPrvSE.exe", "wmiprvse -Embedding"),
    ] == [(event.fields.get("ParentImage"), event.fields.get("ParentCommandLine")) for event in events[1:]]


def creation(pid: int, parent: int, image: str, minute: int, command: str | None = None) -> dict[str, Any]:
    """A 4688 as Windows Server 2012 writes it: without the parent's name."""
    named = {"CommandLine": command} if command is not None else {}
    return flat(
        "Security",
        4688,
        AUDIT,
        EventTime=f"2020-07-22 10:{minute:02}:00",
        NewProcessId=hex(pid),
        ProcessId=hex(parent),
        NewProcessName=image,
        **named,
    )


def test_parents_are_the_same_in_whatever_order_the_records_are() -> None:
    """Newest first and shuffled, a process id that is used twice included."""
    records = [
        creation(0x10, 0x4, "services.exe", 0, "services"),
        creation(0x20, 0x10, "svchost.exe", 1, "svchost -k first"),
        creation(0x30, 0x20, "child-of-svchost.exe", 2),
        creation(0x20, 0x10, "explorer.exe", 3, "explorer"),
        creation(0x40, 0x20, "child-of-explorer.exe", 4),
        creation(0x50, 0x30, "grandchild.exe", 5),
        creation(0x60, 0x999, "orphan.exe", 6),
    ]
    expected = {
        "services.exe": (None, None),
        "svchost.exe": ("services.exe", "services"),
        "child-of-svchost.exe": ("svchost.exe", "svchost -k first"),
        "explorer.exe": ("services.exe", "services"),
        "child-of-explorer.exe": ("explorer.exe", "explorer"),
        "grandchild.exe": ("child-of-svchost.exe", None),
        "orphan.exe": (None, None),
    }
    orders = [records, records[::-1], *(random.Random(seed).sample(records, 7) for seed in range(20))]  # noqa: S311 - a seed, no secret
    for order in orders:
        events = read(*order, ends=True)
        assert expected == {
            event.fields["Image"]: (event.fields.get("ParentImage"), event.fields.get("ParentCommandLine"))
            for event in events
        }


def test_children_do_not_wait_where_the_input_does_not_end() -> None:
    """A socket's records go on at once, in their order."""
    records = [creation(0x30, 0x20, "child.exe", 2), creation(0x20, 0x10, "parent.exe", 1)]
    assert ["child.exe", "parent.exe"] == [event.fields["Image"] for event in read(*records)]


def test_waiting_children_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that has waited longest goes on; nothing is lost."""
    monkeypatch.setattr("noroshi.events.windows.processes.MAX_CHILDREN", 2)
    records = [creation(number, 0x999, f"{number}.exe", number) for number in range(16, 21)]
    assert [f"{number}.exe" for number in range(16, 21)] == [
        event.fields["Image"] for event in read(*records, ends=True)
    ]


def test_process_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest process is forgotten first."""
    monkeypatch.setattr("noroshi.events.windows.processes.MAX_PROCESSES", 2)
    table = Processes()
    for number in (1, 2, 3):
        assert not table.join({"Computer": "a", "ProcessId": number, "Image": f"{number}.exe"})
    first: dict[str, Any] = {"Computer": "a", "ProcessId": 9, "ParentProcessId": 1}
    last: dict[str, Any] = {"Computer": "a", "ProcessId": 9, "ParentProcessId": 3}
    table.join(first)
    table.join(last)
    assert (None, "3.exe") == (first.get("ParentImage"), last.get("ParentImage"))


def part(number: int, total: int, text: str, block: str = "b1") -> dict[str, Any]:
    """One part of a script block."""
    return flat(
        "Microsoft-Windows-PowerShell/Operational",
        4104,
        "Microsoft-Windows-PowerShell",
        MessageNumber=str(number),
        MessageTotal=str(total),
        ScriptBlockId=block,
        ScriptBlockText=text,
    )


def test_script_block_is_joined_over_its_parts() -> None:
    """One event with the whole text at the first part's position, whatever order the parts come in."""
    events = read(part(1, 1, "whole", "b0"), part(2, 3, "-World"), part(1, 3, "Hello"), part(3, 3, "!"))
    assert ["whole", "Hello-World!"] == [event.fields["ScriptBlockText"] for event in events]
    assert {"ps_script"} == set(events[1].logsource.categories)


def test_incomplete_script_block_is_given_at_the_end() -> None:
    """Parts whose rest never came are events as they are; hostile numbers hold nothing back."""
    events = read(part(1, 3, "a"), part(3, 3, "c"), part(9, 3, "z"), part(1, 10**9, "y", "b2"))
    assert ["z", "y", "a", "c"] == [event.fields["ScriptBlockText"] for event in events]


def test_scripts_held_are_bounded() -> None:
    """Beyond the limit the oldest part is released: nothing is lost."""
    events = read(*(part(1, 2, str(number), f"b{number}") for number in range(MAX_SCRIPTS + 10)))
    assert [str(number) for number in range(MAX_SCRIPTS + 10)] == [
        event.fields["ScriptBlockText"] for event in events
    ]


ENGINE = (
    "NewEngineState=Available\r\n\tPreviousEngineState=None\r\n\r\n\tSequenceNumber=13\r\n\r\n"
    "\tHostName=ConsoleHost\r\n\tHostApplication=powershell -e AAAA\nsecond line\r\n"
    "\tEngineVersion=5.1\r\n\tScriptName=\r\n\tCommandLine="
)


@pytest.mark.parametrize(
    "record",
    [
        nested(
            "Windows PowerShell",
            400,
            "PowerShell",
            EventData={"Data": {"#text": ["Available", "None", "\t" + ENGINE]}, "Binary": None},
        ),
        nested(
            "Windows PowerShell", 400, "PowerShell", EventData={"Data": ["Available", "None", "\t" + ENGINE]}
        ),
        flat(
            "Windows PowerShell",
            400,
            "PowerShell",
            Message="Engine state is changed.\r\n\r\nDetails: \r\n\t" + ENGINE,
        ),
        {
            "winlog": {
                "event_id": 400,
                "channel": "Windows PowerShell",
                "provider_name": "PowerShell",
                "computer_name": "PC-014",
                "event_data": {"param1": "Available", "param2": "None", "param3": ENGINE},
            }
        },
    ],
)
def test_classic_powershell_has_data_and_details(record: dict[str, Any]) -> None:
    """400 in any shape: ``Data`` that holds the text, and the details as fields, continued lines included."""
    (event,) = read(record)
    data = event.fields["Data"]
    assert any("HostApplication=powershell" in text for text in (data if isinstance(data, list) else [data]))
    assert ("ConsoleHost", "powershell -e AAAA\nsecond line", "5.1", "") == tuple(
        event.fields[name] for name in ("HostName", "HostApplication", "EngineVersion", "ScriptName")
    )
    assert {"ps_classic_start"} == set(event.logsource.categories)


def test_unnamed_values_get_positions() -> None:
    """Application Error before Windows 11: names by position, ``Data`` stays a list."""
    record = nested(
        "Application",
        1000,
        "Application Error",
        EventData={"Data": ["lsass.exe", "10.0", "5b", "netlogon.dll", "10", "5c", "c0000409"]},
    )
    (event,) = read(record)
    assert ("lsass.exe", "netlogon.dll", "c0000409") == tuple(
        event.fields[name] for name in ("AppName", "ModuleName", "ExceptionCode")
    )
    assert "netlogon.dll" == event.fields["param4"]


def test_user_data_is_flattened() -> None:
    """WMI 5859 and 104 have their values in UserData; 104's Channel is the log that was cleared."""
    wmi = nested(
        "Microsoft-Windows-WMI-Activity/Operational",
        5859,
        "Microsoft-Windows-WMI-Activity",
        UserData={
            "Operation_EssStarted": {
                "#attributes": {"xmlns": "x"},
                "NamespaceName": "root",
                "Query": "select",
                "providerName": "SCM Event Provider",
            }
        },
    )
    cleared = nested(
        "System",
        104,
        "Microsoft-Windows-Eventlog",
        UserData={"LogFileCleared": {"SubjectUserName": "t.suzuki", "Channel": "Windows PowerShell"}},
    )
    rendered = flat("System", 104, "Microsoft-Windows-Eventlog", Message="The Security log file was cleared.")
    first, second, third = read(wmi, cleared, rendered)
    assert ("SCM Event Provider", "select") == (first.fields["Provider"], first.fields["Query"])
    assert ("system", "Windows PowerShell", "t.suzuki") == (
        second.logsource.service,
        second.fields["Channel"],
        second.entities.user,
    )
    assert "Security" == third.fields["Channel"]
    assert "Channel" not in second.kind.constants


def test_defender_names_and_outcome() -> None:
    """Names without spaces as rules write them; detected, then quarantined by the action taken."""
    data = {
        "Threat Name": "Trojan:Win32/Emotet",
        "Source Name": "AMSI",
        "Process Name": "C:\\x.exe",
        "Path": "file:_C:\\a.exe",
        "Action ID": "2",
    }
    provider = "Microsoft-Windows-Windows Defender"
    seen, done = read(
        *(nested(f"{provider}/Operational", number, provider, EventData=data) for number in (1116, 1117))
    )
    assert ("Trojan:Win32/Emotet", "AMSI", "C:\\x.exe", "C:\\a.exe") == tuple(
        seen.fields[name] for name in ("ThreatName", "SourceName", "ProcessName", "Filename")
    )
    assert (Outcome.DETECTED, Outcome.QUARANTINED) == (seen.outcome, done.outcome)
    assert {"antivirus"} == set(seen.logsource.categories)


@pytest.mark.parametrize(
    ("path", "expected", "names"),
    [
        ("file:_C:\\x\\a.exe", "C:\\x\\a.exe", {"a.exe"}),
        (
            "containerfile:_C:\\x\\a.zip; file:_C:\\x\\b.js; regkey:_HKLM\\Software\\c",
            ["C:\\x\\a.zip", "C:\\x\\b.js"],
            {"a.zip", "b.js"},
        ),
        ("file:_C:\\x\\a.zip->inner.js", "C:\\x\\a.zip", {"a.zip"}),
        ("webfile:_C:\\x\\a.exe|http://www.example/a.exe|pid:7", "C:\\x\\a.exe", {"a.exe"}),
        ("C:\\x\\請求書.doc", "C:\\x\\請求書.doc", {"請求書.doc"}),
        ("regkey:_HKLM\\Software\\c", None, set()),
    ],
)
def test_defender_resources_are_files(path: str, expected: str | list[str] | None, names: set[str]) -> None:
    """Each file of a detection is an observable with its name; registry keys and processes are no files."""
    provider = "Microsoft-Windows-Windows Defender"
    (seen,) = read(nested(f"{provider}/Operational", 1116, provider, EventData={"Path": path}))
    assert expected == seen.fields.get("Filename")
    assert names == {one.value for one in seen.observables if one.type == "file_name"}
    paths = {expected} if isinstance(expected, str) else set(expected or ())
    assert paths == {one.value for one in seen.observables if one.type == "file_path"}


def test_registry_categories_follow_the_event_type() -> None:
    """Sysmon 12 is an addition or a deletion; unknown, it is both; NXLog's own EventType is no answer."""
    channel = f"{SYSMON}/Operational"
    records = [
        flat(channel, 12, SYSMON, EventType="CreateKey"),
        flat(channel, 12, SYSMON, EventType="DeleteValue"),
        flat(
            channel, 12, SYSMON, EventType="INFO", Message="Registry:\r\nEventType: DeleteKey\r\nUtcTime: x"
        ),
        flat(channel, 12, SYSMON),
        flat(channel, 13, SYSMON, EventType="INFO"),
    ]
    events = read(*records)
    assert [
        {"registry_event", "registry_add"},
        {"registry_event", "registry_delete"},
        {"registry_event", "registry_delete"},
        {"registry_event", "registry_add", "registry_delete"},
        {"registry_event", "registry_set"},
    ] == [set(event.logsource.categories) for event in events]
    assert "SetValue" == events[4].fields["EventType"]


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        (flat("Security", 4624, AUDIT), Outcome.ALLOWED),
        (flat("Security", 4625, AUDIT), Outcome.FAILED),
        (flat("Security", 4768, AUDIT, Status="0x0"), Outcome.ALLOWED),
        (flat("Security", 4776, AUDIT, Status="0xC000006A"), Outcome.FAILED),
        (flat("Security", 5157, AUDIT), Outcome.BLOCKED),
        (flat("Security", 4673, AUDIT, Keywords=-9218868437227405312), Outcome.FAILED),
        (flat("Security", 4656, AUDIT, EventType="AUDIT_FAILURE"), Outcome.FAILED),
        (flat(f"{SYSMON}/Operational", 27, SYSMON), Outcome.BLOCKED),
        (flat("Application", 1, "Something"), Outcome.UNKNOWN),
    ],
)
def test_outcome(record: dict[str, Any], outcome: Outcome) -> None:
    """By event id, status and audit keyword."""
    (event,) = read(record)
    assert outcome is event.outcome


def test_audit_failure_keyword_is_hexadecimal_text() -> None:
    """4673 is compared with the text that the event's XML has; NXLog writes a signed number."""
    (event,) = read(flat("Security", 4673, AUDIT, Keywords=-9218868437227405312))
    assert "0x8010000000000000" == event.fields["Keywords"]


def test_logon_is_about_the_one_who_logs_on() -> None:
    """4624's person is the target; 4720's is the one who acts."""
    names = {"SubjectUserName": "admin", "TargetUserName": "t.suzuki@MINATO-WORKS.EXAMPLE"}
    logon, created = read(flat("Security", 4624, AUDIT, **names), flat("Security", 4720, AUDIT, **names))
    assert ("t.suzuki", "admin") == (logon.entities.user, created.entities.user)


def test_address_is_the_watched_machines_own() -> None:
    """Sysmon 3: the source when it opened the connection, else the destination."""
    connection = {"SourceIp": "10.20.4.114", "DestinationIp": "192.0.2.10"}
    out, back = read(
        *(flat(f"{SYSMON}/Operational", 3, SYSMON, Initiated=flag, **connection) for flag in ("true", False))
    )
    assert ("10.20.4.114", "192.0.2.10") == (out.entities.address, back.entities.address)


@pytest.mark.parametrize(
    "name",
    [
        "NT AUTHORITY\\SYSTEM",
        "PC-014$",
        "DWM-3",
        "-",
        "LOCAL SERVICE",
        "NT SERVICE\\MSSQL",
        "anonymous logon",
    ],
)
def test_machine_accounts_are_no_persons(name: str) -> None:
    """The system, services and computers."""
    assert is_nobody(name)
    assert not is_nobody("MINATO\\t.suzuki")


@pytest.mark.parametrize(
    ("channel", "provider", "service"),
    [
        ("SECURITY", None, "security"),
        ("ForwardedEvents", SYSMON, "sysmon"),
        ("microsoft-windows-windows defender/operational", None, "windefend"),
        (None, "PowerShell", "powershell-classic"),
        ("Some-Vendor/Log", "Vendor", None),
    ],
)
def test_service(channel: str | None, provider: str | None, service: str | None) -> None:
    """By channel without regard to case, else by provider."""
    assert service == service_of(channel, provider)


@pytest.mark.parametrize(
    ("event_id", "categories"),
    [
        (13, {"registry_event", "registry_set"}),
        (18, {"pipe_created"}),
        (21, {"wmi_event"}),
        (26, {"file_delete", "file_delete_detected"}),
        (16, {"sysmon_status"}),
        (99, set()),
    ],
)
def test_sysmon_categories(event_id: int, categories: set[str]) -> None:
    """The table of the Sigma taxonomy."""
    assert categories == set(categories_of("sysmon", event_id))


def test_originals_stay_reachable() -> None:
    """The nested record is kept by reference beside the flat names, even where its data has hostile names."""
    record = nested(
        "Security",
        4624,
        AUDIT,
        EventData={"EventID": "7", "Channel": "x", "Computer": "evil", "Provider_Name": "y"},
    )
    (event,) = read(record)
    assert (4624, "Security", "PC-014.minato.example", AUDIT) == tuple(
        event.fields[name] for name in ("EventID", "Channel", "Computer", "Provider_Name")
    )
    assert "7" == event.fields["Event"]["EventData"]["EventID"]


def test_rendered_messages_fill_what_the_collector_dropped() -> None:
    """WMI and session events of collectors that keep the message only."""
    message = (
        'Namespace = //./root; Eventfilter = a (refer; b); Consumer = C="x"; PossibleCause = Binding; more'
    )
    wmi = flat(
        "Microsoft-Windows-WMI-Activity/Operational",
        5861,
        "Microsoft-Windows-WMI-Activity",
        Message=message,
    )
    session = flat(
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        21,
        "Microsoft-Windows-TerminalServices-LocalSessionManager",
        Message=(
            "Remote Desktop Services: Session logon succeeded:\r\n\r\nUser: MINATO\\t.suzuki\r\n"
            "Session ID: 2\r\nSource Network Address: 192.0.2.7"
        ),
    )
    first, second = read(wmi, session)
    assert ("//./root", "a (refer; b)", "Binding; more") == tuple(
        first.fields[name] for name in ("Namespace", "Eventfilter", "PossibleCause")
    )
    assert ("192.0.2.7", "t.suzuki") == (second.fields["Address"], second.entities.user)


def absent(event: Event) -> list[str]:
    """The texts of an event that stand in its raw bytes neither as they are nor as JSON writes them."""
    raw = (event.raw or b"").decode()
    return [
        text
        for text in all_texts(event.fields)
        if text not in raw
        and json.dumps(text)[1:-1] not in raw
        and json.dumps(text, ensure_ascii=False)[1:-1] not in raw
    ]


MESSAGE = 'Registry value set:\nEventType: SetValue\nUser: "MINATO\\鈴木"'
DERIVING = (
    flat(f"{SYSMON}/Operational", 7, SYSMON, ImageLoaded="C:\\a.dll", Hashes="MD5=0011,IMPHASH=2233"),
    flat(f"{SYSMON}/Operational", 13, SYSMON, EventType="INFO", Message=MESSAGE),
    flat("security", 4688, AUDIT, **WMI_CHILD),
    flat("security", 4688, AUDIT, **WMI_CHILD | {"NewProcessId": "0x2b", "ProcessId": "0x1a2c"}),
    flat("security", 4625, AUDIT, Keywords=-9218868437227405312, TargetUserName="鈴木"),
    flat("System", 7045, "Service Control Manager", SeverityValue=2, ServiceName="updater"),
)


@pytest.mark.parametrize("record", DERIVING)
def test_every_text_stands_in_the_raw_bytes(record: dict[str, Any]) -> None:
    """Also a value that was derived or joined from another record."""
    event = read(*DERIVING, record, record)[-1]
    assert event.raw is not None
    assert [] == absent(event)


def test_raw_bytes_hold_what_a_join_added() -> None:
    """The command line of the parent comes from the parent's own record, and stands in the child's bytes."""
    parent = flat("security", 4688, AUDIT, **WMI_CHILD)
    child = flat("security", 4688, AUDIT, NewProcessId="0x99", ProcessId="0x1a2c", NewProcessName="C:\\a.exe")
    *_, event = read(parent, parent, child)
    assert WMI_CHILD["CommandLine"] == event.fields["ParentCommandLine"]
    assert WMI_CHILD["CommandLine"].encode() in (event.raw or b"")
