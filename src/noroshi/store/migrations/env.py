"""Run by Alembic: the steps go into the transaction that `opening` began."""

from __future__ import annotations

from alembic import context

from noroshi.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
