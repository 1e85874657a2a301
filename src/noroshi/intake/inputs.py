"""Files, folders, archives and standard input as `Input`s: unpacked streams with beginning and identity."""

from __future__ import annotations

import os
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.events.format import HEAD_BYTES, ByteSource, Head
from noroshi.events.formats._lines import encoding_of
from noroshi.events.model import Source
from noroshi.intake import tars, zips
from noroshi.intake.first_look import Look
from noroshi.intake.limits import DEFAULT_LIMITS, Budget, Limits
from noroshi.intake.magic import is_document_archive, no_log, packing_of, unsupported
from noroshi.intake.streams import (
    EXCHANGED,
    ROTATED,
    SUFFIXES,
    FileStream,
    Layer,
    Rejoined,
    Unpacked,
    read_exactly,
)
from noroshi.intake.walk import LITTER, Walk, is_litter, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo

    from noroshi.events.problems import Problems

_STDIN: Final = Path("-")


@dataclass(frozen=True, slots=True)
class Input:
    """One stream of log records: a file, an archive's member, standard input.

    Valid until the next one is asked for: members of an archive are read as it streams by.

    Attributes:
        source: Path for people and identity by content.
        head: Its beginning.
        stream: All its bytes, from the beginning, once.
        size_bytes: Decompressed size, where it is known before reading.
        raw_path: The file itself if it is plain, so that byte ranges of it can be read apart.
    """

    source: Source
    head: Head
    stream: ByteSource
    size_bytes: int | None
    raw_path: Path | None
    budget: Budget = field(repr=False)

    @property
    def fraction_read(self) -> float | None:
        """How much of the file on disk has been read, 0 to 1; None for standard input and pipes."""
        size = self.budget.size
        return None if size is None else min(1.0, self.budget.consumed / max(size, 1))


def open_inputs(  # noqa: PLR0913 - all but the first are settings with a default
    paths: Iterable[str | Path | Look],
    *,
    problems: Problems,
    limits: Limits = DEFAULT_LIMITS,
    skipped: Counter[str] | None = None,
    stdin: IO[bytes] | None = None,
    tenant: str = "default",
    zone: tzinfo | None = None,
) -> Iterator[Input]:
    """Every input behind these paths, in a fixed order.

    Folders are walked by name; gzip, zstd, xz, bzip2, zip and tar are opened, inside each other to
    `Limits.depth`; ``-`` is standard input. What cannot be read is one error in `problems` and the rest goes
    on. Pictures, programs and the like are passed over and counted.

    Args:
        paths: Files, folders, ``-``; files that were looked at before.
        problems: Where errors go.
        limits: Bounds of decompression.
        skipped: Counts what was passed over, by reason (``picture``, ``empty``, ``the same file again`` …).
        stdin: Instead of the process's standard input.
        tenant: The watched organisation of all these inputs.
        zone: Time zone of records that name none.
    """
    opener = _Opener(problems, limits, Counter() if skipped is None else skipped, tenant, zone)
    walk = Walk(problems, opener.skipped)
    for path in paths:
        for found in (path,) if isinstance(path, Look) else walk.files((path,)):
            if found == _STDIN:
                yield from opener.stream(stdin or sys.stdin.buffer, _STDIN, None)
            else:
                yield from opener.file(found)


@dataclass(slots=True)
class _Opener:
    """Opens files, layer by layer."""

    problems: Problems
    limits: Limits
    skipped: Counter[str]
    tenant: str
    zone: tzinfo | None
    _sizes: dict[str, list[int | None]] = field(default_factory=dict)

    def file(self, file: Path | Look) -> Iterator[Input]:
        """The inputs in one file."""
        path = file.path if isinstance(file, Look) else file
        try:
            opened = file.open() if isinstance(file, Look) else path.open("rb", buffering=0)
        except OSError as error:
            what = Sentence("cannot be read: {reason}", reason=error.strerror)
            mend = ROTATED if isinstance(error, FileNotFoundError) else "check its permissions"
            self.problems.add(LocatedError(shown(path), "", what, mend))
            return
        with closing(opened):
            status = os.fstat(opened.fileno()) if opened.seekable() else None
            least = self._known(file, status) if isinstance(file, Look) and status is not None else 0
            yield from self.stream(opened, path, status, least)

    def _known(self, look: Look, status: os.stat_result) -> int:
        """How many bytes the file has at least, since it had them when it was found."""
        if look.is_same(status):
            return look.size
        self.problems.add(LocatedError(shown(look.path), "", EXCHANGED, ROTATED))
        return 0

    def stream(self, file: Any, path: Path, status: os.stat_result | None, least: int = 0) -> Iterator[Input]:
        """The inputs in one open file of at least so many bytes, or (without status) in a pipe."""
        name = shown(path)
        size = None if status is None else max(status.st_size, least)
        budget = Budget(size, self.limits, self.problems)
        layer = FileStream(file, name, budget)
        stage = _Stage(layer, name, shown(path.name))
        if status is not None:
            changed = datetime.fromtimestamp(status.st_mtime, UTC)
            stage = _Stage(layer, name, shown(path.name), status.st_size, changed, path, file)
        try:
            yield from self._look(stage, budget)
        finally:
            self.problems.settle()

    def _look(self, stage: _Stage, budget: Budget) -> Iterator[Input]:
        data = read_exactly(stage.layer, HEAD_BYTES)
        if not data:
            self.skipped["empty"] += not stage.layer.broken
            return
        packing = packing_of(data)
        if packing and stage.depth >= self.limits.depth:
            deep = Sentence("archives inside each other deeper than {depth}", depth=self.limits.depth)
            budget.report(stage.path, "", deep, "unpack it first")
        elif packing == "zip":
            yield from self._zip(stage, data, budget)
        elif packing == "tar":
            yield from self._tar(stage, data, budget)
        elif packing:
            yield from self._unpack(stage, data, packing, budget)
        elif what := unsupported(data):
            budget.report(
                stage.path, "", Sentence("is {what}, which is not opened", what=what), "unpack it first"
            )
        elif what := no_log(data):
            self.skipped[what] += 1
        else:
            yield self._input(stage, data, budget)

    def _unpack(self, stage: _Stage, data: bytes, packing: str, budget: Budget) -> Iterator[Input]:
        layer = Unpacked(Rejoined(data, stage.layer), packing, stage.path, budget)
        name = _without_suffix(stage.name, packing)
        unpacked = _Stage(layer, stage.path, name, changed=stage.changed, depth=stage.depth + 1)
        yield from self._look(unpacked, budget)

    def _tar(self, stage: _Stage, data: bytes, budget: Budget) -> Iterator[Input]:
        found = tars.members(Rejoined(data, stage.layer), stage.path, budget)
        for count, member in enumerate(found, 1):
            if self._too_many(count, stage, budget):
                return
            yield from self._member(_inside(stage, member), member.name, budget)

    def _zip(self, stage: _Stage, data: bytes, budget: Budget) -> Iterator[Input]:
        file = stage.seekable or zips.spooled(Rejoined(data, stage.layer), stage.path, budget)
        if file is None:
            return
        try:
            file.seek(0)
            if is_document_archive(zips.names(file)):
                self.skipped["document"] += 1
                return
            for count, member in enumerate(zips.members(file, stage.path, budget), 1):
                if self._too_many(count, stage, budget):
                    return
                yield from self._member(_inside(stage, member), member.name, budget)
        finally:
            if file is not stage.seekable:
                file.close()

    def _member(self, stage: _Stage, name: str, budget: Budget) -> Iterator[Input]:
        if is_litter(name):
            self.skipped[LITTER] += 1
        else:
            yield from self._look(stage, budget)

    def _too_many(self, count: int, stage: _Stage, budget: Budget) -> bool:
        if count <= self.limits.members and not budget.exhausted:
            return False
        if not budget.exhausted:
            what = Sentence(
                "holds more than {members:,} files; the rest is left out", members=self.limits.members
            )
            budget.report(stage.path, "", what, "unpack it first")
        return True

    def _input(self, stage: _Stage, data: bytes, budget: Budget) -> Input:
        complete = len(data) < HEAD_BYTES and not stage.layer.broken
        size = len(data) if complete else stage.size
        source = Source(stage.path, self._identity(data, size), self.tenant, self.zone)
        source.newest = stage.changed or source.newest
        source.ends = True
        head = Head(data, head_lines(data, complete=complete), stage.name, complete)
        stream: ByteSource = Rejoined(data, stage.layer)
        return Input(source, head, stream, size, stage.raw_path, budget)

    def _identity(self, data: bytes, size: int | None) -> str:
        """Copies of a file have the same identity; one that only begins alike and has another size has not.

        The first keeps the plain digest, so that an identity depends on other inputs only in that case.
        """
        digest = blake2b(data, digest_size=16).hexdigest()
        known = self._sizes.setdefault(digest, [])
        if size not in known:
            known.append(size)
        same = size is None or size == known[0] or known[0] is None
        return digest if same else f"{digest}-{size}"


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stream on its way to an input: one layer of packing is taken off at each stage.

    Attributes:
        path, name: As shown to people; the last part without the suffix of its packing.
        size: Decompressed size, if known.
        changed: When it was last changed, if known: no record in it is newer.
        raw_path, seekable: The file, where no packing has been taken off.
        depth: Layers taken off.
    """

    layer: Layer
    path: str
    name: str
    size: int | None = None
    changed: datetime | None = None
    raw_path: Path | None = None
    seekable: IO[bytes] | None = None
    depth: int = 0


def _inside(stage: _Stage, member: tars.Member | zips.Member) -> _Stage:
    """An archive's member."""
    clean = member.name.encode("utf-8", "replace").decode("utf-8")
    changed = member.changed or stage.changed
    base = clean.rsplit("/", 1)[-1]
    return _Stage(member.stream, f"{stage.path}!{clean}", base, member.size, changed, depth=stage.depth + 1)


def _without_suffix(name: str, packing: str) -> str:
    for suffix in SUFFIXES[packing]:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def head_lines(data: bytes, *, complete: bool) -> tuple[str, ...]:
    """The complete lines at the beginning of an input, decoded and repaired, without line ends.

    UTF-16 is known by its byte order mark or its pattern of NULs, everything else is read as UTF-8.
    """
    text = data.decode(encoding_of(data), "replace").removeprefix("\ufeff")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if not complete or not lines[-1]:
        lines.pop()
    return tuple(lines)
