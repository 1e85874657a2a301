"""Damaged Windows event logs through ``noroshi scan``: what stands in the sound part is read."""

from __future__ import annotations

import gzip
import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.cli.damage import assert_one, scanned
from tests.events.evtx_chunks import CHUNK_BYTES, HEADER_BYTES, many_records, starts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

RECORDS = 20
MENDED = "export the log again; what could be read was read"
NO_HEADER = "the file header is damaged or missing; the chunks were read without it"
pytestmark = pytest.mark.real_data


@pytest.fixture(scope="session")
def two_chunks(sigmahq: Path) -> bytes:
    """A sound file of two chunks with twenty records each."""
    return many_records(sigmahq, 2, RECORDS)


def test_the_sound_file_is_read_whole(run: Run, tmp_path: Path, two_chunks: bytes) -> None:
    """What the other tests damage has no fault of its own."""
    log = tmp_path / "log.evtx"
    log.write_bytes(two_chunks)
    found = scanned(run, log)
    assert (0, 2 * RECORDS, []) == (found.errors, found.events, found.letters)


@pytest.mark.parametrize("damage", ["magic", "block", "fields", "zeros", "missing"])
@pytest.mark.parametrize("name", ["log.evtx", "log.evtx.gz"])
def test_a_file_header_is_not_needed(
    run: Run, tmp_path: Path, two_chunks: bytes, damage: str, name: str
) -> None:
    """Its chunks stand where they always do: all are read, and one error says that the header is bad."""
    broken = bytearray(two_chunks)
    if damage == "missing":
        del broken[:HEADER_BYTES]
    else:
        begin, end, sign = {
            "magic": (0, 8, b"X"),
            "block": (40, 42, b"\x90"),
            "fields": (8, 128, b"\xff"),
            "zeros": (0, HEADER_BYTES, b"\0"),
        }[damage]
        broken[begin:end] = sign * (end - begin)
    log = tmp_path / name
    log.write_bytes(gzip.compress(broken) if name.endswith(".gz") else broken)
    found = scanned(run, log)
    assert_one(found, log, "byte 0", NO_HEADER)
    assert 2 * RECORDS == found.events


def test_a_header_and_a_chunk_are_two_damages(run: Run, tmp_path: Path, two_chunks: bytes) -> None:
    """Each is told once, and the other chunk is read."""
    broken = bytearray(two_chunks)
    broken[40] = broken[HEADER_BYTES] = 0xFF
    log = tmp_path / "log.evtx"
    log.write_bytes(broken)
    found = scanned(run, log)
    assert [
        f"{log}: byte 0: {NO_HEADER}; {MENDED}",
        f"{log}: chunk 0: it has no chunk header: an unknown number of records is lost; {MENDED}",
    ] == found.told
    assert ["byte 0", "chunk 0"] == [one["place"] for one in found.letters]
    assert RECORDS == found.events


@pytest.mark.parametrize(
    ("record", "inside", "damage", "lost"),
    [
        (5, 40, b"\xff" * 4, 1),
        (5, 24, b"\xff" * 4, 1),
        (0, 1_100, b"\xff" * 4, RECORDS),
        (0, 85, b'"', RECORDS),
    ],
    ids=["one-record", "beginning", "shared-template", "quote-in-a-name-of-the-template"],
)
def test_a_damaged_record_is_one_error(  # noqa: PLR0917 - one column of the table each
    run: Run, tmp_path: Path, two_chunks: bytes, record: int, inside: int, damage: bytes, lost: int
) -> None:
    """However many records cannot be decoded for it, in our words, not in the decoder's."""
    broken = bytearray(two_chunks)
    at = HEADER_BYTES + starts(two_chunks[HEADER_BYTES:])[record] + inside
    broken[at : at + len(damage)] = damage
    log = tmp_path / "log.evtx"
    log.write_bytes(broken)
    found = scanned(run, log)
    told = "1 record is" if lost == 1 else f"{lost} records are"
    assert_one(found, log, "chunk 0", f"the checksum of its records is wrong: about {told} lost")
    assert 2 * RECORDS - lost == found.events


def test_records_beyond_the_decoder_are_one_error(run: Run, tmp_path: Path, two_chunks: bytes) -> None:
    """Where the checksums are right: written so, not damaged on the way."""
    chunk = bytearray(two_chunks[HEADER_BYTES : HEADER_BYTES + CHUNK_BYTES])
    at = starts(bytes(chunk))[5] + 40
    chunk[at : at + 4] = b"\xff" * 4
    end = struct.unpack_from("<I", chunk, 48)[0]
    assert chunk[end : end + 8] == bytes(8)
    struct.pack_into("<I", chunk, 52, zlib.crc32(chunk[512:end]))
    struct.pack_into("<I", chunk, 124, zlib.crc32(chunk[128:512], zlib.crc32(chunk[:120])))
    log = tmp_path / "log.evtx"
    log.write_bytes(two_chunks[:HEADER_BYTES] + chunk + two_chunks[HEADER_BYTES + CHUNK_BYTES :])
    found = scanned(run, log)
    assert_one(found, log, "chunk 0", "not all of its records can be decoded: about 1 record is lost")
    assert 2 * RECORDS - 1 == found.events


def test_what_holds_neither_header_nor_chunk_is_one_error(run: Run, tmp_path: Path) -> None:
    """However long it is."""
    log = tmp_path / "log.evtx"
    log.write_bytes(b"ElfFile\0" + b"\xff" * 200_000)
    found = scanned(run, log)
    assert_one(found, log, "byte 0", "the file header is cut off or damaged")
    assert 0 == found.events
