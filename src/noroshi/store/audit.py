"""What was done in the store: changes, refusals, and how many indicators there are of what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, func, insert, select

from noroshi.indicators.changes import FieldChange
from noroshi.indicators.kinds import PyramidLevel, key_of
from noroshi.store.rows import from_row, json_text, one_word, to_micros, to_time
from noroshi.store.schema import CHANGE, HISTORY, INDICATOR
from noroshi.store.transactions import reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Engine

    from noroshi.indicators.sharing import Refusal

REFUSED: Final = "refused"
_SOME: Final = 5_000


@dataclass(frozen=True, slots=True)
class Change:
    """One piece of work.

    Attributes:
        at: Aware UTC.
        who: A user or a feed.
        what: Which command, file or run.
        added: New indicators.
        changed: Changed ones, those included whose times alone moved.
        unchanged: Those that said nothing new.
        refused: Values that did not leave.
    """

    at: datetime
    who: str
    what: str
    added: int
    changed: int
    unchanged: int
    refused: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many indicators there are, by word; one indicator counts under each of its words.

    Attributes:
        total: All indicators.
        sighted: Seen in our own logs.
        compromised_sites: Ordinary sites that serve malware.
        by: ``status``, ``type``, ``level``, ``tlp``, ``threat``, ``family``, ``source`` → word → count.
            Families are compared without regard to case, and spelt as one of their indicators has them.
    """

    total: int
    sighted: int
    compromised_sites: int
    by: Mapping[str, Mapping[str, int]]


class Audit:
    """Reads what was done and writes down what was refused."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def refused(self, refusals: Iterable[Refusal], *, at: datetime, who: str, what: str) -> int:
        """Record values that did not leave, with the reason; how many there were."""
        rows = [
            {
                "key": key_of(one.type, one.value),
                "action": REFUSED,
                "detail": json_text([_told(one)]),
            }
            for one in refusals
        ]
        if not rows:
            return 0
        with writing(self._engine) as connection:
            values = {"at": to_micros(at), "who": who, "what": what}
            none = {"added": 0, "changed": 0, "unchanged": 0}
            change = insert(CHANGE).values(values | none).returning(CHANGE.c.id)
            change_id = connection.execute(change).scalar_one()
            connection.execute(insert(HISTORY), [{**row, "change_id": change_id} for row in rows])
        return len(rows)

    def recent(self, limit: int = 50) -> tuple[Change, ...]:
        """The last pieces of work, the latest first; the transactions of one piece count together."""
        refused = (
            select(func.count())
            .where(HISTORY.c.change_id == CHANGE.c.id, HISTORY.c.action == REFUSED)
            .correlate(CHANGE)
            .scalar_subquery()
        )
        one = select(CHANGE, refused.label(REFUSED)).subquery().c
        counted = (func.sum(column) for column in (one.added, one.changed, one.unchanged, one.refused))
        chosen = (
            select(one.at, one.who, one.what, *counted)
            .group_by(one.at, one.who, one.what)
            .order_by(func.max(one.id).desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple(
                Change(to_time(at), who, what, *(int(count) for count in counts))
                for at, who, what, *counts in connection.execute(chosen)
            )

    def statistics(self) -> Statistics:
        """Counts over all indicators."""
        row = INDICATOR.c
        with reading(self._engine) as connection:
            by = {
                "status": _counts(connection, row.status),
                "type": _counts(connection, row.type),
                "level": {
                    PyramidLevel(int(level)).name.lower(): count
                    for level, count in _counts(connection, row.level).items()
                },
                "tlp": _counts(connection, row.tlp),
                "threat": _word_counts(connection, row.threats),
                "family": _as_spelt(connection, _word_counts(connection, row.families)),
                "source": _word_counts(connection, row.sources),
            }
            sighted = connection.execute(select(func.count()).where(row.sighted_count > 0)).scalar_one()
            ordinary = select(func.count()).where(row.compromised_site.is_(True))
            compromised = connection.execute(ordinary).scalar_one()
        return Statistics(sum(by["status"].values()), sighted, compromised, by)


def _told(refusal: Refusal) -> FieldChange:
    value = f"{refusal.type} {refusal.value}"
    return FieldChange(REFUSED, "", value, f"{refusal.reason}: {refusal.detail}")


def _counts(connection: Connection, column: Column[Any]) -> dict[str, int]:
    chosen = select(column, func.count()).group_by(column).order_by(column)
    return {str(word): count for word, count in connection.execute(chosen)}


def _word_counts(connection: Connection, column: Column[Any]) -> dict[str, int]:
    """Counts of words in a text of several (`schema`), grouped in the database first: few rows are left."""
    found: Counter[str] = Counter()
    for text, count in connection.execute(select(column, func.count()).group_by(column)):
        for word in text.split("\n"):
            if word:
                found[word] += count
    return dict(sorted(found.items()))


def _as_spelt(connection: Connection, counts: dict[str, int]) -> dict[str, int]:
    """Families as their sources write them; the columns that are counted hold them folded.

    Rows that name the same families are one group, of which the first and the last value are asked; a
    spelling with capitals wins.
    """
    row = INDICATOR.c
    place = row.type + "\n" + row.value
    ends = select(func.min(place), func.max(place)).where(row.families != "").group_by(row.families)
    places = sorted({place for both in connection.execute(ends) for place in both})
    keys = [key_of(*place.split("\n", 1)) for place in places]
    spelt: dict[str, str] = {}
    for begin in range(0, len(keys), _SOME):
        some = keys[begin : begin + _SOME]
        found = connection.execute(select(INDICATOR).where(row.key.in_(some)).order_by(row.key))
        for family in (family for one in found for family in from_row(one).families):
            word = one_word(family)
            if spelt.get(word, word) == word:
                spelt[word] = family
    return {spelt.get(word, word): count for word, count in counts.items()}
