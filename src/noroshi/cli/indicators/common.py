"""What the commands on indicators share: the store, who asks, when, and how values are shown."""

from __future__ import annotations

import getpass
import os
import unicodedata
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape

from noroshi.cli import errors
from noroshi.cli.story.plain import defanged, visible
from noroshi.errors import LocatedError, Sentence, UsageError
from noroshi.indicators.ageing import Lifetimes, load_lifetimes
from noroshi.indicators.indicator import Tlp
from noroshi.indicators.kinds import ALIASES, LEVELS, guess_type
from noroshi.store.opening import default_place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.store.store import Store

DONE, FINDINGS, USAGE = 0, 1, 2


class Output(StrEnum):
    """How results are written."""

    TABLE = "table"
    NDJSON = "ndjson"


StoreOption = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="PLACE",
        help="Where indicators are kept: a file, or postgresql://USER@HOST/NAME. Default: NOROSHI_STORE, else"
        " noroshi/noroshi.db in XDG_STATE_HOME (.local/state in HOME).",
    ),
]
OutputOption = Annotated[Output, typer.Option("--format", help="A table for people, ndjson for programs.")]
WhoOption = Annotated[
    str, typer.Option("--who", metavar="NAME", help="Who does it, for the history. Default: the login name.")
]
TypeOption = Annotated[
    str, typer.Option("--type", metavar="TYPE", help="Type of the value; default: what it can only be.")
]
LifetimesOption = Annotated[
    Path | None,
    typer.Option("--lifetimes", metavar="FILE", help="Your own rows of lifetimes.toml, before the defaults."),
]
ExclusionsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--exclusions",
        metavar="PATH",
        help="Exclusion lists beside the bundled ones (own, ranking, MISP); repeatable.",
    ),
]
TenantOption = Annotated[
    str, typer.Option("--tenant", metavar="NAME", help="The watched organisation (customer).")
]
ZoneOption = Annotated[
    str, typer.Option("--zone", metavar="ZONE", help="Time zone of times shown (IANA name); default UTC.")
]
Value = Annotated[str, typer.Argument(metavar="VALUE", help="The value, defanged or not.")]


def now() -> datetime:
    """The moment of the command."""
    return datetime.now(UTC)


def opened(place: str) -> Store:
    """The store that ``--store`` names, or the default one.

    Raises:
        LocatedError: It cannot be opened.
    """
    from noroshi.store.store import open_store  # noqa: PLC0415 - SQLAlchemy and Alembic take half a second

    try:
        return open_store(place or default_place(os.environ))
    except RuntimeError:
        raise UsageError("--store: there is no home folder; name a file") from None


def asker(name: str) -> str:
    """Who does it: as given, else the login name."""
    if name:
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def typed(value: str, type_: str) -> str:
    """The type of a value on the command line.

    Raises:
        UsageError: It was not given and does not show, or there is no such type.
    """
    if type_:
        known(type_)
        return type_
    found = guess_type(value)
    if found is None:
        raise UsageError(Sentence("{value}: does not show what it is; name its --type", value=visible(value)))
    return found


def none_of_its_type(value: str, error: ValueError) -> UsageError:
    """That a value on the command line is none of its type, and why."""
    return UsageError(Sentence("{value} {why}", value=visible(value), why=error))


def known(type_: str) -> str:
    """A type that there is.

    Raises:
        UsageError: There is none such.
    """
    if ALIASES.get(type_, type_) not in LEVELS:
        raise UsageError(
            Sentence(
                "--type {type}: no type of indicator; use {names}",
                type=visible(type_),
                names=", ".join(sorted(LEVELS)),
            )
        )
    return ALIASES.get(type_, type_)


def label(text: str) -> Tlp | None:
    """``--tlp``; None for none.

    Raises:
        UsageError: There is no such label.
    """
    try:
        return Tlp.parse(text) if text else None
    except ValueError:
        raise UsageError(
            Sentence(
                "--tlp {text}: no such label; use {names}",
                text=visible(text),
                names=", ".join(tlp.value for tlp in Tlp),
            )
        ) from None


def lifetimes_of(path: Path | None) -> Lifetimes:
    """The lifetimes to score with."""
    return load_lifetimes(path)


def shown(type_: str, value: str) -> str:
    """A value for people: defanged, nothing hidden."""
    field = "url" if type_ in {"ip", "cidr", "ip:port", "domain", "url", "email"} else ""
    return visible(defanged(value, field))


def folded_width(text: str) -> int:
    """Cells of a text on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def ndjson(rows: Iterable[Any]) -> None:
    """One JSON value a line."""
    for row in rows:
        typer.echo(orjson.dumps(row).decode())


def complain(mistakes: Iterable[LocatedError]) -> None:
    """One line an error, on standard error."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for error in mistakes:
        console.print(escape(visible(errors.told(error, errors.spoken()))))


def told(text: str) -> None:
    """One line for people on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(escape(visible(text)))
