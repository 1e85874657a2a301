"""`noroshi rules health`: whether each rule can fire on these logs, and if not, why."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from noroshi.alerts.ndjson import dumps
from noroshi.cli import options
from noroshi.cli.errors import sentence
from noroshi.cli.story.page import LEVEL_STYLES, page_for
from noroshi.cli.summary import print_errors
from noroshi.errors import UsageError
from noroshi.events.problems import Problems
from noroshi.service.health import examine, paths_of
from noroshi.service.ruleset import prepare
from noroshi.service.states import Health, Reason, RuleHealth, State, Why
from noroshi.service.survey import Survey, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from noroshi.cli.story.page import Page
    from noroshi.cli.words import Words
    from noroshi.service.states import SourceName

_TITLES: Final = 6
_STYLES: Final = {State.ACTIVE: "green", State.BLIND: "bold red", State.ABSENT: "dim"}
_SIGNS: Final = {State.ACTIVE: "●", State.BLIND: "×", State.ABSENT: "·"}
_COLUMNS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Output(StrEnum):
    """How the result is written."""

    TABLE = "table"
    MATRIX = "matrix"
    JSON = "json"


class FailOn(StrEnum):
    """What makes the exit status 1."""

    BLIND = "blind"
    ABSENT = "not-applicable"


def health(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Rule files or folders; default: the bundled packs.")
    ] = None,
    *,
    events: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH", readable=False, help="Logs to hold the rules against: file or folder; repeatable."
        ),
    ] = None,
    lists: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="Site lists and indicator lists; repeatable.")
    ] = None,
    filters: options.Filters = None,
    pipeline: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE|NAME", help="pySigma processing pipeline (file or name); repeatable."),
    ] = None,
    zone: Annotated[
        str, typer.Option(metavar="ZONE", help="Time zone of logs that name none (IANA name).")
    ] = "",
    format_map: options.FormatMaps = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="Exit with 1 where a rule is blind (or, further, not applicable)."),
    ] = None,
    format: Annotated[Output, typer.Option("--format", help="What to print.")] = Output.TABLE,  # noqa: A002
    lang: options.Lang = None,
) -> None:
    """Tell which rules can fire on these logs: active, blind (and why), not applicable."""
    local = options.zone(zone)
    options.use_mappings(format_map)
    prepared = prepare(
        options.existing("", paths or []),
        options.existing("--lists", lists or []),
        filters=options.existing("--filters", filters or []),
        pipelines=pipeline or [],
        cache_dir=options.cache_dir(cached=True),
    )
    ruleset, problems = prepared.loaded.ruleset, Problems()
    survey = None
    if events:
        survey = _survey(options.inputs("--events", events), paths_of(ruleset), problems, local)
    found = examine(
        ruleset, prepared.lists, _refused(prepared.loaded.errors, prepared.loaded.ruleset), survey
    )
    print_errors(problems.errors, problems.total)
    if format is Output.JSON:
        typer.echo(dumps(as_document(found)).decode())
    else:
        page = page_for(None, options.language(lang), local)
        print_health(found, page, matrix=format is Output.MATRIX)
        typer.echo(page.text(), nl=False)
    if fail_on is not None and found.events == 0:
        raise UsageError("--fail-on: not one event was read from --events, so nothing was decided")
    raise typer.Exit(int(_failed(found, fail_on)))


def _refused(errors: Iterable[Any], ruleset: Any) -> list[Any]:
    """Errors of documents that were not loaded; a rule with an unknown list is loaded and told by itself."""
    asleep = {one.inactive for one in (*ruleset.rules, *ruleset.correlations) if one.inactive}
    return [error for error in errors if error.what not in asleep]


def _survey(paths: list[Path], names: tuple[str, ...], problems: Problems, zone: tzinfo | None) -> Survey:
    survey = Survey(names)
    for one in opened(paths, problems, zone):
        for event in one.events:
            survey.add(event)
    return survey


def _failed(found: Health, fail_on: FailOn | None) -> bool:
    if fail_on is None:
        return False
    bad = {State.BLIND} if fail_on is FailOn.BLIND else {State.BLIND, State.ABSENT}
    return any(one.state in bad for one in found.rules)


def explained(reason: Reason, say: Words, titles: Mapping[str, str]) -> str:
    """A reason in words; `titles`: rule id → title, for reasons that name rules."""
    names = [titles.get(name) or sentence(name, say.language) for name in reason.names]
    setting = say.term("health.setting", reason.setting) if reason.setting else ""
    if reason.why is Why.WINDOW:
        window, span = (_duration(name, say) for name in reason.names)
        return say("health.why.window", window=window, span=span)
    text = say(f"health.why.{reason.why}", names=say("list.comma").join(names), setting=setting)
    if reason.because is None:
        return text
    return say("health.because", text=text, reason=explained(reason.because, say, titles))


def _duration(text: str, say: Words) -> str:
    """``30m`` in words."""
    return say(f"health.duration.{text[-1]}", number=text[:-1])


def united(reasons: Sequence[Reason]) -> list[Reason]:
    """Fields that miss in several log sources, told once: what is said of each log source is the same."""
    found: list[Reason] = []
    fields: dict[str, None] = {}
    for one in reasons:
        if one.why is Why.FIELD:
            fields |= dict.fromkeys(one.names)
        else:
            found.append(one)
    return [Reason(Why.FIELD, tuple(fields)), *found] if fields else found


def print_health(found: Health, page: Page, *, matrix: bool) -> None:
    """Counts; blind rules by reason; rules with limits; not applicable ones by log source; the matrix."""
    say = page.say
    page.rule(say("health.title"), "", "bold")
    counts = {state: len(found.of_state(state)) for state in State}
    page.line(
        say(
            "health.counts",
            rules=len(found.rules),
            active=counts[State.ACTIVE],
            blind=counts[State.BLIND],
            absent=counts[State.ABSENT],
        ),
        style="bold",
    )
    seen = (
        say("health.seen", events=found.events, sources=sum(1 for _, events in found.sources if events))
        if found.events is not None
        else ""
    )
    page.line((seen or say("health.no_events"), "dim"))
    if matrix:
        _matrix(found, page)
        return
    titles = {one.id: _title(one, page) for one in found.rules}
    for state in (State.BLIND, State.ABSENT):
        _by_reason(found.of_state(state), state, page, titles)
    _limited(found, page, titles)


def _title(one: RuleHealth, page: Page) -> str:
    title = (one.title_ja if page.language == "ja" else "") or one.title
    return f"{title} ({one.place})" if one.place not in ("", title) else title


def _by_reason(rules: Sequence[RuleHealth], state: State, page: Page, titles: Mapping[str, str]) -> None:
    if not rules:
        return
    groups: dict[tuple[str, ...], list[RuleHealth]] = defaultdict(list)
    for one in rules:
        groups[tuple(explained(reason, page.say, titles) for reason in united(one.reasons))].append(one)
    page.heading(page.say(f"health.state.{state}"))
    for reasons, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        text = page.say("health.further").join(reasons)
        sign = (f"{_SIGNS[state]} ", _STYLES[state])
        page.line(
            sign, (page.say("health.sentence", count=len(members), reason=text), "bold"), indent=1, hang=3
        )
        _members(members, page)
        _mends(members, page)


def _members(members: list[RuleHealth], page: Page) -> None:
    names = [_title(one, page) for one in members[:_TITLES]]
    more = [page.say("list.more", count=len(members) - _TITLES)] if len(members) > _TITLES else []
    page.line(page.say("health.among").join([*names, *more]), indent=5, hang=5)


def _mends(members: list[RuleHealth], page: Page) -> None:
    """The nearest names, and what the rules' authors say is needed."""
    say = page.say
    near = dict.fromkeys(pair for one in members for reason in one.reasons for pair in reason.near)
    nearest = dict(reversed(near))  # the first log source's name for each
    for name, there in list(reversed(nearest.items()))[:_TITLES]:
        page.line(("→ ", "dim"), say("health.near", field=name, near=there), indent=5, hang=7)
    needs = dict.fromkeys(need for one in members for need in one.needs)
    for need in list(needs)[:_TITLES]:
        source, setting = need.log_source.told(page.language), need.setting.told(page.language)
        fallback = need.fallback.told(page.language)
        text = say("health.needs", log_source=source, setting=setting) if setting else source
        rest = f"{say('health.further')}{say('health.fallback', fallback=fallback)}" if fallback else ""
        page.line(("→ ", "dim"), text + rest, indent=5, hang=7)


def _limited(found: Health, page: Page, titles: Mapping[str, str]) -> None:
    noted = [one for one in found.of_state(State.ACTIVE) if one.notes]
    groups: dict[str, list[RuleHealth]] = defaultdict(list)
    for one in noted:
        for note in one.notes:
            groups[explained(note, page.say, titles)].append(one)
    if not groups:
        return
    page.heading(page.say("health.notes"))
    for text, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        page.line(page.say("health.sentence", count=len(members), reason=text), indent=1, hang=3)
        _members(members, page)


def _matrix(found: Health, page: Page) -> None:
    """Rules in rows, log sources in columns named by letters."""
    say = page.say
    sources = [source for source, _ in found.sources][: len(_COLUMNS)]
    silent = {source for source, events in found.sources if not events}
    page.heading(say("health.matrix"))
    page.line((say("health.legend"), "dim"))
    for letter, source in zip(_COLUMNS, sources, strict=False):
        text = say("health.silent", source=source) if source in silent else str(source)
        page.line((letter, "bold"), f"  {text}", indent=1)
    page.blank()
    page.line(("".join(_COLUMNS[: len(sources)]), "bold"), indent=1)
    for one in found.rules:
        cells: list[tuple[str, str]] = []
        for source in sources:
            state = one.cells.get(source, State.ABSENT)
            cells.append((_SIGNS[state], _STYLES[state]))
        level = (f"  {say.term('level', one.level)} ", LEVEL_STYLES.get(one.level, ""))
        state_word = (f"{say(f'health.state.{one.state}')} ", _STYLES[one.state])
        page.line(*cells, level, state_word, _title(one, page), indent=1, hang=len(sources) + 3)
    if len(found.sources) > len(sources):
        page.line(say("list.more", count=len(found.sources) - len(sources)), indent=1)


def as_document(found: Health) -> dict[str, Any]:
    """The result as JSON values."""
    return {
        "events": found.events,
        "counts": {state.value: len(found.of_state(state)) for state in State},
        "sources": [_source(source) | {"events": events} for source, events in found.sources],
        "rules": [_rule(one) for one in found.rules],
    }


def _source(source: SourceName) -> dict[str, Any]:
    return {"format": source.format, "product": source.product or None, "service": source.service or None}


def _rule(one: RuleHealth) -> dict[str, Any]:
    return {
        "id": one.id or None,
        "title": one.title,
        "kind": one.kind,
        "level": one.level or None,
        "path": one.path,
        "place": one.place or None,
        "state": one.state.value,
        "reasons": [_reason(reason) for reason in one.reasons],
        "notes": [_reason(note) for note in one.notes],
        "sources": [_source(source) | {"state": state.value} for source, state in one.cells.items()],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "why": reason.why.value,
        "names": reason.names,
        "nearest": dict(reason.near),
        "setting": reason.setting or None,
        "because": _reason(reason.because) if reason.because is not None else None,
    }
