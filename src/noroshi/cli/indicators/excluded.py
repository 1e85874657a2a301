"""`noroshi indicators excluded`: what the exclusion lists say of a value, and which list says so."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from noroshi.alerts.ndjson import dumps
from noroshi.cli import options
from noroshi.cli.story.plain import visible
from noroshi.cli.summary import print_errors
from noroshi.cli.words import words
from noroshi.errors import Sentence, UsageError
from noroshi.indicators.defanging import defang
from noroshi.indicators.exclusions import Verdict, load_exclusions
from noroshi.indicators.exclusions.misp import package_folder
from noroshi.indicators.extraction.refang import readable
from noroshi.indicators.kinds import guess_type, normal_form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noroshi.cli.words import Words
    from noroshi.indicators.exclusions import Judgement

_STYLES: Final = {Verdict.ALLOW: "green", Verdict.SHARED: "yellow", Verdict.NONE: ""}


class Output(StrEnum):
    """How verdicts are written."""

    TABLE = "table"
    NDJSON = "ndjson"


def excluded(
    values: Annotated[
        list[str],
        typer.Argument(metavar="VALUE…", help="Domains, URLs, addresses, hashes …, defanged or not."),
    ],
    *,
    exclusions: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="Own lists (.toml, .txt), a ranking (.csv, .zip), a folder of MISP's lists; repeatable.",
        ),
    ] = None,
    misp_package: Annotated[
        bool, typer.Option("--misp-package", help="The lists of the package pymispwarninglists too.")
    ] = False,
    bundled: Annotated[
        bool, typer.Option("--bundled/--no-bundled", help="The lists that come with Noroshi.")
    ] = True,
    type: Annotated[  # noqa: A002 - the option's name is the field's word
        str, typer.Option("--type", metavar="TYPE", help="The values' type; by default it is guessed.")
    ] = "",
    format: Annotated[  # noqa: A002
        Output, typer.Option("--format", help="table for people, ndjson for programs.")
    ] = Output.TABLE,
    lang: options.Lang = None,
) -> None:
    """Tell whether exclusion lists keep a value from alerting alone, with the list and its reason."""
    paths = options.existing("--exclusions", exclusions or [])
    if misp_package:
        folder = package_folder()
        if folder is None:
            raise UsageError(
                "--misp-package: pymispwarninglists is not installed; install it, or give a folder"
            )
        paths = [folder, *paths]
    loaded = load_exclusions(paths, datetime.now(UTC).date(), bundled=bundled)
    print_errors(loaded.errors, len(loaded.errors))
    judged = []
    for value in values:
        kind, normal = _typed(value, type)
        judged.append((kind, normal, loaded.snapshot.judge(kind, normal)))
    if format is Output.NDJSON:
        for kind, value, judgement in judged:
            sys.stdout.buffer.write(dumps(_as_object(kind, value, judgement)) + b"\n")
    else:
        _print_table(judged, words(options.language(lang)))


def _typed(value: str, type_: str) -> tuple[str, str]:
    plain = readable(value).text
    kind = type_ or guess_type(plain)
    try:
        return normal_form(kind or "text", plain)
    except ValueError as error:
        raise UsageError(Sentence("{value} {why}", value=visible(value), why=error)) from None


def _as_object(kind: str, value: str, judged: Judgement) -> dict[str, Any]:
    return {
        "type": kind,
        "value": value,
        "verdict": judged.verdict.value,
        "alerts": judged.alerts,
        "list": judged.list,
        "entry": judged.entry,
        "reason": judged.reason,
        "date": judged.date.isoformat() if judged.date else None,
        "rank": judged.rank,
    }


def _print_table(rows: Sequence[tuple[str, str, Judgement]], say: Words) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("value", "verdict", "list", "reason"):
        table.add_column(say(f"excluded.{column}"), overflow="fold")
    for kind, value, judged in rows:
        verdict = say.term("excluded.verdicts", judged.verdict)
        silent = "excluded.silent" if judged.verdict is Verdict.SHARED else "excluded.never"
        effect = say("excluded.alerts" if judged.alerts else silent)
        reason = visible(judged.reason_ja if say.language == "ja" else judged.reason)
        table.add_row(
            Text(visible(defang(kind, value))),
            Text(say("excluded.both", verdict=verdict, effect=effect), style=_STYLES[judged.verdict]),
            Text(_decided(kind, judged)),
            Text(reason + (say("excluded.rank", rank=judged.rank) if judged.rank else "")),
        )
    Console(highlight=False).print(table)


def _decided(kind: str, judged: Judgement) -> str:
    """The list and its entry, the entry defanged."""
    if not judged.list:
        return "–"
    entry = defang("domain", judged.entry) if kind in {"domain", "url"} else judged.entry
    return visible(f"{judged.list}: {entry}")
