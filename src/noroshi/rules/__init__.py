"""Sigma documents, guides, lint, tests, lifecycle."""
