"""Sigma documents, guides, lint, tests, lifecycle."""

from noroshi.rules.loading import Loaded as Loaded
from noroshi.rules.loading import load_rules as load_rules

__all__ = ["Loaded", "load_rules"]
