"""Sightings by input and day, so that a second reading counts nothing twice; what logs showed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From 0001; sightings that are there keep their counts, under an input without a name."""
    _sightings()
    _observed()
    _covered()


def _sightings() -> None:
    op.rename_table("sighting", "sighting_0001")
    op.create_table(
        "sighting_0002",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", "place", "input", "day", name="sighting_key"),
    )
    op.execute(
        "INSERT INTO sighting_0002 (key, place, input, day, first, last, count) "
        "SELECT key, place, '', 0, first, last, count FROM sighting_0001"
    )
    op.drop_table("sighting_0001")
    op.rename_table("sighting_0002", "sighting")


def _observed() -> None:
    op.create_table(
        "observed",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("observables", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("matched_at", sa.BigInteger),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "input", "day", "part", name="observed_key"),
    )
    op.create_index("observed_day", "observed", ["tenant", "day"])


def _covered() -> None:
    op.create_table(
        "covered",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("quarters", sa.LargeBinary(12), nullable=False),
        sa.Column("shows", sa.Text, nullable=False),
        sa.Column("dropped", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "input", "day", "source", name="covered_key"),
    )
    op.create_index("covered_day", "covered", ["tenant", "day"])
