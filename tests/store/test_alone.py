"""One at a time: who comes second is told at once, and a process that ends leaves nothing locked."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import text

from noroshi.errors import UsageError
from noroshi.store.store import Store, open_store

if TYPE_CHECKING:
    from pathlib import Path


HOLDER: Final = """
import sys
from noroshi.store.store import open_store
with open_store(sys.argv[1]) as store, store.alone("feed:a") as alone:
    print(alone, flush=True)
    sys.stdin.read()
"""


def test_the_second_is_told_and_other_work_goes_on(place: str) -> None:
    """The second is told; other work goes on; afterwards the place is free."""
    with open_store(place) as one, open_store(place) as two:
        with one.alone("feed:a") as first, two.alone("feed:a") as second, two.alone("feed:b") as other:
            assert (True, False, True) == (first, second, other)
        with two.alone("feed:a") as again:
            assert again


def test_an_error_gives_the_place_back(store: Store) -> None:
    """An error gives the place back."""
    with pytest.raises(UsageError), store.alone("feed:a"):
        raise UsageError("wrong")
    with store.alone("feed:a") as again:
        assert again


def test_a_process_that_is_killed_leaves_nothing_locked(place: str) -> None:
    """A process that is killed leaves nothing locked."""
    with open_store(place) as store:
        command = [sys.executable, "-c", HOLDER, place]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:  # noqa: S603
            assert other.stdout is not None
            assert b"True\n" == other.stdout.readline()
            with store.alone("feed:a") as second:
                assert not second
            other.kill()
        if store.indicators._engine.dialect.name == "postgresql":
            _until_the_server_has_noticed(store)
        with store.alone("feed:a") as again:
            assert again


def _until_the_server_has_noticed(store: Store) -> None:
    """PostgreSQL ends the session of a dead client in its own time; waiting for the lock waits for that."""
    number = text("SELECT pg_advisory_lock(objid::bigint | classid::bigint << 32) FROM pg_locks WHERE"
                  " locktype = 'advisory'")  # fmt: skip
    with store.indicators._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(number)
        connection.execute(text("SELECT pg_advisory_unlock_all()"))


def test_the_lock_stands_beside_the_database(tmp_path: Path) -> None:
    """The lock is a file beside the database that only its owner may read."""
    with open_store(tmp_path / "noroshi.db") as store, store.alone("feed:a"):
        (lock,) = tmp_path.glob("*.lock")
        assert 0o600 == lock.stat().st_mode & 0o777
