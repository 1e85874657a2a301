"""`noroshi demo`."""

from __future__ import annotations


def demo() -> None:
    """Tell the Emotet day."""
