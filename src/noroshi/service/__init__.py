"""The wiring: from bytes to encounters."""
