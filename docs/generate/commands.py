"""`commands.md`: every command with every option, from the command line itself."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import typer

from docs.generate.markdown import GENERATED, code, codes, link, table, text_of
from noroshi.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXIT: Final = (
    ("0", "done; findings below `--fail-on` count as done"),
    ("1", "findings at or above `--fail-on`; failed tests (`rules test`) or mistakes (`rules lint`)"),
    ("2", "wrong usage, or nothing could be read"),
)
_ENVIRONMENT: Final = (
    ("LC_ALL, LC_MESSAGES, LANG", "language of what people read, where `--lang` says nothing"),
    (
        "XDG_CACHE_HOME",
        "where compiled rules are kept: its folder `noroshi` (default: `.cache/noroshi` in HOME)",
    ),
    (
        "NOROSHI_STORE",
        "where indicators are kept: a file, or `postgresql://USER@HOST/NAME`; `--store` goes before it",
    ),
    (
        "XDG_STATE_HOME",
        "where the file is otherwise: `noroshi/noroshi.db` in it (default: `.local/state` in HOME)",
    ),
    ("TMPDIR", "where hits wait during a scan that has very many of them, and EVTX files from archives"),
)


def page() -> str:
    """The page."""
    return text_of(
        [
            GENERATED,
            "# Commands",
            (
                "Partial failures (a damaged record, a rule with a mistake) never end a command: each is one line on"
                " standard error with its place and the mend, counted in the summary."
            ),
            *_commands(typer.main.get_command(app), "noroshi"),
            "## Exit status",
            table(("status", "means"), _EXIT),
            "## Environment",
            table(("variable", "means"), ((codes(name.split(", ")), what) for name, what in _ENVIRONMENT)),
            f"The command line is made in {link('src/noroshi/cli/main.py')}.",
        ]
    )


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command and group below a command, with its whole name."""
    yield name, command
    for below, one in getattr(command, "commands", {}).items():
        yield from commands(one, f"{name} {below}")


def _commands(root: Any, name: str) -> Iterator[str]:
    for whole, command in commands(root, name):
        yield f"## `{whole}`"
        yield str(command.help or "").replace("\f", "").strip()
        yield f"```text\n{usage(command, whole)}\n```"
        yield table(
            ("argument or option", "values", "default", "meaning"), (_row(one) for one in parameters(command))
        )


def parameters(command: Any) -> list[Any]:
    """Arguments and options without ``--help``."""
    return [one for one in command.params if one.name != "help"]


def usage(command: Any, whole: str) -> str:
    """The usage line."""
    arguments = [_argument(one) for one in parameters(command) if not is_option(one)]
    below = ["COMMAND"] if getattr(command, "commands", None) else []
    return " ".join([whole, "[OPTIONS]", *below, *arguments])


def is_option(one: Any) -> bool:
    """Whether a parameter is an option."""
    return bool(one.opts[0].startswith("-"))


def _argument(one: Any) -> str:
    shown = str(one.metavar or one.name.upper())
    shown += "…" if one.nargs == -1 and not shown.endswith("…") else ""
    return shown if one.required else f"[{shown}]"


def _row(one: Any) -> tuple[str, str, str, str]:
    name = codes([*one.opts, *one.secondary_opts]) if is_option(one) else code(_argument(one))
    repeatable = " …" if getattr(one, "multiple", False) else ""
    return name, _values(one) + repeatable, _default(one), str(one.help or "")


def _values(one: Any) -> str:
    kind = one.type_descriptor.annotation
    kind = next(iter(get_args(kind)), kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " ".join(code(choice.value) for choice in kind)
    if getattr(one, "is_flag", False):
        return "switch"
    least = f" from {one.min}" if one.min is not None else ""
    return _WORDS.get(kind, getattr(kind, "__name__", str(kind))) + least


_WORDS: Final = {str: "text", int: "number", float: "number", Path: "path"}


def _default(one: Any) -> str:
    value = getattr(one.default, "value", one.default)
    if value is None or value == "" or callable(value) or (getattr(one, "is_flag", False) and not value):
        return ""
    return code("--" + one.name.replace("_", "-")) if value is True else code(value)
