"""The garbage collector told what is known of the data: rules live long, events hold no cycles."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_THRESHOLDS: Final = (100_000, 20, 100)


@contextmanager
def few_collections() -> Iterator[None]:
    """Collect seldom, and never look through what is already there (compiled rules, shared by workers).

    Decoded records hold no reference cycles, so they are freed without the collector; it only costs time.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
