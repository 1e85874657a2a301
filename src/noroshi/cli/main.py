"""The `noroshi` command."""

from __future__ import annotations

import signal
import sys
from typing import Annotated, NoReturn

import typer

from noroshi import __version__
from noroshi.cli.collect import collect_app
from noroshi.cli.demo import demo
from noroshi.cli.errors import sentence, speak, spoken, told, usage
from noroshi.cli.examine import examine_app
from noroshi.cli.explain import explain
from noroshi.cli.indicators import indicators_app
from noroshi.cli.inspect import events_app
from noroshi.cli.options import language_of
from noroshi.cli.rules import rules_app
from noroshi.cli.scan import scan
from noroshi.cli.story.plain import visible
from noroshi.cli.who import who
from noroshi.errors import NoroshiError, Sentence

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
events_app.command("who")(who)
app.add_typer(events_app, name="events")
app.add_typer(indicators_app, name="indicators")
app.add_typer(collect_app, name="collect")
app.add_typer(examine_app, name="examine")


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
    """Run the command.

    Exit statuses: 0 done, 1 an alert reached ``--fail-on`` (or a rule did not pass), 2 wrong usage or nothing
    could be read, 130 interrupted. An error is one line.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    speak(language_of(sys.argv[1:]))
    try:
        status = app(standalone_mode=False)
    except typer.TyperException as error:
        sys.stderr.write(f"{usage(error, spoken())}\n")
        raise SystemExit(error.exit_code) from None
    except typer.Abort:
        raise SystemExit(1) from None
    except NoroshiError as error:
        _fail(told(error, spoken()), 2)
    except OSError as error:
        place = f"{error.filename}: " if error.filename is not None else ""
        _fail(place + sentence(str(error.strerror or error), spoken()), 2)
    except KeyboardInterrupt:
        _fail(sentence(Sentence("interrupted by the user"), spoken()), 130)
    raise SystemExit(status)


def _fail(text: str, status: int) -> NoReturn:
    sys.stderr.write(f"noroshi: {visible(text)}\n")
    raise SystemExit(status) from None


if __name__ == "__main__":
    main()
