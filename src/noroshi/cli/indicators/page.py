"""One indicator as a page for people and as a document for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from noroshi.alerts.ndjson import iso
from noroshi.cli.indicators.common import shown
from noroshi.cli.story.plain import defanged, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from noroshi.cli.words import Words
    from noroshi.indicators.ageing import Score
    from noroshi.indicators.indicator import Indicator, SourceClaim
    from noroshi.store.sightings import Sighting

_PLACES: Final = 10


def date(time: datetime | None, *, clock: bool = False) -> str:
    """A time in UTC for a table; empty for none."""
    if time is None:
        return ""
    return f"{time:%Y-%m-%d %H:%M}Z" if clock else f"{time:%Y-%m-%d}"


def as_document(indicator: Indicator, score: Score) -> dict[str, Any]:
    """For programs: values as they are, never defanged."""
    sightings = indicator.sightings
    return {
        "value": indicator.value,
        "type": indicator.type,
        "status": indicator.status.value,
        "reason": indicator.reason,
        "level": indicator.level.name.lower(),
        "threats": list(indicator.threats),
        "families": list(indicator.families),
        "tags": list(indicator.tags),
        "sources": list(indicator.sources),
        "tlp": indicator.tlp.value if indicator.tlp else None,
        "confidence": indicator.confidence,
        "compromised_site": indicator.compromised_site,
        "exempt": indicator.exempt,
        "score": round(score.value, 1),
        "decayed": score.decayed,
        "decays_at": _iso(score.decays_at),
        "first_seen": _iso(indicator.first_seen),
        "last_seen": _iso(indicator.last_seen),
        "sightings": {"count": sightings.count, "first": _iso(sightings.first), "last": _iso(sightings.last)},
        "claims": [msgspec.to_builtins(claim) for claim in indicator.claims],
    }


def _iso(time: datetime | None) -> str | None:
    return None if time is None else iso(time)


def threats_in_words(threats: Iterable[str], say: Words) -> str:
    """Kinds of threat for people."""
    return ", ".join(say.term("indicators.threat_word", one) for one in threats)


def print_page(indicator: Indicator, score: Score, seen: tuple[Sighting, ...], say: Words) -> None:
    """The whole indicator: what it is, what it is worth, who says so, where we saw it."""
    console = Console(highlight=False)
    console.print(f"[bold]{escape(shown(indicator.type, indicator.value))}[/]")
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, text in _facts(indicator, score, say):
        if text:
            table.add_row(escape(name), escape(visible(text)))
    console.print(table)
    for key, wanted in (("compromised_site", indicator.compromised_site), ("exempt", indicator.exempt)):
        if wanted:
            console.print(escape(say(f"indicators.{key}")))
    console.print(f"\n[bold]{escape(say('indicators.claims'))}[/]")
    for claim in indicator.claims:
        _print_claim(claim, console, say)
    console.print(f"\n[bold]{escape(say('indicators.sightings'))}[/]")
    _print_sightings(seen, console, say)


def _facts(indicator: Indicator, score: Score, say: Words) -> Iterator[tuple[str, str]]:
    status = say(f"indicators.status_word.{indicator.status.value}")
    yield say("indicators.type"), indicator.type
    yield say("indicators.status"), f"{status}: {indicator.reason}" if indicator.reason else status
    yield say("indicators.score"), f"{score.value:.0f} / 100, {_fate(score, say)}"
    yield say("indicators.threats"), threats_in_words(indicator.threats, say)
    yield say("indicators.families"), ", ".join(indicator.families)
    yield (
        say("indicators.level"),
        f"{say.term('indicators.level_word', indicator.level.name.lower())} ({int(indicator.level)} / 6)",
    )
    yield say("indicators.first"), date(indicator.first_seen, clock=True)
    yield say("indicators.last"), date(indicator.last_seen, clock=True)


def _fate(score: Score, say: Words) -> str:
    name = score.lifetime.name
    if score.decayed:
        return say("indicators.decayed", lifetime=name)
    if score.decays_at is None:
        return say("indicators.undated")
    return say("indicators.decays", date=date(score.decays_at), lifetime=name)


def _print_claim(claim: SourceClaim, console: Console, say: Words) -> None:
    console.print(f"  [bold]{escape(visible(claim.source) or '–')}[/]")
    facts = {
        "reference": defanged(claim.reference),
        "threats": threats_in_words(claim.threats, say),
        "families": ", ".join(claim.families),
        "first": date(claim.first_seen, clock=True),
        "last": date(claim.last_seen, clock=True),
        "confidence": "" if claim.confidence is None else str(claim.confidence),
        "tlp": claim.tlp.value if claim.tlp else say("indicators.unlabelled"),
        "group": claim.sharing_group,
        "tags": ", ".join(claim.tags),
        "comment": defanged("; ".join(claim.comments)),
        "written": claim.written,
        "id": claim.external_id,
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    for key, text in facts.items():
        if text:
            table.add_row("   ", escape(say(f"indicators.{key}")), escape(visible(text)))
    console.print(table)


def _print_sightings(seen: tuple[Sighting, ...], console: Console, say: Words) -> None:
    if not seen:
        console.print(f"  {escape(say('indicators.never_sighted'))}")
    for one in seen[:_PLACES]:
        period = {"first": date(one.first, clock=True), "last": date(one.last, clock=True)}
        console.print(
            f"  {escape(visible(one.place))}  {escape(say('indicators.sighted', count=one.count, **period))}"
        )
