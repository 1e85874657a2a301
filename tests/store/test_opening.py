from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from noroshi.errors import LocatedError
from noroshi.store.opening import default_place
from noroshi.store.schema import METADATA
from noroshi.store.store import Store, open_store


def test_the_migrations_lead_to_the_tables(store: Store) -> None:
    """What the steps build is what the code asks for."""
    with store._engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection), METADATA)


def test_the_file_is_its_owners_alone(sqlite_place: str) -> None:
    """Indicators under TLP:RED lie in it."""
    with open_store(sqlite_place):
        assert 0o600 == Path(sqlite_place).stat().st_mode & 0o777
        assert 0o700 == Path(sqlite_place).parent.stat().st_mode & 0o777


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    """One line, not a traceback."""
    other = tmp_path / "notes.txt"
    other.write_text("not a database " * 100)
    with pytest.raises(LocatedError, match=r"notes\.txt: cannot be opened: file is not a database"):
        open_store(other)


def test_a_store_of_a_newer_version(store: Store, place: str) -> None:
    """It is left alone."""
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LocatedError, match="newer Noroshi"):
        open_store(place)


@pytest.mark.parametrize("place", ["mysql://user@host.example/x", "postgresql://[broken", "://"])
def test_what_is_no_kind_of_store(place: str) -> None:
    """Other databases are refused by name."""
    with pytest.raises(LocatedError, match="--store"):
        open_store(place)


def test_no_password_is_told() -> None:
    """A server that is not there is told by its URL, without the password."""
    with pytest.raises(LocatedError) as caught:
        open_store("postgresql://me:secret-word@127.0.0.1:1/noroshi?connect_timeout=2")
    assert "127.0.0.1" in str(caught.value)
    assert "secret-word" not in str(caught.value)


def test_where_the_store_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the environment, else in the state folder, which may be named too."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert "postgresql:///x" == default_place({"NOROSHI_STORE": "postgresql:///x", "XDG_STATE_HOME": "/s"})
    assert "/s/noroshi/noroshi.db" == default_place({"XDG_STATE_HOME": "/s"})
    assert str(tmp_path / ".local/state/noroshi/noroshi.db") == default_place({"XDG_STATE_HOME": "relative"})
