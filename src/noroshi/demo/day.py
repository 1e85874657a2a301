"""The run of the day: actors wake in the order of time, and the logs are written as time passes.

An actor is a generator that yields the instant at which it wants to act next, and acts when resumed. It may
queue records for later (a session ends after it began), never for earlier. Memory holds the actors and the
records that are not due yet, so a day of any size streams to disk.
"""

from __future__ import annotations

import heapq
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Final

from noroshi.demo.times import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.demo.logs import LogFile

_WRITE_EVERY: Final = MINUTE


class Day:
    """What all actors share: chance, numbering, the schedule.

    Args:
        seed: Same seed, same day.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.ids = self.rng("ids")
        self.now = 0
        self._queue: list[tuple[int, int, Iterator[int]]] = []
        self._sequence = count()

    def rng(self, name: str) -> Random:
        """A source of chance of its own for a named actor, so that one actor's draws never move another's."""
        return Random(f"{self.seed}:{name}")  # noqa: S311 - repeatable on purpose

    def spawn(self, actor: Iterator[int]) -> None:
        """Take an actor into the schedule."""
        wake = next(actor, None)
        if wake is not None:
            heapq.heappush(self._queue, (wake, next(self._sequence), actor))

    def run(self, logs: Iterable[LogFile]) -> None:
        """Live the day to its end and close the logs."""
        files = list(logs)
        written = 0
        while self._queue:
            self.now, _, actor = heapq.heappop(self._queue)
            if self.now - written > _WRITE_EVERY:
                written = self.now
                for file in files:
                    file.write_until(written)
            wake = next(actor, None)
            if wake is not None:
                heapq.heappush(self._queue, (max(wake, self.now), next(self._sequence), actor))
        for file in files:
            file.close()

    def base62(self, length: int) -> str:
        """Random letters and digits, as in Zeek's connection identifiers."""
        number = self.ids.getrandbits(6 * length)
        return "".join(_BASE62[number >> 6 * i & 63] for i in range(length))


_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01"
