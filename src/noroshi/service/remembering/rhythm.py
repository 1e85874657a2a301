"""Whether a silence of a log source is its ordinary rhythm: a night, a weekend, a lunch hour.

A silence is compared with the same hours of other days, up to four weeks before and after. It is ordinary
where at least `LEAST_DAYS` of them can be compared, and `MOST` of these were as silent; it may be longer than
theirs by a quarter of its length, but by less than two hours. The same weekdays decide where there are enough
of them; a silence longer than a day is compared with the same weekdays only. Hours that belong to a much
longer silence prove nothing, for then the log itself may have been missing, nor do hours outside of what was
read.

What this cannot know: an outage at hours at which the source never writes, and one that comes back at the
same hours on nearly every day.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

A_DAY: Final = 96
"""Quarters of an hour."""
LEAST_DAYS: Final = 2
MOST: Final = 0.75
_FARTHEST: Final = 28
_A_WEEK: Final = 7
_SLACK: Final = 7
"""Silences differ by less than two hours: people come earlier or later."""


class Rhythm:
    """When a log source writes."""

    def __init__(self, busy: Sequence[int]) -> None:
        """Learn it.

        Args:
            busy: Quarters of an hour since 1970 (UTC) that hold events, sorted, each once.
        """
        self._busy = busy

    def is_ordinary(self, begin: int, end: int) -> bool:
        """Whether the source is always silent at these hours.

        Args:
            begin: The first silent quarter.
            end: The first one that is not.
        """
        weeks = self._compared(begin, end, range(-_FARTHEST, _FARTHEST + 1, _A_WEEK))
        if len(weeks) >= LEAST_DAYS:
            return _most(weeks)
        if end - begin > A_DAY:
            return False
        days = self._compared(begin, end, range(-_FARTHEST, _FARTHEST + 1))
        return len(days) >= LEAST_DAYS and _most(days)

    def _compared(self, begin: int, end: int, days: Iterable[int]) -> list[bool]:
        """Whether the same hours were as silent, so many days before or after; only where that tells."""
        answers = (self._as_silent(begin + day * A_DAY, end + day * A_DAY) for day in days if day)
        return [answer for answer in answers if answer is not None]

    def _as_silent(self, begin: int, end: int) -> bool | None:
        """Whether a silence like one of this length lies here; None where that cannot be said."""
        busy, long = self._busy, end - begin
        if begin <= busy[0] or end > busy[-1]:
            return None
        around = busy[bisect_left(busy, begin) - 1 : bisect_left(busy, end) + 1]
        if any(after - before - 1 > long + A_DAY for before, after in pairwise(around)):
            return None
        within = [begin - 1, *(one for one in around if begin <= one < end), end]
        longest = max(after - before - 1 for before, after in pairwise(within))
        return longest >= long - min(_SLACK, long // 4)


def _most(answers: list[bool]) -> bool:
    return sum(answers) >= MOST * len(answers)
