"""``noroshi collect list|run|status|test``: feeds and how they are."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, fields, replace
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from noroshi.cli import errors
from noroshi.cli.indicators.common import (
    DONE,
    FINDINGS,
    USAGE,
    Output,
    OutputOption,
    StoreOption,
    ndjson,
    now,
    opened,
    told,
)
from noroshi.cli.options import Lang, language
from noroshi.cli.story.plain import visible
from noroshi.cli.words import words
from noroshi.collect.config import Settings, load_settings
from noroshi.errors import LocatedError, Sentence, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.cli.words import Words
    from noroshi.collect.run import Feed, Health
    from noroshi.store.store import Store

collect_app: Final = typer.Typer(
    help="Feeds: fetch indicators, and see how each feed is.", no_args_is_help=True
)
_MOST: Final = 3
_HOURS_OF_TWO_DAYS: Final = 48
_ENVIRONMENT: Final = "NOROSHI_COLLECT"

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help=f"TOML with one table a feed. Default: {_ENVIRONMENT}, else none."
    ),
]
BaseOption = Annotated[
    str, typer.Option("--base-url", metavar="URL", help="Another address of the provider.")
]
PrivateOption = Annotated[bool, typer.Option("--allow-private", help="Private addresses may be asked.")]


@collect_app.command("list")
def list_feeds(
    *, config: ConfigOption = None, lang: Lang = None, output: OutputOption = Output.TABLE
) -> None:
    """List feeds: what each is, needs and gives."""
    say, known = words(language(lang)), _feeds(config)
    rows = [
        {"feed": name} | {key: say(f"collect.{feed.source.name}.{key}") for key in ("what", "needs", "gives")}
        for name, feed in known.items()
    ]
    if output is Output.NDJSON:
        ndjson(row | _details(known[row["feed"]], say) for row in rows)
        return
    _print(say, ("feed", "what", "needs", "gives"), (list(row.values()) for row in rows))


def _details(feed: Feed, say: Words) -> dict[str, object]:
    texts = {key: say(f"collect.{feed.source.name}.{key}") for key in ("terms", "limits")}
    own = {"kind": feed.source.name, "configured": feed.configured, "enabled": feed.settings.enabled}
    return (
        texts
        | own
        | {"format": feed.format, "base_url": feed.base_url, "formats": list(feed.source.addresses)}
    )


@collect_app.command("run")
def run(
    feeds: Annotated[
        list[str] | None, typer.Argument(metavar="[FEED]...", help="Default: what is due.")
    ] = None,
    *,
    config: ConfigOption = None,
    base_url: BaseOption = "",
    allow_private: PrivateOption = False,
    store: StoreOption = "",
    lang: Lang = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Fetch the named feeds, or all configured ones that are due.

    Exit status 1 if any is failing, 2 if another run is reading all of them at this moment.
    """
    say = words(language(lang))
    known = _feeds(config)
    chosen = [_named(known, name) for name in feeds or load_settings(_config(config))]
    with opened(store) as kept:
        changed = [_changed(feed, base_url, private=allow_private) for feed in chosen]
        healths, busy = _run_all(changed, kept, named=bool(feeds))
    for feed in busy:
        told(say("collect.busy", feed=feed.name))
    if not (healths or busy):
        told(say("collect.not_due"))
    if busy and not healths:
        raise typer.Exit(USAGE)
    _show(healths, say, output)


def _run_all(feeds: list[Feed], store: Store, *, named: bool) -> tuple[list[tuple[Feed, Health]], list[Feed]]:
    """How the feeds are that were read, and those that another run is reading."""
    from noroshi.collect.http import Pace  # noqa: PLC0415 - httpx takes time
    from noroshi.collect.run import is_due, run_feed  # noqa: PLC0415 - the same

    pace = Pace()
    healths: list[tuple[Feed, Health]] = []
    busy: list[Feed] = []
    for feed in feeds:
        with store.alone(feed.owner) as alone:
            if not alone:
                busy.append(feed)
            elif named or (feed.settings.enabled and is_due(feed, store.state.all(feed.owner), now())):
                healths.append((feed, run_feed(feed, store, now(), pace=pace)))
    return healths, busy


@collect_app.command("status")
def status(
    *,
    config: ConfigOption = None,
    store: StoreOption = "",
    lang: Lang = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show how each feed is that is configured or was ever read. Exit status 1 if any is failing."""
    from noroshi.collect.run import health_of  # noqa: PLC0415 - SQLAlchemy and httpx take time

    with opened(store) as kept:
        healths = [
            (feed, health_of(feed, kept.state.all(feed.owner), now())) for feed in _feeds(config).values()
        ]
    healths = [(feed, health) for feed, health in healths if feed.configured or health.last_tried]
    say = words(language(lang))
    if not healths:
        told(say("collect.none_yet"))
    _show(healths, say, output)


@collect_app.command("test")
def try_feed(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A feed as in `collect list`.")],
    *,
    config: ConfigOption = None,
    base_url: BaseOption = "",
    allow_private: PrivateOption = False,
    store: Annotated[
        str,
        typer.Option(
            help="A store that is there: the columns that it knows are not new. Nothing is written."
        ),
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Contact the provider without being asked first.")
    ] = False,
    lang: Lang = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Fetch once and keep nothing: does the provider answer, and in the format that is expected?

    Says first whom it will contact. Unless you named the address yourself (--base-url, or base_url in the
    configuration) or it is this machine, it goes on only with --yes, or with a yes at the terminal.
    """
    from noroshi.collect.run import run_feed  # noqa: PLC0415 - SQLAlchemy and httpx take time

    say = words(language(lang))
    feed = _changed(_named(_feeds(config), source), base_url, private=allow_private)
    _ask_first(feed, say, yes=yes)
    _show([(feed, run_feed(feed, None, now(), columns=_known_columns(feed, store)))], say, output)


def _known_columns(feed: Feed, place: str) -> list[str]:
    """What a store remembers of the feed's columns; nothing where there is none, and none is made."""
    if not place or ("://" not in place and not Path(place).is_file()):
        return []
    with opened(place) as kept:
        return list(kept.state.all(feed.owner).get("columns", ()))


def _ask_first(feed: Feed, say: Words, *, yes: bool) -> None:
    """Tell whom a test contacts; end here where nobody wants that.

    Raises:
        UsageError: Nobody is there to be asked.
    """
    host = urlsplit(feed.base_url).hostname or ""
    if not host:
        return  # a feed without an address, which the run will tell
    told(say("collect.contacts", feed=feed.name, host=host))
    if yes or feed.settings.base_url or _is_loopback(host):
        return
    if not sys.stdin.isatty():
        raise UsageError(
            Sentence("{feed}: would contact {host}; add --yes to go on", feed=feed.name, host=host)
        )
    if not typer.confirm(say("collect.go_on"), err=True):
        raise typer.Exit(USAGE)


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _config(path: Path | None) -> Path | None:
    named = os.environ.get(_ENVIRONMENT)
    return path or (Path(named) if named else None)


def _feeds(path: Path | None) -> dict[str, Feed]:
    from noroshi.collect.run import feeds_of  # noqa: PLC0415 - SQLAlchemy and httpx take time

    return feeds_of(load_settings(_config(path)))


def _named(feeds: dict[str, Feed], name: str) -> Feed:
    if name not in feeds:
        raise UsageError(
            Sentence("{name}: no such feed; use {names}", name=visible(name), names=", ".join(feeds))
        )
    return feeds[name]


def _changed(feed: Feed, base_url: str, *, private: bool) -> Feed:
    old: Settings = feed.settings
    return replace(
        feed,
        settings=replace(old, base_url=base_url or old.base_url, allow_private=private or old.allow_private),
    )


def _show(healths: list[tuple[Feed, Health]], say: Words, output: Output) -> None:
    if output is Output.NDJSON:
        ndjson({"feed": feed.name, **asdict(health)} for feed, health in healths)
    elif healths:
        columns = ("feed", "state", "last_read", "rows", "new", "rejected", "newest")
        _print(say, columns, (_cells(feed, health, say) for feed, health in healths))
        for feed, health in healths:
            if lines := _wrong(health, say):
                typer.echo("\n" + visible(feed.name))
                for line in lines:
                    typer.echo(f"  - {visible(line)}")
    raise typer.Exit(FINDINGS if any(health.failing for _, health in healths) else DONE)


def _cells(feed: Feed, health: Health, say: Words) -> list[str]:
    state = "failing" if health.failing else "ok" if health.last_read else "idle"
    if not feed.settings.enabled:
        state = "off"
    counts = [f"{one:,}" for one in (health.rows, health.new, health.rejected)]
    read = _day(health.last_read) or say("collect.never")
    return [feed.name, say(f"collect.{state}"), read, *counts, _newest(health.newest, say)]


def _wrong(health: Health, say: Words) -> list[str]:
    values = {"newest": _day(health.newest), "tried": _day(health.last_tried), "error": _error(health, say)}
    lines = [say(f"collect.{one}", **values) for one in health.failing]
    lines += [say("collect.wait", until=_day(health.not_before))] if health.not_before else []
    lines += [say("collect.drift", changes=_changes(health, say))] if health.drift else []
    for kind, counted in (("reason", health.reasons), ("left_out", health.left_out)):
        for what, count in counted[:_MOST]:
            lines.append(say(f"collect.{kind}", count=count, what=errors.sentence(what, say.language)))
        if more := sum(count for _, count in counted[_MOST:]):
            lines.append(say(f"collect.more_{kind}", count=more))
    return lines


def _changes(health: Health, say: Words) -> str:
    """Which columns are missing and which are new."""
    told = []
    for sign, kind in (("-", "missing"), ("+", "new")):
        if names := [f"`{one[1:]}`" for one in health.drift if one.startswith(sign)]:
            told.append(say(f"collect.drift_{kind}", names=", ".join(names)))
    return say("list.semicolon").join(told)


def _error(health: Health, say: Words) -> str:
    """Why the last try failed; what older versions kept has no path apart from its place."""
    parts = health.error_parts
    if not parts:
        return health.error
    path, place, what, mend = parts if len(parts) == len(fields(LocatedError)) else (parts[0], "", *parts[1:])
    return errors.told(LocatedError(path, place, what, mend), say.language)


def _newest(time: str, say: Words) -> str:
    """When the newest item is from, and how old it is: by the hour, after two days by the day."""
    if not time:
        return ""
    hours = max(int((now() - datetime.fromisoformat(time)).total_seconds() // 3600), 0)
    if hours >= _HOURS_OF_TWO_DAYS:
        return say("collect.days_old", date=time[:10], count=hours // 24)
    return say("collect.hours_old", time=time[11:16], count=hours)


def _day(time: str) -> str:
    return f"{time[:10]} {time[11:16]}Z" if time else ""


def _print(say: Words, columns: tuple[str, ...], rows: Iterable[list[str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        right = column in {"rows", "new", "rejected"}
        table.add_column(say(f"collect.{column}"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape("\n".join(map(visible, cell.split("\n")))) for cell in row))
    Console(highlight=False).print(table)
