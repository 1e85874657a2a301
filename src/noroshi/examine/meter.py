"""What an evaluation uses, counted against the budget of its examination."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from noroshi.examine.budget import Budget

ITEMS_A_STEP: Final = 8
"""Making this many array items counts as one step."""


class LimitError(Exception):
    """A limit of the examination was reached; ends the evaluation."""


class Meter:
    """Counts steps, characters and items; raises `LimitError` where the budget ends."""

    __slots__ = ("_budget", "steps")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.steps = 0

    def step(self) -> None:
        """One node evaluated.

        Raises:
            LimitError: No steps are left.
        """
        self.steps += 1
        if not self._budget.take("steps"):
            raise LimitError("steps")

    def text(self, count: int) -> None:
        """So many characters are about to be made.

        Raises:
            LimitError: That is more than is left.
        """
        if count > 256 and not self._budget.take("text", count):
            raise LimitError("text")

    def items(self, count: int) -> None:
        """So many items are about to be made.

        Raises:
            LimitError: That is more than is left.
        """
        if count > ITEMS_A_STEP and not self._budget.take("steps", count // ITEMS_A_STEP):
            raise LimitError("steps")
