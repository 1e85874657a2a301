"""The user's own YARA rules over every specimen of an examination, by YARA-X.

Rules are compiled once, by the caller; the isolated processes load the compiled form. A rule that does not
compile is one located error, and the others are used.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yara_x

from noroshi.errors import LocatedError
from noroshi.examine.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from noroshi.examine.model import Specimen

ENDINGS: Final = frozenset({".yar", ".yara", ".rule", ".rules"})
MAX_SECONDS: Final = 10
"""For one specimen; the engine counts them itself."""

MAX_TIMEOUTS: Final = 3
MAX_MATCHES: Final = 20
MAX_FINDINGS: Final = 200
MAX_RULE_FILE: Final = 16 << 20
_SHOWN: Final = 10
_SEVERITIES: Final = {"critical": Severity.HIGH, **{one.value: one for one in Severity}}
_HIGH, _MEDIUM = 75, 40


@dataclass(frozen=True, slots=True)
class Compiled:
    """Rules in compiled form.

    Attributes:
        count: Rules that are used.
        errors: One for each rule or file that is not.
    """

    raw: bytes
    count: int
    errors: tuple[LocatedError, ...]


def compiled(paths: Iterable[Path]) -> Compiled:
    """The rules in these files, and in the files of these folders; each file is a namespace of its own."""
    compiler = yara_x.Compiler()
    errors: list[LocatedError] = []
    for path in _files(paths):
        try:
            text = path.read_bytes()[:MAX_RULE_FILE].decode("utf-8")
        except (OSError, ValueError) as problem:
            errors.append(LocatedError(str(path), "", f"cannot be read ({problem})", "give rules in UTF-8"))
            continue
        compiler.new_namespace(str(path))
        compiler.add_include_dir(str(path.parent))
        known = len(compiler.errors())
        try:
            compiler.add_source(text, origin=str(path))
        except yara_x.CompileError:
            errors += [_located(path, one) for one in compiler.errors()[known:]]
    rules = compiler.build()
    out = io.BytesIO()
    rules.serialize_into(out)
    return Compiled(out.getvalue(), sum(1 for _ in rules), tuple(errors))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                one for one in path.rglob("*") if one.suffix.lower() in ENDINGS and one.is_file()
            )
        else:
            yield path


def _located(path: Path, error: dict[str, Any]) -> LocatedError:
    said = next((label.get("text", "") for label in error.get("labels", [])), "")
    what = f"{error.get('title', 'is no rule')}{f' ({said})' if said else ''}"
    mend = "mend the rule; the others are used"
    return LocatedError(str(path), f"line {error.get('line', 1)}", what, mend)


class Scan:
    """Compiled rules, ready to look at specimens."""

    def __init__(self, raw: bytes) -> None:
        self._scanner = yara_x.Scanner(yara_x.Rules.deserialize_from(io.BytesIO(raw)))
        self._scanner.set_timeout(MAX_SECONDS)
        self._scanner.max_matches_per_pattern(MAX_MATCHES)
        self._timeouts = 0

    def findings(self, specimen: Specimen) -> Iterator[Finding]:
        """A finding for each rule that matches."""
        if self._timeouts >= MAX_TIMEOUTS:
            return
        try:
            found = self._scanner.scan(specimen.raw)
        except yara_x.TimeoutError:
            self._timeouts += 1
            yield Finding("yara-time", Severity.LOW, {"seconds": str(MAX_SECONDS)})
            return
        for rule in found.matching_rules[:MAX_FINDINGS]:
            yield _finding(rule)


def _finding(rule: Any) -> Finding:
    meta = {str(name): str(value) for name, value in rule.metadata}
    strings = [
        f"{pattern.identifier} at {match.offset:#x}"
        for pattern in rule.patterns
        for match in list(pattern.matches)[:MAX_MATCHES]
    ]
    values = {
        "rule": rule.identifier,
        "file": rule.namespace,
        "tags": ", ".join(rule.tags),
        "meta": "; ".join(f"{name}={value}" for name, value in meta.items()),
        "strings": ", ".join(strings),
    }
    about = [values["tags"], values["meta"], ", ".join(strings[:_SHOWN])]
    values["about"] = " | ".join(part for part in about if part)
    return Finding("yara", _severity(meta), values)


def _severity(meta: dict[str, str]) -> Severity:
    """As the rule's author says it, by a word or by a score up to 100; else medium."""
    word = meta.get("severity", meta.get("level", "")).lower()
    if word in _SEVERITIES:
        return _SEVERITIES[word]
    score = meta.get("score", "")
    if score.isdecimal():
        return (
            Severity.HIGH
            if int(score) >= _HIGH
            else Severity.MEDIUM
            if int(score) >= _MEDIUM
            else Severity.LOW
        )
    return Severity.MEDIUM
