"""`noroshi scan`: logs in, threats out."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import typer

from noroshi.alerts.encounters import EncounterBuilder
from noroshi.alerts.model import level_rank
from noroshi.alerts.ndjson import to_line
from noroshi.cli import options
from noroshi.cli.options import Level
from noroshi.cli.progress import watched
from noroshi.cli.remembering import remembering
from noroshi.cli.report_formats import REPORTS
from noroshi.cli.story import Sightings, Told, tell
from noroshi.cli.story.page import page_for
from noroshi.cli.summary import as_document, print_errors
from noroshi.errors import Sentence, UsageError
from noroshi.intake.dead_letters import DeadLetterFile
from noroshi.service.ruleset import prepare
from noroshi.service.scan import Scan, ScanOptions
from noroshi.service.scan import scan as run_scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo

    from noroshi.alerts.model import Alert
    from noroshi.service.indicators import Indicators
    from noroshi.service.ruleset import Prepared

    _Seen = Callable[[Alert], Alert]


class Format(StrEnum):
    """What is printed."""

    TABLE = "table"
    NDJSON = "ndjson"
    JSON = "json"
    HTML = "html"
    CSV = "csv"
    SARIF = "sarif"
    ATTACK_NAVIGATOR = "attack-navigator"
    TIMESKETCH = "timesketch"


def scan(
    paths: options.Logs,
    *,
    rules: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Rule file or folder; repeatable. Default: the bundled packs."),
    ] = None,
    lists: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Site lists and indicator lists: file or folder; repeatable."),
    ] = None,
    filters: options.Filters = None,
    identities: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="CSV of hosts, users, mailboxes, addresses; repeatable."),
    ] = None,
    pipeline: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE|NAME", help="pySigma processing pipeline (file or name); repeatable."),
    ] = None,
    format_map: options.FormatMaps = None,
    indicators: Annotated[
        str,
        typer.Option(
            metavar="STORE|FILE",
            help="Match all observables against these indicators: the store's file or postgresql:// URL,"
            " a snapshot, or `default` for the default store. Its saved sets are %name% in rules.",
        ),
    ] = "",
    exclusions: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="Exclusion lists for --indicators beside the bundled ones (own, ranking, MISP); repeatable.",
        ),
    ] = None,
    remember: Annotated[
        bool | None,
        typer.Option(
            "--remember/--no-remember",
            help="Keep the observables of all events in the store, and hits of indicators as sightings, for"
            " `indicators retro` and `indicators check`. Default: where --indicators names a store;"
            " given alone: in the default store.",
        ),
    ] = None,
    level: Annotated[
        Level,
        typer.Option(
            metavar="LEVEL",
            help="Leave out alerts below this level (informational, low, medium, high, critical).",
        ),
    ] = Level.INFORMATIONAL,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Only events from this time on, e.g. 2020-07-22T13:00+09:00.")
    ] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Only events before this time.")] = "",
    zone: Annotated[
        str,
        typer.Option(
            metavar="ZONE", help="Time zone of logs that name none, and of times shown (IANA name)."
        ),
    ] = "",
    year: options.Year = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processes that read; default: one a processor.")
    ] = None,
    tenant: Annotated[
        str, typer.Option(metavar="NAME", help="The watched organisation (customer).")
    ] = "default",
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,  # noqa: A002
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write there instead of standard output (-).")
    ] = None,
    fail_on: Annotated[
        Level | None,
        typer.Option(metavar="LEVEL", help="Exit with 1 where an alert is at or above this level."),
    ] = None,
    lang: options.Lang = None,
    dead_letters: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep what could not be read in this file (NDJSON).")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Any mistake in a rule or list ends the scan.")
    ] = False,
    cache: Annotated[bool, typer.Option(help="Keep compiled rules for the next time.")] = True,
) -> None:
    """Match logs against rules and tell what was found."""
    started = perf_counter()
    local = options.zone(zone)
    options.use_mappings(format_map)
    known = _known(indicators, exclusions or [], options.cache_dir(cached=cache))
    memory = options.memory(known, remember)
    prepared = prepare(
        options.existing("--rules", rules or []),
        options.existing("--lists", lists or []),
        filters=options.existing("--filters", filters or []),
        pipelines=pipeline or [],
        strict=strict,
        cache_dir=options.cache_dir(cached=cache),
        sets=() if known is None else known.lists,
    )
    _refuse_mistakes(prepared, strict=strict)
    with _dead_letters(dead_letters) as letters:
        wanted = ScanOptions(
            paths=options.inputs("", paths),
            identities=options.existing("--identities", identities or []),
            level=level.value,
            period=options.period(since, until, local),
            workers=workers or os.cpu_count() or 1,
            language=options.language(lang),
            tenant=tenant,
            zone=local,
            dead_letters=letters,
            timed=format is Format.HTML,
            year=year,
            indicators=known,
            remember=bool(memory),
        )
        with watched() as progress:
            scanned = run_scan(wanted, prepared, progress)
        reached = _told(
            scanned, memory, Printing(format, options.file_or_none(output), local, started, fail_on)
        )
    if reached:
        raise typer.Exit(1)


def _known(indicators: str, exclusions: list[Path], cache: Path | None) -> Indicators | None:
    """The indicators to match; mistakes in exclusion lists are told also where there are none."""
    known = options.indicators(indicators, exclusions, cache)
    errors = options.mistakes_in(exclusions) if known is None else known.errors
    print_errors(errors, len(errors))
    return known


def _told(scanned: Scan, memory: str, how: Printing) -> bool:
    """Print what was found, and remember it; whether an alert reached `Printing.fail_on`."""
    with closing(scanned) as found:
        if not found.inputs:
            print_errors(found.problems.errors, found.problems.total)
            raise UsageError("nothing could be read")
        with remembering(found, memory, told=how.format is Format.TABLE):
            return print_scan(found, how)


def _refuse_mistakes(prepared: Prepared, *, strict: bool) -> None:
    if not prepared.loaded.ruleset.rules and not prepared.errors:
        raise UsageError("there are no rules in the given folders")
    print_errors(prepared.errors, len(prepared.errors))
    if prepared.errors and (strict or not prepared.loaded.ruleset.rules):
        raise UsageError(
            Sentence(
                "{count:|mistake|mistakes} in rules and lists; nothing was scanned",
                count=len(prepared.errors),
            )
        )


@contextmanager
def _dead_letters(path: Path | None) -> Iterator[DeadLetterFile | None]:
    if path is None:
        yield None
        return
    with options.writable("--dead-letters", path) as file:
        yield DeadLetterFile(file)


@dataclass(frozen=True, slots=True)
class Printing:
    """How what was found is printed.

    Attributes:
        output: File, or None for standard output.
        zone: Zone of the times shown; None: UTC.
        started: `perf_counter` when the command began.
        fail_on: Level that counts as reached.
    """

    format: Format
    output: Path | None = None
    zone: tzinfo | None = None
    started: float = 0.0
    fail_on: Level | None = None


def print_scan(found: Scan, how: Printing) -> bool:
    """Print what a scan found; whether an alert reached `Printing.fail_on`."""
    threshold = level_rank(how.fail_on.value) if how.fail_on else None
    reached = False

    def seen(alert: Alert) -> Alert:
        nonlocal reached
        reached = reached or (threshold is not None and level_rank(alert.rule.level) >= threshold)
        return alert

    with options.written("--output", how.output) as out:
        _PRINTERS[how.format](found, out, seen, how)
    return reached


def _ndjson(found: Scan, out: BinaryIO, seen: _Seen, _how: Printing) -> None:
    out.writelines(to_line(seen(alert)) for alert in found.alerts())
    print_errors(found.problems.errors, found.problems.total)


def _json(found: Scan, out: BinaryIO, seen: _Seen, how: Printing) -> None:
    encounters = EncounterBuilder()
    out.write(b'{"alerts":[')
    for at, alert in enumerate(found.alerts()):
        encounters.add(seen(alert))
        out.write((b",\n" if at else b"\n") + to_line(alert).rstrip())
    out.write(b"],\n" + as_document(found, encounters.grouping(), how.started) + b"}\n")
    print_errors(found.problems.errors, found.problems.total)


def _table(found: Scan, out: BinaryIO, seen: _Seen, how: Printing) -> None:
    encounters, sightings = EncounterBuilder(), Sightings()
    for alert in found.alerts():
        encounters.add(seen(alert))
        sightings.add(alert)
    page = page_for(how.output, found.options.language, how.zone)
    tell(Told(found, encounters.grouping(), sightings, how.started), page)
    out.write(page.text().encode("utf-8", "replace"))


_PRINTERS: Final = {
    Format.NDJSON: _ndjson,
    Format.JSON: _json,
    Format.TABLE: _table,
    **{Format(name): printer for name, printer in REPORTS.items()},
}
