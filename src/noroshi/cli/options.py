"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import locale
import os
import shlex
import shutil
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from noroshi.cli.errors import speak
from noroshi.errors import Sentence, UsageError
from noroshi.events import registry
from noroshi.events.model import Source
from noroshi.events.times import parse_time
from noroshi.indicators.exclusions import load_exclusions
from noroshi.rules.cache import default_cache_dir
from noroshi.service.indicators import excluded_by, open_indicators
from noroshi.service.reading import Period
from noroshi.store.opening import default_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from noroshi.errors import LocatedError
    from noroshi.service.indicators import Indicators


PROGRAM: Final = "noroshi"


class Level(StrEnum):
    """Severities as an option."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Language(StrEnum):
    """Languages of what people read."""

    EN = "en"
    JA = "ja"


def program() -> str:
    """How the program is called from here: ``noroshi``, or its path where the shell does not find it."""
    started = Path(sys.argv[0])
    if shutil.which(PROGRAM) or started.name != PROGRAM or not started.is_file():
        return PROGRAM
    return shlex.quote(os.path.relpath(started))


def language(wanted: Language | None) -> str:
    """The language asked for, else that of the locale."""
    if wanted is not None:
        return wanted.value
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ja" if value.lower().startswith("ja") else "en"
    found = locale.getlocale()[0] or ""
    return "ja" if found.lower().startswith("ja") else "en"


def language_of(arguments: Sequence[str]) -> str:
    """The language that a command line asks for, found before it is read: it may have mistakes."""
    for at, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        given = value or next(iter(arguments[at + 1 :]), "")
        if name == "--lang" and given in set(Language):
            return given
    return language(None)


def _speak(wanted: Language | None) -> Language | None:
    speak(language(wanted))
    return wanted


Filters = Annotated[
    list[Path] | None,
    typer.Option(metavar="PATH", help="Sigma filters laid over the rules: file or folder; repeatable."),
]
"""The option ``--filters``: tuning of one's own, kept apart from the rules."""

Logs = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", readable=False, help="Files, folders, archives; - is standard input."),
]
"""Logs that are read; `inputs` looks whether they can be."""

FormatMaps = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="TOML file that describes a log format of your own; repeatable."),
]
"""The option ``--format-map``, for `use_mappings`."""

Year = Annotated[
    int | None,
    typer.Option(
        min=1970,
        max=9999,
        metavar="YEAR",
        help="Year of times that are written without one (syslog). Default: learnt from full dates in the"
        " same input or beside it, else from the file's modification time.",
    ),
]
"""The option ``--year``."""

Lang = Annotated[
    Language | None,
    typer.Option(help="Language of what people read; default: the locale's.", callback=_speak, is_eager=True),
]
"""The option ``--lang``, read before all others: errors in these are told in its language."""


def zone(name: str) -> tzinfo | None:
    """A zone by its IANA name; None for the empty one.

    Raises:
        UsageError: There is no such zone.
    """
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            Sentence("--zone {name}: there is no such time zone; use an IANA name as Asia/Tokyo", name=name)
        ) from None


def instant(option: str, text: str, local: tzinfo | None) -> datetime | None:
    """A time given on the command line, without a zone of its own in `local`, else UTC.

    Raises:
        UsageError: It cannot be read.
    """
    if not text:
        return None
    stamp = parse_time(
        text if "T" in text or ":" in text else f"{text}T00:00:00", Source("", "", zone=local or UTC)
    )
    if stamp is None:
        raise UsageError(
            Sentence(
                "{option} {text}: not a time; write it as 2020-07-22T13:00 or 2020-07-22T13:00+09:00",
                option=option,
                text=text,
            )
        )
    return stamp.at


def period(since: str, until: str, local: tzinfo | None) -> Period:
    """``--since`` and ``--until``.

    Raises:
        UsageError: One cannot be read, or nothing lies between them.
    """
    begin, end = instant("--since", since, local), instant("--until", until, local)
    if begin is not None and end is not None and begin >= end:
        raise UsageError(Sentence("--until {until}: is not after --since {since}", until=until, since=since))
    return Period(begin, end)


def file_or_none(path: Path | None) -> Path | None:
    """Where to write; None for standard output, which ``-`` is, too."""
    return None if path is None or str(path) == "-" else path


@contextmanager
def written(option: str, path: Path | None) -> Iterator[BinaryIO]:
    """Standard output for None and ``-``, else a file.

    Raises:
        UsageError: It cannot be written.
    """
    file = file_or_none(path)
    if file is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with writable(option, file) as opened:
        yield opened


def writable(option: str, path: Path) -> BinaryIO:
    """A file opened for writing, where standard output would not do.

    Raises:
        UsageError: It cannot be.
    """
    if file_or_none(path) is None:
        raise UsageError(Sentence("{option} -: standard output cannot take this; name a file", option=option))
    try:
        return path.open("wb")
    except OSError as error:
        raise UsageError(
            Sentence(
                "{option} {path}: cannot be written: {reason}",
                option=option,
                path=path,
                reason=error.strerror,
            )
        ) from None


def cache_dir(*, cached: bool) -> Path | None:
    """Where compiled rules are kept; None where nothing shall be, or where there is no home."""
    if not cached:
        return None
    try:
        return default_cache_dir()
    except RuntimeError:
        return None


def indicators(place: str, exclusions: list[Path], cache_dir: Path | None) -> Indicators | None:
    """What `--indicators` names, open, under the exclusion lists; None where nothing was given.

    Raises:
        LocatedError: It cannot be opened.
    """
    if not place:
        return None
    where = default_place(os.environ) if place == "default" else place
    now = datetime.now(UTC)
    lists = load_exclusions(existing("--exclusions", exclusions), now.date())
    found = open_indicators(where, now, cache_dir)
    return replace(found, excluded=excluded_by(lists.snapshot), errors=lists.errors)


def mistakes_in(exclusions: list[Path]) -> tuple[LocatedError, ...]:
    """What is wrong in exclusion lists that no indicators are matched under."""
    if not exclusions:
        return ()
    today = datetime.now(UTC).date()
    return load_exclusions(existing("--exclusions", exclusions), today, bundled=False).errors


def memory(known: Indicators | None, wanted: bool | None) -> str:  # noqa: FBT001 - the option as it was given
    """The store that a scan is remembered in (``--remember``); empty for none.

    Raises:
        UsageError: There is no home for the default store.
    """
    if wanted is False or (known is None and not wanted):
        return ""
    if known is not None and (known.store or not wanted):
        return known.store
    try:
        return default_place(os.environ)
    except RuntimeError:
        raise UsageError("--remember: there is no home folder; name a store by --indicators") from None


def use_mappings(paths: list[Path] | None) -> None:
    """Let inputs also be of the formats that these TOML files describe (``--format-map``)."""
    for path in existing("--format-map", paths or []):
        registry.use_mapping(path)


def existing(option: str, paths: list[Path]) -> list[Path]:
    """Paths that must be there.

    Raises:
        UsageError: One is not.
    """
    for path in paths:
        if str(path) != "-" and not path.exists():
            raise UsageError(Sentence("{place}: no such file or folder", place=f"{option} {path}".strip()))
    return paths


def inputs(option: str, paths: list[Path]) -> list[Path]:
    """Logs to read: what cannot be read among several is told by the reader, which goes on with the rest.

    Raises:
        UsageError: Not one of them can be.
    """
    if any(str(path) == "-" or os.access(path, os.R_OK) for path in paths):
        return paths
    for path in existing(option, paths):
        place = f"{option} {path}".strip()
        raise UsageError(Sentence("{place}: cannot be read; check its permissions", place=place))
    return paths
