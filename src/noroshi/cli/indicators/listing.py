"""``noroshi indicators list|stats|history``: what is in the store, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from noroshi.cli.indicators import asking
from noroshi.cli.indicators.common import (
    DONE,
    USAGE,
    LifetimesOption,
    Output,
    OutputOption,
    StoreOption,
    TypeOption,
    lifetimes_of,
    ndjson,
    none_of_its_type,
    now,
    opened,
    shown,
    told,
    typed,
)
from noroshi.cli.indicators.page import as_document, date, threats_in_words
from noroshi.cli.options import Lang, language
from noroshi.cli.story.plain import defanged, shortened, visible
from noroshi.cli.words import Words, words
from noroshi.indicators.query import Query

if TYPE_CHECKING:
    from noroshi.indicators.ageing import Lifetimes
    from noroshi.indicators.indicator import Indicator
    from noroshi.store.audit import Change, Statistics
    from noroshi.store.indicators import HistoryEntry

_WIDE: Final = 64
_CLAIMED: Final = ("confidence", "tlp", "sharing_group", "families", "threats", "tags", "reference")
_SOURCES: Final = 3
_COLUMNS: Final = ("score", "type", "value", "threats", "families", "seen", "in_our_logs", "sources", "tlp")
_FIRST: Final = 3
"""Of these stand in the first line where two are needed."""
_LEAST: Final = 40
"""Cells of a value before it goes on in the next line."""
_APART: Final = 2
_TOP: Final = 20
_WEAK: Final = 30


@asking.asks
def list_indicators(
    *,
    asked: Query,
    fresh: Annotated[bool, typer.Option("--fresh", help="Only what has not decayed.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Rows of the table.")] = 50,
    lifetimes: LifetimesOption = None,
    store: StoreOption = "",
    lang: Lang = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List indicators with their score at this moment."""
    asked = replace(asked, fresh=fresh)
    at, rows = now(), lifetimes_of(lifetimes)
    with opened(store) as kept:
        found = kept.indicators.iterate(asked, at, rows)
        if output is Output.NDJSON:
            ndjson(as_document(one, rows.score(one, at)) for one in found)
            return
        some = list(islice(found, limit + 1))
    _print(some, limit, rows, words(language(lang)))


def _print(some: list[Indicator], limit: int, lifetimes: Lifetimes, say: Words) -> None:
    if not some:
        told(say("indicators.none"))
        raise typer.Exit(DONE)
    at, console = now(), Console()
    rows = []
    for one in some[:limit]:
        score = lifetimes.score(one, at)
        rows.append(_Row((f"{score.value:3.0f}", one.type, *_cells(one, say)), decayed=score.decayed))
    titles = [say(f"indicators.{key}") for key in _COLUMNS]
    console.print(_in_columns(titles, rows, console.width) or _in_two_lines(titles, rows))
    if len(some) > limit:
        told(say("indicators.more", count=limit))
    else:
        told(say("indicators.count", count=len(some)))


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of an indicator, by `_COLUMNS`."""

    cells: tuple[str, ...]
    decayed: bool

    @property
    def style(self) -> str:
        return "dim" if self.decayed else ""


def _in_columns(titles: list[str], rows: list[_Row], width: int) -> Table | None:
    """Everything of an indicator in one line; None where the terminal has no room for it."""
    columns = [column for column in range(len(titles)) if any(row.cells[column] for row in rows)]
    widest = [
        max(cell_len(cells[column]) for cells in (titles, *(row.cells for row in rows))) for column in columns
    ]
    least = [
        min(_LEAST, wide) if _COLUMNS[column] == "value" else wide
        for column, wide in zip(columns, widest, strict=True)
    ]
    if sum(least) + _APART * (len(columns) - 1) > width:
        return None
    table = Table(box=None, pad_edge=False)
    for column, wide in zip(columns, least, strict=True):
        table.add_column(titles[column], overflow="fold", min_width=wide)
    for row in rows:
        table.add_row(*(escape(row.cells[column]) for column in columns), style=row.style)
    return table


def _in_two_lines(titles: list[str], rows: list[_Row]) -> Table:
    """The value with its score and type, and below it all the rest, each with its title."""
    table = Table(box=None, pad_edge=False)
    for title in titles[:_FIRST]:
        table.add_column(title, overflow="fold")
    for row in rows:
        more = (
            f"{title}: {cell}"
            for title, cell in zip(titles[_FIRST:], row.cells[_FIRST:], strict=True)
            if cell
        )
        first = map(escape, row.cells[: _FIRST - 1])
        table.add_row(*first, escape(f"{row.cells[_FIRST - 1]}\n{'  '.join(more)}"), style=row.style)
    return table


def _cells(one: Indicator, say: Words) -> tuple[str, ...]:
    sources = ", ".join(one.sources[:_SOURCES]) + (" …" if len(one.sources) > _SOURCES else "")
    state = "" if one.status == "active" else f" ({say(f'indicators.status_word.{one.status.value}')})"
    return (
        shortened(shown(one.type, one.value), _WIDE) + state,
        threats_in_words(one.threats, say),
        visible(", ".join(one.families)),
        date(one.last_seen),
        date(one.sightings.last),
        visible(sources),
        one.tlp.value if one.tlp else "",
    )


def history(
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="A value; without one, the last changes of all.")
    ] = "",
    *,
    type_: TypeOption = "",
    limit: Annotated[int, typer.Option(min=1, help="Changes of all.")] = 50,
    store: StoreOption = "",
    lang: Lang = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show who did what when: to one indicator, or to all. Nothing is ever taken out of it."""
    say = words(language(lang))
    with opened(store) as kept:
        if not value:
            _print_changes(kept.audit.recent(limit), say, output)
            return
        try:
            entries = kept.indicators.history(value, typed(value, type_))
        except ValueError as error:
            raise none_of_its_type(value, error) from None
    if not entries:
        told(say("indicators.unknown", value=value))
        raise typer.Exit(USAGE)
    if output is Output.NDJSON:
        ndjson(msgspec.to_builtins(entry) for entry in entries)
        return
    table = _history_table(say, "changes")
    for entry in entries:
        action = say(f"indicators.action_{entry.action}")
        table.add_row(
            date(entry.at, clock=True),
            *map(escape, (visible(entry.who), visible(entry.what), action, _told(entry))),
        )
    Console().print(table)


def _history_table(say: Words, last: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in (
        say("indicators.at"),
        say("indicators.who"),
        say("indicators.what"),
        "",
        say(f"indicators.{last}"),
    ):
        table.add_column(title, overflow="fold")
    return table


def _told(entry: HistoryEntry) -> str:
    return "\n".join(
        visible(defanged(f"{_whose(one.source)}{one.field}: {_short(one.old)} → {_short(one.new)}"))
        for one in entry.changes
    )


def _whose(source: str) -> str:
    return f"{source}, " if source else ""


def _short(value: Any) -> str:
    """A value in a few words; of a whole claim what it says, the times and empty fields left out."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(value[name])}" for name in _CLAIMED if value.get(name)) or "–"
    return shortened(", ".join(map(str, value)) if isinstance(value, list) else str(value), _WIDE)


def _print_changes(changes: tuple[Change, ...], say: Words, output: Output) -> None:
    if output is Output.NDJSON:
        ndjson(msgspec.to_builtins(change) for change in changes)
        return
    table = _history_table(say, "changes")
    for change in changes:
        counts = {"added": change.added, "changed": change.changed, "unchanged": change.unchanged}
        told_counts = say("indicators.change_line", **counts)
        if change.refused:
            told_counts = say("indicators.change_refused", refused=change.refused)
        table.add_row(
            date(change.at, clock=True),
            *map(escape, (visible(change.who), visible(change.what), "", told_counts)),
        )
    Console().print(table)


def stats(*, store: StoreOption = "", lang: Lang = None, output: OutputOption = Output.TABLE) -> None:
    """Count indicators by status, type, level, label, threat, family and source."""
    with opened(store) as kept:
        found = kept.audit.statistics()
    if output is Output.NDJSON:
        ndjson([msgspec.to_builtins(found)])
        return
    _print_statistics(found, words(language(lang)))


def _print_statistics(found: Statistics, say: Words) -> None:
    console = Console(highlight=False)
    console.print(
        say("indicators.total", total=found.total, sighted=found.sighted, compromised=found.compromised_sites)
    )
    for kind, counts in found.by.items():
        if counts:
            console.print(f"\n[bold]{escape(say(f'indicators.by.{kind}'))}[/]")
        most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        for word, count in most[:_TOP]:
            name = say.term(f"indicators.{kind}_word", word) or "–"
            console.print(f"{count:>12,}  {escape(visible(name))}")
        if len(most) > _TOP:
            console.print(f"{sum(count for _, count in most[_TOP:]):>12,}  …")
