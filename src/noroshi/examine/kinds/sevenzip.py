"""7z archives, with passwords tried; each try costs half a million rounds of a hash, so there are few."""

from __future__ import annotations

import io
import lzma
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import py7zr
import py7zr.io
from py7zr.exceptions import ArchiveError, PasswordRequired

from noroshi.examine.examiner import DamagedSpecimenError, Recognition
from noroshi.examine.kinds.archives import MAX_MEMBERS, told
from noroshi.examine.model import Detail, Finding, Severity
from noroshi.examine.passwords import attempts
from noroshi.examine.unfolding import Unfolding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_TRIES: Final = 20
_USUAL_CYCLES: Final = 20
_MAGIC: Final = b"7z\xbc\xaf\x27\x1c"


class _LimitError(Exception):
    """A member reached a limit."""


class _Member(py7zr.io.Py7zIO):
    """Takes one member as it is unfolded."""

    def __init__(self, name: str, budget: Budget) -> None:
        self.name: Final = name
        self.unfolding: Final = Unfolding(budget)
        self._size = 0

    def write(self, s: bytes | bytearray) -> int:
        """Take more.

        Raises:
            _LimitError: A limit is reached; nothing more of the archive is unfolded.
        """
        self._size += len(s)
        if not self.unfolding.feed(bytes(s)):
            raise _LimitError
        return len(s)

    def read(self, size: int | None = None) -> bytes:
        """Nothing: the library reads back only what it updates."""
        del size
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Nowhere."""
        del offset, whence
        return 0

    def flush(self) -> None:
        """Nothing waits."""

    def size(self) -> int:
        """Bytes so far."""
        return self._size


class _Members(py7zr.io.WriterFactory):
    """The members, in the order of the archive."""

    def __init__(self, budget: Budget) -> None:
        self.taken: Final[list[_Member]] = []
        self._budget: Final = budget

    def create(self, filename: str) -> _Member:
        """A member begins."""
        if len(self.taken) >= MAX_MEMBERS:
            raise _LimitError
        self.taken.append(_Member(filename, self._budget))
        return self.taken[-1]


class SevenZipExaminer:
    """Examines 7z archives."""

    name: Final = "7z"
    types: Final = frozenset({"7z"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By magic."""
        del name
        known = isinstance(content, bytes) and content.startswith(_MAGIC)
        return Recognition("7z", 0.9) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its members, encrypted ones with the first password that fits."""
        try:
            members = _unfolded(specimen.raw, None, budget)
        except PasswordRequired as problem:
            tries = MAX_TRIES if _cycles(problem) <= _USUAL_CYCLES else 1
            yield from _locked(specimen, tries, budget)
            return
        yield from _told(members)


def _cycles(problem: PasswordRequired) -> int:
    """The power of two of rounds for a key, from the encryption's properties that the library tells."""
    coders = problem.args[0] if problem.args and isinstance(problem.args[0], list) else []
    found = [coder.get("properties") for coder in coders if isinstance(coder, dict)]
    return max((one[0] & 0x3F for one in found if one and len(one) > 2), default=0)


def _locked(specimen: Specimen, tries: int, budget: Budget) -> Iterator[Outcome]:
    for password in islice(attempts(specimen.passwords), tries):
        text = password.decode("utf-8", "replace")
        if not budget.take("steps", 20_000):
            break
        try:
            members = _unfolded(specimen.raw, text, budget)
        except (DamagedSpecimenError, PasswordRequired):  # a wrong key makes rubbish of everything
            continue
        yield Finding("password-found", Severity.MEDIUM, {"password": text})
        yield from _told(members)
        return
    yield Finding("encrypted", Severity.MEDIUM, {"name": specimen.name or "7z"})


def _unfolded(raw: bytes, password: str | None, budget: Budget) -> list[_Member]:
    """The members, those before a limit whole.

    Raises:
        PasswordRequired: It is encrypted and no password was given.
        DamagedSpecimenError: It is damaged, or the password is wrong.
    """
    members = _Members(budget)
    try:
        with py7zr.SevenZipFile(io.BytesIO(raw), password=password) as archive:
            archive.extractall(factory=members)
    except (_LimitError, PasswordRequired) as problem:
        if isinstance(problem, PasswordRequired):
            raise
    except MemoryError as problem:
        raise DamagedSpecimenError("it asks for more memory than there is") from problem
    except (ArchiveError, lzma.LZMAError, OSError) as problem:
        if password is None and members.taken:
            return members.taken[:-1]
        raise DamagedSpecimenError(f"cannot be unpacked ({type(problem).__name__})") from problem
    except Exception as problem:
        raise DamagedSpecimenError("its directory of members cannot be read") from problem
    return members.taken


def _told(members: list[_Member]) -> Iterator[Outcome]:
    yield Detail("members", str(len(members)))
    for member in members:
        yield from told(member.name, "7z", member.unfolding.result())


EXAMINERS: Final[tuple[Any, ...]] = (SevenZipExaminer(),)
