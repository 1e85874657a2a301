"""A scan that is remembered: before its alerts are printed what was read, afterwards what was sighted."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from noroshi.cli.indicators.common import told as tell
from noroshi.cli.words import words
from noroshi.errors import NoroshiError
from noroshi.service.remembering.keeping import record_sightings, remember

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.cli.words import Words
    from noroshi.service.remembering.keeping import Remembered
    from noroshi.service.scan import Scan


@contextmanager
def remembering(found: Scan, place: str, *, told: bool) -> Iterator[None]:
    """Keep what was read, let the alerts be printed, and record what they sighted.

    A store that refuses is one line of error; the alerts come all the same.

    Args:
        found: The scan.
        place: The store; empty: nothing is kept.
        told: Say for people what was kept, on standard error.
    """
    say = words(found.options.language)
    kept = _kept(found, place, say) if place else None
    yield
    if kept is None:
        return
    try:
        sightings = record_sightings(found, place)
    except NoroshiError as error:
        tell(say("retro.not_remembered", error=error))
        return
    if told:
        _tell(kept, sightings, say)


def _kept(found: Scan, place: str, say: Words) -> Remembered | None:
    try:
        return remember(found, place, datetime.now(UTC))
    except NoroshiError as error:
        tell(say("retro.not_remembered", error=error))
        return None


def _tell(remembered: Remembered, sightings: int, say: Words) -> None:
    kept = remembered.kept
    tell(say("retro.remembered", observables=kept.observables, inputs=kept.inputs, sightings=sightings))
    for key, count in (
        ("older", kept.older),
        ("forgotten", kept.forgotten),
        ("dropped", remembered.dropped),
        ("undated", remembered.undated),
    ):
        if count:
            tell("  " + say(f"retro.{key}", count=count))
