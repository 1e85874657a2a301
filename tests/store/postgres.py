"""A PostgreSQL server of the distribution, on a Unix socket of its own, for as long as the tests run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING: Final = "PostgreSQL is not installed (Debian: apt-get install postgresql); .ci/run does it"
_ACCOUNT: Final = "postgres"
_SETTINGS: Final = ("listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=20")


def binaries() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, the newest version first; None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    on_path = shutil.which("pg_ctl")
    folders = [*reversed(found), *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class Server:
    """A running server; each `new_database` is empty."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._numbers = count()

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"store{next(self._numbers)}"
        with psycopg.connect(
            f"host={self._socket} user=noroshi dbname=postgres", autocommit=True
        ) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"postgresql://noroshi@/{name}?host={self._socket}"


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server from these binaries; stopped and removed at the end. PostgreSQL refuses to run as root."""
    home = Path(tempfile.mkdtemp(prefix="noroshi-pg-"))
    account = _account()
    if account:
        os.chown(home, account["user"], account["group"])
    cluster = home / "data"
    try:
        _run(
            folder / "initdb",
            "-D",
            cluster,
            "-A",
            "trust",
            "-U",
            "noroshi",
            "-E",
            "UTF8",
            "--no-sync",
            account=account,
        )
        options = " ".join(f"-c {setting}" for setting in (*_SETTINGS, f"unix_socket_directories={home}"))
        log = home / "log"
        _run(folder / "pg_ctl", "-D", cluster, "-w", "-l", log, "-o", options, "start", account=account)
        try:
            yield Server(home)
        finally:
            _run(folder / "pg_ctl", "-D", cluster, "-m", "immediate", "-w", "stop", account=account)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _account() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(_ACCOUNT)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(*command: str | Path, account: dict[str, Any]) -> None:
    subprocess.run(  # noqa: S603 - the distribution's programs
        [str(part) for part in command],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **account,
    )
