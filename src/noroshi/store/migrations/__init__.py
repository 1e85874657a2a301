"""Alembic migrations of the store; `opening` runs them whenever a store is opened."""
