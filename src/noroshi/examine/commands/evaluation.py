"""A command line or a batch file to its `Evaluation`: what is started, and the scripts that it carries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from noroshi.examine.budget import Budget
from noroshi.examine.commands.hosts import effects_of, inline_script, powershell_script
from noroshi.examine.commands.shell import Shell, inner_command
from noroshi.examine.model import Effect, EffectKind, Evaluation, Folding, Place, Seen

if TYPE_CHECKING:
    from noroshi.examine.commands.hosts import Hosted

MAX_LINES: Final = 20_000
_COMMENTS: Final = ("rem ", "::", ":", "echo off", "@echo off", "setlocal", "@setlocal")


def evaluate_command(text: str, budget: Budget | None = None) -> Evaluation:
    """What a command line as typed, or as a process starts with, would do."""
    budget = budget or Budget()
    shell = Shell(budget)
    if inner_command(text) is not None or "%" in text or "^" in text:
        shell.line(text)
    else:
        shell.commands.append(text)
    return _evaluation(shell, budget)


def evaluate_batch(text: str, budget: Budget | None = None) -> Evaluation:
    """What a batch file would do, line after line; jumps are not followed."""
    budget = budget or Budget()
    shell = Shell(budget, delayed="enabledelayedexpansion" in text.lower(), batch=True)
    joined = text.replace("^\r\n", "").replace("^\n", "")
    for line in joined.splitlines()[:MAX_LINES]:
        bare = line.strip()
        if bare and not bare.lower().startswith(_COMMENTS):
            shell.line(bare)
    return _evaluation(shell, budget)


def _evaluation(shell: Shell, budget: Budget) -> Evaluation:
    effects: list[Effect] = []
    foldings: list[Folding] = []
    seen = {text: Seen(text, "decoded") for text in shell.seen}
    for number, command in enumerate(shell.commands, 1):
        place = Place(line=number)
        effects.append(Effect(EffectKind.PROCESS, {"command": command}, "cmd", place, "‹" not in command))
        effects += [replace(effect, place=place) for effect in effects_of(command)]
        hosted = powershell_script(command) or inline_script(command)
        if hosted is not None:
            effects.append(_script(hosted, place))
            seen.setdefault(
                hosted.text, Seen(hosted.text, "decoded" if hosted.how == "encoded" else "literal", place)
            )
            if hosted.how == "encoded":
                foldings.append(Folding("base64", command[-60:], hosted.text[:60], place))
    return Evaluation(
        effects=tuple(effects),
        seen=tuple(seen.values()),
        cleaned="\n".join(shell.commands),
        foldings=tuple(foldings),
        bounded=tuple(budget.reached.values()),
        steps=budget.used.get("steps", 0),
    )


def _script(hosted: Hosted, place: Place) -> Effect:
    return Effect(EffectKind.SCRIPT, {"text": hosted.text, "language": hosted.language}, hosted.how, place)
