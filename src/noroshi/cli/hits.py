"""`noroshi rules hits`: how often each rule alerts a day, on one's own logs or on the demo's ordinary day."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import orjson
import typer

from noroshi.alerts.model import level_rank
from noroshi.cli import options
from noroshi.cli.demo import ZONE
from noroshi.cli.options import Level
from noroshi.cli.progress import watched
from noroshi.cli.story.page import LEVEL_STYLES, page_for
from noroshi.cli.summary import print_errors
from noroshi.demo import further, generate
from noroshi.errors import UsageError
from noroshi.service.frequency import Frequency, days_of, frequencies
from noroshi.service.ruleset import prepare
from noroshi.service.scan import ScanOptions
from noroshi.service.scan import scan as run_scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from noroshi.rules.model import Correlation, Rule
    from noroshi.service.ruleset import Prepared
    from noroshi.service.scan import Scan

_TITLE_INDENT: Final = 34


class Output(StrEnum):
    """How the counts are written."""

    TABLE = "table"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True)
class _Logs:
    """What is counted on: logs, the site lists that belong to them, who has which machine, their zone."""

    paths: list[Path]
    lists: list[Path]
    identities: list[Path]
    zone: tzinfo | None


def hits(
    logs: Annotated[
        list[Path] | None,
        typer.Argument(readable=False, help="Logs: files, folders, archives.", show_default=False),
    ] = None,
    *,
    background: Annotated[
        bool, typer.Option("--background", help="Instead: the demo's ordinary day without the infection.")
    ] = False,
    rules: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Rule files or folders; repeatable. Default: the bundled packs."),
    ] = None,
    lists: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="Site lists and indicator lists; repeatable.")
    ] = None,
    filters: options.Filters = None,
    identities: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="CSV of hosts, users, mailboxes, addresses; repeatable."),
    ] = None,
    zone: Annotated[
        str,
        typer.Option(metavar="ZONE", help="Time zone of logs that name none, and of the days (IANA name)."),
    ] = "",
    fail_on: Annotated[
        Level | None,
        typer.Option(metavar="LEVEL", help="Exit with 1 where a rule alerts at or above this level."),
    ] = None,
    format: Annotated[Output, typer.Option("--format", help="What to print.")] = Output.TABLE,  # noqa: A002
    lang: options.Lang = None,
) -> None:
    """Count how often each rule alerts a day, with the level that the outcome left it."""
    if background is bool(logs):
        raise UsageError("give logs, or --background for the demo's ordinary day")
    given = _Logs(
        options.inputs("", logs or []),
        options.existing("--lists", lists or []),
        options.existing("--identities", identities or []),
        options.zone(zone),
    )
    language = options.language(lang)
    with _ordinary_day(given) if background else _as_given(given) as on:
        prepared = prepare(
            options.existing("--rules", rules or []),
            on.lists,
            filters=options.existing("--filters", filters or []),
            cache_dir=options.cache_dir(cached=True),
        )
        print_errors(prepared.errors, len(prepared.errors))
        found, days, events = _counted(on, prepared, language)
    if format is Output.NDJSON:
        for one in found:
            typer.echo(orjson.dumps(asdict(one)).decode())
    else:
        _print(found, days, events, prepared, language)
    if fail_on is not None and any(level_rank(one.level) >= level_rank(fail_on.value) for one in found):
        raise typer.Exit(1)


@contextmanager
def _as_given(given: _Logs) -> Iterator[_Logs]:
    yield given


@contextmanager
def _ordinary_day(given: _Logs) -> Iterator[_Logs]:
    with tempfile.TemporaryDirectory(prefix="noroshi-hits-") as name:
        day = Path(name)
        generate(day, chain=False)
        further.write(day)
        lists = [day / "lists", day / "site.toml", *given.lists]
        people = [day / "identities.csv", *given.identities]
        yield _Logs([day / "logs"], lists, people, given.zone or ZoneInfo(ZONE))


def _counted(on: _Logs, prepared: Prepared, language: str) -> tuple[list[Frequency], int, int]:
    """The counts, the number of days and of events."""
    wanted = ScanOptions(
        paths=on.paths,
        identities=on.identities,
        workers=os.cpu_count() or 1,
        language=language,
        zone=on.zone,
        timed=True,
    )
    with watched() as progress:
        scanned: Scan = run_scan(wanted, prepared, progress)
    with closing(scanned) as found:
        print_errors(found.problems.errors, found.problems.total)
        if not found.inputs:
            raise UsageError("nothing could be read")
        zone = on.zone or ZoneInfo("UTC")
        days = days_of(found.quarters or Counter(), zone)
        return frequencies(found.alerts(), days, zone), days, found.events


def _print(found: list[Frequency], days: int, events: int, prepared: Prepared, language: str) -> None:
    page = page_for(None, language, None)
    ruleset = prepared.loaded.ruleset
    every: list[Rule | Correlation] = [*ruleset.rules, *ruleset.correlations]
    shown = {one.id: one for one in every if not one.inactive and one.alerts}
    quiet = len(shown.keys() - {one.rule_id for one in found})
    page.line(page.say("hits.heading", events=events, days=days), style="bold")
    page.line(page.say("hits.columns"), style="dim")
    for one in found:
        level = page.say.term("level", one.level)
        numbers = f"{one.alerts:>8,} {one.per_day:>9,.1f} {one.busiest:>8,}  "
        meta = shown[one.rule_id].meta
        title = meta.title_ja if language == "ja" and meta.title_ja else one.title
        page.line(numbers, (level, LEVEL_STYLES.get(one.level, "")), f"  {title}", hang=_TITLE_INDENT)
    page.line(page.say("hits.quiet", rules=quiet))
    typer.echo(page.text(), nl=False, color=page.colour)
