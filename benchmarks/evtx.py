"""EVTX: from file to alerts, against the single-threaded `evtx` binding alone over the same records.

The real chunks are those of SigmaHQ's regression cases. They differ from an ordinary log in two ways, so more
figures stand beside the one that the design asks for. Every record makes a rule fire: one figure leaves out
the rules that fire on them. And nearly every chunk holds a single record, so that the binding reads 64 KiB
for it: other figures have full chunks (`benchmarks.full_chunks`).
"""

from __future__ import annotations

import statistics
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import orjson
from evtx import PyEvtxParser

from benchmarks.full_chunks import full
from benchmarks.measuring import Figure, interleaved, ratio, sigmahq, workplace
from benchmarks.windows import to_alerts, windows_rules
from noroshi.engine.matcher import CompiledRules
from noroshi.events.formats.windows_evtx import WindowsEvtx
from noroshi.events.problems import Problems
from noroshi.indicators.lists import EMPTY
from noroshi.intake import open_inputs
from noroshi.rules.loading import Loaded
from noroshi.rules.model import RuleSet
from noroshi.service.ruleset import Prepared
from noroshi.service.scan import ScanOptions, scan

RUNS = 5
RECORDS = 20_000
FULL_RECORDS = 60_000
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


def promised(chunk: bytes) -> int:
    """How many records the chunk's header names."""
    first, last = struct.unpack_from("<QQ", chunk, 8)
    return int(last - first + 1)


def assembled(name: str, real: list[bytes], wanted: int) -> Path:
    """One file of these chunks, repeated until it holds so many records."""
    path = workplace() / f"{name}.evtx"
    if not path.exists():
        whole = real * -(-wanted // sum(map(promised, real)))
        with path.open("wb") as file:
            file.write(header(len(whole)))
            file.writelines(whole)
    return path


def texts(path: Path) -> Iterator[str]:
    """Every record as JSON text, by `evtx` on one thread."""
    records = PyEvtxParser(str(path), number_of_threads=1).records_json()
    return (record["data"] for record in cast("Iterator[dict[str, str]]", records))


def binding_alone(path: Path) -> int:
    """`evtx` giving every record, nothing else."""
    return sum(1 for _ in PyEvtxParser(str(path), number_of_threads=1).records_json())


def binding_and_json(path: Path) -> int:
    """The same, each text parsed by orjson: the least that a reader in Python must do."""
    return sum(1 for _ in map(orjson.loads, texts(path)))


def to_events(path: Path) -> int:
    """Bytes → events, no rules."""
    problems = Problems()
    return sum(
        1
        for opened in open_inputs((path,), problems=problems)
        for _ in WindowsEvtx().decode(opened.stream, opened.source, problems)
    )


def quiet_rules(path: Path, compiled: CompiledRules) -> CompiledRules:
    """The rules that do not fire on these records."""
    prepared = Prepared(Loaded(compiled.ruleset), compiled, EMPTY, ())
    with closing(scan(ScanOptions((path,)), prepared)) as done:
        fired = {alert.rule.id for alert in done.alerts()}
    rules = tuple(rule for rule in compiled.rules if rule.id not in fired)
    return CompiledRules(RuleSet(rules, (), compiled.ruleset.hash))


def run() -> Iterator[Figure]:
    """The ratio that the design asks for, and what explains it."""
    real, compiled = chunks(), windows_rules()
    path = assembled("assembled", real, RECORDS)
    quiet = quiet_rules(assembled("once", real, 1), compiled)
    records = binding_alone(path)
    yield Figure("records assembled from real chunks", records, "", f">= {RECORDS}")
    yield Figure("alerts that they raise", to_alerts((path,), compiled))
    bare, whole, unfired, events = interleaved(
        RUNS,
        lambda: binding_alone(path),
        lambda: to_alerts((path,), compiled),
        lambda: to_alerts((path,), quiet),
        lambda: to_events(path),
    )
    yield Figure(
        "records/s to alerts ÷ records/s of the evtx binding alone, median", ratio(bare, whole), "", ">= 0.6"
    )
    left_out = len(compiled.rules) - len(quiet.rules)
    yield Figure(f"the same without the {left_out} rules that fire on these records", ratio(bare, unfired))
    yield Figure("the same as events, without rules", ratio(bare, events))
    yield Figure("the evtx binding alone", records / statistics.median(bare), "records/s")
    yield Figure("records to alerts", records / statistics.median(whole), "records/s")
    yield Figure("bytes to alerts", path.stat().st_size / statistics.median(whole) / 1e6, "MB/s")
    yield from _full_chunks(real, quiet)


def _full_chunks(real: list[bytes], quiet: CompiledRules) -> Iterator[Figure]:
    path = assembled("full", [full(chunk) for chunk in real], FULL_RECORDS)
    records = binding_alone(path)
    bare, parsed, whole = interleaved(
        RUNS, lambda: binding_alone(path), lambda: binding_and_json(path), lambda: to_alerts((path,), quiet)
    )
    yield Figure("records in full chunks", records)
    yield Figure("full chunks: the evtx binding alone", records / statistics.median(bare), "records/s")
    yield Figure(
        "full chunks: to alerts, without those rules", records / statistics.median(whole), "records/s"
    )
    yield Figure("full chunks: the same ÷ the evtx binding alone, median", ratio(bare, whole))
    yield Figure(
        "full chunks: the same ÷ the evtx binding and orjson.loads alone, median", ratio(parsed, whole)
    )
