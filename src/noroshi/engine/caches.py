"""Caches of the matcher: each bounded by entries, all together by the text that they hold."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

MAX_LETTERS: Final = 48_000_000
"""Letters in the keys of all caches of one matcher; beyond it all are emptied."""


class Caches:
    """The dictionaries in which one matcher remembers, read directly and filled by `keep`."""

    __slots__ = ("_all", "_letters")

    def __init__(self) -> None:
        self._all: list[dict[Any, Any]] = []
        self._letters = 0.0

    def new(self) -> dict[Any, Any]:
        """An empty cache."""
        cache: dict[Any, Any] = {}
        self.bound(cache)
        return cache

    def bound(self, cache: dict[Any, Any]) -> None:
        """Count a cache among these; `keep` fills it."""
        self._all.append(cache)

    def keep(self, cache: dict[Any, Any], key: Any, value: Any, letters: float, limit: int) -> None:
        """Remember; a cache of `limit` entries forgets its oldest half."""
        if len(cache) >= limit:
            for old in list(islice(cache, limit // 2)):
                del cache[old]
        self._letters += letters
        if self._letters > MAX_LETTERS:
            for one in self._all:
                one.clear()
            self._letters = letters
        cache[key] = value
