"""`noroshi examine FILE…`: a suspicious mail or a part of its chain, taken apart, nothing executed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from noroshi.alerts.ndjson import dumps
from noroshi.cli import options
from noroshi.cli.examine.groups import groups
from noroshi.cli.examine.story import story
from noroshi.cli.options import Language
from noroshi.cli.story.page import page_for
from noroshi.examine.families import families
from noroshi.examine.process import examine_file
from noroshi.examine.writing import as_values, family_values

if TYPE_CHECKING:
    from noroshi.examine.result import Examination


class Output(StrEnum):
    """How the result is written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"


def files(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE", help="Mails, archives, documents, scripts.")],
    *,
    format: Annotated[Output, typer.Option("--format", help="What to print.")] = Output.TABLE,  # noqa: A002
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the texts that came up while evaluating, too.")
    ] = False,
    lang: Annotated[
        Language | None, typer.Option(help="Language of what people read; default: the locale's.")
    ] = None,
) -> None:
    """Take a suspicious mail or document apart, statically: what is in it, what it would do, its traces."""
    found = options.existing("", paths)
    results: list[Examination] = []
    for path in found:
        result = examine_file(path)
        if format is Output.NDJSON:
            typer.echo(dumps(as_values(result)).decode())
        results.append(result)
    if format is Output.TABLE:
        page = page_for(None, options.language(lang), None)
        for result in results:
            story(page, result, explain=explain)
        groups(page, results)
        typer.echo(page.text(), nl=False)
    elif format is Output.JSON:
        grouped = families(results)
        typer.echo(
            dumps(
                [as_values(one) | family_values(at, grouped, results) for at, one in enumerate(results)]
            ).decode()
        )
