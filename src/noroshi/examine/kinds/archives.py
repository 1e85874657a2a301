"""Zip archives (ZipCrypto and AES, passwords tried), tar archives and compressed streams."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from typing import TYPE_CHECKING, Any, Final

import pyzipper

from noroshi.examine.examiner import DamagedSpecimenError, Recognition
from noroshi.examine.model import Detail, Finding, Piece, Severity
from noroshi.examine.passwords import attempts
from noroshi.examine.unfolding import unfold
from noroshi.examine.zipped import Archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen
    from noroshi.examine.unfolding import Unfolded

MAX_MEMBERS: Final = 2_000
_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800
_FAILURES: Final = (
    RuntimeError,
    ValueError,
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    IndexError,  # an encrypted member shorter than its own header
    pyzipper.BadZipFile,
)


class ZipExaminer:
    """Examines zip archives that are no documents."""

    name: Final = "zip"
    types: Final = frozenset({"zip"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By the magic of a member or of an empty archive."""
        del name
        known = isinstance(content, bytes) and content[:4] in {b"PK\3\4", b"PK\5\6", b"PK\7\x08"}
        return Recognition("zip", 0.8) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its members; an encrypted one with the first password that fits."""
        archive = opened(specimen.raw)
        members = [one for one in archive.infolist() if not one.filename.endswith("/")]
        yield Detail("members", str(len(members)))
        known: list[bytes] = []
        for member in members[:MAX_MEMBERS]:
            yield from _member(archive, member, specimen, known, budget)
            if budget.left("unfolded") == 0:
                return


def opened(raw: bytes) -> Any:
    """The archive.

    Raises:
        DamagedSpecimenError: It has no readable directory.
    """
    try:
        return Archive(io.BytesIO(raw))
    except _FAILURES as problem:
        raise DamagedSpecimenError("its directory of members cannot be read") from problem


def _member(
    archive: Any, member: Any, specimen: Specimen, known: list[bytes], budget: Budget
) -> Iterator[Outcome]:
    name = _name(member)
    if not member.flag_bits & _ENCRYPTED:
        unfolded = _read(archive, member, None, budget)
        if unfolded is None:
            yield Finding("member-damaged", Severity.LOW, {"name": name})
            return
        yield from told(name, "zip", unfolded)
        return
    for password in (*known, *attempts(specimen.passwords)):
        unfolded = _read(archive, member, password, budget)
        if unfolded is not None:
            if password not in known:
                known.insert(0, password)
                yield Finding(
                    "password-found", Severity.MEDIUM, {"password": password.decode("utf-8", "replace")}
                )
            yield from told(name, "zip", unfolded)
            return
    yield Finding("encrypted", Severity.MEDIUM, {"name": name})


def _name(member: Any) -> str:
    """Its name; Japanese Windows writes Shift_JIS where the format says code page 437."""
    name = str(member.filename)
    if member.flag_bits & _UTF8 or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("cp932")
    except ValueError:
        return name


def _read(archive: Any, member: Any, password: bytes | None, budget: Budget) -> Unfolded | None:
    try:
        with archive.open(member, pwd=password) as stream:
            return unfold(stream, budget)
    except _FAILURES:
        return None


def told(name: str, via: str, unfolded: Unfolded) -> Iterator[Outcome]:
    """A member as a piece, its padding and what was left out of it as findings."""
    if not unfolded.complete:
        yield Finding("bomb", Severity.HIGH, {"name": name, "bytes": str(unfolded.size)})
    elif unfolded.padding:
        sizes = {"size": str(unfolded.size), "real": str(len(unfolded.content))}
        yield Finding("padded", Severity.MEDIUM, {"name": name, **sizes})
    yield Piece(via, name, unfolded.content, size=unfolded.size)


class StreamExaminer:
    """Examines gzip, bzip2 and xz streams."""

    name: Final = "stream"
    types: Final = frozenset({"gz", "bz2", "xz"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By magic."""
        del name
        heads = {b"\x1f\x8b\x08": "gz", b"BZh": "bz2", b"\xfd7zXZ\0": "xz"}
        if isinstance(content, bytes):
            for head, type_ in heads.items():
                if content.startswith(head):
                    return Recognition(type_, 0.8)
        return None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """What it unfolds to."""
        raw = io.BytesIO(specimen.raw)
        openers: dict[str, Callable[[io.BytesIO], Any]] = {
            "gz": gzip.open,
            "bz2": bz2.open,
            "xz": lzma.open,
        }
        stream = openers[specimen.type]
        name = specimen.name.rpartition(".")[0] or specimen.name
        try:
            with stream(raw) as reader:
                unfolded = unfold(reader, budget)
        except _FAILURES as problem:
            raise DamagedSpecimenError("the compressed stream is damaged") from problem
        yield from told(name, specimen.type, unfolded)


class TarExaminer:
    """Examines tar archives."""

    name: Final = "tar"
    types: Final = frozenset({"tar"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By the magic at byte 257."""
        del name
        known = isinstance(content, bytes) and content[257:262] == b"ustar"
        return Recognition("tar", 0.8) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its regular files."""
        try:
            with tarfile.open(fileobj=io.BytesIO(specimen.raw), mode="r:") as archive:
                for at, member in enumerate(archive):
                    stream = archive.extractfile(member) if member.isreg() else None
                    if at >= MAX_MEMBERS or stream is None:
                        continue
                    yield from told(member.name, "tar", unfold(stream, budget))
        except (tarfile.TarError, *_FAILURES) as problem:
            raise DamagedSpecimenError("the archive is damaged") from problem


EXAMINERS: Final = (ZipExaminer(), StreamExaminer(), TarExaminer())
