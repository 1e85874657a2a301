"""What the rules that fired allow the headline to claim: an infection, a possible threat, or just a hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.alerts.folds import is_significant
from noroshi.cli.story.happenings import happened
from noroshi.cli.story.moments import Moment, Tale, telling
from noroshi.cli.story.phases import C2, is_strong, phase_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.alerts.encounters import Encounter, Line
    from noroshi.alerts.model import RuleRef
    from noroshi.cli.story.facts import Facts

_INDICATOR: Final = frozenset({"hash", "ip", "domain"})
"""Pyramid levels of rules that look a value up among known ones."""
_SEVERAL: Final = 2
_NO_THREATS: Final = frozenset({"logon", "mail", "perimeter"})
"""Bundled packs that are named after what they look at; the others bear the name of a threat."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The part of a tale that rules of a threat's pack stand for.

    Attributes:
        tale: Its verdicts and moments; each moment is led by a rule of a pack with a guide.
        threat: The pack's name, written large; empty where no rule of such a pack fired at medium or above.
        proven: A correlation over several rules, a strong C2 rule or a known indicator stands behind it.
        possible: One behavioural rule fired, and nothing else supports it.
    """

    tale: Tale
    threat: str
    proven: bool
    possible: bool

    @property
    def critical(self) -> bool:
        """A rule of the pack says that this is critical."""
        return any(line.rule.level == "critical" for line in _lines(self.tale))


def claims(encounter: Encounter, story: Tale, facts: Facts, language: str) -> Claims:
    """What may be claimed of an encounter; rules without a guide claim nothing beyond their hit."""
    own = Tale(
        tuple(line for line in story.verdicts if _guided(line.rule, facts, language)),
        tuple(_own_moments(story, facts, language)),
    )
    lines = [line for line in _lines(own) if is_significant(line.rule)]
    packs = {line.rule.threat for line in lines}
    threat = next((name for name in encounter.threats if name in packs - _NO_THREATS), "")
    proven = any(_proof(line) for line in lines)
    rules = {line.rule.id: line.rule for line in lines}
    # A rule without a folder (built by a program) has not said what kind of evidence it is.
    alone = len(rules) < _SEVERAL and all(rule.folder for rule in rules.values())
    return Claims(own, threat.capitalize(), proven, possible=alone and not proven)


def _guided(rule: RuleRef, facts: Facts, language: str) -> bool:
    """A rule of a pack, with a guide; without a folder nothing says that the guide is missing."""
    return bool(rule.threat) and (not rule.folder or facts.guide(rule.folder, language) is not None)


def _own_moments(story: Tale, facts: Facts, language: str) -> Iterator[Moment]:
    for moment in story.moments:
        lines = [line for line in (moment.lead, *moment.others) if _guided(line.rule, facts, language)]
        if lines:
            lead, *others = sorted(lines, key=telling)
            yield Moment(lead, tuple(others), happened(lead, facts))


def _lines(story: Tale) -> Iterator[Line]:
    yield from story.verdicts
    for moment in story.moments:
        yield from (moment.lead, *moment.others)


def _proof(line: Line) -> bool:
    rule = line.rule
    if rule.pyramid_level in _INDICATOR or (is_strong(rule) and phase_of(rule) == C2):
        return True
    parts = (sample.correlation for sample in line.samples)
    return any(part is not None and len(part.rules) >= _SEVERAL for part in parts)
