"""What Windows PowerShell 5.1 logs about itself: 600 and 400 first, 4104 for script blocks, 403 last."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.demo.times import MILLI, SECOND
from noroshi.demo.windows import Note

if TYPE_CHECKING:
    from noroshi.demo.windows import Machine, Process

_PROVIDERS: Final = ("Registry", "Alias", "Environment", "FileSystem", "Function", "Variable")
_VERSION: Final = "5.1.18362.752"
_PART_CHARACTERS: Final = 12_000
_SUSPICIOUS: Final = (
    "FromBase64String",
    "DownloadFile",
    "DownloadString",
    "Net.WebClient",
    "Add-Type",
    "VirtualAlloc",
)
"""PowerShell logs a block with one of its built-in suspicious words as a warning, others as verbose."""


def encode(script: str) -> str:
    """The argument of ``-EncodedCommand``: base64 over UTF-16LE."""
    return base64.b64encode(script.encode("utf-16-le")).decode()


@dataclass(frozen=True, slots=True)
class _Engine:
    """A running engine: where, in which process, and its two identifiers."""

    machine: Machine
    process: Process
    host_id: str
    runspace_id: str

    def log(self, t: int, name: str, title: str, pairs: list[tuple[str, str]], sequence: int) -> None:
        """One event of the classic log; engine and runspace are unknown while providers start (600)."""
        running = name != "600"
        rest = {
            "HostName": "ConsoleHost",
            "HostVersion": _VERSION,
            "HostId": self.host_id,
            # .NET joins the parsed arguments: quotes are gone.
            "HostApplication": self.process.command_line.replace('"', ""),
            "EngineVersion": _VERSION if running else "",
            "RunspaceId": self.runspace_id if running else "",
            "PipelineId": "",
            "CommandName": "",
            "CommandType": "",
            "ScriptName": "",
            "CommandPath": "",
            "CommandLine": "",
        }
        first = "\r\n".join(f"\t{key}={value}" for key, value in pairs)
        tail = "\r\n".join(f"\t{key}={value}" for key, value in rest.items())
        details = f"{first}\r\n\r\n\tSequenceNumber={sequence}\r\n\r\n{tail}"
        data = {"param1": pairs[0][1], "param2": pairs[1][1], "param3": details}
        self.machine.write(t, name, data, Note(f"{title}\r\n\r\nDetails: \r\n{details}"))


def session(machine: Machine, t: int, process: Process, blocks: tuple[str, ...], until: int) -> None:
    """The events of one PowerShell process.

    Args:
        machine: Where.
        t: Start of the process.
        process: It.
        blocks: Script blocks in the order in which they ran.
        until: End of the engine (403).
    """
    engine = _Engine(machine, process, machine.new_guid(), machine.new_guid())
    for i, provider in enumerate(_PROVIDERS):
        pairs = [("ProviderName", provider), ("NewProviderState", "Started")]
        engine.log(t + (150 + 4 * i) * MILLI, "600", f'Provider "{provider}" is Started. ', pairs, 1 + 2 * i)
    pairs = [("NewEngineState", "Available"), ("PreviousEngineState", "None")]
    engine.log(t + 210 * MILLI, "400", "Engine state is changed from None to Available. ", pairs, 13)
    for i, block in enumerate(blocks):
        _script_block(machine, t + (320 + 60 * i) * MILLI, process, block)
    pairs = [("NewEngineState", "Stopped"), ("PreviousEngineState", "Available")]
    stop = max(until, t + SECOND)
    engine.log(stop, "403", "Engine state is changed from Available to Stopped. ", pairs, 15)


def _script_block(machine: Machine, t: int, process: Process, text: str) -> None:
    """4104, in several parts when the block is long."""
    block_id = machine.new_guid()
    parts = [text[i : i + _PART_CHARACTERS] for i in range(0, len(text), _PART_CHARACTERS)] or [""]
    level = 3 if any(word.lower() in text.lower() for word in _SUSPICIOUS) else 5
    account = process.account
    for number, part in enumerate(parts, 1):
        data = {
            "MessageNumber": str(number),
            "MessageTotal": str(len(parts)),
            "ScriptBlockText": part,
            "ScriptBlockId": block_id,
            "Path": "",
        }
        head = f"Creating Scriptblock text ({number} of {len(parts)}):"
        message = f"{head}\r\n{part}\r\n\r\nScriptBlock ID: {block_id}\r\nPath: "
        note = Note(message, (account.sid, account.name, account.domain), level)
        machine.write(t + number * MILLI, "4104", data, note)
