"""What the day holds, for tests and people: the chain, the look-alikes, the near misses, the counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the Emotet chain.

    Attributes:
        id: Short name.
        time: JST, ``13:12:09``.
        title: What happens.
        title_ja: The same in Japanese.
        files: Log files (relative to ``logs``) that show it.
        rules: Rules of ``rules/emotet`` that should fire on it.
        outcome: ``allowed``, ``blocked`` or ``unknown``.
        marker: Text that stands in the first of the files.
    """

    id: str
    time: str
    title: str
    title_ja: str
    files: tuple[str, ...]
    rules: tuple[str, ...]
    outcome: str
    marker: str


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Something ordinary that resembles a trace of Emotet, or a near miss.

    Attributes:
        id: Short name.
        time: JST of its first appearance.
        hosts: Where.
        title: What it is.
        title_ja: The same in Japanese.
        files: Log files (relative to ``logs``) that show it.
        resembles: Rules of ``rules/emotet`` whose traces it resembles.
        marker: Text that stands in the first of the files.
    """

    id: str
    time: str
    hosts: tuple[str, ...]
    title: str
    title_ja: str
    files: tuple[str, ...]
    resembles: tuple[str, ...]
    marker: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The answer sheet of a day.

    Attributes:
        seed: What the day was made from.
        scale: Its size.
        chain: Steps of the infection, in order; empty if the day has none.
        victim: Entities of the infected person: host, user, mailbox, address (from noon), or nothing.
        look_alikes: Ordinary events that resemble it.
        near_misses: Situations that must not become encounters.
        counts: Records by log file, relative to ``logs``.
    """

    seed: int
    scale: float
    chain: tuple[Step, ...]
    victim: dict[str, str]
    look_alikes: tuple[LookAlike, ...]
    near_misses: tuple[LookAlike, ...]
    counts: dict[str, int]

    @property
    def events(self) -> int:
        """Records in all files."""
        return sum(self.counts.values())

    def write(self, path: Path) -> None:
        """Write as JSON."""
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS
        path.write_bytes(orjson.dumps(asdict(self) | {"events": self.events}, option=options))
