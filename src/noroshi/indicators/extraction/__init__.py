"""Indicators out of texts and documents, whatever way they were made harmless."""

from __future__ import annotations

from noroshi.indicators.extraction.found import MAX_CHARS, Choices, Extracted
from noroshi.indicators.extraction.scan import extract

__all__ = ["MAX_CHARS", "Choices", "Extracted", "extract"]
