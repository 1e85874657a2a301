"""The isolated process: it examines one file after the other and tells what it finds as JSON.

It is a program of its own (``python -m noroshi.examine.worker``), so that it loads the examiners and nothing
else. What it finds goes out event after event: a process that is killed at a limit keeps what it had told,
and nothing that it writes is ever loaded as code.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from noroshi.examine.budget import MIB, Budget, Limits
from noroshi.examine.model import Bounded, Finding, Severity
from noroshi.examine.registry import examiners
from noroshi.examine.result import Node, Told
from noroshi.examine.walk import walk

if TYPE_CHECKING:
    from noroshi.examine.result import Event
    from noroshi.examine.yara import Scan

END: Final = "end"
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_OPEN_FILES: Final = 64


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Limits of the process around the counted ones.

    Attributes:
        memory: Bytes of address space.
        seconds: Of processor time for one file; three times as many may pass on the clock.
        files: How many files one process examines before another one takes its place.
    """

    memory: int = 3072 * MIB
    seconds: int = 60
    files: int = 200


@dataclass(frozen=True, slots=True)
class Setup:
    """What a process is told at its beginning.

    Attributes:
        rules: File with compiled YARA rules; empty for none.
    """

    limits: Limits = field(default_factory=Limits)
    around: ProcessLimits = field(default_factory=ProcessLimits)
    rules: str = ""


def serve(reader: Connection, writer: Connection) -> None:
    """Examine the files whose paths come in, until no more come."""
    setup = msgspec.json.decode(reader.recv_bytes(), type=Setup)
    examiners()  # all modules are loaded before files become scarce
    scan = _scan(setup.rules) if setup.rules else None
    isolation = _without_network()
    _limit(setup.around)
    while True:
        try:
            path = Path(os.fsdecode(reader.recv_bytes()))
        except EOFError:
            return
        send(writer, "isolation", 0, isolation)
        if not _examined(writer, path, setup, scan):
            return


def _scan(rules: str) -> Scan:
    """The user's rules, loaded before memory becomes scarce: their engine reserves much and uses little."""
    from noroshi.examine.yara import Scan  # noqa: PLC0415 - a large library that few examinations need

    return Scan(Path(rules).read_bytes())


def _examined(writer: Connection, path: Path, setup: Setup, scan: Scan | None) -> bool:
    """Examine one file; False where the process should not go on."""
    _allow_seconds(setup.around.seconds)
    healthy = True
    try:
        for event in walk(path.read_bytes(), path.name, Budget(setup.limits), scan):
            tell(writer, event)
    except MemoryError:
        send(writer, "Bounded", 0, Bounded("memory", setup.around.memory))
        healthy = False
    except OSError as problem:
        send(writer, "unreadable", 0, problem.strerror or str(problem))
    except Exception as problem:  # noqa: BLE001 - whatever a specimen did, it is told and the next one is safe
        what = {"type": "", "what": f"malformed ({type(problem).__name__})"}
        tell(writer, Told(0, Finding("damaged", Severity.LOW, what)))
        healthy = False
    send(writer, END, 0, None)
    return healthy


def tell(writer: Connection, event: Event) -> None:
    """Write one event."""
    if isinstance(event, Node):
        send(writer, "Node", event.number, event)
    else:
        send(writer, type(event.outcome).__name__, event.number, event.outcome)


def send(writer: Connection, tag: str, number: int, value: Any) -> None:
    """Write a value under its tag."""
    try:
        raw = msgspec.json.encode((tag, number, value), enc_hook=_plain)
    except UnicodeEncodeError:  # lone surrogates, from UTF-16 that is none
        raw = msgspec.json.encode((tag, number, _writable(msgspec.to_builtins(value, enc_hook=_plain))))
    writer.send_bytes(raw)


def _plain(value: Any) -> str:
    """Texts of a library's own kind (pypdf's) as plain ones."""
    return str(value)


def _writable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_writable(key): _writable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(one) for one in value]
    return value


def _without_network() -> str:
    """Leave the network behind by a namespace of our own; ``none`` where the system does not allow it."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        allowed = libc.unshare(_NEW_NET) == 0 or libc.unshare(_NEW_USER | _NEW_NET) == 0
    except (OSError, AttributeError):
        return "none"
    return "network" if allowed else "none"


def _limit(around: ProcessLimits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (around.memory, around.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    os.nice(5)


def _allow_seconds(seconds: int) -> None:
    """Processor time from now on; the kernel counts whole seconds since the process began."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    allowed = int(time.process_time()) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1]), writable=False), Connection(int(sys.argv[2]), readable=False))
