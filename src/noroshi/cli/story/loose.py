"""Other alerts: entities that make no encounter, those with the same rules together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from noroshi.alerts.model import level_rank
from noroshi.cli.story.page import LEVEL_STYLES

if TYPE_CHECKING:
    from noroshi.alerts.encounters import Encounter, Grouping, Line
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.page import Page

_NAMES: Final = 6
_GROUPS: Final = 25
_RULES: Final = 5


def print_loose(page: Page, grouping: Grouping, facts: Facts) -> None:
    """A few lines for each set of rules, without a threat's name: there is no threat yet."""
    if not grouping.loose:
        return
    page.blank()
    page.rule(page.say("loose.title"), page.say("loose.count", count=len(grouping.loose)), "bold")
    page.line((page.say("loose.explained"), "dim"))
    groups: dict[tuple[tuple[str, str], ...], list[Encounter]] = defaultdict(list)
    for one in grouping.loose:
        groups[tuple(sorted({(line.rule.id, line.rule.level) for line in one.lines}))].append(one)
    ordered = sorted(groups.values(), key=lambda members: -level_rank(members[0].level))
    for members in ordered[:_GROUPS]:
        _group(page, members, facts)
    if len(ordered) > _GROUPS:
        page.line(page.say("list.more", count=len(ordered) - _GROUPS), indent=2)
    if grouping.left_out:
        page.line(page.say("loose.left_out", count=grouping.left_out), indent=2)


def _group(page: Page, members: list[Encounter], facts: Facts) -> None:
    level = members[0].level
    names = [one.name or page.say("loose.nobody") for one in members]
    shown = ", ".join(names[:_NAMES])
    if len(names) > _NAMES:
        shown += " " + page.say("list.more", count=len(names) - _NAMES)
    first, last = min(one.first for one in members), max(one.last for one in members)
    word = page.say.term("level", level)
    page.line(
        (f"{word} ", LEVEL_STYLES.get(level, "")),
        (shown, "bold"),
        "  " + f"{page.day(first)} {page.span(first, last)}".lstrip(),
        indent=2,
        hang=4,
    )
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for one in members:
        for line in one.lines:
            counts[line.rule.id, line.rule.title] += line.alerts + _folded(line)
    rules = sorted(counts.items(), key=lambda item: -item[1])
    titles = [f"{facts.title(rule_id, page.language, title)} ×{count:,}" for (rule_id, title), count in rules]
    more = [page.say("list.more", count=len(titles) - _RULES)] if len(titles) > _RULES else []
    page.line("; ".join(titles[:_RULES] + more), indent=4, hang=4)


def _folded(line: Line) -> int:
    """Further events behind alerts of indicators, of which one stands for all that an entity did."""
    return sum(one.count - 1 for one in line.samples if one.indicator is not None)
