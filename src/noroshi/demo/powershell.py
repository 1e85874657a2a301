"""What Windows PowerShell 5.1 logs about itself: 600 and 400 at the start, 4104 for script blocks, 403 at the end."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from noroshi.demo.times import MILLI, SECOND

if TYPE_CHECKING:
    from random import Random

    from noroshi.demo.windows import Machine, Process

_PROVIDERS: Final = ("Registry", "Alias", "Environment", "FileSystem", "Function", "Variable")
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


def _details(
    pairs: list[tuple[str, str]], process: Process, host_id: str, *, running: bool, sequence: int
) -> str:
    engine, runspace = ("5.1.18362.752", host_id[::-1].translate({45: None})) if running else ("", "")
    if runspace:
        runspace = f"{runspace[:8]}-{runspace[8:12]}-{runspace[12:16]}-{runspace[16:20]}-{runspace[20:]}"
    rest = [
        ("SequenceNumber", str(sequence)), None, ("HostName", "ConsoleHost"), ("HostVersion", "5.1.18362.752"),
        ("HostId", host_id), ("HostApplication", process.command_line), ("EngineVersion", engine),
        ("RunspaceId", runspace), ("PipelineId", ""), ("CommandName", ""), ("CommandType", ""),
        ("ScriptName", ""), ("CommandPath", ""), ("CommandLine", ""),
    ]  # fmt: skip
    lines = [f"\t{name}={value}" for name, value in pairs]
    tail = [f"\t{item[0]}={item[1]}" if item else "" for item in rest]
    return "\r\n".join([*lines, "", *tail])


def _classic(machine: Machine, t: int, name: str, title: str, pairs: list[tuple[str, str]], process: Process,  # noqa: PLR0913 - the parts of a record
             host_id: str, sequence: int) -> None:  # fmt: skip
    running = name != "600"
    details = _details(pairs, process, host_id, running=running, sequence=sequence)
    values = [value for _, value in pairs]
    data = {"param1": values[0], "param2": values[1], "param3": details}
    machine.write(t, name, data, message=f"{title}\r\n\r\nDetails: \r\n{details}")


def session(
    machine: Machine, t: int, process: Process, blocks: tuple[str, ...], *, rng: Random, until: int
) -> None:  # noqa: PLR0913 - the parts of a session
    """The events of one PowerShell process.

    Args:
        machine: Where.
        t: Start of the process.
        process: It.
        blocks: Script blocks in the order in which they ran.
        rng: Chance.
        until: End of the engine (403).
    """
    h = f"{rng.getrandbits(128):032x}"
    host_id = f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
    for i, provider in enumerate(_PROVIDERS):
        pairs = [("ProviderName", provider), ("NewProviderState", "Started")]
        title = f'Provider "{provider}" is Started. '
        _classic(machine, t + (150 + 4 * i) * MILLI, "600", title, pairs, process, host_id, 1 + 2 * i)
    pairs = [("NewEngineState", "Available"), ("PreviousEngineState", "None")]
    _classic(
        machine,
        t + 210 * MILLI,
        "400",
        "Engine state is changed from None to Available. ",
        pairs,
        process,
        host_id,
        13,
    )
    for i, block in enumerate(blocks):
        _script_block(machine, t + (320 + 60 * i) * MILLI, process, block, rng)
    pairs = [("NewEngineState", "Stopped"), ("PreviousEngineState", "Available")]
    stop = max(until, t + SECOND)
    _classic(
        machine,
        stop,
        "403",
        "Engine state is changed from Available to Stopped. ",
        pairs,
        process,
        host_id,
        15,
    )


def _script_block(machine: Machine, t: int, process: Process, text: str, rng: Random) -> None:
    """4104, in several parts when the block is long."""
    h = f"{rng.getrandbits(128):032x}"
    block_id = f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
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
        message = f"Creating Scriptblock text ({number} of {len(parts)}):\r\n{part}\r\n\r\nScriptBlock ID: {block_id}\r\nPath: "
        machine.write(
            t + number * MILLI, "4104", data, message=message, level=level,
            user=(account.sid, account.name, account.domain),
        )  # fmt: skip
