"""Decoding of every format: MB/s, lines/s, and the share of the speed of reading the bytes alone.

The data is each format's sample (`tests/events/samples.py`) repeated to a few MB, for PCAP connections of
one request each by as many clients, for EVTX the real chunks; decoded are all fields of all events, not what
is computed only when somebody asks (times, entities).
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.events.captures import SERVER, conversation, frames, pcap
from tests.events.samples import SAMPLES

from benchmarks.evtx import chunks, header
from benchmarks.measuring import Figure, Unavailable, interleaved, ratio, workplace
from noroshi.events.model import Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

if TYPE_CHECKING:
    from noroshi.events.format import Format

RUNS = 3
TARGET_BYTES = 4_000_000
PIECE_BYTES = 1 << 18


def bytes_alone(path: Path) -> int:
    """Every byte, only read, in the pieces in which decoders read."""
    with path.open("rb", buffering=0) as file:
        return sum(len(piece) for piece in iter(lambda: file.read(PIECE_BYTES), b""))


def decoded(entry: Format, path: Path) -> int:
    """Every event, in batches where the format has them, as a scan takes them."""
    source, problems = Source(str(path), "bench"), Problems()
    batches = getattr(entry, "decode_batches", None)
    with path.open("rb", buffering=0) as file:
        if batches is not None:
            events = sum(len(batch) for batch in batches(file, source, problems))
        else:
            events = sum(1 for _ in entry.decode(file, source, problems))
    assert problems.total == 0, problems.errors
    return events


def measured(name: str, data: bytes) -> Iterator[Figure]:
    """The three figures of one format."""
    entry = format_named(name)
    assert entry is not None
    path = workplace() / f"{name}.log"
    path.write_bytes(data)
    bare, whole = interleaved(RUNS, lambda: bytes_alone(path), lambda: decoded(entry, path))
    once = statistics.median(whole)
    yield Figure(f"{name}: bytes", len(data) / once / 1e6, "MB/s")
    if name not in {"pcap", "windows-evtx", "windows-xml"}:
        yield Figure(f"{name}: lines", data.count(b"\n") / once, "lines/s")
    yield Figure(f"{name}: events", decoded(entry, path) / once, "events/s")
    yield Figure(f"{name}: speed ÷ reading the bytes alone, median", ratio(bare, whole))
    path.unlink()


def capture() -> bytes:
    """Connections one after another, each of another client."""
    size = len(pcap(frames(conversation())))
    clients = (f"10.20.{number >> 8}.{number & 255}" for number in range(TARGET_BYTES // size + 1))
    return pcap(frames([one for client in clients for one in conversation(ends=(client, SERVER))]))


def run() -> Iterator[Figure]:
    """All formats by name, the binary ones last."""
    for name, sample in SAMPLES.items():
        whole = sample.removesuffix(b"\n") + b"\n"
        yield from measured(name, whole * (TARGET_BYTES // len(whole) + 1))
    yield from measured("pcap", capture())
    try:
        real = chunks()
    except Unavailable:
        return
    yield from measured("windows-evtx", header(len(real)) + b"".join(real))
