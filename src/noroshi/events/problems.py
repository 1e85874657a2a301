"""Bad input on its way: one located error each, counted, kept with its bytes in the dead-letter file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from noroshi.errors import LocatedError

KEPT_BYTES: Final = 65_536
"""How much of a bad record the dead-letter file keeps."""
REPAIRED: Final = "holds bytes that are no text of its encoding; U+FFFD stands in their place"
_REPAIRED_MEND: Final = "check in which encoding the log was written"


class DeadLetters(Protocol):
    """Where undecodable input is kept."""

    def keep(self, error: LocatedError, raw: bytes) -> None:
        """Keep the first `KEPT_BYTES` of the record with the reason."""


class Mark(NamedTuple):
    """How `Problems` stood at some moment: counts, and how many errors and repairs were kept."""

    counts: Counter[str]
    errors: int
    repaired: int
    repairs: int


@dataclass(slots=True)
class Problems:
    """Collects what went wrong while reading.

    Attributes:
        shown: How many errors are kept whole for the summary (all are counted).
        dead_letters: Where the bytes go; None keeps none.
        counts: Number of errors by their `what`.
        errors: The first `shown` errors.
        repaired: Number of records whose text had to be repaired (invalid UTF-8, lone surrogates).
        repairs: The first `shown` of them; they were read, so they are no errors.
    """

    shown: int = 100
    dead_letters: DeadLetters | None = None
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[LocatedError] = field(default_factory=list)
    repaired: int = 0
    repairs: list[LocatedError] = field(default_factory=list)
    _cutting: LocatedError | None = None

    def add(self, error: LocatedError, raw: bytes = b"") -> None:
        """Count an error, keep it for the summary if there is room, and keep it with its bytes (if any)."""
        self._count(error)
        self.keep(error, raw)

    def _count(self, error: LocatedError) -> None:
        self.counts[error.what] += 1
        if len(self.errors) < self.shown:
            self.errors.append(error)

    def cut(self, error: LocatedError) -> None:
        """Count an error that may end an input early; its letter waits for the record that it cuts."""
        self.settle()
        self._count(error)
        self._cutting = error

    def keep_cut(self, error: LocatedError, raw: bytes) -> None:
        """Keep a record cut by an error that is counted already: in that error's letter, if it waits."""
        cutting = self._cutting
        if cutting is not None and f"{error.path}!".startswith(f"{cutting.path}!"):
            error, self._cutting = cutting, None
        self.keep(error, raw)

    def settle(self) -> None:
        """Keep the letter that waits; called when a file ends."""
        if self._cutting is not None:
            waiting, self._cutting = self._cutting, None
            self.keep(waiting, b"")

    def keep(self, error: LocatedError, raw: bytes) -> None:
        """Keep bytes with the reason why they could not be read, or were repaired."""
        if self.dead_letters is not None:
            self.dead_letters.keep(error, raw[:KEPT_BYTES])

    def repair(self, path: str, place: str, raw: bytes) -> None:
        """Count a record whose text had to be repaired; keep place and bytes of the first ones."""
        self.repaired += 1
        if len(self.repairs) < self.shown:
            repair = LocatedError(path, place, REPAIRED, _REPAIRED_MEND)
            self.repairs.append(repair)
            self.keep(repair, raw)

    def mark(self) -> Mark:
        """How things stand now, for `since`."""
        return Mark(self.counts.copy(), len(self.errors), self.repaired, len(self.repairs))

    def since(self, mark: Mark) -> Problems:
        """What was added after a mark was taken, without dead letters."""
        return Problems(
            counts=self.counts - mark.counts,
            errors=self.errors[mark.errors :],
            repaired=self.repaired - mark.repaired,
            repairs=self.repairs[mark.repairs :],
        )

    @property
    def total(self) -> int:
        """All errors so far."""
        return self.counts.total()
