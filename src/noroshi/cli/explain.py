"""`noroshi explain RULE EVENT`: why a rule matches an event, or why not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from noroshi.cli import options
from noroshi.cli.errors import sentence
from noroshi.cli.options import YEAR_HELP
from noroshi.cli.story.evidence import listed_text
from noroshi.cli.story.plain import visible
from noroshi.cli.summary import print_errors
from noroshi.cli.words import words
from noroshi.engine.explain import Step
from noroshi.engine.explain import explain as explain_rule
from noroshi.engine.predicates import zone_named
from noroshi.engine.reference import Context
from noroshi.errors import LocatedError, Sentence, UsageError
from noroshi.events.problems import Problems
from noroshi.rules.catalogue import find
from noroshi.service.reading import UNKNOWN_FORMAT
from noroshi.service.ruleset import prepare
from noroshi.service.survey import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.model import Event
    from noroshi.rules.model import Rule
    from noroshi.service.ruleset import Prepared


def explain(
    rule: Annotated[
        str, typer.Argument(metavar="RULE", help="A rule file, or the id or title of a rule in --rules.")
    ],
    event: Annotated[
        Path, typer.Argument(metavar="EVENT", readable=False, help="A log file; - is standard input.")
    ],
    *,
    record: Annotated[
        str,
        typer.Option(
            metavar="POSITION", help="Only the event at this position, as alerts give it (source.record)."
        ),
    ] = "",
    rules: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Rule file or folder; repeatable. Default: the bundled packs."),
    ] = None,
    lists: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="Site lists and indicator lists; repeatable.")
    ] = None,
    filters: options.Filters = None,
    zone: Annotated[
        str, typer.Option(metavar="ZONE", help="Time zone of logs that name none (IANA name).")
    ] = "",
    year: Annotated[int | None, typer.Option(min=1970, max=9999, metavar="YEAR", help=YEAR_HELP)] = None,
    most: Annotated[
        int, typer.Option(min=1, metavar="N", help="How many events to explain at the most.")
    ] = 5,
    lang: options.Lang = None,
) -> None:
    """Show why a rule matches an event, or why not."""
    as_file = Path(rule)
    folders = [as_file] if as_file.is_file() else options.existing("--rules", rules or [])
    prepared = prepare(
        folders,
        options.existing("--lists", lists or []),
        filters=options.existing("--filters", filters or []),
    )
    found = _rule(prepared, rule, by_file=as_file.is_file())
    console = Console(highlight=False, soft_wrap=True)
    explained = 0
    for one in _events(options.inputs("", [event])[0], record, zone, year):
        _print(console, found, one, prepared, options.language(lang))
        explained += 1
        if explained == most:
            break
    if not explained:
        raise UsageError(f"{event}: no event" + (f" at position {record}" if record else " could be read"))


def _rule(prepared: Prepared, wanted: str, *, by_file: bool) -> Rule:
    ruleset = prepared.loaded.ruleset
    named = find(ruleset, wanted)
    for rule in ruleset.rules:
        if by_file or rule in named or wanted == rule.meta.title:
            return rule
    if prepared.errors:
        raise prepared.errors[0]
    raise UsageError(Sentence("{name}: no such rule; `noroshi rules list` names them", name=wanted))


def _events(path: Path, record: str, zone: str, year: int | None) -> Iterator[Event]:
    problems = Problems()
    for one in opened([path], problems, options.zone(zone), year):
        if one.detection.format is None:
            raise LocatedError(one.input.source.path, "", UNKNOWN_FORMAT)
        for event in one.events:
            if not record or str(event.position) == record:
                yield event
    if problems.errors:
        print_errors(problems.errors, problems.total)


def _print(console: Console, rule: Rule, event: Event, prepared: Prepared, language: str) -> None:
    say = words(language)
    context = Context(prepared.lists, zone_named(rule.meta.timezone), event.source)
    why = explain_rule(rule, event, context)
    verdict = say("explain.matches") if why.matches else say("explain.no_match")
    title = rule.meta.title_ja if language == "ja" and rule.meta.title_ja else rule.meta.title
    console.print(Text(visible(f"{title}: {verdict}"), style="bold green" if why.matches else "bold"))
    console.print(Text(visible(f"  {event.source.path}, {say('explain.record')} {event.position}")))
    if not why.applies:
        console.print(Text(visible("  " + say("explain.other_log_source", source=_log_source(event)))))
    if rule.inactive:
        console.print(Text(visible("  " + say("explain.inactive", reason=sentence(rule.inactive, language)))))
    for step in why.steps:
        console.print(_line(step, language))


def _log_source(event: Event) -> str:
    source = event.logsource
    parts = (source.product, source.service, ", ".join(sorted(source.categories)))
    return " / ".join(part or "–" for part in parts)


def _line(step: Step, language: str) -> Text:
    say = words(language)
    mark = Text("  " + "  " * step.depth)
    mark.append("✓ " if step.holds else "✗ ", style="green" if step.holds else "red")
    if step.kind != "test":
        return mark.append(say(f"explain.{step.kind}"))
    mark.append(visible(step.field), style="bold").append(visible(f" = {step.wanted}"))
    found = say("explain.found", value=step.found) if step.found else say("explain.missing")
    mark.append(visible(f"   {found}"), style="dim")
    if step.listed is not None:
        mark.append(f"   [{listed_text(step.listed, step.found, step.field, say)}]", style="bold")
    return mark
