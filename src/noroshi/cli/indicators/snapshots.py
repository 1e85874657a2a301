"""``noroshi indicators snapshot``: one file that scans on other machines match against, without the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from noroshi.cli.indicators.common import StoreOption, now, opened, told
from noroshi.cli.options import Lang, file_or_none, language
from noroshi.cli.story.plain import visible
from noroshi.cli.words import words
from noroshi.errors import Sentence, UsageError


def snapshot(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; an older one is replaced whole.")],
    *,
    store: StoreOption = "",
    lang: Lang = None,
) -> None:
    """Write the active indicators to one file, for scans where the store is not at hand."""
    from noroshi.indicators.snapshot import build_snapshot  # noqa: PLC0415 - zstandard, for this command only

    if file_or_none(file) is None:
        raise UsageError(Sentence("{option} -: standard output cannot take this; name a file", option="FILE"))
    with opened(store) as kept:
        try:
            built = build_snapshot(kept.snapshots.records(), file, now().isoformat(timespec="seconds"))
        except OSError as error:
            raise UsageError(
                Sentence(
                    "{path}: cannot be written: {reason}", path=visible(str(file)), reason=error.strerror
                )
            ) from None
    say = words(language(lang))
    told(say("indicators.snapshot", path=visible(str(file)), count=built.indicators, size=f"{built.size:,}"))
    if built.left_out:
        told(say("indicators.snapshot_left_out", count=built.left_out))
