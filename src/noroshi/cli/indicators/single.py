"""``noroshi indicators show|add|edit|retire``: one indicator, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from noroshi.cli.indicators import asking
from noroshi.cli.indicators.common import (
    USAGE,
    LifetimesOption,
    Output,
    OutputOption,
    StoreOption,
    TypeOption,
    Value,
    WhoOption,
    asker,
    label,
    lifetimes_of,
    ndjson,
    none_of_its_type,
    now,
    opened,
    shown,
    told,
    typed,
)
from noroshi.cli.indicators.page import as_document, print_page
from noroshi.cli.options import Lang, instant, language
from noroshi.cli.words import words
from noroshi.indicators.indicator import Indicator, SourceClaim, Status, Threat

if TYPE_CHECKING:
    from collections.abc import Callable

Confidence = Annotated[int | None, typer.Option(min=0, max=100, help="How sure the source is, 0 to 100.")]
Level = Annotated[str, typer.Option("--level", metavar="LEVEL", help="Pyramid level, if not the type's.")]
Source = Annotated[
    str, typer.Option("--source", metavar="NAME", help="Who says so. Default: analyst: and --who.")
]
Threats = Annotated[list[Threat] | None, typer.Option("--threat", help="Kind of threat; repeatable.")]
Families = Annotated[
    list[str] | None, typer.Option("--family", metavar="NAME", help="Malware family; repeatable.")
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", metavar="TAG", help="A word of your own; repeatable.")
]
Reference = Annotated[str, typer.Option("--reference", metavar="TEXT", help="Where it can be read.")]
Comment = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Anything else worth knowing.")]
Label = Annotated[
    str,
    typer.Option(
        "--tlp", metavar="LABEL", help="clear, green, amber, amber+strict, red; none counts as amber."
    ),
]
Group = Annotated[str, typer.Option("--sharing-group", metavar="NAME", help="The only group to share it in.")]
Seen = Annotated[str, typer.Option(metavar="TIME", help="As 2020-07-22T13:00+09:00; without a zone UTC.")]
Ordinary = Annotated[bool, typer.Option("--compromised-site", help="An ordinary site that serves malware.")]


def show(
    value: Value,
    *,
    type_: TypeOption = "",
    lifetimes: LifetimesOption = None,
    store: StoreOption = "",
    lang: Lang = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show an indicator: what it is worth now, what every source says, where we saw it."""
    say, rows = words(language(lang)), lifetimes_of(lifetimes)
    with opened(store) as kept:
        kind = typed(value, type_)
        found = _checked(lambda: kept.indicators.get(value, kind), value)
        if found is None:
            told(say("indicators.unknown", value=value))
            raise typer.Exit(USAGE)
        seen = kept.sightings.of(found.value, found.type)
    score = rows.score(found, now())
    if output is Output.NDJSON:
        ndjson([as_document(found, score)])
    else:
        print_page(found, score, seen, say)


def _checked(ask: Callable[[], Indicator | None], value: str) -> Indicator | None:
    """The answer.

    Raises:
        UsageError: The value is none of its type.
    """
    try:
        return ask()
    except ValueError as error:
        raise none_of_its_type(value, error) from None


def add(
    value: Value,
    *,
    type_: TypeOption = "",
    threats: Threats = None,
    families: Families = None,
    source: Source = "",
    confidence: Confidence = None,
    tlp: Label = "",
    sharing_group: Group = "",
    reference: Reference = "",
    comment: Comment = "",
    tags: Tags = None,
    first_seen: Seen = "",
    last_seen: Seen = "",
    compromised_site: Ordinary = False,
    level: Level = "",
    candidate: Annotated[
        bool, typer.Option("--candidate", help="Not reviewed yet: it matches nothing.")
    ] = False,
    who: WhoOption = "",
    store: StoreOption = "",
    lang: Lang = None,
) -> None:
    """Add an indicator, or what you know about one that is there already."""
    say, at, name = words(language(lang)), now(), asker(who)
    first = instant("--first-seen", first_seen, None)
    claim = SourceClaim(
        source or f"analyst:{name}",
        reference,
        threats=tuple(sorted(threats or ())),
        families=tuple(sorted(families or ())),
        tags=tuple(sorted(tags or ())),
        first_seen=first,
        last_seen=instant("--last-seen", last_seen, None) or (None if first else at),
        confidence=confidence,
        tlp=label(tlp),
        sharing_group=sharing_group,
        compromised_site=compromised_site,
        comments=(comment,) if comment else (),
    )
    status = Status.CANDIDATE if candidate else Status.ACTIVE
    kind, wanted = typed(value, type_), asking.level(level)
    made = _checked(lambda: Indicator.of(value, kind, claim, status=status, level=wanted), value)
    if made is not None:
        with opened(store) as kept:
            counts = kept.indicators.upsert_many([made], at=at, who=name, what="add")
        key = "added" if counts.added else "merged" if counts.changed else "unchanged"
        told(say(f"indicators.{key}", value=shown(made.type, made.value)))


def edit(
    value: Value,
    *,
    type_: TypeOption = "",
    status: Annotated[Status | None, typer.Option(help="Bring it back, or make it a candidate.")] = None,
    level: Level = "",
    exempt: Annotated[
        bool | None, typer.Option("--exempt/--no-exempt", help="Alert although an exclusion list holds it.")
    ] = None,
    source: Annotated[
        str,
        typer.Option("--source", metavar="NAME", help="Whose claim the options below change. Default: all."),
    ] = "",
    confidence: Confidence = None,
    tlp: Label = "",
    compromised_site: Annotated[
        bool | None,
        typer.Option("--compromised-site/--no-compromised-site", help="An ordinary site, or not."),
    ] = None,
    who: WhoOption = "",
    store: StoreOption = "",
    lang: Lang = None,
) -> None:
    """Change an indicator. What it was before stays in its history."""
    wanted, mark = asking.level(level), label(tlp)
    claimed: dict[str, Any] = {"confidence": confidence, "tlp": mark, "compromised_site": compromised_site}
    said = {name: one for name, one in claimed.items() if one is not None}
    own: dict[str, Any] = {
        name: one for name, one in (("level", wanted), ("exempt", exempt)) if one is not None
    }

    def change(old: Indicator) -> Indicator:
        claims = tuple(
            replace(claim, **said) if source in {"", claim.source} else claim for claim in old.claims
        )
        kept = replace(old, claims=claims, **own)
        return kept if status is None else replace(kept, status=status, reason="")

    _change(value, type_, change, who=who, store=store, lang=lang, done="edited")


def retire(
    value: Value,
    *,
    reason: Annotated[str, typer.Option(help="Why, for those who ask later.")],
    type_: TypeOption = "",
    who: WhoOption = "",
    store: StoreOption = "",
    lang: Lang = None,
) -> None:
    """Take an indicator out of use. It stays in the store, and feeds do not bring it back."""

    def change(old: Indicator) -> Indicator:
        return replace(old, status=Status.RETIRED, reason=reason)

    _change(value, type_, change, who=who, store=store, lang=lang, done="retired")


def _change(
    value: str,
    type_: str,
    change: Callable[[Indicator], Indicator],
    *,
    who: str,
    store: str,
    lang: Lang,
    done: str,
) -> None:
    say, at, name = words(language(lang)), now(), asker(who)
    before: list[Indicator] = []

    def recorded(old: Indicator) -> Indicator:
        before.append(old)
        return change(old)

    with opened(store) as kept:
        kind = typed(value, type_)
        new = _checked(lambda: kept.indicators.edit(value, kind, recorded, at=at, who=name), value)
    if new is None:
        told(say("indicators.unknown", value=value))
        raise typer.Exit(USAGE)
    key = "unchanged" if new == before[0] else done
    told(say(f"indicators.{key}", value=shown(new.type, new.value)))
