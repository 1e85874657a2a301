"""Hits kept until all input is read, in bounded memory, given back in order of time.

Identity links and correlations need the whole picture: the lease that names a machine may stand in a file
that is read last. So hits wait: in memory while they are few, in sorted runs in a temporary file when there
are many. A worker's spool travels to its parent as bytes, or as its file where it is large.
"""

from __future__ import annotations

import dataclasses
import heapq
import shutil
import struct
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from noroshi.engine.hits import Hit
from noroshi.errors import NoroshiError, Sentence
from noroshi.events.model import ZoneOrigin
from noroshi.events.values import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import timedelta
    from typing import BinaryIO

KEPT_IN_MEMORY: Final = 50_000
"""Hits held before a sorted run goes to disk."""
KEPT_LETTERS: Final = 96 << 20
"""Letters in them, as many."""
HIT_LETTERS: Final = 256 << 10
"""A hit of an event with more text than this keeps the beginnings of its values."""
_VALUE_LETTERS: Final = 4_096
_ELEMENTS: Final = 1_000
_PER_VALUE: Final = 50
_PER_BYTE: Final = 4
"""Letters by byte of a record: measured, 4.2 for EVTX, whose nested original is kept, 1.5 for JSON lines."""
_HOLDERS: Final = frozenset({dict, list})
_LENGTH: Final = struct.Struct("<I")
_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(list[Hit])


def encode_hits(hits: Sequence[Hit]) -> bytes:
    """Hits that share their fields as MessagePack, the fields written once.

    What that cannot hold (integers beyond 64 bits, lone surrogates) becomes text.
    """
    first, *rest = hits
    bare = [replace(hit, fields={}) for hit in rest]
    try:
        return _encoder.encode([first, *bare])
    except (OverflowError, UnicodeError, TypeError, RecursionError):
        return _encoder.encode([_plain_hit(hit) for hit in (first, *bare)])


def _plain_hit(hit: Hit) -> Hit:
    evidence = tuple(
        dataclasses.replace(
            one, field=_plain(one.field, 0), value=_plain(one.value, 0), pattern=_plain(one.pattern, 0)
        )
        for one in hit.evidence
    )
    named = {
        name: _plain(value, 0)
        for name in ("host", "user", "address", "mailbox")
        if (value := getattr(hit.entities, name)) is not None
    }
    fields = _plain(hit.fields, 0)
    entities = dataclasses.replace(hit.entities, **named)
    return replace(hit, fields=fields, evidence=evidence, entities=entities)


def _plain(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {str(_plain(str(key), 0)): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, depth + 1) for inner in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return hex(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def decode_hits(raw: bytes) -> list[Hit]:
    """The inverse of `encode_hits`."""
    first, *rest = _decoder.decode(raw)
    return [first, *(replace(hit, fields=first.fields) for hit in rest)]


order: Final = attrgetter("time", "event_id", "rule_id")
"""Hits are judged in the order of time, then event, then rule."""


def _by_fields(hits: Iterable[Hit]) -> Iterator[list[Hit]]:
    """Runs of hits that share their fields: those of one event."""
    return (list(same) for _, same in groupby(hits, key=lambda hit: id(hit.fields)))


def assumed_host(hit: Hit) -> str | None:
    """The Windows host of a hit whose time was taken for UTC."""
    assumed = hit.zone == ZoneOrigin.ASSUMED_UTC and hit.logsource.product == "windows"
    return hit.entities.host if assumed else None


def with_offsets(spool: HitSpool, learnt: Mapping[str, timedelta]) -> HitSpool:
    """The hits with what was learnt about clocks applied to all records of their hosts.

    The record that shows a host's offset may stand after others of it, or in another file.

    Raises:
        NoroshiError: The hits found no room on the disk.
    """
    if spool.assumed.isdisjoint(learnt):
        return spool
    corrected = HitSpool()
    for hit in spool:
        offset = learnt.get(assumed_host(hit) or "")
        corrected.add([hit if offset is None else _shifted(hit, offset)])
    spool.close()
    return corrected


def _shifted(hit: Hit, offset: timedelta) -> Hit:
    try:
        return replace(hit, time=hit.time - offset, zone=ZoneOrigin.LEARNT.value)
    except OverflowError:  # at the end of the calendar
        return hit


def letters(fields: dict[str, Any]) -> int:
    """About how much room the values of a log take."""
    room = 0
    holders: list[Any] = [fields]
    for holder in holders:  # grows while it is walked
        room += _PER_VALUE * (1 + len(holder))
        values = holder.values() if type(holder) is dict else holder
        texts = [value for value in values if type(value) is str]
        room += sum(map(len, texts))
        if len(texts) < len(values):
            holders += [value for value in values if type(value) in _HOLDERS]
    return room


def _clipped(value: Any, depth: int = 0) -> Any:
    """A value with the beginnings of what is long in it."""
    if isinstance(value, str):
        return value if len(value) <= _VALUE_LETTERS else value[:_VALUE_LETTERS] + "…"
    if not isinstance(value, dict | list):
        return value
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {key: _clipped(value[key], depth + 1) for key in list(value)[:_ELEMENTS]}
    return [_clipped(inner, depth + 1) for inner in value[:_ELEMENTS]]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A spool on its way to another process: hits as bytes by event, or a file with its sorted runs."""

    hits: tuple[bytes, ...] = ()
    path: str = ""
    runs: tuple[tuple[int, int], ...] = ()
    count: int = 0
    assumed: frozenset[str] = frozenset()


class HitSpool:
    """Collects hits in any order and gives them sorted, each once: copies of a log have the same hits.

    Attributes:
        count: Hits collected.
        assumed: Windows hosts with times that were taken for UTC because nothing told their zone.
    """

    def __init__(self, kept_in_memory: int = KEPT_IN_MEMORY, folder: str | None = None) -> None:
        """Make an empty spool.

        Args:
            kept_in_memory: Hits held before a sorted run goes to disk.
            folder: Where its file goes, under a name, so that it can be handed over; None: a nameless one
                where the system keeps temporary files.
        """
        self._kept_in_memory = kept_in_memory
        self._folder = folder
        self._young: list[Hit] = []
        self._letters = 0
        self._file: BinaryIO | None = None
        self._runs: list[tuple[int, int]] = []
        self.count = 0
        self.assumed: set[str] = set()

    def add(self, hits: Iterable[Hit], raw: bytes | None = None) -> None:
        """Keep some hits, those of one event together.

        Args:
            hits: Of any number of events.
            raw: If all are of one event, its `Event.raw`: tells quickly about how large its fields are.

        Raises:
            NoroshiError: They found no room on the disk.
        """
        known: dict[str, Any] | None = None
        kept: dict[str, Any] = {}
        for hit in hits:
            if hit.fields is not known:
                known = hit.fields
                size = _PER_BYTE * len(raw or b"")
                if not 0 < size <= HIT_LETTERS:
                    size = letters(known)
                kept = _clipped(known) if size > HIT_LETTERS else known
                self._letters += min(size, HIT_LETTERS)
                if (host := assumed_host(hit)) is not None:
                    self.assumed.add(host)
            self._young.append(hit if kept is known else _smaller(hit, kept))
            self.count += 1
        if len(self._young) >= self._kept_in_memory or self._letters >= KEPT_LETTERS:
            self._write_run()

    def _write_run(self) -> None:
        with _room(self._folder):
            file = self._opened()
            start = file.seek(0, 2)
            for same in _by_fields(sorted(self._young, key=order)):
                raw = encode_hits(same)
                file.write(_LENGTH.pack(len(raw)) + raw)
            file.flush()
            self._runs.append((start, file.tell()))
        self._young.clear()
        self._letters = 0

    def _opened(self) -> BinaryIO:
        if self._file is None:
            if self._folder is None:
                opened: Any = tempfile.TemporaryFile(prefix="noroshi-hits-")  # noqa: SIM115 - see close()
            else:
                opened = tempfile.NamedTemporaryFile(dir=self._folder, delete=False)  # noqa: SIM115 - the same
            self._file = opened
        return self._file

    def parcel(self) -> Parcel:
        """Everything, for another process on this machine to `unpack`; the spool is empty then.

        Raises:
            NoroshiError: The hits found no room on the disk.
        """
        if self._file is None:
            found = Parcel(tuple(map(encode_hits, _by_fields(self._young))))
        else:
            if self._young:
                self._write_run()
            found = Parcel((), str(self._file.name), tuple(self._runs), self.count, frozenset(self.assumed))
        self.close()
        return found

    def unpack(self, parcel: Parcel) -> None:
        """Add what another process collected.

        Raises:
            NoroshiError: The hits found no room on the disk.
        """
        self.add(chain.from_iterable(map(decode_hits, parcel.hits)))
        if not parcel.path:
            return
        with _room(self._folder), Path(parcel.path).open("rb") as sent:
            file = self._opened()
            start = file.seek(0, 2)
            shutil.copyfileobj(sent, file, 1 << 20)
            file.flush()
        Path(parcel.path).unlink(missing_ok=True)
        self._runs += [(start + begin, start + end) for begin, end in parcel.runs]
        self.count += parcel.count
        self.assumed |= parcel.assumed

    def __iter__(self) -> Iterator[Hit]:
        """All hits in order; may be asked again."""
        runs = [self._run(start, end) for start, end in self._runs]
        young = sorted(self._young, key=order)
        return _once(heapq.merge(*runs, young, key=order) if runs else young)

    def _run(self, at: int, end: int) -> Iterator[Hit]:
        file = self._file
        while file is not None and at < end:
            file.seek(at)
            (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
            yield from decode_hits(file.read(length))
            at += _LENGTH.size + length

    def close(self) -> None:
        """Free memory and disk (a file that was handed over belongs to who got it)."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
        self._runs = []
        self._young = []
        self._letters = 0


def _smaller(hit: Hit, fields: dict[str, Any]) -> Hit:
    evidence = tuple(dataclasses.replace(one, value=_clipped(one.value)) for one in hit.evidence[:_ELEMENTS])
    return replace(hit, fields=fields, evidence=evidence)


def _once(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Sorted hits, each once: of a log that was given twice, a rule's hits on an event come twice."""
    before: object = None
    given: list[dict[str, Any]] = []
    for hit in hits:
        place = hit.event_id, hit.rule_id, hit.time
        if place != before:
            before, given = place, []
        elif any(_equal(hit.fields, fields) for fields in given):
            continue
        given.append(hit.fields)
        yield hit


def _equal(left: dict[str, Any], right: dict[str, Any]) -> bool:
    try:
        return left == right
    except RecursionError:  # nested a thousand levels deep; their places agree already
        return True


@contextmanager
def _room(folder: str | None) -> Iterator[None]:
    """A full or unwritable disk as one clear error."""
    try:
        yield
    except OSError as error:
        where = f"{folder}: " if folder else ""
        raise NoroshiError(
            Sentence(
                "{where}hits cannot be kept on disk ({reason}); make room where temporary files go, or let"
                " TMPDIR name a folder on a larger disk",
                where=where,
                reason=error.strerror or error,
            )
        ) from error
