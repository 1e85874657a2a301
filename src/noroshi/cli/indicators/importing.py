"""``noroshi indicators import``: files of others into the store."""

from __future__ import annotations

import io
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final, cast

import typer

from noroshi.cli.indicators.common import (
    DONE,
    StoreOption,
    WhoOption,
    asker,
    complain,
    label,
    now,
    opened,
    told,
)
from noroshi.cli.options import Lang, existing, language
from noroshi.cli.words import Words, words
from noroshi.errors import LocatedError, UsageError
from noroshi.events.problems import Problems
from noroshi.indicators.exchange.format import Defaults
from noroshi.indicators.exchange.registry import FORMATS, recognise
from noroshi.indicators.indicator import SourceClaim, Threat
from noroshi.intake import open_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.format import ByteSource
    from noroshi.indicators.indicator import Indicator
    from noroshi.intake import Input
    from noroshi.store.store import Store

AUTO: Final = "auto"
SHOWN: Final = 20
"""Errors of one file that are told one by one."""
Reading = StrEnum("Reading", {"AUTO": AUTO, **{name.upper(): name for name in FORMATS}})  # type: ignore[misc]  # made of the registry

_RECOGNISED: Final = Reading(AUTO)


def import_indicators(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Files, packed or not; - is standard input.")
    ],
    *,
    format_: Annotated[
        Reading, typer.Option("--format", help="What they are in; auto tells it by their content.")
    ] = _RECOGNISED,
    source: Annotated[
        str,
        typer.Option(
            "--source", metavar="NAME", help="Who says so, where a file does not. Default: its name."
        ),
    ] = "",
    tlp: Annotated[
        str,
        typer.Option(
            "--tlp", metavar="LABEL", help="Label of what has none; without it, that is read as amber."
        ),
    ] = "",
    sharing_group: Annotated[
        str, typer.Option("--sharing-group", metavar="NAME", help="Group of what has none.")
    ] = "",
    threats: Annotated[
        list[Threat] | None, typer.Option("--threat", help="Of what has none; repeatable.")
    ] = None,
    families: Annotated[
        list[str] | None, typer.Option("--family", metavar="NAME", help="Of what has none; repeatable.")
    ] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="Added to all; repeatable.")
    ] = None,
    confidence: Annotated[int | None, typer.Option(min=0, max=100, help="Of what has none.")] = None,
    compromised_site: Annotated[
        bool, typer.Option("--compromised-site", help="All are ordinary sites that serve malware.")
    ] = False,
    who: WhoOption = "",
    store: StoreOption = "",
    lang: Lang = None,
) -> None:
    """Import STIX 2.1, MISP events, CSV, plain text or TweetFeed; what cannot be read is told.

    Values that are there already are merged: what every source says stays side by side. Importing a file
    twice changes nothing.
    """
    claim = SourceClaim(
        "",
        threats=tuple(sorted(threats or ())),
        families=tuple(sorted(families or ())),
        tags=tuple(sorted(tags or ())),
        confidence=confidence,
        tlp=label(tlp),
        sharing_group=sharing_group,
        compromised_site=compromised_site,
    )
    say, problems, files = words(language(lang)), Problems(), 0
    existing("", paths)
    with opened(store) as kept:
        for found in open_inputs(paths, problems=problems):
            name = recognise(found.head.data) if format_.value == AUTO else format_.value
            defaults = Defaults(now(), source or Path(found.source.path).name, claim)
            files += _import(found, name, defaults, kept, asker(who), say)
    complain(problems.errors)
    if not files:
        raise UsageError("nothing could be read")
    raise typer.Exit(DONE)


def _import(found: Input, name: str, defaults: Defaults, kept: Store, who: str, say: Words) -> bool:
    """Import one file; whether anything was read of it."""
    errors = Problems(shown=SHOWN)
    file = io.BufferedReader(_Raw(found.stream))
    indicators = _readable(FORMATS[name].read(cast("BinaryIO", file), found.source.path, defaults), errors)
    counts = kept.indicators.upsert_many(
        indicators, at=defaults.at, who=who, what=f"import {found.source.path}"
    )
    complain(errors.errors)
    if errors.total > SHOWN:
        told(say("indicators.more_errors", count=errors.total - SHOWN))
    numbers: dict[str, Any] = {
        "added": counts.added,
        "changed": counts.changed,
        "unchanged": counts.unchanged,
    }
    told(f"{found.source.path}: {say('indicators.imported', **numbers, errors=errors.total, format=name)}")
    return counts.added + counts.changed + counts.unchanged > 0


def _readable(found: Iterator[Indicator | LocatedError], errors: Problems) -> Iterator[Indicator]:
    for one in found:
        if isinstance(one, LocatedError):
            errors.add(one)
        else:
            yield one


class _Raw(io.RawIOBase):
    """A stream of the intake as a raw file, so that lines can be read of it."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
