from __future__ import annotations

from noroshi.examine.budget import Budget, Limits
from noroshi.examine.model import Bounded


def test_a_limit_is_reached_once_and_for_good() -> None:
    """What fits is allowed to the last unit; afterwards nothing is, and the limit is named once."""
    budget = Budget(Limits(steps=3))
    assert [True, True, True, False, False] == [budget.take("steps") for _ in range(5)]
    assert {"steps": Bounded("steps", 3)} == budget.reached
    assert budget.left("steps") == 0


def test_limits_are_apart() -> None:
    """Running out of text leaves the steps as they are."""
    budget = Budget(Limits(text=10, steps=5))
    assert not budget.take("text", 11)
    assert budget.take("steps", 5)
    assert 0 == budget.left("steps")


def test_depth_counts_from_the_file_given() -> None:
    """The deepest allowed specimen has as many above it as the limit says."""
    budget = Budget(Limits(depth=2))
    assert [True, True, True, False] == [budget.allows_depth(depth) for depth in range(4)]
    assert [Bounded("depth", 2)] == list(budget.reached.values())
