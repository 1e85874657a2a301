"""``noroshi indicators set|sets``: queries with a name, which rules reach as ``%NAME%``."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from noroshi.cli.indicators import asking
from noroshi.cli.indicators.common import (
    USAGE,
    Output,
    OutputOption,
    StoreOption,
    WhoOption,
    asker,
    ndjson,
    now,
    opened,
    told,
)
from noroshi.cli.options import Lang, language
from noroshi.cli.story.plain import visible
from noroshi.cli.words import words
from noroshi.errors import UsageError
from noroshi.indicators.query import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.cli.words import Words
    from noroshi.store.store import Store


@asking.asks
def save_set(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As rules write it between per cent signs.")],
    *,
    asked: Query,
    decayed: Annotated[bool, typer.Option("--decayed", help="Also what has decayed.")] = False,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Remove the set instead.")] = False,
    who: WhoOption = "",
    store: StoreOption = "",
    lang: Lang = None,
) -> None:
    """Save a query under a name. Rules reach what it holds at each moment as %NAME%."""
    asked = replace(asked, fresh=not decayed)
    say = words(language(lang))
    with opened(store) as kept:
        if remove:
            gone = kept.sets.remove(name)
            told(say("indicators.removed" if gone else "indicators.no_set", name=name))
            raise typer.Exit(0 if gone else USAGE)
        try:
            kept.sets.put(name, asked, description, at=now(), who=asker(who))
        except ValueError as error:
            raise UsageError(str(error)) from None
        told(say("indicators.saved", name=name, count=_members(kept, asked)))


def _members(kept: Store, asked: Query) -> int:
    return sum(1 for _ in kept.indicators.iterate(asked, now()))


def list_sets(*, store: StoreOption = "", lang: Lang = None, output: OutputOption = Output.TABLE) -> None:
    """List saved sets: what they hold, and how many indicators that is at this moment."""
    say = words(language(lang))
    with opened(store) as kept:
        found = [(one, _members(kept, one.query)) for one in kept.sets.all()]
    if output is Output.NDJSON:
        ndjson({**msgspec.to_builtins(one), "members": count} for one, count in found)
        return
    if not found:
        told(say("indicators.no_sets"))
        return
    table = Table(box=None, pad_edge=False)
    for key in ("name", "members", "query", "who"):
        table.add_column(
            say(f"indicators.{key}"), justify="right" if key == "members" else "left", overflow="fold"
        )
    for one, count in found:
        told_query = "; ".join(filter(None, [one.description, in_words(one.query, say)]))
        table.add_row(*map(escape, (one.name, f"{count:,}", visible(told_query), visible(one.changed_by))))
    Console(highlight=False).print(table)


def in_words(asked: Query, say: Words) -> str:
    """A query as the options that would say it."""
    return " ".join(_options(asked)) or say("indicators.everything")


def _options(asked: Query) -> Iterator[str]:
    for one in fields(Query):
        value: Any = getattr(asked, one.name)
        if one.name == "fresh" or value == one.default or value is None:
            continue
        if isinstance(value, frozenset):
            yield from (f"{one.name}={word}" for word in sorted(value))
        else:
            yield f"{one.name}={value}"
    if not asked.fresh:
        yield "--decayed"
