"""Indicators in the formats of others, in both directions: one module a format, by name in `registry`."""
