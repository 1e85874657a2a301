"""Sigma's field names where a record has others: one list of steps per kind of event, applied in place.

Sources: Sigma specification 2.1, taxonomy appendix (process_creation fields); Microsoft's documentation of
events 4688, 400/600/800 and of Defender; Sysmon's manual. The data is in `tables/windows_catalogue.toml`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.windows.logons import logon_fields, logon_step
from noroshi.events.windows.shapes import add_unnamed
from noroshi.events.windows.tables import catalogue_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from noroshi.events.model import Fields

    Step = Callable[[Fields], None]

_HASHED: Final = frozenset({1, 6, 7, 29})
_TYPED: Final = frozenset({12, 13, 14, 17, 18, 19, 20, 21})
_CLASSIC: Final = frozenset({"application", "powershell-classic"})
_OF_PROCESS: Final = (
    "ProcessId", "ParentProcessId", "IntegrityLevel", "User", "ParentImage", "ParentCommandLine"
)  # fmt: skip
_LEVELLED: Final = frozenset({"application", "system", "windefend"})
_SEVERITY_LEVELS: Final = {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}
_HASH_FIELDS: Final = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256", "IMPHASH": "Imphash"}
_INTEGRITY: Final = {
    "S-1-16-0": "Untrusted",
    "S-1-16-4096": "Low",
    "S-1-16-8192": "Medium",
    "S-1-16-8448": "Medium Plus",
    "S-1-16-12288": "High",
    "S-1-16-16384": "System",
    "S-1-16-20480": "Protected",
}
_SYSTEM_ACCOUNTS: Final = {
    "S-1-5-18": "NT AUTHORITY\\SYSTEM",
    "S-1-5-19": "NT AUTHORITY\\LOCAL SERVICE",
    "S-1-5-20": "NT AUTHORITY\\NETWORK SERVICE",
}
_UNREAL: Final = (None, "", "-")
_DETAILS: Final = frozenset(
    {
        *("NewEngineState", "PreviousEngineState", "NewProviderState", "ProviderName", "SequenceNumber"),
        *("DetailSequence", "DetailTotal", "UserId", "HostName", "HostVersion", "HostId", "HostApplication"),
        *("EngineVersion", "RunspaceId", "PipelineId", "CommandName", "CommandType", "ScriptName"),
        *("CommandPath", "CommandLine"),
    }
)
_DETAIL: Final = re.compile(r"^[ \t]*+(\w++)=(.*+(?:\n(?![ \t]*+\w++=|\s).*+)*+)", re.MULTILINE)
_CLEARED: Final = re.compile(r"The (\S[^\r\n]{0,255}) log file was cleared")
_MESSAGE_EVENT_TYPE: Final = re.compile(r"^EventType: (\w+)", re.MULTILINE)
_MESSAGE_PROCESS_ID: Final = re.compile(r"^ProcessId: (\d+)", re.MULTILINE)
_MAX_RESOURCES: Final = 32_768
_RESOURCE: Final = re.compile(
    r"(?:^|; *+)(?:(?:file|containerfile|folder|webfile):_([^;|]+?)(?=->|[;|]|$)[^;]*"
    r"|(?!\w{3,24}:_)([^;]+))",
    re.IGNORECASE,
)
"""Files among Defender's resources (``containerfile:_C:\\a.zip; file:_C:\\b.exe``); ``regkey:_`` is none."""


def steps_for(service: str | None, event_id: int, provider: str | None) -> tuple[Step, ...]:
    """What has to be done to the fields of this kind of event, in order; nothing for most."""
    steps: list[Step] = []
    steps += _steps_of_service(service, event_id)
    if service in _CLASSIC:
        steps.append(_gather_unnamed)
    if service == "powershell-classic":
        steps.append(_add_details)
    if service in _LEVELLED:
        steps.append(_add_level)
    positions = catalogue_table()["positions"].get(provider, {}).get(str(event_id))
    if positions:
        steps.append(_by_position(positions))
    aliases = catalogue_table()["aliases"].get(service, {})
    wanted = {name: names for name, names in aliases.items() if isinstance(names, list)}
    wanted |= aliases.get(str(event_id), {})
    if wanted:
        steps.append(_by_alias(wanted))
    if (uniform := logon_step(service, event_id)) is not None:
        steps.append(uniform)
    return tuple(steps)


def derived_fields(service: str | None, event_id: int) -> tuple[str, ...]:
    """The fields to which steps or joins of this kind write values that do not stand in the record."""
    if service == "security":
        keywords = ("Keywords",) if event_id in catalogue_table()["hex_keywords"]["security"] else ()
        return (
            (*keywords, *_OF_PROCESS) if event_id == 4688 else (*keywords, *logon_fields(service, event_id))
        )
    if service == "sysmon":
        return _OF_PROCESS if event_id == 1 else ()
    return ("Level",) if service in _LEVELLED else logon_fields(service, event_id)


def _steps_of_service(service: str | None, event_id: int) -> list[Step]:
    steps: list[Step] = []
    if service == "sysmon":
        if event_id in _HASHED:
            steps.append(_split_hashes)
        if event_id == 1:
            steps.append(_add_process_id)
        fixed = catalogue_table()["fixed_event_types"]["sysmon"].get(str(event_id))
        if event_id in _TYPED:
            steps.append(_restore_event_type(fixed))
    elif service == "security":
        if event_id == 4688:
            steps.append(_name_process)
        if event_id in catalogue_table()["hex_keywords"]["security"]:
            steps.append(_hex_keywords)
    elif service == "windefend":
        steps.append(_name_defender)
    elif service == "wmi":
        steps.append(_read_wmi_message)
    elif service == "terminalservices-localsessionmanager":
        steps.append(_read_session_message)
    elif service == "system" and event_id == 104:
        steps.append(_name_cleared_log)
    return steps


def _by_alias(wanted: Mapping[str, list[str]]) -> Step:
    pairs = tuple((name, tuple(others)) for name, others in wanted.items())

    def add_aliases(fields: Fields) -> None:
        for name, others in pairs:
            if fields.get(name) in _UNREAL:
                for other in others:
                    if fields.get(other) not in _UNREAL:
                        fields[name] = fields[other]
                        break

    return add_aliases


def _by_position(names: list[str]) -> Step:
    def add_positions(fields: Fields) -> None:
        values = fields.get("Data")
        if isinstance(values, list):
            for name, value in zip(names, values, strict=False):
                fields.setdefault(name, value)

    return add_positions


def process_id(value: Any) -> int | None:
    """A process id from a number, decimal text or hexadecimal text (``0x1c90``)."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= 20:
        try:
            return int(value, 16 if value[:2] in {"0x", "0X"} else 10)
        except ValueError:
            return None
    return None


def _name_process(fields: Fields) -> None:
    """4688 as process_creation: ``ProcessId`` is the new process, the creator's stays as CreatorProcessId."""
    new = process_id(fields.get("NewProcessId"))
    if new is not None:
        creator = fields.get("ProcessId")
        fields["CreatorProcessId"] = creator
        fields["ProcessId"] = new
        fields["ParentProcessId"] = process_id(creator)
    label = fields.get("MandatoryLabel")
    if isinstance(label, str):
        fields["IntegrityLevel"] = _INTEGRITY.get(label, label)
    side = "Target" if _is_real(fields.get("TargetUserName")) else "Subject"
    user = account(fields, side)
    if user is not None:
        fields["User"] = user
        fields["LogonId"] = fields.get(f"{side}LogonId")


def _is_real(value: Any) -> bool:
    return isinstance(value, str) and value not in _UNREAL


def account(fields: Fields, side: str) -> str | None:
    r"""``DOMAIN\name`` of the Subject or Target as Sysmon writes it; system accounts by their SID."""
    sid = fields.get(f"{side}UserSid")
    if isinstance(sid, str) and sid in _SYSTEM_ACCOUNTS:
        return _SYSTEM_ACCOUNTS[sid]
    name, domain = fields.get(f"{side}UserName"), fields.get(f"{side}DomainName")
    if not _is_real(name):
        return None
    return f"{domain}\\{name}" if _is_real(domain) else str(name)


def _split_hashes(fields: Fields) -> None:
    hashes = fields.get("Hashes")
    if isinstance(hashes, str):
        for part in hashes.split(",", 8):
            name, _, digest = part.partition("=")
            if (wanted := _HASH_FIELDS.get(name)) is not None:
                fields[wanted] = digest


def _add_process_id(fields: Fields) -> None:
    """NXLog drops Sysmon's ProcessId in some versions; the rendered message still has it."""
    message = fields.get("Message")
    if "ProcessId" not in fields and isinstance(message, str):
        found = _MESSAGE_PROCESS_ID.search(message)
        if found:
            fields["ProcessId"] = int(found[1][:18])


def _restore_event_type(fixed: str | None) -> Step:
    """NXLog writes its own EventType (``INFO``) over Sysmon's."""

    def restore(fields: Fields) -> None:
        present = fields.get("EventType")
        if present is not None and not (isinstance(present, str) and present.isupper()):
            return
        if fixed is not None:
            fields["EventType"] = fixed
            return
        message = fields.get("Message")
        found = _MESSAGE_EVENT_TYPE.search(message) if isinstance(message, str) else None
        if found:
            fields["EventType"] = found[1]

    return restore


def _gather_unnamed(fields: Fields) -> None:
    """``Data`` of classic events: from NXLog's ``Data_1`` …, Winlogbeat's ``param1`` …, else the message."""
    if "Data" in fields and "Data_1" not in fields:
        return
    values = [fields["Data"]] if "Data" in fields else []
    prefix = "Data_" if "Data_1" in fields else "param"
    for number in range(1, 100):
        if (value := fields.get(f"{prefix}{number}")) is None:
            break
        values.append(value)
    if not values and isinstance(fields.get("Message"), str):
        values = [fields["Message"]]
    if values:
        add_unnamed(fields, values)


def _add_details(fields: Fields) -> None:
    """The ``Name=value`` lines of 400, 600 and 800, as fields."""
    data = fields.get("Data")
    for text in data if isinstance(data, list) else (data,):
        if isinstance(text, str):
            for name, value in _DETAIL.findall(text):
                if name in _DETAILS:
                    fields.setdefault(name, value.rstrip("\r\n"))


def _add_level(fields: Fields) -> None:
    if "Level" not in fields and isinstance(severity := fields.get("SeverityValue"), int):
        fields["Level"] = _SEVERITY_LEVELS.get(severity, severity)


def _hex_keywords(fields: Fields) -> None:
    keywords = fields.get("Keywords")
    if isinstance(keywords, int) and -(1 << 63) <= keywords < 1 << 64:
        fields["Keywords"] = f"{keywords & 0xFFFFFFFFFFFFFFFF:#x}"
    elif isinstance(keywords, list) and "Audit Failure" in keywords:
        fields["Keywords"] = "0x8010000000000000"
    elif isinstance(keywords, list) and "Audit Success" in keywords:
        fields["Keywords"] = "0x8020000000000000"


def _name_defender(fields: Fields) -> None:
    """Defender's names have spaces; rules write them without."""
    for name in [name for name in fields if " " in name]:
        fields.setdefault(name.replace(" ", ""), fields[name])
    if "Source Name" in fields:
        fields["SourceName"] = fields["Source Name"]
    path = fields.get("Path")
    if isinstance(path, str):
        found = [match[1] or match[2] for match in _RESOURCE.finditer(path[:_MAX_RESOURCES])]
        if found := list(dict.fromkeys(part.strip() for part in found)):
            fields.setdefault("Filename", found if len(found) > 1 else found[0])


def _read_wmi_message(fields: Fields) -> None:
    """``Name = value; Name = value`` of the rendered message, where the collector dropped UserData."""
    message = fields.get("Message")
    if not isinstance(message, str) or "PossibleCause" in fields:
        return
    name = ""
    for part in message.split("; "):
        before, equals, value = part.partition(" = ")
        if equals and before.isidentifier():
            name = before
            fields.setdefault(name, value)
        elif name and isinstance(fields[name], str):
            fields[name] += "; " + part


def _read_session_message(fields: Fields) -> None:
    message = fields.get("Message")
    if isinstance(message, str) and "Address" not in fields:
        for line in message.splitlines()[:20]:
            name, _, value = line.partition(": ")
            if name == "Source Network Address":
                fields["Address"] = value.strip()
            elif name == "User":
                fields.setdefault("User", value.strip())


def _name_cleared_log(fields: Fields) -> None:
    """104: rules mean the log that was cleared by ``Channel``, as the event's own data has it."""
    message = fields.get("Message")
    found = _CLEARED.search(message) if isinstance(message, str) else None
    if found and fields.get("Channel") in {None, "System", "system"}:
        fields["Channel"] = found[1]
