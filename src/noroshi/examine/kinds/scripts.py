"""Scripts and command lines: what their evaluators find, and what they would start as pieces of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.commands.evaluation import evaluate_batch, evaluate_command
from noroshi.examine.examiner import Recognition
from noroshi.examine.kinds.texts import decoded
from noroshi.examine.model import EffectKind, Finding, Piece, Place, Seen, Severity
from noroshi.examine.powershell.evaluation import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Evaluation, Outcome, Specimen

MAX_FOLDINGS: Final = 500

_POWERSHELL: Final = re.compile(
    r"(?i)\b(?:new-object\s|invoke-(?:expression|webrequest|restmethod)|iex\b|\[char\]|\[convert\]::|-join\b|"
    r"start-process|frombase64string|param\s*\(|write-(?:host|output)|\$env:|downloadfile|foreach-object)"
)
_VARIABLE: Final = re.compile(r"\$[A-Za-z_{]\w*\s*[=.;)]")
_BATCH: Final = re.compile(
    r"(?im)^\s*@?(?:echo\s+off|setlocal|set\s+\w+=|start\s|cmd(?:\.exe)?\s+/c|powershell)\b"
)
_COMMAND: Final = re.compile(
    r"(?i)^\s*\"?(?:[\w:%\\. ]*\\)?"
    r"(?:cmd|powershell|pwsh|mshta|rundll32|regsvr32|certutil|bitsadmin|wscript|cscript|curl)"
    r"(?:\.exe)?\"?\s+[-/\w\"]"
)
_ALARMING: Final = {
    EffectKind.DOWNLOAD: ("downloads", Severity.HIGH),
    EffectKind.PROCESS: ("starts-process", Severity.MEDIUM),
    EffectKind.SCHEDULED_TASK: ("persists", Severity.HIGH),
    EffectKind.SERVICE: ("persists", Severity.HIGH),
}


class ScriptExaminer:
    """Examines one script language with its evaluator."""

    def __init__(
        self, type_: str, evaluator: Callable[[str, Budget], Evaluation], ending: tuple[str, ...]
    ) -> None:
        self.name: Final = type_
        self.types: Final = frozenset({type_})
        self._evaluator: Final = evaluator
        self._endings: Final = ending

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """Words of the language in a text; a file name's ending is a hint."""
        text = decoded(content)
        if text is None:
            return None
        hinted = bool(self._endings) and name.lower().endswith(self._endings)
        score = _looks(self.name, text[:50_000])
        confidence = min(0.95, score + (0.5 if hinted else 0.0))
        return Recognition(self.name, confidence) if confidence >= 0.4 else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Texts, effects, then the commands and scripts among them as pieces."""
        text = decoded(specimen.content) or ""
        evaluation = self._evaluator(text, budget)
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
            command = effect.arguments.get("command", "")
            if command and not _same(command, text):
                started.add(effect.place)
                yield Piece("command", "", command, "command-line", place=effect.place)
        elif effect.kind is EffectKind.SCRIPT:
            script = effect.arguments.get("text", "")
            if script and effect.place not in started and not _same(script, text):
                language = effect.arguments.get("language", "") or "text"
                yield Piece("script", "", script, language, place=effect.place)


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()


def _looks(type_: str, text: str) -> float:
    if type_ == "powershell":
        words = len(set(_POWERSHELL.findall(text.lower())))
        return min(0.75, words * 0.25 + (0.3 if _VARIABLE.search(text) else 0.0))
    if type_ == "batch":
        lines = len(_BATCH.findall(text))
        return 0.7 if "@echo off" in text.lower() else min(0.6, lines * 0.3)
    single = "\n" not in text.strip()
    return 0.8 if single and _COMMAND.match(text) else 0.0


EXAMINERS: Final = (
    ScriptExaminer("powershell", evaluate, (".ps1", ".psm1", ".psd1")),
    ScriptExaminer("batch", evaluate_batch, (".bat", ".cmd")),
    ScriptExaminer("command-line", evaluate_command, ()),
)
