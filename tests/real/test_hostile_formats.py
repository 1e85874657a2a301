"""Every format with every kind of damage, through the command: errors with places, dead letters, memory."""

from __future__ import annotations

import gzip
import io
from collections import Counter
from typing import TYPE_CHECKING

import orjson
import pytest

from noroshi.events.model import Source
from noroshi.events.problems import REPAIRED, Problems
from noroshi.events.registry import format_named
from noroshi.intake import open_inputs
from tests.events.samples import SAMPLES
from tests.real.test_robustness import MAX_MEMORY_MB, MIB, packed, scan

if TYPE_CHECKING:
    from pathlib import Path

DAMAGE: dict[str, bytes] = {
    "NUL bytes": b"\0" * MIB,
    "JSON nested 10,000 deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "lists nested 10,000 deep": b"[" * 10_000 + b"]" * 10_000,
    "XML nested 10,000 deep": b"<Event>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</Event>",
    "a line of 20 MB": b"a" * (20 * MIB),
    "bytes of no encoding": b"\xff\xfe\xfd \x80\x81",
}
BETWEEN = {"windows-json-documents": (b'{"EventID": 1, "a": "', b'"}')}
"""What makes the line a record where text between records would be another format."""
ENDLESS = (
    "squid",
    "windows-json",
    "windows-json-documents",
    "windows-xml",
    "modsecurity-serial",
    "syslog",
    "zeek",
)
"""One format of each way to cut an input into records."""
_LENIENT = frozenset({"windows-json-documents", "windows-xml"})
"""Cut by their own borders, so that what stands between two of them is one error, however it came about."""


def events_in(name: str) -> int:
    """How many events the sample of a format has."""
    entry = format_named(name)
    assert entry is not None
    return len(list(entry.decode(io.BytesIO(SAMPLES[name]), Source("a", "a"), Problems())))


def test_all_formats_with_all_kinds_of_damage(tmp_path: Path) -> None:
    """What stands before and behind the damage is read; the damage is told, counted and kept."""
    folder = tmp_path / "logs"
    folder.mkdir()
    damage = b"".join(text + b"\n" for text in DAMAGE.values())
    for name, sample in SAMPLES.items():
        whole = sample.removesuffix(b"\n") + b"\n"
        (folder / name).write_bytes(whole + damage + whole)
    dead = tmp_path / "dead.ndjson"
    status, error, summary, memory = scan(tmp_path, folder, "--workers", "1", "--dead-letters", dead)
    assert "Traceback" not in error
    assert 0 == status
    assert memory < MAX_MEMORY_MB
    letters = [orjson.loads(line) for line in dead.read_bytes().splitlines()]
    told = [letter for letter in letters if "no time" not in letter["reason"]]
    by_file = Counter(letter["path"].rpartition("/")[2] for letter in told)
    repaired = [letter for letter in letters if letter["reason"] == REPAIRED]
    assert repaired
    assert len(repaired) <= summary["repaired_records"]  # type: ignore[operator]  # JSON
    assert summary["errors"]["count"] == len(letters) - len(repaired)  # type: ignore[index]  # JSON
    assert all(letter["place"] and letter["reason"] for letter in letters)
    for name in SAMPLES:
        assert by_file[name] >= (1 if name in _LENIENT else 2), name
        assert by_file[name] <= 2 * len(DAMAGE), name
    assert sum(2 * events_in(name) for name in SAMPLES) <= summary["events"]  # type: ignore[operator]  # JSON


@pytest.mark.parametrize("name", ENDLESS)
def test_a_line_of_200_mb(name: str, tmp_path: Path) -> None:
    """One located error; the records before and after it are read; never held whole."""
    sample = SAMPLES[name].removesuffix(b"\n") + b"\n"
    path = tmp_path / "log.gz"
    begin, end = BETWEEN.get(name, (b"", b""))
    path.write_bytes(packed([sample, begin, *[b"a" * MIB] * 200, end, b"\n", sample]))
    dead = tmp_path / "dead.ndjson"
    status, error, summary, memory = scan(tmp_path, path, "--workers", "1", "--dead-letters", dead)
    assert "Traceback" not in error
    assert (0, 1) == (status, summary["errors"]["count"])  # type: ignore[index]  # JSON
    (letter,) = map(orjson.loads, dead.read_bytes().splitlines())
    assert letter["path"] == str(path)
    assert letter["place"]
    assert ("was skipped" if name == "windows-xml" else "longer than") in letter["reason"]
    assert 2 * events_in(name) == summary["events"]
    assert memory < MAX_MEMORY_MB


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_an_archive_that_was_cut_off(name: str, tmp_path: Path) -> None:
    """Cut in the middle of its compressed bytes: one error of the archive, at most one of the last record."""
    entry = format_named(name)
    assert entry is not None
    data = gzip.compress(SAMPLES[name] * 3, compresslevel=0)
    path = tmp_path / "log.gz"
    path.write_bytes(data[: len(data) * 2 // 3])
    problems = Problems()
    events = sum(
        len(list(entry.decode(opened.stream, opened.source, problems)))
        for opened in open_inputs([path], problems=problems)
    )
    assert events >= 1
    assert "the gzip stream is cut off" in problems.errors[0].what or "cut off" in problems.errors[-1].what
    assert 1 <= problems.total <= 2
