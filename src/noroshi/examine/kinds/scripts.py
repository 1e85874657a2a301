"""Scripts and command lines: what their evaluators find, and what they would start as pieces of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.commands.evaluation import evaluate_batch, evaluate_command
from noroshi.examine.examiner import Recognition
from noroshi.examine.kinds.texts import decoded
from noroshi.examine.outcomes import outcomes
from noroshi.examine.powershell.evaluation import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Evaluation, Outcome, Specimen

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
        yield from outcomes(self._evaluator(text, budget), text)


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
