"""EVTX files, whole and damaged. The files are SigmaHQ's regression data (real data)."""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
import tempfile
import zlib
from typing import TYPE_CHECKING, Any, cast

import pytest
from evtx import PyEvtxParser
from tests.conftest import windows_lines

from noroshi.events.formats.windows_evtx import WindowsEvtx
from noroshi.events.formats.windows_json import WindowsJsonDocuments, WindowsJsonLines
from noroshi.events.model import Source
from noroshi.events.problems import Problems
from noroshi.events.registry import detect, head_of
from noroshi.events.values import all_texts
from noroshi.events.windows.catalogue import Kinds
from noroshi.events.windows.chunks import CHUNK_BYTES, FILE_MAGIC, read_header
from noroshi.events.windows.decoder import Decoder
from noroshi.events.windows.tables import catalogue_table
from noroshi.intake import open_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from noroshi.errors import LocatedError
    from noroshi.events.format import Format
    from noroshi.events.model import Event

CASES = 87


def read(fmt: Format, data: bytes) -> tuple[list[Event], Problems]:
    """The events of some bytes and what was wrong with them."""
    problems = Problems()
    return list(fmt.decode(io.BytesIO(data), Source("log.evtx", "id"), problems)), problems


@pytest.fixture(scope="session")
def four_chunks(sigmahq: Path) -> bytes:
    """A sound file of four real chunks with one record each."""
    files = [path.read_bytes() for path in sorted(sigmahq.rglob("*.evtx"))]
    chunks = [data[4_096 : 4_096 + CHUNK_BYTES] for data in files[:4]]
    header = bytearray(files[0][:4_096])
    struct.pack_into("<H", header, 42, 4)
    struct.pack_into("<I", header, 124, zlib.crc32(bytes(header[:120])))
    return bytes(header) + b"".join(chunks)


class Kept:
    """Dead letters in memory."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, bytes]] = []

    def keep(self, error: LocatedError, raw: bytes) -> None:
        """Keep one."""
        self.letters.append((error.place, raw))


def test_a_damaged_chunk_reaches_the_dead_letters(four_chunks: bytes) -> None:
    """With its bytes, so that they can be looked at; a missing one with the header that promised it."""
    broken = bytearray(four_chunks[:-CHUNK_BYTES])
    broken[4_096 + CHUNK_BYTES + 600] ^= 0xFF
    kept = Kept()
    problems = Problems(dead_letters=kept)
    list(WindowsEvtx().decode(io.BytesIO(broken), Source("log.evtx", "id"), problems))
    chunk = bytes(broken[4_096 + CHUNK_BYTES : 4_096 + 2 * CHUNK_BYTES])
    assert [("chunk 3", bytes(broken[:4_096])), ("chunk 1", chunk)] == kept.letters


def test_header_of_a_sound_file_is_read() -> None:
    """Chunk count, dirty flag and checksum of a header made by hand."""
    header = bytearray(4_096)
    header[:8] = FILE_MAGIC
    struct.pack_into("<HH", header, 40, 4_096, 7)
    struct.pack_into("<I", header, 120, 1)
    struct.pack_into("<I", header, 124, zlib.crc32(bytes(header[:120])))
    found = read_header(bytes(header))
    assert found is not None
    assert (4_096, 7, True, True) == (found.block_bytes, found.chunks, found.dirty, found.sound)


@pytest.mark.parametrize("data", [FILE_MAGIC, FILE_MAGIC + bytes(5_000), FILE_MAGIC + b"\xff" * 70_000])
def test_no_evtx_is_one_or_two_located_errors(data: bytes) -> None:
    """A file that only begins like one ends in errors with their place, never in a traceback."""
    assert 1.0 == WindowsEvtx().sniff(head_of(data))
    events, problems = read(WindowsEvtx(), data)
    assert [] == events
    assert problems.errors[0].place


@pytest.mark.real_data
def test_positions_are_chunk_and_record(four_chunks: bytes) -> None:
    """Every event knows its chunk, and nothing is wrong with the file."""
    events, problems = read(WindowsEvtx(), four_chunks)
    assert ["0", "1", "2", "3"] == [str(event.position).split(":")[0] for event in events]
    assert [] == problems.errors


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("begin", "end", "patch", "events_left", "place", "what"),
    [
        (
            0,
            -60_000,
            b"",
            3,
            "chunk 3",
            "it is cut off after 5,536 of 65,536 bytes: about 1 record is lost",
        ),
        (0, -CHUNK_BYTES, b"", 3, "chunk 3", "1 of 4 chunks are missing: the file was cut off"),
        (4_096 + CHUNK_BYTES, None, b"XXXXXXXX", 3, "chunk 1", "it has no chunk header"),
        (
            4_096 + CHUNK_BYTES + 600,
            None,
            b"\xff" * 100,
            3,
            "chunk 1",
            "the checksum of its records is wrong: about 1",
        ),
        (4_096 + CHUNK_BYTES + 200, None, b"\xee" * 4, 3, "chunk 1", "the checksum of its header is wrong"),
    ],
)
def test_damage_is_told_with_its_chunk(  # noqa: PLR0917 - one column of the table each
    four_chunks: bytes, begin: int, end: int | None, patch: bytes, events_left: int, place: str, what: str
) -> None:
    """A cut or damaged chunk is one error with an estimate of what is lost; the rest is read."""
    data = bytearray(four_chunks[:end])
    data[begin : begin + len(patch)] = patch
    events, problems = read(WindowsEvtx(), bytes(data))
    assert events_left == len(events)
    assert [place] == [error.place for error in problems.errors]
    assert problems.errors[0].what.startswith(what)


@pytest.mark.real_data
def test_catalogue_covers_every_service_and_category_of_the_rules(sigmahq: Path) -> None:
    """No SigmaHQ rule for Windows names a service or category that no event can have."""
    table = catalogue_table()
    services = {*table["channels"].values(), *table["providers"].values()}
    by_event = [*table["categories"].values(), *table["provider_categories"].values()]
    categories = {name for events in by_event for names in events.values() for name in names}
    missing = set()
    for path in sorted(sigmahq.rglob("rules*/**/*.yml")):
        source = re.search(r"^logsource:\n((?:[ #].*\n|\n)+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        found = dict(re.findall(r"^ +(\w+): *([\w.-]+)", source[1], re.MULTILINE)) if source else {}
        if found.get("product") == "windows":
            missing |= {found.get("service", "security")} - services
            missing |= {found.get("category", "file_event")} - categories
    assert set() == missing


def basics(event: Event) -> tuple[object, ...]:
    """What a record and its twin must agree on; the twins were written without blanks at the ends."""
    data = event.fields["Event"].get("EventData") or event.fields["Event"].get("UserData")
    data = {name: value.rstrip() if isinstance(value, str) else value for name, value in data.items()}
    return event.fields["Channel"], event.fields["EventID"], event.fields["Provider_Name"], data


@pytest.mark.real_data
def test_evtx_and_json_twins_agree(sigmahq: Path) -> None:
    """All regression files decode without problem, and each pair gives the same events."""
    pairs = 0
    for path in sorted(sigmahq.rglob("*.evtx")):
        twin = path.with_suffix(".json").read_bytes()
        head = head_of(twin, complete=True)
        formats: tuple[Format, ...] = (WindowsJsonLines(), WindowsJsonDocuments())
        best = max(formats, key=lambda fmt: fmt.sniff(head))
        assert best.sniff(head) > 0.9
        first, problems = read(WindowsEvtx(), path.read_bytes())
        second, others = read(best, twin)
        assert ([], []) == (problems.errors, others.errors)
        assert [basics(event) for event in first] == [basics(event) for event in second]
        assert [event.logsource for event in first] == [event.logsource for event in second]
        assert [event.time.at.date() for event in first] == [event.time.at.date() for event in second]
        assert first
        pairs += 1
    assert CASES == pairs


@pytest.mark.real_data
def test_every_recorded_line_decodes(real_data: Path) -> None:
    """Every line of the Windows recordings is a Windows event with time and host; script parts are joined."""
    lines = [line for line in windows_lines(real_data, every=7) if line.strip()]
    data = b"".join(lines)
    assert "windows-json" == getattr(detect(head_of(data)).format, "name", None)
    events, problems = read(WindowsJsonLines(), data)
    assert [] == problems.errors
    parts = sum(b'"EventID":4104' in line and b'"MessageTotal":"1"' not in line for line in lines)
    assert len(lines) - parts <= len(events) <= len(lines)
    assert {"windows"} == {event.logsource.product for event in events}
    for event in events[::50]:
        assert event.entities.host
        assert event.time.at.year in {2019, 2020, 2022}
        for name, value in event.kind.constants.items():
            assert value == event.fields[name]


@pytest.mark.real_data
def test_fast_shape_gives_what_the_careful_one_gives(sigmahq: Path) -> None:
    """Every record of the binding: the same events by the short way as by the way for any shape."""
    kinds, records = Kinds("windows-evtx"), 0
    source, problems = Source("log.evtx", "id"), Problems()
    short, careful = Decoder(source, problems, kinds), Decoder(source, problems, kinds)
    for path in sorted(sigmahq.rglob("*.evtx")):
        for record in cast("Iterator[dict[str, str]]", PyEvtxParser(str(path)).records_json()):
            raw = record["data"].encode()
            event = short.of_binding(raw, "0:1")
            found = short.released() if event is None else [event]
            expected = careful.record(json.loads(raw), "0:1")
            assert [one.fields for one in expected] == [one.fields for one in found]
            assert [one.kind for one in expected] == [one.kind for one in found]
            records += 1
    assert records > CASES


@pytest.mark.real_data
def test_every_text_stands_in_the_raw_bytes(sigmahq: Path) -> None:
    """What keywords are looked for in: each value as it is or as JSON writes it."""
    for path in sorted(sigmahq.rglob("*.evtx")):
        for event in read(WindowsEvtx(), path.read_bytes())[0]:
            raw = (event.raw or b"").decode()
            texts = all_texts(event.fields)
            absent = [t for t in texts if t not in raw and json.dumps(t, ensure_ascii=False)[1:-1] not in raw]
            assert [] == absent


@pytest.mark.real_data
def test_plain_file_is_not_copied(
    four_chunks: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file on disk is read where it stands; what came out of an archive is copied first."""
    log = tmp_path / "log.evtx"
    log.write_bytes(four_chunks)
    packed = tmp_path / "packed.evtx.gz"
    packed.write_bytes(gzip.compress(four_chunks))
    copied: list[str] = []
    real = tempfile.NamedTemporaryFile

    def counted(*args: Any, **named: Any) -> Any:
        copied.append(opened.source.path)
        return real(*args, **named)

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", counted)
    for opened in open_inputs([log, packed], problems=Problems()):
        assert 4 == len(list(WindowsEvtx().decode(opened.stream, opened.source, Problems())))
    assert [str(packed)] == copied
