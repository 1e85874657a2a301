"""Hostile files through the command as a user runs it: status, memory, no traceback."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import orjson
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

MAX_MEMORY_MB = 600
GOOD = b'{"EventID":1,"Channel":"Security","Hostname":"a","EventTime":"2020-07-22 04:00:00"}\n'
MIB = 1 << 20


def packed(pieces: Iterable[bytes]) -> bytes:
    """The pieces one after another, as gzip."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as file:
        for piece in pieces:
            file.write(piece)
    return out.getvalue()


def zipped() -> bytes:
    """Three members of 100 MB of nothing."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for number in range(3):
            file.writestr(f"{number}.log", bytes(100 * MIB))
    return out.getvalue()


def linked() -> bytes:
    """An archive with links that lead out of it, a device, and one log with a name that leads out."""
    out = io.BytesIO()
    kinds = {"a": tarfile.SYMTYPE, "b": tarfile.LNKTYPE, "c": tarfile.CHRTYPE, "d": tarfile.FIFOTYPE}
    with tarfile.open(fileobj=out, mode="w") as file:
        for name, kind in kinds.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            file.addfile(member)
        member = tarfile.TarInfo("../../e.json")
        member.size = len(GOOD)
        file.addfile(member, io.BytesIO(GOOD))
    return out.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], int, int]] = {
    # file → how it is made, events in it, exit status
    "line.json.gz": (lambda: packed([GOOD, *[b"a" * MIB] * 100, b"\n", GOOD]), 2, 0),
    "open-line.json.gz": (lambda: packed([GOOD, b'{"EventID":1,"a":"', *[b"a" * MIB] * 100]), 1, 0),
    "array.json.gz": (lambda: packed([b"[", *[GOOD.strip() + b",\n"] * 20_000, GOOD, b"]"]), 20_001, 0),
    "array-in-a-record.json.gz": (lambda: packed([b'{"EventID":1,"a":[', *[b"1,\n" * 100_000] * 100]), 0, 2),
    "zeros.gz": (lambda: packed([bytes(MIB)] * 300), 0, 2),
    "zeros.zip": (zipped, 0, 2),
    "links.tar": (linked, 1, 0),
    "deep.json": (lambda: GOOD + b'{"EventID":1,"a":' + b"[" * 100_000 + b"\n" + GOOD, 2, 0),
    "brackets.json": (lambda: b"[" * 5_000_000, 0, 2),
    "wide.json": (
        lambda: GOOD[:-2] + b"," + b",".join(b'"f%d":1' % n for n in range(100_000)) + b"}\n",
        1,
        0,
    ),
    "utf-16.json": (lambda: GOOD.decode().encode("utf-16") + GOOD.decode().encode("utf-16-le"), 2, 0),
    "crlf.json": (lambda: GOOD.replace(b"\n", b"\r\n") * 2, 2, 0),
    "surrogates.json": (lambda: GOOD.replace(b'"a"', b'"\\ud800"') + GOOD, 2, 0),
    "cut.json.gz": (lambda: packed([GOOD])[:-8], 1, 0),
    "header.evtx": (lambda: b"ElfFile\0" + bytes(100), 0, 0),
    "empty.json": (lambda: b"", 0, 2),
}


def scan(
    folder: Path,
    *arguments: str | Path,
    stdin: bytes | None = None,
) -> tuple[int, str, dict[str, object], float]:
    """Exit status, standard error, summary, and the most memory in MB."""
    output = folder / "out.json"
    command = [sys.executable, "-c", MEASURED, "scan", *map(str, arguments)]
    command += ["--format", "json", "--output", str(output), "--no-cache", "--lang", "en"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, input=stdin, capture_output=True, check=False, timeout=300
    )
    error, _, memory = done.stderr.decode("utf-8", "replace").rpartition("memory ")
    summary = orjson.loads(output.read_bytes())["summary"] if output.exists() else {}
    return done.returncode, error, summary, int(memory) / 1024


MEASURED = """
import pathlib, re, resource, sys
from noroshi.cli.main import main
try:
    main()
finally:
    # Not RUSAGE_SELF: that remembers what the process was that started this one.
    own = re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())
    used = [int(own[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]
    sys.stderr.write(f"memory {max(used)}")
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(name: str, tmp_path: Path) -> None:
    """Each is read as far as it can be, in bounded memory; what cannot be read ends with status 2."""
    make, events, expected = HOSTILE[name]
    (tmp_path / name).write_bytes(make())
    status, error, summary, memory = scan(tmp_path, tmp_path / name, "--workers", "1")
    assert "Traceback" not in error
    assert (expected, events) == (status, summary.get("events", 0))
    assert "nothing could be read" in error or status == 0
    assert memory < MAX_MEMORY_MB


def test_a_folder_of_all_of_them_with_workers(tmp_path: Path) -> None:
    """The good ones are read; links that lead in circles, pipes and sockets do not hold it up."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in ("deep.json", "links.tar", "cut.json.gz", "brackets.json", "header.evtx", "empty.json"):
        (folder / name).write_bytes(HOSTILE[name][0]())
    (folder / "circle").symlink_to(".")
    (folder / "itself").symlink_to("itself")
    (folder / "gone").symlink_to("nothing")
    os.mkfifo(folder / "pipe")
    status, error, summary, memory = scan(tmp_path, folder, "--workers", "2")
    assert "Traceback" not in error
    assert (0, 4) == (status, summary["events"])
    assert memory < MAX_MEMORY_MB


def test_an_endless_array_from_standard_input(tmp_path: Path) -> None:
    """Records are taken out of the array as it streams by: memory does not grow with it."""
    data = b"[" + (GOOD.strip() + b",") * 100_000
    status, error, summary, memory = scan(tmp_path, "-", stdin=data)
    assert "Traceback" not in error
    assert (0, 100_000) == (status, summary["events"])
    assert memory < 300


def test_every_event_a_hit_of_a_large_log(tmp_path: Path) -> None:
    """Hits go to the disk: memory stays bounded where each of 100 events of 1 MB is one."""
    rule = tmp_path / "rule.yml"
    rule.write_text(
        "title: A\nid: 5e0ab2f2-0000-4000-8000-000000000004\nstatus: test\nlogsource: {product: windows}\n"
        "detection: {s: {CommandLine|startswith: aaaa}, condition: s}\nlevel: low\n",
        encoding="utf-8",
    )
    big = GOOD.strip()[:-1] + b',"CommandLine":"' + b"a" * MIB + b'"}\n'
    (tmp_path / "big.json").write_bytes(big * 100)
    status, error, summary, memory = scan(tmp_path, tmp_path / "big.json", "--rules", rule, "--workers", "1")
    assert "Traceback" not in error
    assert (0, 100) == (status, summary["events"])
    assert memory < MAX_MEMORY_MB


@pytest.mark.real_data
@pytest.mark.parametrize("cut", [4_000, 4_096, 4_096 + 200, 4_096 + 30_000])
def test_a_truncated_evtx(cut: int, sigmahq: Path, tmp_path: Path) -> None:
    """Cut in the file's header, after it, in a chunk's header, in its records: one located error at least."""
    evtx = next(iter(sorted(sigmahq.rglob("*.evtx"))))
    (tmp_path / "a.evtx").write_bytes(evtx.read_bytes()[:cut])
    _, error, summary, _ = scan(tmp_path, tmp_path / "a.evtx", "--workers", "1")
    assert "Traceback" not in error
    assert summary["first_errors"]


@pytest.mark.real_data
def test_an_evtx_with_a_bad_checksum(sigmahq: Path, tmp_path: Path) -> None:
    """One flipped bit in the chunk's records."""
    evtx = next(iter(sorted(sigmahq.rglob("*.evtx"))))
    data = bytearray(evtx.read_bytes())
    data[4_096 + 600] ^= 1
    (tmp_path / "a.evtx").write_bytes(data)
    _, error, summary, _ = scan(tmp_path, tmp_path / "a.evtx", "--workers", "1")
    assert "Traceback" not in error
    assert summary["first_errors"]
