"""`noroshi examine FILE…`: a suspicious mail or a part of its chain, taken apart, nothing executed."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from noroshi.alerts.ndjson import dumps
from noroshi.cli import options
from noroshi.cli.examine.adding import Adding
from noroshi.cli.examine.adding import add as add_indicators
from noroshi.cli.examine.drafting import Drafting, draft
from noroshi.cli.examine.groups import groups
from noroshi.cli.examine.report import html
from noroshi.cli.examine.story import story
from noroshi.cli.indicators.common import USAGE, StoreOption, WhoOption
from noroshi.cli.story.page import page_for
from noroshi.cli.summary import print_errors
from noroshi.cli.words import words
from noroshi.errors import LocatedError
from noroshi.examine.families import families as grouped
from noroshi.examine.process import examine_files
from noroshi.examine.writing import as_values, family_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.examine.result import Examination


class Output(StrEnum):
    """How the result is written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    HTML = "html"


def files(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="Mails, archives, documents, scripts; folders of them."),
    ],
    *,
    format: Annotated[Output, typer.Option("--format", help="What to print.")] = Output.TABLE,  # noqa: A002
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the texts that came up while evaluating, too.")
    ] = False,
    draft_rules: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Draft rules with guides and tests there, each checked before it is written."
        ),
    ] = None,
    background: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="With --draft-rules: logs of ordinary days, where no draft may fire. Default: the demo's.",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, metavar="N", help="Processes that examine, each isolated.")
    ] = 1,
    add: Annotated[
        bool, typer.Option("--add", help="Put the indicators into the store, with the specimen as source.")
    ] = False,
    tlp: Annotated[
        str,
        typer.Option(
            metavar="LABEL", help="With --add: clear, green, amber, amber+strict, red; none is amber."
        ),
    ] = "",
    yara: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR|FILE", help="Own YARA rules, asked about every specimen in the tree; repeatable."
        ),
    ] = None,
    families: Annotated[
        list[str] | None,
        typer.Option(
            "--family", metavar="NAME", help="Malware family, for --add and --draft-rules; repeatable."
        ),
    ] = None,
    exclusions: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH", help="With --add: own exclusion lists beside the bundled ones; repeatable."
        ),
    ] = None,
    who: WhoOption = "",
    store: StoreOption = "",
    lang: options.Lang = None,
) -> None:
    """Take a suspicious mail or document apart, statically: what is in it, what it would do, its traces."""
    language = options.language(lang)
    results: list[Examination] = []
    unread: list[LocatedError] = []
    examined = 0
    rules, mistakes = _rules(options.existing("--yara", yara or []))
    given = specimens_at(options.existing("", paths))
    for result in examine_files(given, workers=workers, rules=rules):
        if isinstance(result, LocatedError):
            unread.append(result)
            continue
        if format is Output.NDJSON:
            typer.echo(dumps(reasoned(as_values(result))).decode())
        examined += 1
        if format is not Output.NDJSON or add or draft_rules is not None:
            results.append(result)
    print_errors([*mistakes, *unread], len(mistakes) + len(unread))
    if not examined:
        raise typer.Exit(USAGE)
    _print(results, format, language, explain=explain)
    if add:
        wanted = Adding(store, tlp, tuple(families or ()), tuple(exclusions or ()), who)
        add_indicators(results, wanted, words(language))
    if draft_rules is not None:
        drafting = Drafting(
            draft_rules, (families or [""])[0], options.existing("--background", background or [])
        )
        draft(results, drafting, language)


def _print(results: list[Examination], shape: Output, language: str, *, explain: bool) -> None:
    """All results together; those of NDJSON have been printed one by one."""
    page = page_for(None, language, None)
    if shape is Output.TABLE:
        for result in results:
            story(page, result, explain=explain)
        groups(page, results)
        typer.echo(page.text(), nl=False)
    elif shape is Output.HTML:
        sys.stdout.buffer.write(html(results, page))
    elif shape is Output.JSON:
        together = grouped(results)
        values = [
            reasoned(as_values(one)) | family_values(at, together, results) for at, one in enumerate(results)
        ]
        typer.echo(dumps(values).decode())


def _rules(paths: list[Path]) -> tuple[bytes, list[LocatedError]]:
    """The compiled form of the user's rules, and what is wrong with some of them."""
    if not paths:
        return b"", []
    from noroshi.examine.yara import compiled  # noqa: PLC0415 - a large library that few commands need

    found = compiled(paths)
    return found.raw, list(found.errors)


def specimens_at(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, those of folders in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from (one for one in sorted(path.rglob("*")) if one.is_file())
        else:
            yield path


def reasoned(values: dict[str, Any]) -> dict[str, Any]:
    """The values with a sentence for each finding, in English: they are for programs."""
    say = words("en")
    for specimen in values["specimens"]:
        for finding in specimen["findings"]:
            key = f"examine.finding.{finding['code'].replace('-', '_')}"
            finding["reason"] = say(key, **finding["values"])
    return values
