"""What fuzzing promises of examiners: whatever the bytes, findings in bounds, no failure of a reader."""

from __future__ import annotations

from noroshi.examine.budget import Budget, Limits
from noroshi.examine.registry import examiner_of
from noroshi.examine.result import Examination
from noroshi.examine.walk import walk

LIMITS = Limits(steps=200_000, text=1 << 22, depth=6, pieces=100, unfolded=1 << 22, similarity=0)


def survive(data: bytes) -> Examination:
    """Examine these bytes.

    Raises:
        AssertionError: A reader failed in a way that its author had not thought of, or a limit did not hold.
    """
    examination = Examination("")
    for event in walk(data, "", Budget(LIMITS)):
        examination.add(event)
    failed = [one for _, one in examination.findings() if "malformed (" in one.values.get("what", "")]
    assert not failed, f"{failed} on {data!r}"
    assert len(examination.nodes) <= LIMITS.pieces + 1
    assert sum(node.kept for node in examination.nodes[1:] if not node.text) <= 4 * LIMITS.unfolded
    return examination


def knows(kind: str) -> bool:
    """Whether there is an examiner of this kind."""
    return examiner_of(kind) is not None
