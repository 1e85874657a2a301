"""What to do about an encounter: the first steps of the guides, the response, what could not be seen."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from noroshi.alerts.folds import is_significant
from noroshi.alerts.model import ENTITY_KINDS
from noroshi.cli.options import PROGRAM, program
from noroshi.cli.story.moments import telling
from noroshi.cli.story.phases import C2, DOWNLOAD, phase_of
from noroshi.cli.story.plain import shortened
from noroshi.events.model import is_known
from noroshi.rules.guide import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.alerts.encounters import Encounter, Line
    from noroshi.alerts.model import Alert
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.moments import Tale
    from noroshi.cli.story.page import Page
    from noroshi.rules.guide import Guide, Step

_STEPS: Final = 3
_DESCRIPTION: Final = 600
_UNSEEN: Final = 3
_BLIND: Final = frozenset({DOWNLOAD, C2})
"""Phases whose blind spots decide what the report may claim."""
_SAFE: Final = re.compile(r"[\w.@:\-]", re.ASCII)
_SHIFT: Final = re.compile(r"time(?:([+-])(\d+)([smhd]))?")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SENTENCE: Final = re.compile(r"(?<=\.)\s+|(?<=。)\s*")
_FILTER: Final = re.compile(r"select\((\.entities\.|\.event[\[.])[^{}()]*\"\{(?:field:)?([\w.-]+)\}\"\)")
"""What a guide's search narrows down by one placeholder."""
_CODE: Final = re.compile(r"`([^`]*)`")


@dataclass(frozen=True, slots=True)
class Advice:
    """A rule's line and its guide."""

    line: Line
    guide: Guide


def print_checks(page: Page, encounter: Encounter, story: Tale, facts: Facts) -> None:
    """Steps, response, blind spots: of the most telling rules that have a guide."""
    found = list(guides(page, story, facts))
    if not found:
        _described(page, story, facts)
        return
    _steps(page, found, encounter, facts)
    _response(page, found)
    _unseen(page, found)


def _leads(story: Tale) -> list[Line]:
    """The most telling lines: judgements over the whole, then one for each phase."""
    leads: dict[str, Line] = {}
    for moment in sorted(story.moments, key=lambda one: telling(one.lead)):
        leads.setdefault(moment.phase, moment.lead)
    return [*story.verdicts, *leads.values()]


def _described(page: Page, story: Tale, facts: Facts) -> None:
    """What rules without a guide say of themselves."""
    lines = [
        line for line in _leads(story) if is_significant(line.rule) and facts.meta(line.rule.id).description
    ][:_STEPS]
    if not lines:
        return
    page.heading(page.say("check.title"))
    for line in lines:
        meta = facts.meta(line.rule.id)
        text = shortened(" ".join(meta.description.split()), _DESCRIPTION)
        page.line("- ", (facts.title(line.rule.id, page.language), "bold"), ": ", text, indent=2, hang=4)
        if causes := page.say("list.semicolon").join(meta.falsepositives):
            page.line((page.say("check.settles"), "green"), " ", causes, indent=4, hang=4)


def guides(page: Page, story: Tale, facts: Facts) -> Iterator[Advice]:
    """Guides, that of the most telling rule first."""
    for line in _leads(story):
        guide = facts.guide(line.rule.folder, page.language)
        if guide is not None:
            yield Advice(line, guide)


def _steps(page: Page, found: list[Advice], encounter: Encounter, facts: Facts) -> None:
    steps = [(one.line, step) for one in found for step in one.guide.steps][:_STEPS]
    if not steps:
        return
    page.heading(page.say("check.title"))
    for number, (line, step) in enumerate(steps, 1):
        _step(page, number, step, line.samples[0], encounter, facts)
    if found[0].line.kind == "indicator":
        return
    page.line(
        (page.say("check.guides", program=program(), name=short_name(found[0].line.rule.folder)), "dim"),
        indent=2,
        hang=2,
    )


def _step(page: Page, number: int, step: Step, alert: Alert, encounter: Encounter, facts: Facts) -> None:
    say = page.say
    page.line(f"{number}. ", (step.question, "bold"), indent=2, hang=5)
    page.line((say("check.raises"), "red"), " ", step.raises, indent=5, hang=7)
    page.line((say("check.settles"), "green"), " ", step.settles, indent=5, hang=7)
    if step.search:
        page.whole(("$ ", "dim"), (filled(step.search, alert, encounter, facts, page), "cyan"), indent=5)


def filled(search: str, alert: Alert, encounter: Encounter, facts: Facts, page: Page) -> str:
    """A guide's search with its placeholders filled, safe to paste into a shell."""
    folder = _readable(Path(alert.rule.folder))
    search, unknown = _narrowed(search, alert, encounter)
    if unknown:
        return _unknown(unknown, page)
    text = search.replace("{folder}/../", f"{shlex.quote(_readable(Path(alert.rule.folder).parent))}/")

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if shift := _SHIFT.fullmatch(name):
            return _moment(alert.time, shift, page)
        if name == "logs":
            return _logs(facts)
        if name == "folder":
            return shlex.quote(folder)
        if name == "rule_id":
            return harmless(alert.rule.id)
        return harmless(_entity(name, alert, encounter))

    return PLACEHOLDER.sub(value, text.replace(PROGRAM, program(), 1))


def _narrowed(search: str, alert: Alert, encounter: Encounter) -> tuple[str, str]:
    """The search with its filter on a name that is known, and what is unknown if there is none."""
    found = _FILTER.search(search)
    if found is None:
        return search, ""
    kind, is_entity = found[2], found[1] == ".entities."
    if _entity(kind if is_entity else f"field:{kind}", alert, encounter):
        return search, ""
    others = (name for name in ENTITY_KINDS if is_entity and _entity(name, alert, encounter))
    other = next(others, "")
    instead = f'select(.entities.{other} == "{{{other}}}")'
    return (search.replace(found[0], instead), "") if other else (search, kind)


def _unknown(kind: str, page: Page) -> str:
    name = page.say(f"entity.{kind}") if kind in ENTITY_KINDS else kind
    return page.say("check.unknown", kind=name[:1].lower() + name[1:])


def harmless(text: str) -> str:
    r"""Letters that could end a quotation or start a command as ``\u0027``, which jq reads as that letter.

    A log decides what a host is called; a command with that name must not become another command.
    """
    return "".join(letter if _SAFE.match(letter) or letter.isalnum() else _escapes(letter) for letter in text)


def _escapes(letter: str) -> str:
    pair = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{pair[at]:02x}{pair[at + 1]:02x}" for at in range(0, len(pair), 2))


def _entity(name: str, alert: Alert, encounter: Encounter) -> str:
    if name.startswith("field:"):
        shared = dict(alert.correlation.group) if alert.correlation is not None else {}
        field = name.removeprefix("field:")
        return str(alert.event.get(field, shared.get(field, "")))
    own = getattr(alert.entities, name)
    return str(own or next(iter(encounter.entities.get(name, ())), ""))


def _moment(at: datetime, shift: re.Match[str], page: Page) -> str:
    moved = at
    if not is_known(at):
        moved = datetime.max.replace(tzinfo=UTC) if shift[1] == "+" else at
    elif shift[1]:
        step = timedelta(**{_UNITS[shift[3]]: int(shift[2])})
        moved = at + step if shift[1] == "+" else at - step
    zone = page.zone if is_known(at) else UTC
    return moved.astimezone(zone).isoformat(timespec="seconds").replace("+00:00", "Z")


def _logs(facts: Facts) -> str:
    options = facts.scan.options
    parts = [shlex.quote(_readable(path)) for path in options.paths]
    if options.zone is not None:
        parts += ["--zone", shlex.quote(str(options.zone))]
    if options.year is not None:
        parts += ["--year", str(options.year)]
    for path in options.identities:
        parts += ["--identities", shlex.quote(_readable(path))]
    return " ".join(parts)


def _readable(path: Path) -> str:
    """Relative to the working folder where it lies below it."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)


def _response(page: Page, found: list[Advice]) -> None:
    page.heading(page.say("next.title"))
    for sentence in sentences(found[0].guide.response):
        page.line("- ", sentence, indent=2, hang=4)


def _unseen(page: Page, found: list[Advice]) -> None:
    page.heading(page.say("unseen.title"))
    ranked = sorted(found, key=lambda one: phase_of(one.line.rule) not in _BLIND)
    for one in (found[:1] + [other for other in ranked if other is not found[0]])[:_UNSEEN]:
        page.line("- ", *sentences(one.guide.blind_spots)[:1], indent=2, hang=4)


def short_name(folder: str) -> str:
    """By which ``noroshi rules show`` finds a rule of a pack; empty for foreign rules."""
    return Path(folder).name


def sentences(text: str) -> list[str]:
    """A guide's paragraph in its sentences, without Markdown's quotes."""
    return [
        part.strip() for part in _SENTENCE.split(_CODE.sub(r"\1", " ".join(text.split()))) if part.strip()
    ]
