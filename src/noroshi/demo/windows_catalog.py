"""The Windows events that the day holds, as their providers declare them.

Sources: the providers' manifests (channel, version, task, keywords) and the texts that Event Viewer renders.
Security texts end before their explanatory paragraph: the collectors here cut it, as many companies do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLASSIC: Final = 0x80000000000000
_NONE: Final = -0x8000000000000000
_AUDIT_SUCCESS: Final = -0x7FE0000000000000


@dataclass(frozen=True, slots=True)
class EventType:
    """What is the same in every event of a kind.

    Attributes:
        channel: Event log.
        source: Provider name.
        guid: Provider GUID in braces, upper-case; empty for classic providers.
        event_id: Number.
        version: Version of the event's layout.
        task: Task number.
        category: Task name as rendered; empty where it has none.
        opcode: Opcode as rendered.
        keywords: Keyword mask as a signed 64-bit integer.
        title: First line of the rendered message.
        layout: Security only: headings with (label, field) pairs.
    """

    channel: str
    source: str
    guid: str
    event_id: int
    version: int
    task: int
    category: str
    opcode: str
    keywords: int
    title: str
    layout: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


def _sysmon(event_id: int, version: int, category: str, title: str) -> EventType:
    channel = "Microsoft-Windows-Sysmon/Operational"
    guid = "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"
    return EventType(
        channel, "Microsoft-Windows-Sysmon", guid, event_id, version, event_id, category, "Info", _NONE, title
    )


_SUBJECT: Final = (
    ("Security ID", "SubjectUserSid"), ("Account Name", "SubjectUserName"),
    ("Account Domain", "SubjectDomainName"), ("Logon ID", "SubjectLogonId"),
)  # fmt: skip
_TARGET: Final = (
    ("Security ID", "TargetUserSid"), ("Account Name", "TargetUserName"),
    ("Account Domain", "TargetDomainName"), ("Logon ID", "TargetLogonId"),
)  # fmt: skip
_NETWORK: Final = ("Network Information", (("Client Address", "IpAddress"), ("Client Port", "IpPort")))

_Layout = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def _security(event_id: int, version: int, task: tuple[int, str], title: str, layout: _Layout) -> EventType:
    number, category = task
    source, guid = "Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30D}"
    return EventType(
        "Security", source, guid, event_id, version, number, category, "Info", _AUDIT_SUCCESS, title, layout
    )


def _powershell(event_id: int, version: int, task: tuple[int, str], opcode: str, title: str) -> EventType:
    channel = "Microsoft-Windows-PowerShell/Operational"
    guid = "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}"
    return EventType(
        channel, "Microsoft-Windows-PowerShell", guid, event_id, version, *task, opcode, 0, title
    )


def _classic(event_id: int, task: tuple[int, str], title: str) -> EventType:
    return EventType("Windows PowerShell", "PowerShell", "", event_id, 0, *task, "Info", _CLASSIC, title)


_SCM_GUID: Final = "{555908D1-A6D7-4695-8E1E-26931D2012F4}"
_SCM_KEYWORDS: Final = -0x7F80000000000000

CATALOG: Final[Mapping[str, EventType]] = {
    "sysmon-1": _sysmon(1, 5, "Process Create (rule: ProcessCreate)", "Process Create:"),
    "sysmon-3": _sysmon(
        3, 5, "Network connection detected (rule: NetworkConnect)", "Network connection detected:"
    ),
    "sysmon-5": _sysmon(5, 3, "Process terminated (rule: ProcessTerminate)", "Process terminated:"),
    "sysmon-11": _sysmon(11, 2, "File created (rule: FileCreate)", "File created:"),
    "sysmon-13": _sysmon(13, 2, "Registry value set (rule: RegistryEvent)", "Registry value set:"),
    "sysmon-15": _sysmon(15, 2, "File stream created (rule: FileCreateStreamHash)", "File stream created:"),
    "sysmon-22": _sysmon(22, 5, "Dns query (rule: DnsQuery)", "Dns query:"),
    "4624": _security(
        4624, 2, (12544, "Logon"), "An account was successfully logged on.",
        (
            ("Subject", _SUBJECT),
            ("Logon Information", (("Logon Type", "LogonType"),
            ("Restricted Admin Mode", "RestrictedAdminMode"))),
            ("New Logon", _TARGET),
            ("Process Information", (("Process ID", "ProcessId"), ("Process Name", "ProcessName"))),
            ("Network Information", (
                ("Workstation Name", "WorkstationName"), ("Source Network Address", "IpAddress"),
                ("Source Port", "IpPort"),
            )),
            ("Detailed Authentication Information", (
                ("Logon Process", "LogonProcessName"),
                ("Authentication Package", "AuthenticationPackageName"),
            )),
        ),
    ),
    "4634": _security(
        4634, 0, (12545, "Logoff"), "An account was logged off.",
        (("Subject", _TARGET), ("", (("Logon Type", "LogonType"),)))
    ),
    "4672": _security(
        4672, 0, (12548, "Special Logon"), "Special privileges assigned to new logon.",
        (("Subject", _SUBJECT), ("", (("Privileges", "PrivilegeList"),))),
    ),
    "4688": _security(
        4688, 2, (13312, "Process Creation"), "A new process has been created.",
        (
            ("Creator Subject", _SUBJECT),
            ("Target Subject", _TARGET),
            ("Process Information", (
                ("New Process ID", "NewProcessId"), ("New Process Name", "NewProcessName"),
                ("Token Elevation Type", "TokenElevationType"), ("Mandatory Label", "MandatoryLabel"),
                ("Creator Process ID", "ProcessId"), ("Creator Process Name", "ParentProcessName"),
                ("Process Command Line", "CommandLine"),
            )),
        ),
    ),
    "4697": _security(
        4697, 0, (12289, "Security System Extension"), "A service was installed in the system.",
        (
            ("Subject", _SUBJECT),
            ("Service Information", (
                ("Service Name", "ServiceName"), ("Service File Name", "ServiceFileName"),
                ("Service Type", "ServiceType"), ("Service Start Type", "ServiceStartType"),
                ("Service Account", "ServiceAccount"),
            )),
        ),
    ),
    "4768": _security(
        4768, 0, (14339, "Kerberos Authentication Service"),
        "A Kerberos authentication ticket (TGT) was requested.",
        (
            ("Account Information", (
                ("Account Name", "TargetUserName"), ("Supplied Realm Name", "TargetDomainName"),
                ("User ID", "TargetSid"),
            )),
            ("Service Information", (("Service Name", "ServiceName"), ("Service ID", "ServiceSid"))),
            _NETWORK,
            ("Additional Information", (
                ("Ticket Options", "TicketOptions"), ("Result Code", "Status"),
                ("Ticket Encryption Type", "TicketEncryptionType"),
                ("Pre-Authentication Type", "PreAuthType"),
            )),
        ),
    ),
    "4769": _security(
        4769, 0, (14337, "Kerberos Service Ticket Operations"), "A Kerberos service ticket was requested.",
        (
            ("Account Information", (
                ("Account Name", "TargetUserName"), ("Account Domain", "TargetDomainName"),
                ("Logon GUID", "LogonGuid"),
            )),
            ("Service Information", (("Service Name", "ServiceName"), ("Service ID", "ServiceSid"))),
            _NETWORK,
            ("Additional Information", (
                ("Ticket Options", "TicketOptions"), ("Ticket Encryption Type", "TicketEncryptionType"),
                ("Failure Code", "Status"), ("Transited Services", "TransmittedServices"),
            )),
        ),
    ),
    "4104": _powershell(4104, 1, (2, "Execute a Remote Command"),
    "On create calls", "Creating Scriptblock text"),
    "400": _classic(400, (4, "Engine Lifecycle"), "Engine state is changed from None to Available. "),
    "403": _classic(403, (4, "Engine Lifecycle"), "Engine state is changed from Available to Stopped. "),
    "600": _classic(600, (6, "Provider Lifecycle"), ""),
    "7045": EventType(
        "System", "Service Control Manager", _SCM_GUID, 7045, 0, 0, "", "", _SCM_KEYWORDS,
        "A service was installed in the system.",
    ),
    "7036": EventType("System", "Service Control Manager", _SCM_GUID, 7036, 0, 0, "", "", _SCM_KEYWORDS, ""),
}  # fmt: skip


def security_message(kind: EventType, fields: Mapping[str, str]) -> str:
    """The rendered text of a Security event, without the explanatory paragraph."""
    parts = [kind.title]
    for heading, pairs in kind.layout:
        indent = "\t" if heading else ""
        lines = [f"{indent}{label}:\t\t{fields.get(field, '-')}" for label, field in pairs]
        parts.append("\r\n".join([f"{heading}:", *lines] if heading else lines))
    return "\r\n\r\n".join(parts)


def sysmon_message(kind: EventType, fields: Mapping[str, str]) -> str:
    """The rendered text of a Sysmon event: its title and every field on a line."""
    return "\r\n".join([kind.title, *(f"{name}: {value}" for name, value in fields.items())])
