"""Linux audit log (``/var/log/audit/audit.log``, or the same records in syslog).

Format: Red Hat Enterprise Linux documentation, "Understanding Audit log files"; auditd.conf(5),
``log_format`` RAW and ENRICHED; the linux-audit project's "Audit event fields". One record a line::

    type=SYSCALL msg=audit(1595391129.243:24287): arch=c000003e syscall=59 success=yes … key="x"

Every record is an event with its own field names (``type``, ``a0`` …; names in capitals of ENRICHED), log
source product ``linux``, service ``auditd``. Values that the kernel writes in hexadecimal are read
(arguments, names, titles; EXECVE's divided arguments joined), pairs inside ``msg='…'`` stand beside the
others. The record's number is ``audit_id``.

The records of one number are joined as well, and their event follows them: an EXECVE gives a
``process_creation`` (``Image``, ``CommandLine``, ``CurrentDirectory``, ``User``, ``LogonId``, ``ProcessId``,
``ParentProcessId``), a PATH that was created a ``file_event`` (``TargetFilename``), a ``connect`` a
``network_connection`` (``DestinationIp``, ``DestinationPort``), all in Sysmon's words, as SigmaHQ's rules for
Linux use them. USER_LOGIN, and USER_AUTH of su and sudo, have the uniform fields of logons and category
``authentication``.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.logons import CATEGORY, add_logon
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "auditd"
MAX_CHARS: Final = 1_048_576
MAX_OPEN: Final = 64
"""Events whose records are still coming; more at once are closed, the oldest first."""
MAX_RECORDS: Final = 256

_HEADING: Final = re.compile(
    r"(?:node=(\S{1,255}) )?type=([A-Z][A-Z0-9_]{1,40}|\d{1,5}|UNKNOWN\[\d{1,5}\]) "
    r"(?:msg=)?audit\((\d{9,11}\.\d{3}):(\d{1,20})\): ?",
    re.ASCII,
)
_PAIR: Final = re.compile(r"([A-Za-z][\w-]{0,40}(?:\[\d{1,6}\])?)=(?:\"([^\"]*+)\"|'([^']*+)'|(\S*+))")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_CHUNK: Final = re.compile(r"(a\d{1,6})\[\d{1,6}\]")
_ARGUMENT: Final = re.compile(r"a(\d{1,6})")
_ENCODED: Final = frozenset(
    {"proctitle", "name", "cwd", "exe", "comm", "cmd", "acct", "key", "dir", "data", "path"}
)
_LAST: Final = frozenset({"EOE", "PROCTITLE"})
_CONNECT: Final = frozenset({("c000003e", "42"), ("c00000b7", "203"), ("40000003", "362")})
"""``connect``: architecture and number, on x86-64, arm64 and i386."""
_ABSENT: Final = frozenset({"(null)", "?", "(none)"})
_NO_SESSION: Final = frozenset({"4294967295", "-1", "unset"})
_LOGON_TYPES: Final = frozenset({"USER_LOGIN", "USER_AUTH"})
_TRAITS: Final = TableTraits(load_table(NAME))


_BECOMING: Final = {"su": "su", "sudo": "sudo", "su-l": "su"}
"""Programs by which one becomes another user: they log no USER_LOGIN, so their USER_AUTH is the result."""


@lru_cache(maxsize=512)
def _record_kind(kind: str, *, logon: bool = False) -> Kind:
    categories = frozenset({CATEGORY}) if logon else frozenset()
    return Kind(NAME, LogSource("linux", "auditd", categories), {"type": kind}, _TRAITS)


def _add_logon(fields: Fields) -> bool:
    """The uniform fields of a logon; whether the record is its result."""
    program = str(fields.get("exe", "")).rpartition("/")[2]
    is_login = fields["type"] == "USER_LOGIN"
    if "res" not in fields or not (is_login or (fields["type"] == "USER_AUTH" and program in _BECOMING)):
        return False
    user = next((fields[name] for name in ("acct", "ID", "AUID", "id") if name in fields), None)
    add_logon(
        fields,
        {"sshd": "ssh", "sshd-session": "ssh"}.get(program, _BECOMING.get(program, "interactive")),
        success=fields["res"] in ("success", "1", "yes"),
        user=user if is_login else fields.get("AUID", fields.get("auid")),
        host=fields.get("node", fields.get("log_host")),
        address=fields.get("addr"),
    )
    if not is_login:
        fields["target_user"] = user
    return True


_JOINED: Final = {
    category: Kind(NAME, LogSource("linux", None, frozenset({category})), {}, _TRAITS)
    for category in ("process_creation", "file_event", "network_connection")
}


def _decoded(text: str) -> str:
    """A value that the kernel wrote in hexadecimal because of what it holds; NULs stand between arguments."""
    if not _HEX.fullmatch(text):
        return text
    return bytes.fromhex(text).decode("utf-8", "replace").rstrip("\0").replace("\0", " ")


def _is_encoded(kind: str, name: str) -> bool:
    return name in _ENCODED or (
        kind == "EXECVE" and name[:1] == "a" and name[1:2].isdigit() and "_" not in name
    )


def pairs(kind: str, text: str) -> Fields:
    """The pairs of a record; of a repeated name the first one, what is absent left out."""
    found: Fields = {}
    for name, quoted, inner, bare in _PAIR.findall(text):
        if inner:
            for key, value in pairs(kind, inner).items():
                found.setdefault(key, value)
            continue
        value = _decoded(bare) if bare and _is_encoded(kind, name) else (bare or quoted)
        if value not in _ABSENT:
            found.setdefault(name, value)
    return found


def _join_chunks(fields: Fields) -> None:
    """EXECVE divides long arguments: ``a1_len=… a1[0]=… a1[1]=…``."""
    for name in [name for name in fields if "[" in name]:
        if (match := _CHUNK.fullmatch(name)) is not None:
            fields[match[1]] = f"{fields.get(match[1], '')}{fields.pop(name)}"


def _arguments(records: list[Fields]) -> list[str]:
    """The arguments of all EXECVE records of an event, in order."""
    found = {
        int(match[1]): str(value)
        for fields in records
        if fields["type"] == "EXECVE"
        for name, value in fields.items()
        if (match := _ARGUMENT.fullmatch(name)) is not None
    }
    return [found[number] for number in sorted(found)]


def socket_address(saddr: Any) -> tuple[str, int] | None:
    """Address and port of a SOCKADDR record's hexadecimal ``saddr``; None for other families."""
    if not isinstance(saddr, str) or not _HEX.fullmatch(saddr):
        return None
    raw = bytes.fromhex(saddr)
    if raw[:2] == b"\x02\0" and len(raw) >= 8:
        return str(ip_address(raw[4:8])), int.from_bytes(raw[2:4], "big")
    if raw[:2] == b"\x0a\0" and len(raw) >= 24:
        return str(ip_address(raw[8:24])), int.from_bytes(raw[2:4], "big")
    return None


def _common(call: Fields) -> Fields:
    """What a joined event takes from its SYSCALL record."""
    names = {"exe": "Image", "pid": "ProcessId", "ppid": "ParentProcessId", "ses": "LogonId"}
    fields: Fields = {target: call[name] for name, target in names.items() if name in call}
    if fields.get("LogonId") in _NO_SESSION:
        del fields["LogonId"]
    for name in ("UID", "uid"):
        if name in call:
            fields.setdefault("User", call[name])
    kept = ("audit_id", "time", "node", "log_host", "success", "auid", "AUID", "key", "comm", "tty")
    fields.update((name, call[name]) for name in kept if name in call)
    return fields


def _path(name: str, folder: Any) -> str:
    return name if name.startswith("/") or not isinstance(folder, str) else f"{folder.rstrip('/')}/{name}"


@dataclass(slots=True)
class _Open:
    """The records of one audit event so far, its system call first, and where that stands."""

    position: int | str
    records: list[Fields] = field(default_factory=list)

    def closed(self, source: Source) -> Iterator[Event]:
        """What the records say together."""
        call = self.records[0]
        folder = next((fields["cwd"] for fields in self.records if "cwd" in fields), None)
        for number, (category, own) in enumerate(self._joined(call, folder)):
            fields = _common(call) | own
            yield Event(_JOINED[category], fields, source, f"{self.position}:{category}:{number}")

    def _joined(self, call: Fields, folder: Any) -> Iterator[tuple[str, Fields]]:
        if arguments := _arguments(self.records):
            own = {"CommandLine": " ".join(arguments)}
            yield "process_creation", own | ({"CurrentDirectory": folder} if folder else {})
        for fields in self.records:
            if fields["type"] == "PATH" and fields.get("nametype") == "CREATE" and "name" in fields:
                yield "file_event", {"TargetFilename": _path(fields["name"], folder)}
        connects = call.get("SYSCALL") == "connect" or (call.get("arch"), call.get("syscall")) in _CONNECT
        for fields in self.records if connects else ():
            if fields["type"] == "SOCKADDR" and (peer := socket_address(fields.get("saddr"))) is not None:
                address, port = peer
                named = {"DestinationIp": address, "DestinationPort": port}
                yield "network_connection", named | {"Initiated": "true", "dst_ip": address, "dst_port": port}


class AuditdReader:
    """Reads audit records and joins those of one number."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._open: OrderedDict[tuple[str, str, str], _Open] = OrderedDict()

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of this record, and the joined one where this record ends it."""
        match = _HEADING.match(line) if len(line) <= MAX_CHARS else None
        if match is None:
            raise UnreadableRecordError("not a record of the Linux audit log", "it may be cut off")
        node, kind, time, number = match.groups()
        fields: Fields = {"type": kind, "time": time, "audit_id": f"{time}:{number}"}
        named = (("node", node), ("log_host", envelope.host))
        fields.update((name, value) for name, value in named if value)
        for name, value in pairs(kind, line[match.end() :].replace("\x1d", " ")).items():
            fields.setdefault(name, value)
        _join_chunks(fields)
        record = _record_kind(kind, logon=kind in _LOGON_TYPES and _add_logon(fields))
        found = [Event(record, fields, self._source, position)]
        found.extend(self._joined((node or envelope.host, time, number), fields, position))
        return found

    def _joined(self, key: tuple[str, str, str], fields: Fields, position: int | str) -> Iterator[Event]:
        group = self._open.get(key)
        if group is None:
            if fields["type"] != "SYSCALL":
                return
            group = self._open[key] = _Open(position)
        if len(group.records) < MAX_RECORDS:
            group.records.append(fields)
        if fields["type"] in _LAST:
            yield from self._open.pop(key).closed(self._source)
        elif len(self._open) > MAX_OPEN:
            yield from self._open.popitem(last=False)[1].closed(self._source)

    def finish(self) -> Iterable[Event]:
        """What no last record closed."""
        while self._open:
            yield from self._open.popitem(last=False)[1].closed(self._source)


class Auditd:
    """The Linux audit log."""

    name = NAME
    splittable = False

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By its heading."""
        return 0.98 if line.startswith(("type=", "node=")) and _HEADING.match(line) else 0.0

    def reader(self, source: Source) -> AuditdReader:
        """A reader for one input."""
        return AuditdReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Auditd(),)
