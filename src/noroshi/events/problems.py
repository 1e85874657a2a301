"""Bad input on its way: one located error each, counted, kept with its bytes in the dead-letter file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from noroshi.errors import LocatedError

KEPT_BYTES: Final = 65_536
"""How much of a bad record the dead-letter file keeps."""


class DeadLetters(Protocol):
    """Where undecodable input is kept."""

    def keep(self, error: LocatedError, raw: bytes) -> None:
        """Keep the first `KEPT_BYTES` of the record with the reason."""


@dataclass(slots=True)
class Problems:
    """Collects what went wrong while reading.

    Attributes:
        shown: How many errors are kept whole for the summary (all are counted).
        dead_letters: Where the bytes go; None keeps none.
        counts: Number of errors by their `what`.
        errors: The first `shown` errors.
        repaired: Number of records whose text had to be repaired (invalid UTF-8, lone surrogates).
    """

    shown: int = 100
    dead_letters: DeadLetters | None = None
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[LocatedError] = field(default_factory=list)
    repaired: int = 0

    def add(self, error: LocatedError, raw: bytes = b"") -> None:
        """Count an error, keep it for the summary if there is room, and keep it with its bytes (if any)."""
        self.counts[error.what] += 1
        if len(self.errors) < self.shown:
            self.errors.append(error)
        if self.dead_letters is not None:
            self.dead_letters.keep(error, raw[:KEPT_BYTES])

    @property
    def total(self) -> int:
        """All errors so far."""
        return self.counts.total()
