"""`noroshi rules coverage`: which rules see which era of a threat, and which would be left after a change."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from noroshi.alerts.ndjson import dumps
from noroshi.cli import options
from noroshi.cli.story.page import LEVEL_STYLES
from noroshi.cli.words import words
from noroshi.demo.eras import CHANGES, ERAS, write_changed
from noroshi.errors import Sentence, UsageError
from noroshi.rules.model import LEVELS
from noroshi.rules.words import TRACE_KINDS_JA
from noroshi.service.eras import EraCoverage, cover
from noroshi.service.ruleset import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.cli.words import Words
    from noroshi.rules.model import RuleMeta
    from noroshi.service.eras import Era

_THREATS: Final = ("emotet",)
_WIDTH: Final = 118


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
        _print(threat, found, say)
    if found.thin():
        raise typer.Exit(1)


def _print(threat: str, found: EraCoverage, say: Words) -> None:
    out = Console(highlight=False, width=None if Console().is_terminal else _WIDTH)
    out.print(
        say("coverage.title", threat=threat, eras=len(found.eras), rules=len(found.rules)), style="bold"
    )
    out.print(_by_kind(found, say))
    out.print(say("coverage.left"), style="bold")
    out.print(_by_change(found, say))
    for change in found.idle():
        out.print(say("coverage.idle", change=say.term("coverage.change", change)), style="dim")
    out.print(say("coverage.lists"), style="dim")
    out.print(say("coverage.rules"), style="bold")
    out.print(_by_rule(found, say))
    for name in found.thin():
        out.print(say("coverage.thin", era=name), style="red")


def _by_kind(found: EraCoverage, say: Words) -> Table:
    """Era × trace kind: how many rules fire."""
    kinds = sorted({kind for era in found.eras for kind in found.kinds(era.fired)})
    table = Table(box=None, pad_edge=False)
    table.add_column(say("coverage.era"), no_wrap=True)
    for kind in kinds:
        table.add_column(_kind(kind, say), justify="right", max_width=11, overflow="fold")
    table.add_column(say("coverage.pyramid"), no_wrap=True)
    for era in found.eras:
        counts = found.kinds(era.fired)
        levels = _pyramid(era, found)
        table.add_row(era.name, *(str(counts[kind] or "·") for kind in kinds), levels)
    return table


def _pyramid(era: Era, found: EraCoverage) -> str:
    """The pyramid levels of the rules that fire, the highest first."""
    order = ("ttp", "tool", "artefact", "domain", "ip", "hash")
    held = {found.rules[name].pyramid_level for name in era.fired}
    return " ".join(level for level in order if level in held).replace("artefact", "artef.")


def _by_change(found: EraCoverage, say: Words) -> Table:
    """Era × change: how many rules of how many kinds are left."""
    table = Table(box=None, pad_edge=False)
    table.add_column(say("coverage.era"))
    table.add_column(say("coverage.nothing"), justify="right")
    for change in CHANGES:
        table.add_column(say.term("coverage.change", change), justify="right")
    for era in found.eras:
        sets = [era.fired, *(era.left[change] for change in CHANGES)]
        table.add_row(era.name, *(f"{len(left)}/{len(found.kinds(left))}" for left in sets))
    return table


def _by_rule(found: EraCoverage, say: Words) -> Table:
    """Rule × era, the most telling first."""
    table = Table(box=None, pad_edge=False)
    for key in ("level", "rule", "kind", "pyramid", "eras"):
        table.add_column(say(f"coverage.{key}"))
    for name, meta in sorted(found.rules.items(), key=_order):
        eras = [era.name for era in found.eras if name in era.fired]
        shown = say("coverage.all") if len(eras) == len(found.eras) else " ".join(eras)
        level = f"[{LEVEL_STYLES.get(meta.level, '')}]{say.term('level', meta.level)}[/]"
        title = meta.title_ja if say.language == "ja" and meta.title_ja else meta.title
        table.add_row(level, title, _kind(meta.trace_kind, say), meta.pyramid_level, shown)
    return table


def _order(item: tuple[str, RuleMeta]) -> tuple[int, str]:
    return -LEVELS.index(item[1].level), item[1].title


def _kind(kind: str, say: Words) -> str:
    return TRACE_KINDS_JA.get(kind, kind) if say.language == "ja" else kind.replace("_", " ")


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
    for name, meta in sorted(found.rules.items(), key=_order):
        yield {
            "id": name,
            "title": meta.title,
            "level": meta.level,
            "trace_kind": meta.trace_kind,
            "pyramid_level": meta.pyramid_level,
        }
