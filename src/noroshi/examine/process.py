"""Examines a file in a process of its own, with limits on memory, processor time and files, and no network.

What the process finds comes through a pipe, event after event, as JSON: a process that is killed at a limit
keeps what it had told, and nothing that it writes is ever loaded as code.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from noroshi.errors import LocatedError
from noroshi.examine.budget import MIB, Budget, Limits
from noroshi.examine.model import Bounded, Detail, Effect, Finding, Folding, Seen
from noroshi.examine.registry import examiners
from noroshi.examine.result import Examination, Node, Told
from noroshi.examine.walk import walk

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from noroshi.examine.result import Event

MAX_FILE: Final = 1024 * MIB
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_TOLD: Final = {kind.__name__: kind for kind in (Detail, Effect, Finding, Folding, Seen, Bounded)}
_ENVELOPE: Final = msgspec.json.Decoder(tuple[str, int, msgspec.Raw])
_OPEN_FILES: Final = 64


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Limits of the process around the counted ones.

    Attributes:
        memory: Bytes of address space.
        seconds: Of processor time; three times as many may pass on the clock.
    """

    memory: int = 3072 * MIB
    seconds: int = 60


def examine_file(
    path: Path, limits: Limits | None = None, around: ProcessLimits | None = None
) -> Examination:
    """Examine a file; nothing of it is executed, and the caller's process never parses it.

    Raises:
        LocatedError: The file is larger than `MAX_FILE`.
        OSError: It cannot be read.
    """
    if path.stat().st_size > MAX_FILE:
        raise LocatedError(str(path), "", f"larger than {MAX_FILE >> 20} MiB", "give the part to examine")
    around = around or ProcessLimits()
    context = multiprocessing.get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    with path.open("rb"):  # what cannot be read is said here, not in the process
        pass
    worker = context.Process(target=_work, args=(writer, path, limits or Limits(), around), daemon=True)
    examination = Examination(str(path))
    worker.start()
    writer.close()
    try:
        _receive(reader, examination, time.monotonic() + 3 * around.seconds)
    finally:
        worker.kill() if not examination.complete else None
        worker.join()
        reader.close()
    if not examination.complete and not examination.bounded:
        examination.bounded.append(Bounded("time", around.seconds))
    return examination


def _receive(reader: Connection, examination: Examination, until: float) -> None:
    while reader.poll(max(0.0, until - time.monotonic())):
        try:
            message = reader.recv_bytes()
        except (EOFError, OSError):
            return
        tag, number, raw = _ENVELOPE.decode(message)
        if tag == "end":
            examination.complete = True
            return
        if tag == "isolation":
            examination.isolation = msgspec.json.decode(raw, type=str)
        elif tag == "Node":
            examination.add(msgspec.json.decode(raw, type=Node))
        else:
            outcome: Any = msgspec.json.decode(raw, type=_TOLD[tag])
            examination.add(Told(number, outcome))


def _work(writer: Connection, path: Path, limits: Limits, around: ProcessLimits) -> None:
    # Read here: a child that dies before it takes a large argument leaves its parent waiting.
    content = path.read_bytes()
    examiners()  # all modules are loaded before files become scarce
    _send(writer, "isolation", 0, _without_network())
    _limit(around)
    try:
        for event in walk(content, path.name, Budget(limits)):
            _tell(writer, event)
    except MemoryError:
        _send(writer, "Bounded", 0, Bounded("memory", around.memory))
    _send(writer, "end", 0, None)
    writer.close()


def _tell(writer: Connection, event: Event) -> None:
    if isinstance(event, Node):
        _send(writer, "Node", event.number, event)
    else:
        _send(writer, type(event.outcome).__name__, event.number, event.outcome)


def _send(writer: Connection, tag: str, number: int, value: Any) -> None:
    try:
        raw = msgspec.json.encode((tag, number, value))
    except UnicodeEncodeError:  # lone surrogates, from UTF-16 that is none
        raw = msgspec.json.encode((tag, number, _writable(msgspec.to_builtins(value))))
    writer.send_bytes(raw)


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
    resource.setrlimit(resource.RLIMIT_CPU, (around.seconds, around.seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    os.nice(5)
