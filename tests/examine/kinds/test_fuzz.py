"""Damaged specimens of every kind: findings in bounds, never an exception (`scripts/fuzz` looks further)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examine.kinds.fuzzing import knows, survive
from tests.examine.kinds.samples import FURTHER, KINDS

WOUND = st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=6), st.integers(0, 40))
PRESSED = frozenset({"7z", "iso"})
"""Kinds whose libraries take long to open anything."""


@pytest.mark.parametrize("kind", list(KINDS))
def test_there_is_an_examiner(kind: str) -> None:
    """There is an examiner."""
    assert knows(kind)


@pytest.mark.parametrize("kind", list(KINDS))
def test_damaged_specimens(kind: str) -> None:
    """Overwritten, shortened, lengthened at any places."""
    samples = (KINDS[kind], *FURTHER.get(kind, ()))

    @settings(
        max_examples=8 if kind in PRESSED else 40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.sampled_from(samples), st.lists(WOUND, min_size=1, max_size=5))
    def hold(sample: bytes, wounds: list[tuple[int, bytes, int]]) -> None:
        data = sample
        for at, piece, gone in wounds:
            begin = at % (len(data) + 1)
            data = data[:begin] + piece + data[begin + gone :]
        survive(data)

    hold()
