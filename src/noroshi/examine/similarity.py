"""Hashes of similarity of a specimen, ssdeep and TLSH, and how far two specimens are apart by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.examine import ssdeep, tlsh

if TYPE_CHECKING:
    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Specimen

WRAPPINGS: Final = frozenset(
    {"eml", "msg", "mbox", "tnef", "zip", "7z", "rar", "cab", "gz", "bz2", "xz", "tar", "iso"}
)
"""Types whose bytes only wrap others, compressed or in base64: alike or not says nothing about these."""


@dataclass(frozen=True, slots=True)
class Similar:
    """The hashes of similarity of one content; empty where there is none."""

    ssdeep: str = ""
    tlsh: str = ""

    def tlsh_distance(self, other: Similar) -> int | None:
        """0 for the same; below about 50 related; None where one has none."""
        return tlsh.distance(self.tlsh, other.tlsh)

    def ssdeep_similarity(self, other: Similar) -> int:
        """0 to 100; 0 also where one has none."""
        return ssdeep.similarity(self.ssdeep, other.ssdeep)


def similar_of(specimen: Specimen, budget: Budget) -> Similar:
    """The hashes of a file that is no wrapping; a third of a second a MiB, so within a limit."""
    if isinstance(specimen.content, str) or specimen.type in WRAPPINGS or not specimen.content:
        return Similar()
    if not budget.take("similarity", len(specimen.content)):
        return Similar()
    return Similar(ssdeep.ssdeep(specimen.content), tlsh.tlsh(specimen.content))
