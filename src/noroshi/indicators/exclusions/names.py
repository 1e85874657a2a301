"""Domains by suffix: a dictionary that walks up the labels, and a compact table for lists of a million names.

Suffixes under which anybody gets a name (the private part of the Public Suffix List: ``github.io``) are
borders: what is said of ``github.io`` says nothing of ``evil.github.io``.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from functools import cache, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from publicsuffixlist import PublicSuffixList

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=16_384)
def public_suffix(name: str) -> str:
    """The suffix below which anybody gets a name of his own: ``com``, ``co.jp``, ``github.io``."""
    return _suffixes().publicsuffix(name) or ""


def covering(name: str) -> Iterator[str]:
    """The name and what above it can speak for it: ``a.b.example``, ``b.example``, but not ``example``."""
    border = len(public_suffix(name))
    yield name
    above = name.partition(".")[2]
    while len(above) > border:
        yield above
        above = above.partition(".")[2]


class NameIndex:
    """Names → the lists that hold them.

    A reference is twice the list's number, plus one where the name is meant alone.
    """

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: dict[str, tuple[int, ...]] = {}

    def add(self, names: Iterable[str], number: int, *, alone: bool = False) -> None:
        """The names of a list."""
        reference = (2 * number + alone,)
        known = self._names
        for name in names:
            before = known.get(name)
            known[name] = reference if before is None else before + reference

    def find(self, names: Sequence[str]) -> tuple[str, list[int]] | None:
        """The nearest entry that covers a name, and the numbers of the lists that hold it.

        Args:
            names: `covering` of the name.
        """
        for above in names:
            references = self._names.get(above, ())
            numbers = [one >> 1 for one in references if not one & 1 or above is names[0]]
            if numbers:
                return above, numbers
        return None


class RankTable:
    """Popular names by rank, twelve bytes each: sorted 64-bit digests beside their ranks.

    That a name which is not there meets a digest happens about once in 10¹³ questions.
    """

    __slots__ = ("_digests", "_ranks")

    def __init__(self, names: Iterable[str]) -> None:
        """Names in the order of their ranks, the first of rank 1."""
        # Digest and rank in one number: sorting numbers takes half the time of sorting pairs.
        both = sorted((_digest(name) << 32) + rank for rank, name in enumerate(names, 1))
        self._digests = array("Q", (one >> 32 for one in both))
        self._ranks = array("I", (one & 0xFFFFFFFF for one in both))

    def find(self, names: Sequence[str]) -> tuple[str, int] | None:
        """The nearest ranked name of `covering`, and its rank."""
        for above in names:
            digest = _digest(above)
            at = bisect_left(self._digests, digest)
            if at < len(self._digests) and self._digests[at] == digest:
                return above, self._ranks[at]
        return None


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())
