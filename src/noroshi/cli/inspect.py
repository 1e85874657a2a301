"""`noroshi events inspect`: what Noroshi makes of a log file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from noroshi.alerts.ndjson import dumps, iso
from noroshi.cli import options
from noroshi.cli.errors import sentence, told
from noroshi.cli.story.clocks import year_sentence
from noroshi.cli.story.page import page_for
from noroshi.cli.story.plain import HOST_FIELDS, defanged, shortened
from noroshi.cli.words import LANGUAGES, words
from noroshi.engine.matcher import Matcher
from noroshi.service.inspection import MAX_OBSERVABLES, Inspection, Observed, inspect
from noroshi.service.ruleset import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.cli.story.page import Page
    from noroshi.events.model import LogSource
    from noroshi.service.gaps import Gap

FIRST: Final = 200_000
_SHOWN: Final = 60
_EXAMPLES: Final = 3
_PROGRAMS: Final = 12
_CELLS: Final = 48

_HOSTS: Final = frozenset({"domain", "ip", "url", "ip:port", "mail_address"})
_HOST_FIELD: Final = "url"
"""A field in which `defanged` takes the value for a host."""

events_app: Final = typer.Typer(help="Look at logs before any rule does.", no_args_is_help=True)


@events_app.callback()
def events_root() -> None:
    """Look at logs before any rule does."""


class Output(StrEnum):
    """How the result is written."""

    TABLE = "table"
    JSON = "json"


@events_app.command("inspect")
def inspect_events(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", readable=False, help="Files, folders, archives; - is standard input."),
    ],
    *,
    rules: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Rule file or folder; repeatable. Default: the bundled packs."),
    ] = None,
    lists: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="Site lists and indicator lists; repeatable.")
    ] = None,
    zone: Annotated[
        str, typer.Option(metavar="ZONE", help="Time zone of logs that name none, and of times shown.")
    ] = "",
    year: options.Year = None,
    format_map: options.FormatMaps = None,
    first: Annotated[
        int, typer.Option(min=0, metavar="N", help="Read so many events of each input; 0 reads all.")
    ] = FIRST,
    format: Annotated[Output, typer.Option("--format", help="What to print.")] = Output.TABLE,  # noqa: A002
    lang: options.Lang = None,
) -> None:
    """Tell format, log sources, fields, observables, time zone, and what a log cannot show."""
    local = options.zone(zone)
    options.use_mappings(format_map)
    prepared = prepare(
        options.existing("--rules", rules or []),
        options.existing("--lists", lists or []),
        cache_dir=options.cache_dir(cached=True),
    )
    matcher = Matcher(prepared.compiled, prepared.lists)
    found = inspect(options.inputs("", paths), matcher, zone=local, most=first or None, year=year)
    understood = False
    for at, one in enumerate(found):
        understood = understood or bool(one.format)
        if format is Output.JSON:
            typer.echo(dumps(as_document(one)).decode())
        else:
            page = page_for(None, options.language(lang), local)
            if at:
                page.blank()
            print_inspection(one, page, len(matcher.compiled.rules))
            typer.echo(page.text(), nl=False)
    raise typer.Exit(0 if understood else 2)


def print_inspection(one: Inspection, page: Page, rules: int) -> None:
    """One input for people."""
    page.rule(one.path or page.say("inspect.unknown"), "", "bold")
    rows = list(_rows(one, page, rules))
    for name, value in rows:
        page.line((f"{name}: ", "dim"), value, indent=1, hang=3)
    _fields(one, page)
    _observables(one, page)
    _unknown(one, page)
    if one.events:
        _blind(one, page)


def _rows(one: Inspection, page: Page, rules: int) -> Iterator[tuple[str, str]]:
    say, comma = page.say, page.say("list.comma")
    named = say("inspect.confidence", format=one.format, confidence=one.confidence)
    runners = comma.join(f"{name} {mark:.0%}" for name, mark in one.runners_up[:_EXAMPLES])
    known = named if one.format else say("inspect.no_format")
    rest = f"{say('list.semicolon')}{say('inspect.runners', names=runners)}" if runners else ""
    yield say("inspect.format"), known + rest
    if not one.format:
        return
    count = f"{one.events:,}" if one.complete else say("inspect.stopped", events=one.events)
    yield say("inspect.events"), count
    if one.span is not None:
        begin, end = one.span
        days = f"{page.day(begin)} {page.clock(begin)} – {page.day(end)} {page.clock(end)}"
        yield say("inspect.time"), f"{days} {page.zone_name(begin)}"
    yield say("inspect.zone"), _zones(one, page)
    if one.year is not None:
        yield say("inspect.year"), year_sentence(page, one.year.origin, one.year.year, one.year.witness)
    yield (
        say("inspect.sources"),
        comma.join(f"{_named(source)} {n:,}" for source, n in one.sources.most_common()),
    )
    share = say("inspect.share", share=one.matchable / max(one.events, 1), asking=len(one.rules), rules=rules)
    yield say("inspect.rules"), share
    names = comma.join(
        f"{say(f'entity.{kind}')} {n / max(one.events, 1):.0%}" for kind, n in one.entities.items()
    )
    yield say("inspect.entities"), names or say("inspect.none")
    yield (
        say("inspect.outcomes"),
        comma.join(f"{say.term('outcome', name)} {n:,}" for name, n in one.outcomes.most_common()),
    )


def _named(source: LogSource) -> str:
    parts = "/".join(part for part in (source.product, source.service) if part) or "–"
    return f"{parts} [{', '.join(sorted(source.categories))}]" if source.categories else parts


def _zones(one: Inspection, page: Page) -> str:
    parts = [page.say(f"inspect.zone_of.{name}", count=n) for name, n in one.zones.most_common()]
    if one.zone is not None:
        parts.insert(0, page.say("inspect.configured", zone=one.zone))
    if one.offsets:
        shown = [
            f"{host} {_offset(after.total_seconds())}"
            for host, after in list(one.offsets.items())[:_EXAMPLES]
        ]
        parts.append(page.say("inspect.offsets", offsets=page.say("list.comma").join(shown)))
    return page.say("list.semicolon").join(parts)


def _offset(seconds: float) -> str:
    minutes = round(abs(seconds) / 60)
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _fields(one: Inspection, page: Page) -> None:
    if not one.fields:
        return
    page.heading(page.say("inspect.fields", count=len(one.fields)))
    ranked = sorted(one.fields.items(), key=lambda item: -item[1].events)
    for name, seen in ranked[:_SHOWN]:
        host = _HOST_FIELD if name in HOST_FIELDS else name
        examples = "  ".join(shortened(defanged(text, host), _CELLS) for text in seen.examples)
        page.line(f"{seen.events / one.events:>6.0%}  ", (name, "bold"), f"  {examples}", indent=1, hang=11)
    if len(ranked) > _SHOWN:
        page.line(page.say("list.more", count=len(ranked) - _SHOWN), indent=9)


def _observables(one: Inspection, page: Page) -> None:
    if not one.observables:
        return
    page.heading(page.say("inspect.observables"))
    for kind, seen in sorted(one.observables.items(), key=lambda item: -len(item[1].distinct)):
        host = _HOST_FIELD if kind in _HOSTS else ""
        examples = "  ".join(
            shortened(defanged(text, host), _CELLS) for text in list(seen.distinct)[:_EXAMPLES]
        )
        page.line(f"{_distinct(seen, page):>9}  ", (kind, "bold"), f"  {examples}", indent=1, hang=14)


def _distinct(seen: Observed, page: Page) -> str:
    count = len(seen.distinct)
    return f"{count:,}" if count < MAX_OBSERVABLES else page.say("inspect.more_than", count=count)


def _unknown(one: Inspection, page: Page) -> None:
    lines = [
        page.say("inspect.errors", count=n, what=sentence(what, page.language))
        for what, n in one.problems.counts.most_common(_SHOWN)
    ]
    lines += [told(error, page.language) for error in one.problems.errors[:_EXAMPLES]]
    if one.sourceless:
        lines.append(page.say("inspect.sourceless", count=one.sourceless))
    if one.texts:
        lines.append(page.say("inspect.texts", names=_programs(one, page)))
    if one.problems.repaired:
        first = page.say("list.comma").join(repair.place for repair in one.problems.repairs[:_EXAMPLES])
        lines.append(page.say("inspect.repaired", count=one.problems.repaired, first=first))
    if lines:
        page.heading(page.say("inspect.unknown"))
        for line in lines:
            page.line("- ", line, indent=1, hang=3)


def _programs(one: Inspection, page: Page) -> str:
    """Programs with their number of lines, the most frequent first."""
    ranked = [
        f"{name or page.say('inspect.no_program')} {count:,}"
        for name, count in one.texts.most_common(_PROGRAMS)
    ]
    rest = len(one.texts) - _PROGRAMS
    return page.say("list.comma").join([*ranked, *([page.say("list.more", count=rest)] if rest > 0 else [])])


def _blind(one: Inspection, page: Page) -> None:
    page.heading(page.say("inspect.blind"))
    if not one.gaps:
        page.line(page.say("inspect.nothing_blind" if one.judged else "inspect.unjudged"), indent=1)
    for gap in one.gaps:
        page.line("- ", page.say(f"inspect.cannot.{gap.name}") + _lacking(gap, page), indent=1, hang=3)
    for name, limits in one.limits.items():
        text = getattr(limits, page.say.language)
        page.line((page.say("inspect.by_format", format=name), "bold"), text, indent=1, hang=3)
    if not one.limits:
        page.line(page.say("inspect.own_format"), indent=1)


def _lacking(gap: Gap, page: Page) -> str:
    """The log sources that lack it: needed where others of the log have it."""
    names = page.say("list.comma").join(gap.sources)
    return page.say("inspect.only_in", names=names) if gap.elsewhere else ""


def _gap_document(gap: Gap) -> dict[str, Any]:
    return {
        "what": gap.name,
        "log_sources": list(gap.sources),
        "elsewhere": gap.elsewhere,
        "text": {name: words(name)(f"inspect.cannot.{gap.name}") for name in LANGUAGES},
    }


def as_document(one: Inspection) -> dict[str, Any]:
    """One input as JSON values, examples as they stand in the log."""
    return {
        "path": one.path,
        "format": one.format or None,
        "confidence": round(one.confidence, 3),
        "runners_up": [{"format": name, "confidence": round(mark, 3)} for name, mark in one.runners_up],
        "events": one.events,
        "complete": one.complete,
        "first": iso(one.span[0]) if one.span else None,
        "last": iso(one.span[1]) if one.span else None,
        "log_sources": [
            {
                "product": source.product,
                "service": source.service,
                "categories": sorted(source.categories),
                "events": count,
            }
            for source, count in one.sources.most_common()
        ],
        "matchable": one.matchable,
        "rules": len(one.rules),
        "without_log_source": one.sourceless,
        "entities": dict(one.entities),
        "outcomes": dict(one.outcomes),
        "time_zone": {
            "configured": str(one.zone) if one.zone is not None else None,
            "from": dict(one.zones),
            "learnt_offsets_seconds": {host: after.total_seconds() for host, after in one.offsets.items()},
        },
        "year": {"year": one.year.year, "from": one.year.origin} if one.year is not None else None,
        "fields": {
            name: {"events": seen.events, "examples": seen.examples}
            for name, seen in sorted(one.fields.items(), key=lambda item: -item[1].events)
        },
        "observables": {
            kind: {
                "count": seen.count,
                "distinct": len(seen.distinct),
                "examples": list(seen.distinct)[:_EXAMPLES],
            }
            for kind, seen in one.observables.items()
        },
        "texts_by_program": dict(one.texts),
        "cannot_show": [_gap_document(gap) for gap in one.gaps],
        "format_cannot_show": {
            name: {"en": limits.en, "ja": limits.ja} for name, limits in one.limits.items()
        },
        "errors": {"count": one.problems.total, "by_kind": dict(one.problems.counts)},
        "first_errors": [str(error) for error in one.problems.errors],
        "repaired_records": one.problems.repaired,
        "first_repairs": [repair.place for repair in one.problems.repairs],
    }
