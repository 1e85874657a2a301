"""``noroshi indicators …``: one file a command."""

from __future__ import annotations

from typing import Final

import typer

from noroshi.cli.indicators.extract import extract

indicators_app: Final = typer.Typer(
    help="Extract indicators (IoC) and ask what is excluded from alerting alone.", no_args_is_help=True
)
indicators_app.command("extract")(extract)
