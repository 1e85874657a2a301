"""EVTX: from file to alerts, against the single-threaded `evtx` binding alone over the same records."""

from __future__ import annotations

import statistics
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from evtx import PyEvtxParser

from benchmarks.measuring import Figure, interleaved, ratio, sigmahq, workplace
from benchmarks.windows import to_alerts, windows_rules

RUNS = 5
RECORDS = 20_000
HEADER = 4096
CHUNK = 65_536


def chunks() -> list[bytes]:
    """Every whole chunk of the regression cases' EVTX files."""
    found = []
    for path in sorted((sigmahq() / "regression_data").rglob("*.evtx")):
        data = path.read_bytes()
        found += [
            data[at : at + CHUNK]
            for at in range(HEADER, len(data) - CHUNK + 1, CHUNK)
            if data[at : at + 8] == b"ElfChnk\0"
        ]
    return found


def header(count: int) -> bytes:
    """A file header for so many chunks (MS-EVEN6 file format; checksum over the first 120 bytes)."""
    first = struct.pack("<8sQQQIHHHH", b"ElfFile\0", 0, count - 1, count * 1000, 128, 1, 3, HEADER, count)
    first = first.ljust(120, b"\0")
    return (first + struct.pack("<II", 0, zlib.crc32(first))).ljust(HEADER, b"\0")


def assembled() -> Path:
    """One file of real chunks, repeated until it holds `RECORDS` records."""
    path = workplace() / "assembled.evtx"
    if not path.exists():
        real = chunks()
        records = sum(
            struct.unpack_from("<QQ", chunk, 8)[1] - struct.unpack_from("<QQ", chunk, 8)[0] + 1
            for chunk in real
        )
        whole = real * (RECORDS // records + 1)
        path.write_bytes(header(len(whole)) + b"".join(whole))
    return path


def binding_alone(path: Path) -> int:
    """`evtx` giving every record as JSON text, on one thread."""
    return sum(1 for _ in PyEvtxParser(str(path), number_of_threads=1).records_json())


def run() -> Iterator[Figure]:
    """The ratio and absolute figures."""
    path, compiled = assembled(), windows_rules()
    records = binding_alone(path)
    yield Figure("records assembled from real chunks", records, "", f">= {RECORDS}")
    bare, whole = interleaved(RUNS, lambda: binding_alone(path), lambda: to_alerts((path,), compiled))
    yield Figure(
        "records/s to alerts ÷ records/s of the evtx binding alone, median", ratio(bare, whole), "", ">= 0.6"
    )
    yield Figure("records to alerts", records / statistics.median(whole), "records/s")
    yield Figure("bytes to alerts", path.stat().st_size / statistics.median(whole) / 1e6, "MB/s")
