"""A Windows machine: its processes and the events that Sysmon 11 and the Security log write about them.

Audit settings of the company: process creation with command line, logons, PowerShell script-block logging;
Sysmon with network connections except browsers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from noroshi.demo import windows_images as images
from noroshi.demo.company import AD_DNS, AD_DOMAIN, Person
from noroshi.demo.times import MILLI, MINUTE, utc_ms
from noroshi.demo.windows_catalog import CATALOG, security_message, sysmon_message
from noroshi.demo.windows_shapes import RECEIVED_AFTER, SHAPES, SYSTEM_USER, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.demo.day import Day
    from noroshi.demo.logs import LogFile


@dataclass(frozen=True, slots=True)
class Account:
    """Who a process runs as: SID, name, domain, logon id, session, integrity."""

    sid: str
    name: str
    domain: str
    logon_id: str
    session: int
    integrity: str

    @property
    def text(self) -> str:
        """Domain and name with a backslash between."""
        return f"{self.domain}\\{self.name}"


SYSTEM: Final = Account("S-1-5-18", "SYSTEM", "NT AUTHORITY", "0x3e7", 0, "System")
NETWORK_SERVICE: Final = Account("S-1-5-20", "NETWORK SERVICE", "NT AUTHORITY", "0x3e4", 0, "System")
_ZONE_HASHES: Final = images.hashes_of("Zone.Identifier", "[ZoneTransfer]\r\nZoneId=3\r\n")
_LABELS: Final = {"Medium": "S-1-16-8192", "High": "S-1-16-12288", "System": "S-1-16-16384"}


@dataclass(frozen=True, slots=True)
class Process:
    """A running process."""

    pid: int
    guid: str
    image: str
    command_line: str
    account: Account


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start: command line, image, parent, account, folder; the file's content mark or hashes."""

    command_line: str
    image: str
    parent: Process
    account: Account
    folder: str = "C:\\Windows\\system32\\"
    content: str = ""
    hashes: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What some events have besides their fields: a text of their own, an account, a level."""

    message: str = ""
    user: tuple[str, str, str] | None = None
    level: int = 4


class Machine:
    """A Windows machine and its agent.

    Args:
        day: The day.
        host: Short name, ``PC-014``.
        agent: ``nxlog`` or ``winlogbeat``.
        log: Where its agent writes.
        lag: How long after an event its agent's line reaches the file, in microseconds.
    """

    def __init__(self, day: Day, host: str, agent: str, log: LogFile, lag: int = RECEIVED_AFTER) -> None:
        self.host = host
        self.computer = f"{host}.{AD_DNS}"
        self._rng = day.rng(f"machine:{host}")
        self._day = day
        self._shape = SHAPES[agent]
        self._log = log
        self._lag = lag
        self._numbers: dict[str, int] = {}
        self._prefix = f"{self._rng.getrandbits(32):08x}"
        self._sysmon_pid = self._rng.randrange(2000, 4000, 4)
        self._port = self._rng.randrange(49_700, 55_000)
        self.services = self._boot_process("services.exe")
        self.svchost = self._boot_process("svchost.exe")
        wmi_host = self._boot_process("svchost.exe", "C:\\Windows\\system32\\svchost.exe -k DcomLaunch -p")
        self.dcom = wmi_host

    def _boot_process(self, name: str, command_line: str = "") -> Process:
        path = images.SYSTEM32 + name
        command = command_line or (
            path if name == "services.exe" else "C:\\Windows\\system32\\svchost.exe -k netsvcs -p"
        )
        return Process(self._new_pid(), self._guid(0), path, command, SYSTEM)

    def _new_pid(self) -> int:
        return self._rng.randrange(600, 16_000, 4)

    def _guid(self, t: int) -> str:
        second = t // 1_000_000 if t else 1_595_370_000
        counter = self._rng.getrandbits(16)
        return f"{{{self._prefix}-{second & 0xFFFF:04x}-{second >> 16:04x}-{counter:04x}-000000000700}}"

    def _logon_guid(self, account: Account) -> str:
        h = int(account.logon_id, 16).to_bytes(8, "little").hex()
        return f"{{{self._prefix}-4a10-5f18-{h[:4]}-{h[4:]}}}"

    def new_guid(self) -> str:
        """A random GUID without braces."""
        h = f"{self._rng.getrandbits(128):032x}"
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"

    def port(self) -> int:
        """The next ephemeral source port."""
        self._port = self._port + self._rng.randrange(1, 4) if self._port < 65_000 else 49_700
        return self._port

    def logon_id(self) -> str:
        """A new logon id."""
        return f"0x{self._rng.randrange(0x20000, 0x9FFFFF):x}"

    def account(self, person: Person, *, elevated: bool = False, session: int = 1) -> Account:
        """A new logon session of a person on this machine (the events of the logon are `logon`'s)."""
        integrity = "High" if elevated else "Medium"
        return Account(person.sid, person.user, AD_DOMAIN, self.logon_id(), session, integrity)

    def write(self, t: int, name: str, data: Mapping[str, str], note: Note = Note()) -> None:
        """Log one event of the catalogue."""
        kind = CATALOG[name]
        number = self._numbers.get(kind.channel, self._rng.randrange(20_000, 400_000)) + 1
        self._numbers[kind.channel] = number
        process = (4, self._rng.randrange(60, 9000, 4))
        audit = kind.channel == "Security"
        user = note.user
        if kind.source == "Microsoft-Windows-Sysmon":
            process, user = (self._sysmon_pid, process[1]), SYSTEM_USER
            text = sysmon_message(kind, data)
        else:
            text = security_message(kind, data)
        record = Record(
            t,
            self.computer,
            kind,
            number,
            data,
            note.message or text,
            process,
            user,
            0 if audit else note.level,
            audit,
        )
        received = t + self._lag
        self._log.add(received, self._shape(record, received))

    def start(self, t: int, launch: Launch) -> Process:
        """Start a process: Sysmon 1 and, some milliseconds earlier, Security 4688."""
        process = Process(self._new_pid(), self._guid(t), launch.image, launch.command_line, launch.account)
        self._write_4688(t, process, launch)
        image, parent = images.image_of(launch.image), launch.parent
        account = launch.account
        self.write(
            t + 3 * MILLI,
            "sysmon-1",
            {
                "RuleName": "-",
                "UtcTime": utc_ms(t),
                "ProcessGuid": process.guid,
                "ProcessId": str(process.pid),
                "Image": launch.image,
                "FileVersion": image.version,
                "Description": image.description,
                "Product": image.product,
                "Company": image.company,
                "OriginalFileName": image.original_name,
                "CommandLine": launch.command_line,
                "CurrentDirectory": launch.folder,
                "User": account.text,
                "LogonGuid": self._logon_guid(account),
                "LogonId": account.logon_id,
                "TerminalSessionId": str(account.session),
                "IntegrityLevel": account.integrity,
                "Hashes": launch.hashes or images.hashes_of(launch.image, launch.content),
                "ParentProcessGuid": parent.guid,
                "ParentProcessId": str(parent.pid),
                "ParentImage": parent.image,
                "ParentCommandLine": parent.command_line,
            },
        )
        return process

    def _write_4688(self, t: int, process: Process, launch: Launch) -> None:
        """Security 4688: the creator is the subject; a different new token makes the person the target."""
        creator, target = launch.parent.account, launch.account
        other = creator.logon_id != target.logon_id
        machine = creator.domain == "NT AUTHORITY"
        self.write(
            t + MILLI,
            "4688",
            {
                "SubjectUserSid": creator.sid,
                "SubjectUserName": f"{self.host}$" if machine else creator.name,
                "SubjectDomainName": AD_DOMAIN,
                "SubjectLogonId": creator.logon_id,
                "NewProcessId": hex(process.pid),
                "NewProcessName": process.image,
                "TokenElevationType": "%%1936" if target.integrity == "System" else "%%1938",
                "ProcessId": hex(launch.parent.pid),
                "CommandLine": process.command_line,
                "TargetUserSid": "S-1-0-0",
                "TargetUserName": target.name if other else "-",
                "TargetDomainName": target.domain if other else "-",
                "TargetLogonId": target.logon_id if other else "0x0",
                "ParentProcessName": launch.parent.image,
                "MandatoryLabel": _LABELS[target.integrity],
            },
        )

    def end(self, t: int, process: Process) -> None:
        """A process ends: Sysmon 5."""
        self.write(t + MILLI, "sysmon-5", self._head(t, process))

    def _head(self, t: int, process: Process, **first: str) -> dict[str, str]:
        return {
            "RuleName": "-",
            **first,
            "UtcTime": utc_ms(t),
            "ProcessGuid": process.guid,
            "ProcessId": str(process.pid),
            "Image": process.image,
        }

    def connect(
        self, t: int, process: Process, source: tuple[str, int], destination: tuple[str, int], name: str = "-"
    ) -> None:
        """An outgoing TCP connection that was established: Sysmon 3."""
        ports = {80: "http", 443: "https", 25: "smtp", 445: "microsoft-ds", 88: "kerberos"}
        self.write(
            t + 40 * MILLI,
            "sysmon-3",
            {
                **self._head(t, process),
                "User": process.account.text,
                "Protocol": "tcp",
                "Initiated": "true",
                "SourceIsIpv6": "false",
                "SourceIp": source[0],
                "SourceHostname": self.computer,
                "SourcePort": str(source[1]),
                "SourcePortName": "-",
                "DestinationIsIpv6": "false",
                "DestinationIp": destination[0],
                "DestinationHostname": name,
                "DestinationPort": str(destination[1]),
                "DestinationPortName": ports.get(destination[1], "-"),
            },
        )

    def create_file(self, t: int, process: Process, path: str) -> None:
        """A file appears: Sysmon 11."""
        data = {**self._head(t, process), "TargetFilename": path, "CreationUtcTime": utc_ms(t)}
        self.write(t + MILLI, "sysmon-11", data)

    def mark_of_the_web(self, t: int, process: Process, path: str, hashes: str) -> None:
        """A file from outside gets its zone mark: Sysmon 15 for the content and for the stream."""
        for i, (name, digest) in enumerate(((path, hashes), (f"{path}:Zone.Identifier", _ZONE_HASHES))):
            data = {
                **self._head(t, process),
                "TargetFilename": name,
                "CreationUtcTime": utc_ms(t),
                "Hash": digest,
            }
            self.write(t + (2 + i) * MILLI, "sysmon-15", data)

    def set_registry(self, t: int, process: Process, key: str, value: str) -> None:
        """A registry value is set: Sysmon 13."""
        data = {**self._head(t, process, EventType="SetValue"), "TargetObject": key, "Details": value}
        self.write(t + MILLI, "sysmon-13", data)

    def query_dns(self, t: int, process: Process, name: str, address: str) -> None:
        """The machine's own resolver answered: Sysmon 22."""
        head = self._head(t, process)
        image = head.pop("Image")
        data = {
            **head,
            "QueryName": name,
            "QueryStatus": "0",
            "QueryResults": f"::ffff:{address};",
            "Image": image,
        }
        self.write(t + 900 * MILLI, "sysmon-22", data)

    def install_service(self, t: int, service: Mapping[str, str], account: Account) -> None:
        """A service is installed: System 7045 and Security 4697.

        Args:
            t: When.
            service: ``name``, ``path``, ``start`` (``auto start`` or ``demand start``).
            account: Who installed it.
        """
        start = {"auto start": "2", "demand start": "3"}[service["start"]]
        data = {
            "ServiceName": service["name"],
            "ImagePath": service["path"],
            "ServiceType": "user mode service",
            "StartType": service["start"],
            "AccountName": "LocalSystem",
        }
        labels = (
            "Service Name",
            "Service File Name",
            "Service Type",
            "Service Start Type",
            "Service Account",
        )
        lines = [f"{label}:  {value}" for label, value in zip(labels, data.values(), strict=True)]
        message = "\r\n".join(["A service was installed in the system.", "", *lines])
        self.write(t, "7045", data, Note(message, (account.sid, account.name, account.domain)))
        self.write(
            t + MILLI,
            "4697",
            {
                "SubjectUserSid": account.sid,
                "SubjectUserName": account.name,
                "SubjectDomainName": account.domain,
                "SubjectLogonId": account.logon_id,
                "ServiceName": service["name"],
                "ServiceFileName": service["path"],
                "ServiceType": "0x10",
                "ServiceStartType": start,
                "ServiceAccount": "LocalSystem",
            },
        )

    def service_state(self, t: int, name: str, state: str) -> None:
        """A service changed its state: System 7036."""
        data = {"param1": name, "param2": state}
        self.write(t, "7036", data, Note(f"The {name} service entered the {state} state."))

    def service_process(self, image: str, command_line: str) -> Process:
        """A service that has run since before the day."""
        return replace(
            self.services, pid=self._new_pid(), guid=self._guid(0), image=image, command_line=command_line
        )

    def wmi_host(self, t: int) -> Process:
        """The WMI provider host; started when none has run for a while, in NETWORK SERVICE."""
        if self._wmi is None or t - self._wmi[0] > 90 * MINUTE:
            command = "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding"
            host = self.start(t, Launch(command, images.WMIPRVSE, self.dcom, NETWORK_SERVICE))
            self._wmi = (t, host)
        return self._wmi[1]

    _wmi: tuple[int, Process] | None = None

    def shell(self, account: Account) -> Process:
        """Explorer of a session that was there before the day's first event."""
        command = "C:\\Windows\\Explorer.EXE"
        return replace(
            self.svchost,
            pid=self._new_pid(),
            guid=self._guid(0),
            image="C:\\Windows\\explorer.exe",
            command_line=command,
            account=account,
        )
