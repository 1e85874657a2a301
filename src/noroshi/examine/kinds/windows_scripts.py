"""JavaScript, VBScript, encoded scripts, and the XML files of Windows Script Host that hold them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.encoded_script import decoded_blocks, is_encoded
from noroshi.examine.examiner import Recognition
from noroshi.examine.javascript import evaluate as evaluate_javascript
from noroshi.examine.kinds.texts import decoded
from noroshi.examine.model import Finding, Piece, Place, Seen, Severity
from noroshi.examine.office.package import plain
from noroshi.examine.outcomes import outcomes
from noroshi.examine.vba import evaluate as evaluate_vba

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Evaluation, Outcome, Specimen

MAX_SCRIPTS: Final = 200
_JAVASCRIPT: Final = re.compile(
    r"\bnew\s+ActiveXObject\b|\bString\.fromCharCode\b|\bfunction\s*\w*\s*\([\w\s,]*\)\s*\{|\bvar\s+[\w$]+\s*=|"
    r"\beval\s*\(|\bunescape\s*\(|\bdocument\.|=>\s*\{|\brequire\s*\(|\bWScript\.(?:Create|Sleep|Echo)|\.charCodeAt\("
)
_VBSCRIPT: Final = re.compile(
    r"(?im)^\s*dim\s+\w|\bcreateobject\s*\(|^\s*set\s+\w+\s*=|\bon\s+error\s+resume\s+next\b|^\s*end\s+(?:sub|if|function)\b|"
    r"\bexecute(?:global)?\b|^\s*(?:sub|function)\s+\w+|\bchrw?\s*\(\s*(?:&h)?[\da-f]|\bwscript\."
)
_SCRIPT: Final = re.compile(r"<script\b([^<>]*)>", re.IGNORECASE)
_END: Final = re.compile(r"</script\s*>", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"language\s*=\s*[\"']?([\w.]+)", re.IGNORECASE)
_HOST_FILE: Final = re.compile(r"<(?:job|package|component|scriptlet)\b", re.IGNORECASE)


def _vbscript(text: str, budget: Budget) -> Evaluation:
    return evaluate_vba({"script": text}, budget)


class WindowsScriptExaminer:
    """Examines one script language of Windows Script Host."""

    def __init__(
        self,
        type_: str,
        evaluator: Callable[[str, Budget], Evaluation],
        endings: tuple[str, ...],
        words: re.Pattern[str],
    ) -> None:
        self.name: Final = type_
        self.types: Final = frozenset({type_})
        self._evaluator: Final = evaluator
        self._endings: Final = endings
        self._words: Final = words

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """Words of the language in a text; a file name's ending counts much."""
        text = decoded(content)
        if not text:
            return None
        words = len({one.split("(")[0].strip().lower()[:12] for one in self._words.findall(text[:50_000])})
        hinted = name.lower().endswith(self._endings)
        score = min(0.6, 0.2 * words) + (0.35 if hinted else 0.0)
        return Recognition(self.name, min(0.9, score)) if score >= 0.35 else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """What it would do; of an encoded script, the one that it stands for."""
        text = decoded(specimen.content) or ""
        if not budget.take("text", len(text)):
            return
        if is_encoded(text):
            yield Finding("encoded-script", Severity.MEDIUM)
            yield Piece("decoded script", specimen.name, decoded_blocks(text), self.name)
            return
        yield Seen(text, "source")
        yield from outcomes(self._evaluator(text, budget), text)


class HostFileExaminer:
    """Examines ``.wsf``, ``.wsc`` and ``.sct`` files, which hold scripts of one or more languages."""

    name: Final = "script host file"
    types: Final = frozenset({"wsf"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By an element of the format and a script."""
        text = decoded(content)
        if not text or not _HOST_FILE.search(text[:50_000]) or not _SCRIPT.search(text):
            return None
        hinted = name.lower().endswith((".wsf", ".wsc", ".sct", ".ws"))
        return Recognition("wsf", 0.95 if hinted else 0.88)

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its scripts."""
        text = decoded(specimen.content) or ""
        if not budget.take("text", len(text)):
            return
        yield Seen(text, "source")
        parts = _SCRIPT.split(text)
        for given, rest in list(zip(parts[1::2], parts[2::2], strict=True))[:MAX_SCRIPTS]:
            language = language_of(given)
            source = _END.split(rest, maxsplit=1)[0].strip()
            inner = source.removeprefix("<![CDATA[")
            source = plain(source) if inner == source else inner.partition("]]>")[0]
            if source.strip():
                yield Piece("script", "", source, language, place=Place(name=language))


def language_of(attributes: str) -> str:
    """The language that a script's attributes name."""
    found = _LANGUAGE.search(attributes)
    return "vbscript" if found and found[1].lower().startswith("vb") else "javascript"


EXAMINERS: Final = (
    WindowsScriptExaminer("javascript", evaluate_javascript, (".js", ".jse", ".mjs"), _JAVASCRIPT),
    WindowsScriptExaminer("vbscript", _vbscript, (".vbs", ".vbe"), _VBSCRIPT),
    HostFileExaminer(),
)
