"""One at a time: a piece of work that two processes must not do on the same store.

PostgreSQL: an advisory lock of a session of its own. SQLite: a lock (`flock`) on a file beside the database.
Both end with the process that holds them, however it ends, so nothing is ever left locked.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


@contextmanager
def alone(engine: Engine, work: str) -> Iterator[bool]:
    """Whether this process is the only one that does the work; nobody waits."""
    if engine.dialect.name == "postgresql":
        with _advisory(engine, _number(work)) as got:
            yield got
    elif engine.url.database and engine.url.database != ":memory:":
        with _file(Path(f"{engine.url.database}.{_number(work):016x}.lock")) as got:
            yield got
    else:
        yield True


def _number(work: str) -> int:
    """63 bits of the name: PostgreSQL's locks are numbers."""
    return int.from_bytes(blake2b(work.encode(), digest_size=8).digest(), "big") >> 1


@contextmanager
def _advisory(engine: Engine, number: int) -> Iterator[bool]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        got = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": number}))
        try:
            yield got
        finally:
            if got:
                connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": number})


@contextmanager
def _file(path: Path) -> Iterator[bool]:
    held = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(held)
