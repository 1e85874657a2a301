"""The contract of an examiner: one file a kind in `examine/kinds/`, found by the registry.

A module lists its instances in a module constant ``EXAMINERS``. An examiner works on bytes, yields what it
finds as it finds it (a killed examination keeps what was yielded), stays inside the budget, and never
executes, opens a file or uses the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen


@dataclass(frozen=True, slots=True)
class Recognition:
    """What an examiner takes a content for.

    Attributes:
        type: Short name of the true type, ``zip``.
        confidence: 0 to 1, by content; a file name is a hint only.
    """

    type: str
    confidence: float


class Examiner(Protocol):
    """Examines specimens of some types."""

    @property
    def name(self) -> str:
        """Stable short name."""

    @property
    def types(self) -> frozenset[str]:
        """The types that it examines; a piece whose type is known goes straight to it."""

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """What this content is, or None if it is nothing for this examiner."""

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Everything found in it, in order.

        Raises:
            DamagedSpecimenError: It cannot be read (further); what was yielded before stands.
        """


@dataclass
class DamagedSpecimenError(Exception):
    """A specimen that is malformed; becomes one finding.

    Attributes:
        what: What is wrong, one clause without a full stop.
    """

    what: str
