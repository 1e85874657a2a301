"""Harmless specimens in the shape of the Emotet chain, built by our own code: see ``notice.md``."""
