r"""Windows events as Splunk's forwarders write them without ``renderXml``: ``name=value`` and the message.

Format: Splunk documentation, "Monitor Windows event log data" (``WinEventLog://``, ``renderXml = false``);
the messages are Microsoft's, "Security auditing" and Sysmon::

    07/22/2020 01:12:09 PM
    LogName=Security
    EventCode=4624
    ComputerName=PC-014.minato.test
    Message=An account was successfully logged on.
    New Logon:
        Account Name:       t.suzuki

A record begins with its time, in the forwarder's own zone, which is not written (``--zone``). The rendered
message is taken apart: ``name: value`` under headings. Sysmon's names are the fields' own; those of English
security messages become Microsoft's (``New Logon``, ``Account Name``: ``TargetUserName``). Positions are
byte offsets of the records' first lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.problems import Problems
from noroshi.events.traits import load_table
from noroshi.events.windows.catalogue import Kinds
from noroshi.events.windows.decoder import Decoder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Event, Fields, Source

NAME: Final = "windows-splunk"
MAX_LINES: Final = 2_000
MAX_TEXT: Final = 65_536
"""Lines of one record, and letters of one line, that are kept."""
_TIME: Final = re.compile(
    r"(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d):(\d\d)(\.\d{1,9})? ([AP])M|\d{8}\d{6}\.\d{6}", re.ASCII
)
_HEADER: Final = re.compile(r"(LogName|SourceName|EventCode|EventType|Type|ComputerName|User|Sid|SidType"
                            r"|TaskCategory|OpCode|RecordNumber|Keywords|CategoryString)=(.*)")  # fmt: skip
_PAIR: Final = re.compile(r"\s*([A-Za-z][\w /()-]{0,60}):(?:\s+(\S.*))?")
_RENAMED: Final = {
    "LogName": "Channel",
    "ComputerName": "Hostname",
    "EventCode": "EventID",
    "Type": "Severity",
    "User": "AccountName",
    "Sid": "UserID",
}


@dataclass(slots=True)
class SplunkReader:
    """Collects the lines of a record; joins parents and script parts as other Windows formats do."""

    source: Source
    kinds: Kinds
    lines: list[str] = field(default_factory=list)
    position: int | str = 0
    _problems: Problems = field(default_factory=Problems)
    _decoder: Decoder = field(init=False)

    def __post_init__(self) -> None:
        self._decoder = Decoder(self.source, self._problems, self.kinds)

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The events of the record before, where this line begins another."""
        if _TIME.fullmatch(line.rstrip()) is None:
            if not self.lines:
                raise UnreadableRecordError("a line before any time", "the file may be cut at its beginning")
            if len(self.lines) < MAX_LINES:
                self.lines.append(line[:MAX_TEXT])
            return ()
        done, at = self.lines, self.position
        self.lines, self.position = [line.rstrip()], position
        return self._read(done, at) if done else ()

    def finish(self) -> Iterable[Event]:
        """The last record, and what joins still hold back.

        Raises:
            UnreadableRecordError: The last record is cut off.
        """
        done, self.lines = self.lines, []
        events = list(self._read(done, self.position)) if done else []
        return [*events, *self._decoder.rest()]

    def _read(self, lines: list[str], position: int | str) -> Iterable[Event]:
        record = record_of(lines)
        if "EventID" not in record or "Channel" not in record:
            raise UnreadableRecordError(
                "the record before has no LogName or no EventCode", "it may be cut off"
            )
        return self._decoder.record(record, position)


def record_of(lines: list[str]) -> Fields:
    """The record of these lines, flat, with the names that NXLog gives."""
    record: Fields = {"EventTime": _iso(lines[0])}
    message: list[str] = []
    for line in lines[1:]:
        if message:
            message.append(line)
        elif line.startswith("Message="):
            message.append(line.removeprefix("Message="))
        elif (match := _HEADER.fullmatch(line)) is not None:
            record[_RENAMED.get(match[1], match[1])] = match[2].strip()
    if "EventID" in record and str(record["EventID"]).isdecimal():
        record["EventID"] = int(record["EventID"][:9])
    record["Message"] = "\n".join(message)
    for name, value in _data(message).items():
        record.setdefault(name, value)
    return record


def _data(message: list[str]) -> Fields:
    """The names and values of a rendered message."""
    names = load_table("windows").raw["rendered"]
    heading = ""
    found: Fields = {}
    for line in message[1:]:
        match = _PAIR.fullmatch(line)
        if match is None:
            continue
        label, value = match[1].strip(), match[2]
        if value is None and not line.startswith(("\t", " ")):
            heading = label
        name = names.get(f"{heading}/{label}", names.get(label, label if label.isidentifier() else None))
        if name and value is not None:
            found.setdefault(name, value.strip())
    return found


def _iso(text: str) -> str:
    match = _TIME.fullmatch(text)
    if match is None or match[1] is None:
        return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}:{text[12:]}"
    month, day, year, hour, minute, second, fraction, half = match.groups()
    hours = int(hour) % 12 + (12 if half == "P" else 0)
    return f"{year}-{month}-{day} {hours:02}:{minute}:{second}{fraction or ''}"


@dataclass(frozen=True, slots=True)
class SplunkFormat:
    """Splunk's classic text of Windows events."""

    name: str = NAME
    splittable: bool = False
    kinds: Kinds = field(default_factory=lambda: Kinds(NAME), compare=False)

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """A record's own lines; those of its message are anything."""
        if line.startswith(("LogName=", "EventCode=", "ComputerName=", "Message=")):
            return 1.0
        return 0.98 if _TIME.fullmatch(line.rstrip()) or _HEADER.fullmatch(line) else 0.0

    def reader(self, source: Source) -> SplunkReader:
        """A reader for one input."""
        return SplunkReader(source, self.kinds)


FORMATS: Final[tuple[LineFormat, ...]] = (SplunkFormat(),)
