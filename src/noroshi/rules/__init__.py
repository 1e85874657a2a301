"""Sigma documents, guides, lint, tests, lifecycle."""

from noroshi.rules.cache import default_cache_dir as default_cache_dir
from noroshi.rules.loading import Loaded as Loaded
from noroshi.rules.loading import load_rules as load_rules

__all__ = ["Loaded", "default_cache_dir", "load_rules"]
