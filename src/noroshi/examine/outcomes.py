"""What an evaluation found, as outcomes of a specimen: texts, findings, effects, what it would start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.examine.model import EffectKind, Finding, Piece, Place, Seen, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.model import Effect, Evaluation, Outcome

MAX_FOLDINGS: Final = 500
_ALARMING: Final = {
    EffectKind.DOWNLOAD: ("downloads", Severity.HIGH),
    EffectKind.PROCESS: ("starts-process", Severity.MEDIUM),
    EffectKind.SCHEDULED_TASK: ("persists", Severity.HIGH),
    EffectKind.SERVICE: ("persists", Severity.HIGH),
}


def outcomes(evaluation: Evaluation, text: str) -> Iterator[Outcome]:
    """Texts, findings, effects, then the commands and scripts among them as pieces.

    Args:
        evaluation: Of the text.
        text: What was evaluated; an effect that only says it again is left out.
    """
    yield from evaluation.seen
    yield from _findings(evaluation, text)
    for effect in evaluation.effects:
        if not (effect.kind is EffectKind.PROCESS and _same(effect.arguments.get("command", ""), text)):
            yield effect
    if evaluation.cleaned and not _same(evaluation.cleaned, text):
        yield Seen(evaluation.cleaned, "cleaned")
    yield from evaluation.foldings[:MAX_FOLDINGS]
    yield from pieces(evaluation, text)
    yield from evaluation.bounded


def _findings(evaluation: Evaluation, text: str) -> Iterator[Finding]:
    told: set[str] = set()
    for effect in evaluation.effects:
        code, severity = _ALARMING.get(effect.kind, ("", Severity.INFO))
        if code and code not in told:
            what = next(iter(effect.arguments.values()), "")
            if _same(what, text):
                continue
            told.add(code)
            yield Finding(code, severity, {"what": what[:300]}, effect.place)
    if evaluation.unknown:
        yield Finding("not-evaluated", Severity.INFO, {"what": ", ".join(evaluation.unknown[:8])[:300]})


def pieces(evaluation: Evaluation, text: str) -> Iterator[Piece]:
    """Commands and scripts that an evaluation came to, other than the text itself."""
    started: set[Place] = set()  # what a started command carries becomes that command's piece
    for effect in evaluation.effects:
        if effect.kind is EffectKind.PROCESS:
            command = command_of(effect)
            if command and not _same(command, text):
                started.add(effect.place)
                yield Piece("command", "", command, "command-line", place=effect.place)
        elif effect.kind is EffectKind.SCRIPT:
            script = effect.arguments.get("text", "")
            if "evaluated" in effect.arguments:  # it told what it does where it stands
                continue
            if script and effect.place not in started and not _same(script, text):
                language = effect.arguments.get("language", "") or "text"
                yield Piece("script", "", script, language, place=effect.place)


def command_of(effect: Effect) -> str:
    """The whole command line of a process: the program too, where only its parameters are the command."""
    command = effect.arguments.get("command", "").strip()
    program = effect.arguments.get("application", "").strip()
    if not program or command.lower().startswith((program.lower(), f'"{program.lower()}"')):
        return command
    return f'"{program}" {command}' if " " in program else f"{program} {command}".strip()


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()
