"""`noroshi rules coverage`: which rules see which era of a threat, and which would be left after a change."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console

from noroshi.alerts.ndjson import dumps
from noroshi.cli import options
from noroshi.cli.coverage_page import ordered, print_coverage
from noroshi.cli.story.page import page_for
from noroshi.cli.words import words
from noroshi.demo.eras import CHANGES, ERAS, write_changed
from noroshi.errors import Sentence, UsageError
from noroshi.service.eras import EraCoverage, cover
from noroshi.service.ruleset import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator


_THREATS: Final = ("emotet",)


class Output(StrEnum):
    """How the result is written."""

    TABLE = "table"
    JSON = "json"


def coverage(
    threat: Annotated[str, typer.Argument(metavar="THREAT", help="Which threat: emotet.")],
    *,
    rules: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Rule file or folder; repeatable. Default: the bundled packs."),
    ] = None,
    era: Annotated[
        list[str] | None, typer.Option(metavar="ERA", help="Only this era, e.g. 2022-04; repeatable.")
    ] = None,
    lang: options.Lang = None,
    format: Annotated[Output, typer.Option("--format", help="What to print.")] = Output.TABLE,  # noqa: A002
) -> None:
    """Write every era's scene, scan it, and tell which rules fire and which are left after a change.

    Exit status 1 where in some era rules of fewer than three trace kinds fire.
    """
    if threat not in _THREATS:
        raise UsageError(
            Sentence(
                "there are no scenes of `{threat}`; there are of: {names}",
                threat=threat,
                names=", ".join(_THREATS),
            )
        )
    unknown = [name for name in era or () if name not in ERAS]
    if unknown:
        raise UsageError(
            Sentence("there is no era `{era}`; there are: {names}", era=unknown[0], names=", ".join(ERAS))
        )
    say = words(options.language(lang))
    prepared = prepare(options.existing("--rules", rules or []), cache_dir=options.cache_dir(cached=True))
    console = Console(stderr=True, highlight=False)
    with console.status(say("coverage.writing")) as status:

        def told(name: str, change: str) -> None:
            shown = say.term("coverage.change", change) if change else ""
            status.update(f"{say('coverage.writing')} {name} {shown}")

        found = cover(prepared, write_changed, era or list(ERAS), CHANGES, told)
    if format is Output.JSON:
        typer.echo(dumps(_document(threat, found)))
    else:
        page = page_for(None, say.language, None)
        print_coverage(threat, found, page)
        typer.echo(page.text(), nl=False)
    if found.thin():
        raise typer.Exit(1)


def _document(threat: str, found: EraCoverage) -> dict[str, Any]:
    return {
        "threat": threat,
        "eras": list(_eras(found)),
        "rules": list(_rules(found)),
        "thin": found.thin(),
        "idle": found.idle(),
    }


def _eras(found: EraCoverage) -> Iterator[dict[str, Any]]:
    for era in found.eras:
        yield {
            "era": era.name,
            "rules": sorted(era.fired),
            "trace_kinds": dict(found.kinds(era.fired)),
            "left": {change: sorted(left) for change, left in era.left.items()},
        }


def _rules(found: EraCoverage) -> Iterator[dict[str, Any]]:
    for name, meta in ordered(found):
        yield {
            "id": name,
            "title": meta.title,
            "level": meta.level,
            "trace_kind": meta.trace_kind,
            "pyramid_level": meta.pyramid_level,
        }
