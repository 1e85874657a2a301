"""What one row says about one or several values, and how rows become indicators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from noroshi.errors import LocatedError
from noroshi.indicators import extract
from noroshi.indicators.exchange.format import clean
from noroshi.indicators.indicator import Indicator, Status
from noroshi.indicators.kinds import HASHES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from noroshi.collect.session import Session
    from noroshi.indicators.extraction import Choices
    from noroshi.indicators.indicator import SourceClaim

Row = tuple[str, dict[str, Any]]
"""Where it stands (``line 7``, ``row 3``) and its cells or keys."""
_SURE: frozenset[str] = HASHES | {"cve", "attack"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim about values.

    Attributes:
        claim: What is said; the feed's defaults fill its gaps.
        values: Type and value of each.
        status: What they are until somebody decides otherwise.
    """

    claim: SourceClaim
    values: tuple[tuple[str, str], ...]
    status: Status = Status.ACTIVE


def stated(
    session: Session,
    rows: Iterable[Row | LocatedError],
    make: Callable[[dict[str, Any]], Iterable[Statement]],
) -> Iterator[Indicator | LocatedError]:
    """The indicators of all rows. What is wrong costs its row, or its value where the rest is good."""
    for row in rows:
        if isinstance(row, LocatedError):
            yield row
            continue
        place, cells = row
        try:
            for statement in make(cells):
                yield from indicators_of(session, place, statement)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            yield LocatedError(session.feed, place, str(error), "")


def indicators_of(session: Session, place: str, statement: Statement) -> Iterator[Indicator | LocatedError]:
    """An indicator, or an error, for each value."""
    claim = session.defaults.apply(statement.claim)
    for type_, value in statement.values:
        try:
            yield Indicator.of(value, type_, claim, status=statement.status)
        except ValueError as error:
            yield LocatedError(session.feed, place, str(error), "")


def told_in(
    session: Session, place: str, text: str, claim: SourceClaim, choices: Choices
) -> Iterator[Indicator | LocatedError]:
    """The indicators that a text written for people names.

    What nobody defanged may as well be a link to a report or the name of a victim: it is a candidate, except
    hashes, CVE numbers and ATT&CK ids, which are nothing else than what they are.
    """
    for found in extract(text, choices):
        status = Status.ACTIVE if found.defanged or found.type in _SURE else Status.CANDIDATE
        yield from indicators_of(session, place, Statement(claim, ((found.type, found.value),), status))


def word(cells: dict[str, Any], name: str) -> str:
    """A text or number of a row as a cleaned text; empty for anything else."""
    value = cells.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    bare = clean(str(value))
    return "" if bare.lower() in NOTHING else bare


def word_list(cells: dict[str, Any], name: str) -> list[str]:
    """Texts of a list, or of one cell that holds them between commas."""
    value = cells.get(name)
    if isinstance(value, str):
        return [one.strip() for one in value.split(",")]
    return [str(one) for one in value if isinstance(one, str | int)] if isinstance(value, list) else []


def children(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


NOTHING = frozenset({"none", "null", "n/a", "-"})
"""How feeds write "nothing"."""
