"""``noroshi indicators export|watched``: what may leave, and what never does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from noroshi.cli.indicators import asking
from noroshi.cli.indicators.common import (
    DONE,
    USAGE,
    ExclusionsOption,
    LifetimesOption,
    StoreOption,
    WhoOption,
    asker,
    complain,
    lifetimes_of,
    now,
    opened,
    shown,
    told,
)
from noroshi.cli.options import Lang, existing, language, written
from noroshi.cli.words import Words, words
from noroshi.errors import Sentence, UsageError
from noroshi.indicators.exchange.registry import BLOCK_LISTS, FORMATS
from noroshi.indicators.exclusions import ExclusionSnapshot, load_exclusions
from noroshi.indicators.lists import load_lists
from noroshi.indicators.query import Query
from noroshi.indicators.sharing import INSIDE, Audience, Gate, Reason, Refusal
from noroshi.indicators.watched import Watched, watched_from, watched_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from noroshi.indicators.exchange.format import Format
    from noroshi.indicators.exchange.registry import BlockList
    from noroshi.indicators.indicator import Indicator
    from noroshi.store.store import Store

OWNER: Final = "watched"
"""Owner in the store's state of the values that never leave."""
SHOWN: Final = 10
_WITH_PORTS: Final = "suricata-rules"
"""The one block list that keeps the port of an endpoint."""
_NAMES: Final = (*FORMATS, *BLOCK_LISTS)
Writing = StrEnum("Writing", {name.upper().replace("-", "_"): name for name in _NAMES})  # type: ignore[misc]  # made of the registry


def watched_in(kept: Store) -> Watched:
    """The values of the watched organisation that the store knows; every exit asks for them."""
    saved = kept.state.all(OWNER)
    return watched_of(saved.get("domains", ()), saved.get("networks", ()), saved.get("names", ()))


@asking.asks
def export(
    *,
    format_: Annotated[Writing, typer.Option("--format", help="A format, or a block list.")],
    audience: Annotated[
        Audience,
        typer.Option(help="Who will read it, from named recipients to everybody."),
    ] = Audience.ORGANISATION,
    groups: Annotated[
        list[str] | None,
        typer.Option("--sharing-group", metavar="NAME", help="A group that all of them are in; repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Default: standard output (-).")
    ] = None,
    asked: Query,
    exclusions: ExclusionsOption = None,
    excluded: Annotated[
        bool,
        typer.Option("--excluded", help="Also what exclusion lists hold back; block lists never get it."),
    ] = False,
    decayed: Annotated[bool, typer.Option("--decayed", help="Also what has decayed.")] = False,
    nothing_watched: Annotated[
        bool, typer.Option("--nothing-watched", help="There is no organisation whose values have to stay.")
    ] = False,
    lifetimes: LifetimesOption = None,
    who: WhoOption = "",
    store: StoreOption = "",
    lang: Lang = None,
) -> None:
    """Export indicators, or a block list, for an audience; what it may not see stays.

    TLP, sharing groups and the values of the watched organisation decide (see ``watched``); what stays is
    told and recorded. What exclusion lists hold back is left out, told and counted, unless the indicator is
    exempted. Retired and decayed indicators are left out unless they are asked for.
    """
    if excluded and format_.value in BLOCK_LISTS:
        raise UsageError(words(language(lang))("indicators.never_blocked"))
    asked = replace(asked, fresh=not decayed)
    say, at, rows = words(language(lang)), now(), lifetimes_of(lifetimes)
    with opened(store) as kept:
        watched = watched_in(kept)
        if audience not in INSIDE and not watched and not nothing_watched:
            raise UsageError(say("indicators.nothing_watched"))
        gate = Gate(audience, frozenset(groups or ()), watched)
        leaving = _Leaving(gate, format_.value, None if excluded else _lists(exclusions or [], at))
        with written("--out", out) as file:
            for piece in leaving.written(kept.indicators.iterate(asked, at, rows), at):
                file.write(piece)
        what = f"export {format_.value} for {audience.value}"
        kept.audit.refused(leaving.refusals, at=at, who=asker(who), what=what)
    leaving.tell(say)
    if not watched and not nothing_watched:
        told(say("indicators.watched_none"))


@dataclass(slots=True)
class _Leaving:
    """Writes what passes the gate and remembers what did not.

    Attributes:
        gate: Who may see what.
        name: The format.
        lists: What must not alert alone, and so must not be blocked or passed on either; None: let it out.
        held: How many each exclusion list held back, …
        examples: … and the first few of them.
        count: Indicators that left.
        left_out: Indicators that this format has no place for.
        poorer: Indicators of which the format loses something.
        refusals: What stayed.
    """

    gate: Gate
    name: str
    lists: ExclusionSnapshot | None = None
    held: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0
    left_out: int = 0
    poorer: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def written(self, indicators: Iterable[Indicator], at: datetime) -> Iterator[bytes]:
        """The file in pieces."""
        format_: Format | BlockList = FORMATS[self.name] if self.name in FORMATS else BLOCK_LISTS[self.name]
        return format_.write(self._admitted(indicators), at)

    def _admitted(self, indicators: Iterable[Indicator]) -> Iterator[Indicator]:
        for indicator in indicators:
            admitted = self.gate.admit(indicator)
            if isinstance(admitted, Refusal):
                self.refusals.append(admitted)
            elif not self._fits(admitted):
                self.left_out += 1
            elif self._is_held(admitted):
                pass
            else:
                self.count += 1
                yield admitted

    def _is_held(self, indicator: Indicator) -> bool:
        """Whether an exclusion list speaks against it, or its bare address where only that is written."""
        if self.lists is None:
            return False
        type_, value = indicator.type, indicator.value
        if type_ == "ip:port" and self.name in BLOCK_LISTS and self.name != _WITH_PORTS:
            type_, value = "ip", value.rpartition(":")[0].strip("[]")
        judged = self.lists.judge(type_, value, exempt=indicator.exempt)
        if judged.alerts:
            return False
        self.held[judged.list] += 1
        if len(self.examples) < SHOWN:
            self.examples.append((indicator.type, indicator.value))
        return True

    def _fits(self, indicator: Indicator) -> bool:
        if self.name in BLOCK_LISTS:
            from noroshi.indicators.exchange.blocking import blocks  # noqa: PLC0415 - beside its only use

            return blocks(indicator, BLOCK_LISTS[self.name].types)
        carried = FORMATS[self.name].carried(indicator)
        self.poorer += carried is not None and carried != indicator
        return carried is not None

    def tell(self, say: Words) -> None:
        """What left, what stayed and why, and what the format lost."""
        told(
            say(
                "indicators.exported",
                count=self.count,
                audience=say.term("indicators.audience_word", self.gate.audience.value),
                format=self.name,
            )
        )
        for name, count in self.held.most_common():
            told(say("indicators.held_back", count=count, list=name))
        for type_, value in self.examples:
            told("  " + shown(type_, value))
        if self.left_out:
            told(say("indicators.left_out", count=self.left_out))
        if self.poorer:
            losses = (say(f"indicators.loss.{key}") for key in FORMATS[self.name].cannot_carry)
            told(say("indicators.lost", count=self.poorer, what=say("indicators.and").join(losses)))
        counts = Counter(refusal.reason for refusal in self.refusals)
        for reason in Reason:
            if counts[reason]:
                told(
                    say(
                        "indicators.refused",
                        count=counts[reason],
                        reason=say(f"indicators.reason.{reason.value}"),
                    )
                )
        for refusal in [one for one in self.refusals if one.reason is Reason.WATCHED][:SHOWN]:
            value = shown(refusal.type, refusal.value)
            told("  " + say("indicators.refused_one", value=value, detail=refusal.detail))


def _lists(paths: list[Path], at: datetime) -> ExclusionSnapshot:
    loaded = load_exclusions(existing("--exclusions", paths), at.date())
    complain(loaded.errors)
    return loaded.snapshot


def watched(
    *,
    lists: Annotated[
        list[Path] | None,
        typer.Option(
            "--lists",
            metavar="PATH",
            help="Site lists: watched_domains, watched_addresses, watched_users, watched_hosts; repeatable.",
        ),
    ] = None,
    store: StoreOption = "",
    lang: Lang = None,
) -> None:
    """Say which values are the watched organisation's and never leave; without --lists: count them."""
    say = words(language(lang))
    with opened(store) as kept:
        if lists:
            _save(kept, existing("--lists", lists))
        known = watched_in(kept)
    if not known:
        told(say("indicators.watched_none"))
        raise typer.Exit(USAGE if lists else DONE)
    domains, networks, names = map(len, (known.domains, known.networks, known.names))
    typer.echo(say("indicators.watched", domains=domains, networks=networks, names=names))


def _save(kept: Store, lists: list[Path]) -> None:
    snapshot, errors = load_lists(lists)
    complain(errors)
    try:
        found = watched_from(snapshot)
    except ValueError as error:
        raise UsageError(Sentence("{name}: {error}", name="--lists", error=error)) from None
    kept.state.put(
        OWNER,
        at=now(),
        domains=sorted(found.domains),
        networks=[str(network) for network in found.networks],
        names=sorted(found.names),
    )
