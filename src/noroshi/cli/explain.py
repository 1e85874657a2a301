"""`noroshi explain RULE EVENT`: why a rule matches an event, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from noroshi.cli import options
from noroshi.cli.errors import sentence
from noroshi.cli.story.evidence import listed_text
from noroshi.cli.story.plain import visible
from noroshi.cli.summary import print_errors
from noroshi.cli.words import words
from noroshi.engine.explain import Explanation, Step
from noroshi.engine.explain import explain as explain_rule
from noroshi.engine.predicates import zone_named
from noroshi.engine.reference import Context
from noroshi.errors import LocatedError, Sentence, UsageError
from noroshi.events.problems import Problems
from noroshi.rules.catalogue import find
from noroshi.rules.rendering import predicate_text
from noroshi.service.reading import UNKNOWN_FORMAT
from noroshi.service.ruleset import prepare
from noroshi.service.survey import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.model import Event
    from noroshi.rules.model import Correlation, Rule, RuleSet
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
    year: options.Year = None,
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
    read = _events(options.inputs("", [event])[0], record, zone, year)
    chosen = _chosen(read, found, prepared, most)
    say = words(options.language(lang))
    if not chosen.events and record:
        raise UsageError(Sentence("{path}: no event at position {record}", path=event, record=record))
    if not chosen.events:
        raise UsageError(Sentence("{path}: no event could be read", path=event))
    for one, why in chosen.events:
        _print(console, found, one, why, options.language(lang))
    if not chosen.matching and not record:
        console.print(Text(say("explain.none", count=chosen.read)))


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The events that are explained, each with its explanation.

    Attributes:
        read: How many were looked at.
    """

    events: tuple[tuple[Event, Explanation], ...]
    matching: bool
    read: int


def _chosen(events: Iterator[Event], rule: Rule, prepared: Prepared, most: int) -> _Chosen:
    """The first events that match; where none does, the first that the rule is for, else the first."""
    matching: list[tuple[Event, Explanation]] = []
    near: list[tuple[Event, Explanation]] = []
    far: list[tuple[Event, Explanation]] = []
    read = 0
    for event in events:
        read += 1
        context = Context(prepared.lists, zone_named(rule.meta.timezone), event.source)
        why = explain_rule(rule, event, context)
        kept = matching if why.matches else near if why.applies else far
        if len(kept) < most:
            kept.append((event, why))
        if len(matching) == most:
            break
    return _Chosen(tuple(matching or near or far), bool(matching), read)


def _rule(prepared: Prepared, wanted: str, *, by_file: bool) -> Rule:
    ruleset = prepared.loaded.ruleset
    named = find(ruleset, wanted)
    for rule in ruleset.rules:
        if by_file or rule in named or wanted == rule.meta.title:
            return rule
    for one in ruleset.correlations:
        if one in named or wanted == one.meta.title:
            raise UsageError(_is_correlation(wanted, one, ruleset))
    for error in prepared.errors:
        if by_file or wanted in str(error):
            raise error
    raise UsageError(Sentence("{name}: no such rule; `noroshi rules list` names them", name=wanted))


def _is_correlation(wanted: str, one: Correlation, ruleset: RuleSet) -> Sentence:
    named = {rule.id: rule.name or rule.id for rule in ruleset.rules}
    named.update((other.id, other.name or other.id) for other in ruleset.correlations)
    return Sentence(
        "{name}: is a correlation, which no single event matches; explain one of its rules: {rules}",
        name=wanted,
        rules=", ".join(named.get(part, part) for part in one.rules),
    )


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


def _print(console: Console, rule: Rule, event: Event, why: Explanation, language: str) -> None:
    say = words(language)
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
    if step.asked is None:
        return mark.append(say(f"explain.{step.kind}"))
    asked = visible(predicate_text(step.asked, language))
    mark.append(asked[: len(step.field)], style="bold").append(asked[len(step.field) :])
    found = say("explain.found", value=step.found) if step.found else say("explain.missing")
    mark.append(visible(f"   {found}"), style="dim")
    if step.listed is not None:
        mark.append(f"   [{listed_text(step.listed, step.found, step.field, say)}]", style="bold")
    return mark
