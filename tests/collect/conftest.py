"""A provider on loopback and an empty store for every test of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.store.store import open_store
from tests.collect.provider import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from noroshi.store.store import Store
    from tests.collect.provider import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A server that runs during the test."""
    with serving() as there:
        yield there


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with open_store(tmp_path / "noroshi.db") as kept:
        yield kept
