"""Stores as earlier versions left them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

from noroshi.store import opening
from noroshi.store.transactions import writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@contextmanager
def store_of_revision(place: str, revision: str) -> Iterator[Connection]:
    """A store in an earlier schema, open for writing."""
    config = Config()
    config.set_main_option("script_location", str(opening._MIGRATIONS))
    engine = opening._engine(opening._url(place))
    try:
        with writing(engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            yield connection
    finally:
        engine.dispose()
