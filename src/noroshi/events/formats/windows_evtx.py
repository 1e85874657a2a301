"""Windows event logs as EVTX files, by the ``evtx`` binding.

Format: Joachim Metz, "Windows XML Event Log (EVTX) format" (libevtx documentation); Microsoft, [MS-EVEN6].

The binding is silent about a file that was cut off and loses all records of a damaged chunk, so the file's
frame is read here as well (`noroshi.events.windows.chunks`) and compared with what came out: one error for
each damaged chunk. Where the file header is damaged the chunks are read without it. Positions are
``chunk:record id``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final, cast

from evtx import PyEvtxParser

from noroshi.errors import LocatedError, Sentence
from noroshi.events.format import is_broken
from noroshi.events.windows.catalogue import Kinds
from noroshi.events.windows.chunks import (
    CHUNK_BYTES,
    CHUNK_MAGIC,
    FILE_MAGIC,
    Chunk,
    FileHeader,
    WithoutHeader,
    find_header,
    read_chunks,
)
from noroshi.events.windows.decoder import Decoder
from noroshi.events.windows.text import BadRecordError, read_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from noroshi.events.format import ByteSource, Head
    from noroshi.events.model import Event, Source
    from noroshi.events.problems import Problems

_HEADER_BYTES: Final = 4_096
_COPY_BYTES: Final = 1 << 20
_RESERVED_BYTES: Final = 256 << 20
_MAX_FAILURES: Final = 100_000
_AGAIN: Final = "export the log again; what could be read was read"


@dataclass(frozen=True, slots=True)
class WindowsEvtx:
    """EVTX files; needs random access, so what is no plain file is first copied to a temporary one."""

    name: str = "windows-evtx"
    kinds: Kinds = field(default_factory=lambda: Kinds("windows-evtx"), compare=False)

    def sniff(self, head: Head) -> float:
        """Certain by its magic number, or by that of its first chunk where the file header is damaged."""
        return 1.0 if head.data.startswith(FILE_MAGIC) or find_header(head.data) is not None else 0.0

    def decode(self, stream: ByteSource, source: Source, problems: Problems) -> Iterator[Event]:
        """The events chunk by chunk; every damaged or missing chunk is one located error."""
        with _random_access(stream, source, problems) as file:
            if file is not None:
                decoder = Decoder(source, problems, self.kinds)
                yield from _Reader(file, source, problems, decoder, cut=is_broken(stream)).events()


@contextmanager
def _random_access(stream: ByteSource, source: Source, problems: Problems) -> Iterator[IO[bytes] | None]:
    """The stream as a file of its own: the plain file itself where it is one, else a temporary copy."""
    ask = getattr(stream, "plain_path", None)
    path: Path | None = ask() if ask is not None else None
    if path is not None:
        with path.open("rb") as plain:
            yield plain
        return
    with tempfile.NamedTemporaryFile(prefix="noroshi-", suffix=".evtx") as copy:
        room = shutil.disk_usage(copy.name).free - _RESERVED_BYTES
        while chunk := stream.read(_COPY_BYTES):
            room -= len(chunk)
            if room < 0:
                mend = "unpack it yourself or point TMPDIR to a larger disk"
                problems.add(LocatedError(source.path, "", "there is no room to unpack it", mend))
                yield None
                return
            copy.write(chunk)
        copy.flush()
        yield copy.file


@dataclass(slots=True)
class _Reader:
    """Reads one file and keeps account of what each chunk promised and gave.

    Attributes:
        cut: Whether the file's end is missing because its packing was cut off, which has been reported.
    """

    file: IO[bytes]
    source: Source
    problems: Problems
    decoder: Decoder
    cut: bool = False
    _chunks: list[Chunk] = field(default_factory=list)
    _at: int = 0
    _counts: list[int] = field(default_factory=list)
    _failures: Counter[int] = field(default_factory=Counter)
    _block_bytes: int = _HEADER_BYTES

    def events(self) -> Iterator[Event]:
        """All events, then the errors that only the end shows."""
        self.file.seek(0)
        header = find_header(self.file.read(_HEADER_BYTES + len(CHUNK_MAGIC)))
        if header is not None:
            self._block_bytes = header.block_bytes
            self._chunks = [chunk for chunk in read_chunks(self.file.fileno(), header) if not chunk.empty]
        if header is None or not (header.sound or any(chunk.records for chunk in self._chunks)):
            self._report("byte 0", "the file header is cut off or damaged", _AGAIN)
            return
        self._counts = [0] * len(self._chunks)
        self._report_frame(header)
        try:
            whole = str(self.file.name) if header.sound else WithoutHeader(self.file, header.block_bytes)
            parser = PyEvtxParser(whole, number_of_threads=1)
        except (RuntimeError, OSError, ValueError) as failure:
            self._report(
                "byte 0", Sentence("the file cannot be read ({failure})", failure=_short(failure)), _AGAIN
            )
            return
        yield from self._records(cast("Iterator[dict[str, Any]]", parser.records_json()))
        yield from self.decoder.rest()
        self._report_chunks()

    def _records(self, records: Iterator[dict[str, Any]]) -> Iterator[Event]:
        failures = 0
        while failures < _MAX_FAILURES:
            try:
                yield from self._read(records)
            except RuntimeError as failure:
                failures += 1
                self._failed(failure)
            else:
                return

    def _read(self, records: Iterator[dict[str, Any]]) -> Iterator[Event]:
        """The events until the binding fails."""
        of_binding, released = self.decoder.of_binding, self.decoder.released
        next_chunk = self._next_chunk
        for record in records:
            position = f"{next_chunk()}:{record['event_record_id']}"
            raw = record["data"].encode("utf-8", "replace")
            try:
                event = of_binding(raw, position)
            except (ValueError, TypeError, AttributeError, KeyError):
                yield from self._odd(raw, position)
                continue
            if event is None:
                yield from released()
            else:
                yield event

    def _odd(self, raw: bytes, position: str) -> list[Event]:
        """The events of a record of another shape; of a damaged template the binding makes no JSON."""
        try:
            read_record(raw)
        except BadRecordError:
            self._lose()
            return []
        return self.decoder.document(raw, position, f"record {position}")

    def _lose(self) -> None:
        """Count a record that the binding gave, or gave up, for which there is no event."""
        if self._at < len(self._chunks):
            self._failures[self._at] += 1
            self._blame(self._at)

    def _next_chunk(self) -> int:
        """The number of the chunk that the next record is from: chunks come in order and say their count."""
        at, chunks, counts = self._at, self._chunks, self._counts
        try:
            while counts[at] >= chunks[at][1]:
                at += 1
                self._at = at
        except IndexError:
            return at
        counts[at] += 1
        return chunks[at][0]

    def _failed(self, failure: RuntimeError) -> None:
        """The binding gave up a chunk (all that is left of it) or one record; told once, with its chunk."""
        text = str(failure)
        if "chunk" in text.lower() and not text.startswith("Failed to parse record"):
            self._skip_chunk()
            return
        self._next_chunk()
        self._lose()

    def _skip_chunk(self) -> None:
        """Go on behind the damaged chunk: the next faulty one, else the one under way."""
        open_ones = range(self._at, len(self._chunks))
        unfinished = [at for at in open_ones if self._counts[at] < self._chunks[at].records]
        at = next(
            (at for at in open_ones if self._chunks[at].fault), min(unfinished, default=len(self._chunks))
        )
        if at < len(self._chunks):
            self._blame(at)
            self._at = at + 1

    def _blame(self, at: int) -> None:
        """Say of a chunk whose checksums are right that not all of it could be read."""
        if not self._chunks[at].fault:
            what = "not all of its records can be decoded"
            self._chunks[at] = self._chunks[at]._replace(fault=what)

    def _report_frame(self, header: FileHeader) -> None:
        present = self._chunks[-1].number + 1 if self._chunks else 0
        if not header.sound:
            what = "the file header is damaged or missing; the chunks were read without it"
            self._report("byte 0", what, _AGAIN)
        if header.chunks > present and not self.cut:
            missing = header.chunks - present
            what = Sentence(
                "{missing:,} of {chunks:,} chunks are missing: the file was cut off",
                missing=missing,
                chunks=header.chunks,
            )
            self._report(f"chunk {present}", what, _AGAIN)

    def _report_chunks(self) -> None:
        for at, chunk in enumerate(self._chunks):
            if chunk.fault:
                lost = (chunk.records or self._estimate(at)) - self._counts[at] + self._failures[at]
                known = _lost(chunk, lost)
                place = f"chunk {chunk.number}"
                self._report(
                    place,
                    Sentence("{fault}: {known}", fault=chunk.fault, known=known),
                    _AGAIN,
                    chunk=chunk.number,
                )

    def _estimate(self, at: int) -> int:
        """How many record ids lie between the neighbours of a chunk whose header is gone."""
        if not 0 < at < len(self._chunks) - 1:
            return 0
        before, after = self._chunks[at - 1], self._chunks[at + 1]
        between = after.first - (before.first + before.records)
        return between if before.records and after.records and 0 < between < CHUNK_BYTES // 24 else 0

    def _report(self, place: str, what: str, mend: str, *, chunk: int | None = None) -> None:
        """One error, with the bytes of the chunk, or of the file header, for the dead letters."""
        error = LocatedError(self.source.path, place, what, mend)
        known = self.cut and (not self._chunks or chunk == self._chunks[-1].number)
        (self.problems.keep_cut if known else self.problems.add)(error, self._bytes_of(chunk))

    def _bytes_of(self, chunk: int | None) -> bytes:
        if self.problems.dead_letters is None:
            return b""
        start = 0 if chunk is None else self._block_bytes + chunk * CHUNK_BYTES
        return os.pread(self.file.fileno(), _HEADER_BYTES if chunk is None else CHUNK_BYTES, start)


def _short(failure: Exception) -> str:
    return " ".join(str(failure).split())[:160]


FORMATS: Final = (WindowsEvtx(),)


def _lost(chunk: Chunk, lost: int) -> str:
    if lost > 0:
        return Sentence("about {lost:,|record is|records are} lost", lost=lost)
    return "all its records were read" if chunk.records else "an unknown number of records is lost"
