"""Sites that reports refer to: an ordinary link to one is a source, no indicator; defanged ones are meant."""

from __future__ import annotations

from typing import Final

from noroshi.indicators.extraction.tables import words

DEFAULT: Final = words("names", "references")
"""Domains and hosts; everything below them is meant too."""
