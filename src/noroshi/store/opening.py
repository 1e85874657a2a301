"""Where the store is, and how it is opened: SQLite file or PostgreSQL, migrated to the newest schema."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from noroshi.errors import LocatedError, Sentence
from noroshi.store.transactions import prepare_sqlite, writing

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT: Final = "NOROSHI_STORE"
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def default_place(environment: Mapping[str, str]) -> str:
    """``NOROSHI_STORE``, else ``noroshi/noroshi.db`` in the state folder of the XDG base directories.

    Raises:
        RuntimeError: There is no home.
    """
    if place := environment.get(ENVIRONMENT):
        return place
    state = environment.get("XDG_STATE_HOME")
    folder = Path(state) if state and Path(state).is_absolute() else Path.home() / ".local" / "state"
    return str(folder / "noroshi" / "noroshi.db")


def open_engine(place: str | Path) -> Engine:
    """The database at a path or a ``postgresql://`` URL, created if it is a file that is not there.

    Raises:
        LocatedError: It cannot be opened, is no store, or was written by a newer Noroshi. No password is
            told.
    """
    url = _url(place)
    shown = (
        url.render_as_string(hide_password=True) if url.get_backend_name() != "sqlite" else str(url.database)
    )
    try:
        return _opened(_engine(url), shown)
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else "the database refuses"
        raise LocatedError(
            shown, "", Sentence("cannot be opened: {reason}", reason=reason), "check --store"
        ) from None
    except OSError as error:
        raise LocatedError(
            shown, "", Sentence("cannot be opened: {reason}", reason=error.strerror), "check --store"
        ) from None


def _opened(engine: Engine, shown: str) -> Engine:
    try:
        _migrate(engine, shown)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _url(place: str | Path) -> URL:
    text = str(place)
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except ArgumentError:
        raise LocatedError(
            "--store", "", "is no URL of a database", "write postgresql://user@host/name"
        ) from None
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite":
        return url
    what = Sentence("{get_backend_name} is no kind of store", get_backend_name=url.get_backend_name())
    raise LocatedError("--store", "", what, "give a file, or postgresql://user@host/name")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        file = Path(url.database)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(url)
    prepare_sqlite(engine)
    return engine


def _migrate(engine: Engine, shown: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        what = Sentence("was written by a newer Noroshi (schema {current})", current=current)
        raise LocatedError(shown, "", what, "update Noroshi, or give another --store")
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
