"""``noroshi examine …``: one file for commands that belong together."""

from __future__ import annotations

from typing import Any, Final

import typer
from typer.core import TyperGroup

from noroshi.cli.examine.comparison import diff
from noroshi.cli.examine.files import files


class _FilesUnlessNamed(TyperGroup):
    """A group whose first command may be left out: ``noroshi examine mail.eml``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["files", *args]
        return list(super().parse_args(ctx, args))

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        formatter.write_usage(ctx.command_path, "[files] FILE… | diff FIRST SECOND")


examine_app: Final = typer.Typer(
    help="Suspicious mails, documents, scripts: taken apart without executing anything.\n\n"
    "`noroshi examine FILE…` is short for `noroshi examine files FILE…`.",
    cls=_FilesUnlessNamed,
    no_args_is_help=True,
)
examine_app.command("files")(files)
examine_app.command("diff")(diff)
