"""`noroshi demo --feed`: a feed about the Emotet day on this machine, for `noroshi collect` to read."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import typer

from noroshi.cli import options
from noroshi.cli.indicators.common import now
from noroshi.cli.story.plain import visible
from noroshi.cli.words import words
from noroshi.demo.feed import Asked, FeedServer, contents, write_settings

if TYPE_CHECKING:
    from pathlib import Path


def serve_feed(folder: Path, minutes: float, port: int, language: str, zone: str) -> None:
    """Serve until the time is over; ``feeds.toml`` in the folder says where."""
    say = words(language)

    def tell(asked: Asked) -> None:
        typer.echo(say("demo.feed_asked", path=visible(asked.path[:200]), status=asked.status))
        sys.stdout.flush()

    with FeedServer(contents(now()), port) as server:
        settings = write_settings(folder, server.port)
        typer.echo(say("demo.feed", port=server.port, minutes=minutes))
        call, where = options.program(), shlex.quote(str(folder))
        typer.echo("\n" + say("demo.feed_try"))
        if not (folder / "logs").is_dir():
            typer.echo(f"  {call} demo --folder {where}")
        store = f"{where}/noroshi.db"
        typer.echo(f"  {call} collect run --config {shlex.quote(str(settings))} --store {store}")
        known = f"--zone {zone} --lists {where}/site.toml --identities {where}/identities.csv"
        typer.echo(f"  {call} scan {where}/logs {known} --indicators {store}\n")
        sys.stdout.flush()
        server.serve(minutes * 60, tell)
    typer.echo(say("demo.feed_over"))
