"""Indicators and site lists: what a named list holds, how a value is looked up, how indicators are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.indicators.extraction import Choices, Extracted

__all__ = ["extract"]


def extract(text: str, choices: Choices | None = None) -> Iterator[Extracted]:
    """All indicators of a text, in order of their place: objects with ``type value text offset defanged``.

    Args:
        text: Plain text or Markdown; HTML where the choices say so.
        choices: HTML, and which sites' ordinary links are no indicators; the defaults where None.

    Raises:
        ValueError: The text is longer than `extraction.MAX_CHARS`.
    """
    # The engine imports this room for its lists; only who extracts waits for the list of public suffixes.
    from noroshi.indicators import extraction  # noqa: PLC0415

    return extraction.extract(text, choices or extraction.Choices())
