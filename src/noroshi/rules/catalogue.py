"""Rules as rows and as pages: plain data for `noroshi rules list|show`, the console and programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from noroshi.rules.documents import GUIDE_NAMES
from noroshi.rules.guide import Guide, parse_guide
from noroshi.rules.model import LEVELS, Rule
from noroshi.rules.rendering import condition_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.rules.model import Correlation, RuleMeta, RuleSet


@dataclass(frozen=True, slots=True)
class Row:
    """One rule in a list.

    Attributes:
        kind: ``rule`` or ``correlation``.
        logsource: ``windows / – / process_creation``; a correlation's type instead.
        meaning: In the wanted language, else in English, else the title.
        inactive: Why it cannot fire, or empty.
    """

    id: str
    kind: str
    title: str
    level: str
    trace_kind: str
    pyramid_level: str
    logsource: str
    meaning: str
    inactive: str
    path: str


@dataclass(frozen=True, slots=True)
class Page:
    """One rule with everything that an analyst may want to read.

    Attributes:
        detection: The condition as indented lines; a correlation's parts as lines.
        guide: In the wanted language, else in English, else None.
        refers_to: Titles of the rules that a correlation refers to, by id.
    """

    row: Row
    meta: RuleMeta
    detection: tuple[str, ...]
    guide: Guide | None
    refers_to: tuple[tuple[str, str], ...] = ()


def rows(ruleset: RuleSet, language: str = "en") -> list[Row]:
    """Every rule and correlation, the most severe first, then by title."""
    found = [row_of(one, language) for one in _every(ruleset)]
    return sorted(found, key=lambda row: (-LEVELS.index(row.level), row.title, row.id))


def row_of(one: Rule | Correlation, language: str = "en") -> Row:
    """One rule as a row."""
    meta = one.meta
    return Row(
        id=one.id,
        kind="rule" if isinstance(one, Rule) else "correlation",
        title=(meta.title_ja if language == "ja" else "") or meta.title,
        level=meta.level,
        trace_kind=meta.trace_kind,
        pyramid_level=meta.pyramid_level,
        logsource=_logsource(one),
        meaning=(meta.meaning.ja if language == "ja" else "") or meta.meaning.en or meta.title,
        inactive=one.inactive,
        path=meta.path,
    )


def find(ruleset: RuleSet, wanted: str) -> list[Rule | Correlation]:
    """The rules with this id, this beginning of an id (8 characters or more), this name or this folder."""
    lowered = wanted.lower()
    every = list(_every(ruleset))
    exact = [one for one in every if lowered in {one.id.lower(), one.name.lower()}]
    if exact:
        return exact
    in_folder = [one for one in every if one.meta.folder and Path(one.meta.folder).name.lower() == lowered]
    if in_folder:
        return in_folder[:1]
    return [one for one in every if len(lowered) >= 8 and one.id.startswith(lowered)]


def page(one: Rule | Correlation, ruleset: RuleSet, language: str = "en") -> Page:
    """One rule as a page; the guide is read from its folder."""
    if isinstance(one, Rule):
        return Page(
            row_of(one, language),
            one.meta,
            tuple(condition_lines(one.condition, language)),
            read_guide(one.meta, language),
        )
    titles = {other.id: row_of(other, language).title for other in _every(ruleset)}
    return Page(
        row_of(one, language),
        one.meta,
        tuple(_correlation_lines(one)),
        read_guide(one.meta, language),
        tuple((rule, titles.get(rule, "?")) for rule in one.rules),
    )


def read_guide(meta: RuleMeta, language: str) -> Guide | None:
    """The guide beside a rule in the wanted language, else in English; None if there is none."""
    if not meta.folder:
        return None
    for name in dict.fromkeys((language, "en")):
        try:
            text = (Path(meta.folder) / GUIDE_NAMES[name]).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        return parse_guide(text, name)[0]
    return None


def _every(ruleset: RuleSet) -> Iterable[Rule | Correlation]:
    yield from ruleset.rules
    yield from ruleset.correlations


def _logsource(one: Rule | Correlation) -> str:
    if not isinstance(one, Rule):
        return one.type
    source = one.logsource
    return " / ".join(part or "–" for part in (source.product, source.service, source.category))


def _correlation_lines(one: Correlation) -> Iterable[str]:
    yield f"{one.type}, {one.timespan_seconds:g} s"
    if one.group_by:
        yield f"group-by: {', '.join(one.group_by)}"
    for alias in one.aliases:
        yield f"alias {alias.name}: {', '.join(sorted(set(alias.fields.values())))}"
    for bound in one.bounds:
        yield f"{bound.op} {bound.value:g}"
    if one.fields:
        yield f"field: {', '.join(one.fields)}"
    if one.percentile is not None:
        yield f"percentile: {one.percentile:g}"
