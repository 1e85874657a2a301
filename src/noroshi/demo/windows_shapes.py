"""How collectors write one Windows event as a JSON line: NXLog (flat) and Winlogbeat 7 (nested, ECS).

Sources: NXLog's ``im_msvistalog`` field reference (``EventTime`` is local time without a zone, ``to_json()``
keeps integers); Winlogbeat 7.8's ``winlog`` fields with the file output.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import orjson

from noroshi.demo.times import SECOND, iso_utc_ms, local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.demo.windows_catalog import EventType

SYSTEM_USER: Final = ("S-1-5-18", "SYSTEM", "NT AUTHORITY")


@dataclass(frozen=True, slots=True)
class Record:
    """One Windows event before it takes a collector's shape.

    Attributes:
        t: Instant at which Windows logged it.
        computer: Fully qualified name of the machine.
        kind: The declared type of the event.
        number: Record number in its channel.
        data: Named fields of EventData (``param1``… where the provider names none).
        message: Rendered text, lines ending in CRLF.
        process: Id of the process that logged it, and its thread.
        user: Account under which it was logged (SID, name, domain), or nothing.
        level: Windows' level: 4 information, 3 warning, 5 verbose.
    """

    t: int
    computer: str
    kind: EventType
    number: int
    data: Mapping[str, str]
    message: str
    process: tuple[int, int]
    user: tuple[str, str, str] | None = None
    level: int = 4
    audit: bool = field(default=False)


_SEVERITY: Final = {
    3: ("WARNING", 3, "WARNING"),
    4: ("INFO", 2, "INFO"),
    5: ("VERBOSE", 1, "DEBUG"),
    0: ("INFO", 2, "INFO"),
}
_LEVEL_NAME: Final = {3: "warning", 4: "information", 5: "verbose", 0: "information"}


def nxlog(record: Record, received_at: int) -> bytes:
    """NXLog's ``to_json()``: one flat object."""
    kind = record.kind
    event_type, severity_value, severity = _SEVERITY[record.level]
    out: dict[str, str | int] = {
        "EventTime": local(record.t),
        "Hostname": record.computer,
        "Keywords": kind.keywords,
        "EventType": "AUDIT_SUCCESS" if record.audit else event_type,
        "SeverityValue": severity_value,
        "Severity": severity,
        "EventID": kind.event_id,
        "SourceName": kind.source,
    }
    if kind.guid:
        out["ProviderGuid"] = kind.guid
    out |= {"Version": kind.version, "Task": kind.task, "OpcodeValue": 0, "RecordNumber": record.number}
    if kind.guid:
        out |= {"ExecutionProcessID": record.process[0], "ThreadID": record.process[1]}
    out["Channel"] = kind.channel
    if record.user:
        sid, name, domain = record.user
        out |= {"Domain": domain, "AccountName": name, "UserID": sid, "AccountType": "User"}
    out["Message"] = record.message
    if kind.category:
        out["Category"] = kind.category
    if kind.opcode:
        out["Opcode"] = kind.opcode
    # Providers without named fields leave only the message: NXLog has no name for `param1`.
    out |= {name: value for name, value in record.data.items() if kind.guid or not name.startswith("param")}
    out |= {
        "EventReceivedTime": local(received_at),
        "SourceModuleName": "eventlog",
        "SourceModuleType": "im_msvistalog",
    }
    return orjson.dumps(out)


def _agent(computer: str) -> dict[str, str]:
    h = hashlib.sha256(computer.encode()).hexdigest()
    identifiers = [
        f"{h[i : i + 8]}-{h[i + 8 : i + 12]}-4{h[i + 13 : i + 16]}-a{h[i + 17 : i + 20]}-{h[i + 20 : i + 32]}"
        for i in (0, 32)
    ]
    host = computer.split(".", 1)[0]
    return {
        "hostname": host,
        "ephemeral_id": identifiers[0],
        "id": identifiers[1],
        "name": host,
        "type": "winlogbeat",
        "version": "7.8.0",
    }


def _winlog(record: Record) -> dict[str, object]:
    kind = record.kind
    winlog: dict[str, object] = {
        "channel": kind.channel,
        "provider_name": kind.source,
        "event_id": kind.event_id,
        "record_id": record.number,
        "computer_name": record.computer,
        "event_data": dict(record.data),
        "api": "wineventlog",
    }
    if kind.guid:
        winlog |= {
            "provider_guid": kind.guid,
            "process": {"pid": record.process[0], "thread": {"id": record.process[1]}},
        }
    if kind.version:
        winlog["version"] = kind.version
    if kind.category:
        winlog["task"] = kind.category
    if kind.opcode:
        winlog["opcode"] = kind.opcode
    if record.audit:
        winlog["keywords"] = ["Audit Success"]
    elif not kind.guid:
        winlog["keywords"] = ["Classic"]
    if record.user:
        sid, name, domain = record.user
        winlog["user"] = {"identifier": sid, "name": name, "domain": domain, "type": "User"}
    return winlog


def winlogbeat(record: Record, received_at: int) -> bytes:
    """Winlogbeat 7.8 with the file output: nested, UTC; Go's encoder escapes ``<``, ``>`` and ``&``."""
    kind = record.kind
    event: dict[str, object] = {
        "kind": "event",
        "code": kind.event_id,
        "provider": kind.source,
        "created": iso_utc_ms(received_at),
    }
    if kind.category:
        event["action"] = kind.category
    if record.audit:
        event["outcome"] = "success"
    out = {
        "@timestamp": iso_utc_ms(record.t),
        "@metadata": {"beat": "winlogbeat", "type": "_doc", "version": "7.8.0"},
        "winlog": _winlog(record),
        "event": event,
        "log": {"level": _LEVEL_NAME[record.level]},
        "message": record.message.replace("\r\n", "\n"),
        "host": {"name": record.computer},
        "agent": _agent(record.computer),
        "ecs": {"version": "1.5.0"},
    }
    text = orjson.dumps(out)
    return text.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026")


SHAPES: Final = {"nxlog": nxlog, "winlogbeat": winlogbeat}
RECEIVED_AFTER: Final = SECOND
