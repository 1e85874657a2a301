"""The `noroshi` command."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from noroshi import __version__
from noroshi.cli.demo import demo
from noroshi.cli.explain import explain
from noroshi.cli.rules import rules_app
from noroshi.cli.scan import scan
from noroshi.errors import NoroshiError

app = typer.Typer(
    name="noroshi",
    help="The detection side of a SOC: real logs in, explained threats out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("scan")(scan)
app.command("explain")(explain)
app.command("demo")(demo)
app.add_typer(rules_app, name="rules")


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"noroshi {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """The detection side of a SOC: real logs in, explained threats out."""


def main() -> None:
    """Run the command; errors made on purpose are one line and exit status 2."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        app()
    except NoroshiError as error:
        sys.stderr.write(f"noroshi: {error}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
