"""``noroshi indicators …``: one file for commands that belong together."""

from __future__ import annotations

from typing import Final

import typer

from noroshi.cli.indicators.check import check
from noroshi.cli.indicators.excluded import excluded
from noroshi.cli.indicators.exporting import export, watched
from noroshi.cli.indicators.extract import extract
from noroshi.cli.indicators.importing import import_indicators
from noroshi.cli.indicators.listing import history, list_indicators, stats
from noroshi.cli.indicators.memory import memory
from noroshi.cli.indicators.retro import retro
from noroshi.cli.indicators.saved import list_sets, save_set
from noroshi.cli.indicators.single import add, edit, retire, show
from noroshi.cli.indicators.snapshots import snapshot

indicators_app: Final = typer.Typer(
    help="Indicators (IoC): extract, keep, age, share, and block.", no_args_is_help=True
)
indicators_app.command("extract")(extract)
indicators_app.command("excluded")(excluded)
indicators_app.command("list")(list_indicators)
indicators_app.command("show")(show)
indicators_app.command("add")(add)
indicators_app.command("edit")(edit)
indicators_app.command("retire")(retire)
indicators_app.command("import")(import_indicators)
indicators_app.command("export")(export)
indicators_app.command("history")(history)
indicators_app.command("stats")(stats)
indicators_app.command("set")(save_set)
indicators_app.command("sets")(list_sets)
indicators_app.command("watched")(watched)
indicators_app.command("snapshot")(snapshot)
indicators_app.command("retro")(retro)
indicators_app.command("check")(check)
indicators_app.command("memory")(memory)
