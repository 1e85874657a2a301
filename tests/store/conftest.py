"""An empty store of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.store.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Where the store is."""
    return str(tmp_path / "state" / "noroshi.db")


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """An empty store."""
    with open_store(place) as opened:
        yield opened
