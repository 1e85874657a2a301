"""`noroshi examine --add`: what an examination found becomes indicators, and what does not is said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import typer

from noroshi.cli import options
from noroshi.cli.indicators.common import asker, complain, label, opened, shown
from noroshi.cli.indicators.exporting import watched_in
from noroshi.cli.story.plain import visible
from noroshi.examine.indicators import Refused, Terms, indicators_of
from noroshi.indicators.exclusions import load_exclusions

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.cli.words import Words
    from noroshi.examine.result import Examination
    from noroshi.indicators.indicator import Indicator
    from noroshi.store.store import Store

_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Adding:
    """Where indicators go, and under which terms.

    Attributes:
        store: Place of the store; empty for the default one.
        tlp: Label as written.
        who: Name for the history.
    """

    store: str
    tlp: str
    families: tuple[str, ...]
    exclusions: tuple[Path, ...]
    who: str


def add(results: list[Examination], wanted: Adding, say: Words) -> None:
    """Put the indicators of all examinations into the store; twice gives the same as once.

    Everything for people goes to standard error: standard output belongs to the result.

    Raises:
        UsageError: There is no such label, or no place for a store.
        LocatedError: The store cannot be opened.
    """
    tlp, at = label(wanted.tlp), datetime.now(UTC).replace(microsecond=0)
    lists = load_exclusions(options.existing("--exclusions", list(wanted.exclusions)), at.date())
    complain(lists.errors)
    with opened(wanted.store) as kept:
        terms = Terms(at, tlp, wanted.families, lists.snapshot, watched_in(kept))
        found = [one for result in results for one in indicators_of(result, terms)]
        made = [one if isinstance(one, Refused) else _as_known(one, kept) for one in found]
        counts = kept.indicators.upsert_many(
            [one for one in made if not isinstance(one, Refused)],
            at=at,
            who=asker(wanted.who),
            what="examine",
        )
    _tell([one for one in made if isinstance(one, Refused)], say)
    numbers = {"added": counts.added, "changed": counts.changed, "unchanged": counts.unchanged}
    typer.echo(say("examine.add.done", **numbers), err=True)


def _as_known(made: Indicator, kept: Store) -> Indicator:
    """With the time at which this specimen was examined first: examining it again is no newer report."""
    known = kept.indicators.get(made.value, made.type)
    claims = {} if known is None else {claim.identity: claim for claim in known.claims}
    same = [
        replace(claim, last_seen=claims[claim.identity].last_seen) if claim.identity in claims else claim
        for claim in made.claims
    ]
    return replace(made, claims=tuple(same))


def _tell(refused: list[Refused], say: Words) -> None:
    for one in dict.fromkeys(refused[:_TOLD]):
        reason = say(f"examine.add.{one.why}", by=visible(one.by))
        typer.echo(say("examine.add.refused", value=shown(one.type, one.value), reason=reason), err=True)
    rest = Counter(one.why for one in refused[_TOLD:])
    if rest:
        typer.echo(say("list.more", count=rest.total()), err=True)
