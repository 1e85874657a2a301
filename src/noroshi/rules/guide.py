"""Guides: what a rule means to the analyst, in Markdown with fixed sections.

The format is in docs/reference/rule-format.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from noroshi.errors import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MEANING, GOAL, SUSPICIOUS, CHECK, FALSE_POSITIVES, BLIND_SPOTS, RESPONSE = range(7)
SECTIONS: Final = {
    "en": (
        "Meaning",
        "Goal",
        "Why it is suspicious",
        "How to check",
        "False positives",
        "Blind spots",
        "Response",
    ),
    "ja": ("検知の意味", "目的", "怪しいと考える理由", "確認手順", "誤検知", "検知できない条件", "対応"),
}
"""Second-level headings in their order, by language."""
STEP_LABELS: Final = {
    "en": ("Why", "Fields", "Search", "Raises", "Settles"),
    "ja": ("理由", "確認する項目", "検索", "疑いが強まる", "疑いが晴れる"),
}
CAUSE_LABELS: Final = {"en": ("Cause", "Recognise"), "ja": ("原因", "見分け方")}

PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_KNOWN: Final = re.compile(
    r"host|user|address|mailbox|logs|folder|rule_id|field:[^\s{}]+|time(?:[+-][1-9]\d{0,4}[smhd])?"
)
_STEP: Final = re.compile(r"\d+[.)]\s+(.*)")
_LABEL: Final = re.compile(r"\s+[-*]\s+([^:\uff1a]+?)\s*[:\uff1a]\s*(.*)")
_QUOTED: Final = re.compile(r"`([^`]+)`")


class GuideProblem(NamedTuple):
    """What is wrong with a guide at a line (from 1)."""

    line: int
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of checking an alert.

    Attributes:
        fields: Names of the fields to look at.
        search: A command that runs once its placeholders are filled in.
        raises, settles: What makes it worse, what makes it harmless.
    """

    question: str
    why: str
    fields: tuple[str, ...]
    search: str
    raises: str
    settles: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class FalsePositive:
    """A harmless cause and how to recognise it."""

    cause: str
    recognise: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide in one language; missing parts are empty."""

    language: str
    title: str = ""
    meaning: str = ""
    goal: str = ""
    suspicious: str = ""
    steps: tuple[Step, ...] = ()
    false_positives: tuple[FalsePositive, ...] = ()
    blind_spots: str = ""
    response: str = ""


class _Line(NamedTuple):
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class _Section:
    heading: str
    line: int
    lines: tuple[_Line, ...]

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines).strip()


def head_of(text: str, language: str) -> tuple[str, str]:
    """The title and the one line of meaning of a guide; empty where they are missing."""
    title, sections = _split(text)
    meaning = next((one for one in sections if one.heading == SECTIONS[language][MEANING]), None)
    return title, meaning.text.split("\n", 1)[0] if meaning else ""


def parse_guide(text: str, language: str) -> tuple[Guide, list[GuideProblem]]:
    """A guide and everything that is wrong with its form.

    Args:
        text: The Markdown.
        language: ``en`` or ``ja``.
    """
    problems: list[GuideProblem] = []
    title, sections = _split(text)
    if not title:
        problems.append(GuideProblem(1, "the guide has no title", "begin with '# ' and the title"))
    found = _in_order(sections, language, problems)
    texts = {index: section.text for index, section in found.items()}
    guide = Guide(
        language=language,
        title=title,
        meaning=_one_line(found.get(MEANING), problems),
        goal=texts.get(GOAL, ""),
        suspicious=texts.get(SUSPICIOUS, ""),
        steps=tuple(_steps(found.get(CHECK), language, problems)),
        false_positives=tuple(_causes(found.get(FALSE_POSITIVES), language, problems)),
        blind_spots=texts.get(BLIND_SPOTS, ""),
        response=texts.get(RESPONSE, ""),
    )
    problems += _placeholder_problems(text)
    return guide, sorted(problems)


def _split(text: str) -> tuple[str, list[_Section]]:
    title, fenced = "", False
    sections: list[tuple[str, int, list[_Line]]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.rstrip()
        fenced ^= line.lstrip().startswith("```")
        if not fenced and not title and line.startswith("# "):
            title = line[2:].strip()
        elif not fenced and line.startswith("## "):
            sections.append((line[3:].strip(), number, []))
        elif sections:
            sections[-1][2].append(_Line(number, line))
    return title, [_Section(heading, line, tuple(lines)) for heading, line, lines in sections]


def _in_order(
    sections: Sequence[_Section], language: str, problems: list[GuideProblem]
) -> dict[int, _Section]:
    names = SECTIONS[language]
    found: dict[int, _Section] = {}
    for section in sections:
        if section.heading not in names:
            what = Sentence("the heading '{heading}' is none of a guide's", heading=section.heading)
            problems.append(GuideProblem(section.line, what, f"use: {', '.join(names)}"))
            continue
        index = names.index(section.heading)
        if index in found:
            problems.append(GuideProblem(section.line, f"'{section.heading}' stands here twice", "join them"))
        elif found and index < max(found):
            what = Sentence("'{heading}' stands too late", heading=section.heading)
            problems.append(GuideProblem(section.line, what, f"keep the order: {', '.join(names)}"))
        found.setdefault(index, section)
        if not section.text:
            problems.append(GuideProblem(section.line, f"'{section.heading}' is empty", "write it"))
    problems += [
        GuideProblem(1, f"the section '{name}' is missing", "write it")
        for index, name in enumerate(names)
        if index not in found
    ]
    return found


def _one_line(section: _Section | None, problems: list[GuideProblem]) -> str:
    if section is None:
        return ""
    lines = [line for line in section.lines if line.text.strip()]
    if len(lines) > 1:
        what = "the meaning is longer than one line"
        problems.append(GuideProblem(lines[1].number, what, "keep one line: it stands on every alert"))
    return lines[0].text.strip() if lines else ""


def _steps(section: _Section | None, language: str, problems: list[GuideProblem]) -> Iterator[Step]:
    if section is None:
        return
    labels = STEP_LABELS[language]
    for number, question, rest in _items(section, _STEP, problems, "1. and the question"):
        values = _labelled(number, rest, labels, problems)
        fields = tuple(_QUOTED.findall(values[1]))
        if values[1] and not fields:
            problems.append(
                GuideProblem(number, "the fields are not in backquotes", "write `Field`, `Other`")
            )
        search = _search(number, values[2], problems)
        yield Step(question, values[0], fields, search, values[3], values[4], number)


def _search(number: int, text: str, problems: list[GuideProblem]) -> str:
    if not text:
        return ""
    search = text[1:-1] if len(text) > 1 and text[0] == text[-1] == "`" else ""
    bounded = re.search(r"--since \{time[^}]*\}", search) and re.search(r"--until \{time[^}]*\}", search)
    if not search.startswith("noroshi scan {logs} ") or not bounded:
        what = "the search is no command that runs within bounds of time"
        mend = "write `noroshi scan {logs} … --since {time-10m} --until {time+10m}` in backquotes"
        problems.append(GuideProblem(number, what, mend))
    return search


def _causes(section: _Section | None, language: str, problems: list[GuideProblem]) -> Iterator[FalsePositive]:
    if section is None:
        return
    cause_label, recognise = CAUSE_LABELS[language]
    opening = re.compile(rf"[-*]\s+{cause_label}\s*[:\uff1a]\s*(.*)")
    for number, cause, rest in _items(section, opening, problems, f"- {cause_label}: …"):
        values = _labelled(number, rest, (recognise,), problems)
        yield FalsePositive(cause, values[0], number)


def _items(
    section: _Section, opening: re.Pattern[str], problems: list[GuideProblem], form: str
) -> Iterator[tuple[int, str, list[_Line]]]:
    items: list[tuple[int, str, list[_Line]]] = []
    for line in section.lines:
        match = opening.match(line.text)
        if match is not None:
            items.append((line.number, match[1].strip(), []))
        elif line.text.strip() and items:
            items[-1][2].append(line)
        elif line.text.strip():
            problems.append(GuideProblem(line.number, "a line before the first item", f"write {form}"))
    if not items and section.text:
        problems.append(GuideProblem(section.line, f"'{section.heading}' has no items", f"write {form}"))
    yield from items


def _labelled(
    number: int, lines: Sequence[_Line], labels: Sequence[str], problems: list[GuideProblem]
) -> list[str]:
    """The texts of the labelled lines, in the order of `labels`."""
    values: dict[str, str] = {}
    for line in lines:
        match = _LABEL.match(line.text)
        if match is None or match[1] not in labels:
            what = Sentence("'{strip}' is no line of an item", strip=line.text.strip()[:40])
            problems.append(GuideProblem(line.number, what, f"use one line for each of: {', '.join(labels)}"))
        elif match[1] in values:
            problems.append(GuideProblem(line.number, f"'{match[1]}' stands here twice", "join them"))
        else:
            values[match[1]] = match[2].strip()
    problems += [
        GuideProblem(number, f"the item has no '{label}'", f"write '   - {label}: …'")
        for label in labels
        if not values.get(label)
    ]
    if list(values) != [label for label in labels if label in values]:
        mend = Sentence("keep the order: {names}", names=", ".join(labels))
        problems.append(GuideProblem(number, "the item's lines are out of order", mend))
    return [values.get(label, "") for label in labels]


def _placeholder_problems(text: str) -> Iterator[GuideProblem]:
    mend = "see the placeholders in docs/reference/rule-format.md"
    for number, line in enumerate(text.splitlines(), 1):
        for match in PLACEHOLDER.finditer(line):
            if not _KNOWN.fullmatch(match[1]):
                yield GuideProblem(number, f"the placeholder {match[0]} is unknown", mend)


def placeholders(step: Step) -> tuple[str, ...]:
    """The placeholders of a step, sorted, each as often as it stands there."""
    texts = (step.question, step.why, step.search, step.raises, step.settles)
    return tuple(sorted(match[1] for text in texts for match in PLACEHOLDER.finditer(text)))
