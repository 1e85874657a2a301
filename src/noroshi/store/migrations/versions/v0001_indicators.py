"""Indicators, their history and sightings, saved sets, and the state of feeds."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_APPEND_ONLY: Final = ("change", "history")
_COUNTED: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """From nothing."""
    _indicators()
    _history()
    _others()
    for table in _APPEND_ONLY:
        _refuse_changes(table)


def _indicators() -> None:
    op.create_table(
        "indicator",
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("level", sa.SmallInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("exempt", sa.Boolean, nullable=False),
        sa.Column("claims", sa.Text, nullable=False),
        sa.Column("threats", sa.Text, nullable=False),
        sa.Column("families", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("sources", sa.Text, nullable=False),
        sa.Column("tlp", sa.Text, nullable=False),
        sa.Column("confidence", sa.SmallInteger),
        sa.Column("compromised_site", sa.Boolean, nullable=False),
        sa.Column("first_seen", sa.BigInteger),
        sa.Column("last_seen", sa.BigInteger),
        sa.Column("sighted_count", sa.BigInteger, nullable=False),
        sa.Column("sighted_first", sa.BigInteger),
        sa.Column("sighted_last", sa.BigInteger),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    op.create_index("indicator_type_status", "indicator", ["type", "status"])
    op.create_index("indicator_changed", "indicator", ["changed_at"])


def _history() -> None:
    op.create_table(
        "change",
        sa.Column("id", _COUNTED, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
    )
    op.create_table(
        "history",
        sa.Column("id", _COUNTED, primary_key=True),
        sa.Column("change_id", sa.BigInteger, sa.ForeignKey("change.id"), nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("history_key", "history", ["key"])
    op.create_index("history_change", "history", ["change_id"])


def _others() -> None:
    op.create_table(
        "sighting",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", "place"),
    )
    op.create_table(
        "saved_set",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    op.create_table(
        "state",
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("owner", "name"),
    )


def _refuse_changes(table: str) -> None:
    """Append-only, whoever writes: the database itself refuses to update or delete."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )
