"""What `noroshi rules lint` asks of a rule folder beyond being loadable (docs/reference/rule-format.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from noroshi.errors import LocatedError
from noroshi.rules.attack import load_attack
from noroshi.rules.documents import GUIDE_NAMES, RuleFile, documents, line_of
from noroshi.rules.guide import parse_guide, placeholders
from noroshi.rules.loading import load_rules
from noroshi.rules.model import LEVELS, PYRAMID_LEVELS, STAGES, TRACE_KINDS
from noroshi.rules.testfile import read_tests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from noroshi.rules.documents import Document, Key
    from noroshi.rules.guide import Guide
    from noroshi.rules.loading import Loaded
    from noroshi.rules.model import Correlation, Rule, RuleMeta

MAX_REVIEW_DAYS: Final = 730
_DOC: Final = "see docs/reference/rule-format.md"
_RULES_OPTION: Final = re.compile(r"--rules[ =](\S+)")
_OUTCOMES: Final = ("allowed", "blocked", "detected", "quarantined", "failed", "unknown")


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that lint found.

    Attributes:
        warning: Worth a look, but no reason to fail.
    """

    at: LocatedError
    warning: bool = False


def lint(paths: Iterable[str | Path]) -> list[Issue]:
    """Everything that is wrong with the rules below the paths.

    Every rule is checked for loading, ATT&CK tags, filters and correlations; a ``rule.yml`` with its guides,
    tests and `noroshi` block as well.
    """
    loaded = load_rules(list(paths))
    issues = [Issue(error) for error in loaded.errors]
    every: list[Rule | Correlation] = [*loaded.ruleset.rules, *loaded.ruleset.correlations]
    issues += (issue for one in every for issue in _tags(one.meta))
    issues += _silenced(loaded)
    rule_files = sorted({one.meta.path for one in every})
    for path in rule_files:
        found = _documents(path)
        issues += _filters(found)
        if Path(path).name == "rule.yml":
            metas = [one.meta for one in every if one.meta.path == path]
            issues += _folder(Path(path), found, metas)
    issues += (issue for path in _filter_files(paths, rule_files) for issue in _filters(_documents(path)))
    return issues


def _documents(path: str) -> list[Document]:
    return list(documents(RuleFile(path, Path(path).name, Path(path).read_bytes()), []))


def _filter_files(paths: Iterable[str | Path], known: Sequence[str]) -> list[str]:
    """Files without a rule of their own, which may hold filters only."""
    from noroshi.rules.documents import find_files  # noqa: PLC0415 - a second walk, for filters only

    return [file.path for file in find_files(list(paths))[0] if file.path not in set(known)]


def _issue(path: str | Path, line: int, what: str, mend: str = _DOC, *, warning: bool = False) -> Issue:
    return Issue(LocatedError(str(path), f"line {line}", what, mend), warning)


def _at(document: Document, keys: tuple[Key, ...], what: str, mend: str = _DOC) -> Issue:
    return _issue(document.file.path, line_of(document, keys), what, mend)


def _tags(meta: RuleMeta) -> Iterator[Issue]:
    attack = load_attack()
    for tag in meta.tags:
        if why := attack.problem(tag):
            mend = f"use an id of ATT&CK {attack.version} of {attack.modified}"
            yield _issue(meta.path, meta.line, f"the tag {tag}: {why}", mend)


def _silenced(loaded: Loaded) -> Iterator[Issue]:
    """Correlations without `generate` that refer to a rule of another pack."""
    by_id: dict[str, Rule | Correlation] = {one.id: one for one in loaded.ruleset.rules}
    by_id.update({one.id: one for one in loaded.ruleset.correlations})
    for correlation in loaded.ruleset.correlations:
        if correlation.generate:
            continue
        pack = _pack(correlation.meta)
        for one in correlation.rules:
            if _pack(by_id[one].meta) != pack:
                what = f"the correlation silences '{by_id[one].meta.title}', a rule of another pack"
                mend = "write generate: true"
                yield _issue(correlation.meta.path, correlation.meta.line, what, mend, warning=True)


def _pack(meta: RuleMeta) -> Path:
    folder = Path(meta.path).parent
    return folder.parent if Path(meta.path).name == "rule.yml" else folder


def _filters(found: Sequence[Document]) -> Iterator[Issue]:
    for document in found:
        section = document.value.get("filter") if isinstance(document.value, dict) else None
        condition = section.get("condition") if isinstance(section, dict) else None
        if isinstance(condition, str) and not condition.strip().startswith("not "):
            what = f"the filter condition {condition!r} keeps only what it matches"
            mend = "write 'not selection' to leave something out: it becomes '(rule) and (condition)'"
            line = line_of(document, ("filter", "condition"))
            yield _issue(document.file.path, line, what, mend, warning=True)


def _folder(rule: Path, found: Sequence[Document], metas: Sequence[RuleMeta]) -> Iterator[Issue]:
    for meta in metas:
        document = next((one for one in found if one.line == meta.line), None)
        if document is not None:
            yield from _block(document, meta)
    yield from _guides(rule.parent)
    yield from _tests(rule.with_name("tests.yml"))


def _block(document: Document, meta: RuleMeta) -> Iterator[Issue]:
    if "level" not in document.value:
        yield _at(document, (), "the rule has no level", f"use one of: {', '.join(LEVELS)}")
    if not isinstance(document.value.get("noroshi"), dict):
        yield _at(document, (), "the rule has no noroshi block")
        return
    closed = (
        ("trace_kind", meta.trace_kind, TRACE_KINDS),
        ("pyramid_level", meta.pyramid_level, PYRAMID_LEVELS),
        ("stage", meta.stage, STAGES),
    )
    for key, value, allowed in closed:
        if value not in allowed:
            what = f"noroshi.{key} is {value!r}" if value else f"noroshi.{key} is missing"
            yield _at(document, ("noroshi", key), what, f"use one of: {', '.join(allowed)}")
    if not meta.owner:
        yield _at(document, ("noroshi", "owner"), "noroshi.owner is missing")
    if not 1 <= meta.review_interval_days <= MAX_REVIEW_DAYS:
        what = f"noroshi.review_interval_days is not from 1 to {MAX_REVIEW_DAYS}"
        yield _at(document, ("noroshi", "review_interval_days"), what)
    for outcome in meta.outcomes:
        if outcome not in _OUTCOMES:
            what = f"the outcome {outcome!r} is unknown"
            yield _at(document, ("noroshi", "outcomes"), what, f"use: {', '.join(_OUTCOMES)}")
    yield from _unknown_keys(document)
    yield from _prerequisites(document, meta)


_BLOCK_KEYS: Final = frozenset(
    {
        "trace_kind",
        "pyramid_level",
        "prerequisites",
        "review_interval_days",
        "stage",
        "owner",
        "outcomes",
        "timezone",
        "title_ja",
    }
)


def _unknown_keys(document: Document) -> Iterator[Issue]:
    for key in document.value["noroshi"]:
        if key not in _BLOCK_KEYS:
            yield _at(document, ("noroshi", key), f"noroshi.{key} is unknown")


def _prerequisites(document: Document, meta: RuleMeta) -> Iterator[Issue]:
    if not meta.needs:
        yield _at(document, ("noroshi", "prerequisites"), "noroshi.prerequisites is empty")
    for at, need in enumerate(meta.needs):
        keys = ("noroshi", "prerequisites", at)
        if not need.setting.en or not need.setting.ja:
            yield _at(document, keys, "the prerequisite has no setting and setting_ja")
        if bool(need.fallback.en) is not bool(need.fallback.ja):
            yield _at(document, keys, "the fallback stands in one language only", "write fallback_ja too")


def _guides(folder: Path) -> Iterator[Issue]:
    guides: dict[str, Guide] = {}
    for language, name in GUIDE_NAMES.items():
        path = folder / name
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            yield _issue(path, 1, "the guide is missing or no UTF-8 text", "write it")
            continue
        guides[language], problems = parse_guide(text, language)
        yield from (_issue(path, problem.line, problem.what, problem.mend) for problem in problems)
        yield from _searches(path, guides[language])
    if len(guides) == len(GUIDE_NAMES):
        yield from _parity(folder / GUIDE_NAMES["ja"], guides["en"], guides["ja"])


def _searches(path: Path, guide: Guide) -> Iterator[Issue]:
    """The rules that searches name exist; what is wrong inside them is told once, with the English guide."""
    for step in guide.steps:
        for named in _RULES_OPTION.findall(step.search):
            rules = Path(named.replace("{folder}", str(path.parent)))
            if not rules.exists():
                what = f"the search names {named}, which does not exist"
                yield _issue(path, step.line, what, "write that Sigma rule, or mend the path")
            elif guide.language == "en":
                yield from map(Issue, load_rules([rules]).errors)


def _parity(path: Path, english: Guide, japanese: Guide) -> Iterator[Issue]:
    """Both languages say the same: steps, placeholders, fields and false positives."""
    mend = "write the same in both languages"
    if len(english.steps) != len(japanese.steps):
        what = f"{len(japanese.steps)} steps, {len(english.steps)} in English"
        yield _issue(path, 1, what, mend)
    if len(english.false_positives) != len(japanese.false_positives):
        what = f"{len(japanese.false_positives)} false positives, {len(english.false_positives)} in English"
        yield _issue(path, 1, what, mend)
    for number, (one, other) in enumerate(zip(english.steps, japanese.steps, strict=False), 1):
        if placeholders(one) != placeholders(other):
            what = f"step {number} has other placeholders than in English"
            yield _issue(path, other.line, what, mend)
        if one.fields != other.fields:
            yield _issue(path, other.line, f"step {number} names other fields than in English", mend)


def _tests(path: Path) -> Iterator[Issue]:
    file, errors = read_tests(path)
    yield from map(Issue, errors)
    if errors:
        return
    if not any(test.matches for test in file.tests):
        yield _issue(path, 1, "no test expects a match")
    if not any(test.near_miss and not test.matches for test in file.tests):
        yield _issue(path, 1, "no test is a near miss: expect no_match, with near_miss saying why")
