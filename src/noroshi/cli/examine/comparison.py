"""`noroshi examine diff`: what two specimens of one family have in common, and what changed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from noroshi.alerts.ndjson import dumps
from noroshi.cli import options
from noroshi.cli.examine.groups import feature_line
from noroshi.cli.story.page import page_for
from noroshi.examine.comparing import compared
from noroshi.examine.process import examine_file

if TYPE_CHECKING:
    from noroshi.cli.story.page import Page
    from noroshi.examine.comparing import Comparison, Difference

_SHOWN: Final = 8


class Output(StrEnum):
    """How the comparison is written."""

    TABLE = "table"
    JSON = "json"


def diff(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="A specimen.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="Another one of the same family.")],
    *,
    format: Annotated[Output, typer.Option("--format", help="What to print.")] = Output.TABLE,  # noqa: A002
    lang: options.Lang = None,
) -> None:
    """Which traces of two specimens are the same and which changed, by pyramid level."""
    one, other = (examine_file(path) for path in options.existing("", [first, second]))
    found = compared(one, other)
    if format is Output.JSON:
        values = {"first": str(first), "second": str(second), **msgspec.to_builtins(found)}
        typer.echo(dumps(values).decode())
        return
    page = page_for(None, options.language(lang), None)
    _story(page, found, (str(first), str(second)))
    typer.echo(page.text(), nl=False)


def _story(page: Page, found: Comparison, names: tuple[str, str]) -> None:
    say = page.say
    page.rule(say("examine.diff.title"), "", "bold")
    page.line(f"A  {names[0]}")
    page.line(f"B  {names[1]}")
    same = sum(len(one.same) for one in found.differences)
    changed = sum(max(len(one.first), len(one.second)) for one in found.differences)
    page.line(say("examine.diff.summary", same=same, changed=changed))
    level = ""
    for one in found.differences:
        if one.pyramid_level != level:
            level = one.pyramid_level
            page.heading(say.term("examine.pyramid", level.replace("-", "_")))
        _values(page, one)
    if found.alike:
        page.heading(say("examine.diff.alike"))
        for pair in found.alike:
            numbers = say("examine.diff.near", distance=pair.distance, similarity=pair.similarity)
            page.line(
                f"{pair.first} – {pair.second}  ", (f"[{pair.type}] {numbers}", "dim"), indent=2, hang=4
            )
    page.blank()


def _values(page: Page, one: Difference) -> None:
    for mark, style, values in (
        ("=", "green", one.same),
        ("A", "yellow", one.first),
        ("B", "yellow", one.second),
    ):
        for value in values[:_SHOWN]:
            feature_line(page, (one.type, value), 2, (f"{mark} ", style))
        if len(values) > _SHOWN:
            page.line(page.say("list.more", count=len(values) - _SHOWN), indent=4)
