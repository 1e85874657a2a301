"""The summary below the stories: what was read, what fired, what could not be read or cannot fire."""

from __future__ import annotations

from collections import Counter
from time import perf_counter
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from noroshi.alerts.model import level_rank
from noroshi.cli.errors import sentence, told
from noroshi.cli.story.clocks import print_clocks
from noroshi.cli.story.page import LEVEL_STYLES
from noroshi.rules.model import AllOf, AnyOf, Expand
from noroshi.service.possible import by_lists, decide, is_empty_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.page import Page
    from noroshi.errors import LocatedError
    from noroshi.indicators.lists import ListSnapshot
    from noroshi.rules.model import Condition

_REPAIRS: Final = 3
_ERRORS: Final = 5
_RULES: Final = 30


def print_summary(page: Page, facts: Facts, started: float) -> None:
    """Events, rules, errors, time."""
    say, scan = page.say, facts.scan
    page.blank()
    page.rule(say("summary.title"), "", "bold")
    _read(page, facts, started)
    page.heading(say("summary.events"))
    for name, count, detail in _sources(facts):
        page.line(f"{count:>10,}  ", (name, "bold"), f"  {detail}", hang=14)
    _fired(page, facts)
    _indicators(page, facts)
    _inactive(page, facts)
    print_clocks(page, facts)
    _errors(page, say("summary.input_errors", count=scan.problems.total), scan.problems.errors)
    _errors(page, say("summary.rule_errors", count=len(scan.prepared.errors)), scan.prepared.errors)
    if scan.problems.repaired:
        first = (f"{facts.short_path(one.path)}: {one.place}" for one in scan.problems.repairs[:_REPAIRS])
        named = say("list.comma").join(first)
        page.line(say("summary.repaired", count=scan.problems.repaired, first=named))
    for reason, count in scan.skipped.most_common(_ERRORS):
        page.line(say("summary.skipped", reason=sentence(reason, page.language), count=count))


def _read(page: Page, facts: Facts, started: float) -> None:
    scan = facts.scan
    seconds = max(scan.read_seconds, 0.001)
    total = perf_counter() - started
    page.line(
        page.say(
            "summary.read",
            inputs=scan.inputs,
            events=scan.events,
            seconds=seconds,
            rate=scan.events / seconds,
            total=total,
            rules=len(facts.metas),
        )
    )
    if facts.roots:
        page.line((page.say("summary.roots", roots=", ".join(facts.roots)), "dim"), hang=2)


def _sources(facts: Facts) -> list[tuple[str, int, str]]:
    """Format, events, and the same by product and service, the largest first."""
    by_format: dict[str, Counter[str]] = {}
    for (name, source), count in facts.scan.counts.items():
        own = "/".join(part for part in (source.product, source.service) if part) or "–"
        by_format.setdefault(name, Counter())[own] += count
    rows = [
        (name, inside.total(), ", ".join(f"{own} {count:,}" for own, count in inside.most_common()))
        for name, inside in by_format.items()
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _fired(page: Page, facts: Facts) -> None:
    shown = _shown(facts)
    page.heading(page.say("summary.fired", count=len(shown)))
    ranked = sorted(shown, key=lambda row: (-level_rank(row[1]), -row[2], row[0]))
    wide = max((cell_len(page.say.term("level", level)) for _, level, _ in ranked), default=0)
    for rule_id, level, count in ranked[:_RULES]:
        word = page.say.term("level", level)
        pad = " " * (wide - cell_len(word))
        page.line(
            f"{count:>10,}  ",
            (word + pad, LEVEL_STYLES.get(level, "")),
            f"  {facts.title(rule_id, page.language)}",
            hang=14 + wide,
        )
    if len(ranked) > _RULES:
        page.line(page.say("list.more", count=len(ranked) - _RULES), indent=12)


def _indicators(page: Page, facts: Facts) -> None:
    """How many indicators there were, what they gave, and what was held back."""
    known, sighted = facts.scan.options.indicators, facts.scan.sighted
    if known is None or sighted is None:
        return
    snapshot = known.snapshot
    page.line(
        page.say("summary.indicators", count=len(snapshot), created=snapshot.created, alerts=sighted.made)
    )
    for (why, name), count in sighted.suppressed.most_common(_ERRORS):
        reason = page.say(f"summary.held_{why}", name=name)
        page.line(page.say("summary.held_back", why=reason, count=count), indent=2)


def _shown(facts: Facts) -> list[tuple[str, str, int]]:
    """Rules that alert by themselves; those that only feed correlations say nothing to people."""
    return [
        (rule.id, rule.meta.level, facts.scan.fired[rule.id])
        for rule in facts.rules
        if rule.alerts and facts.scan.fired[rule.id]
    ]


def _inactive(page: Page, facts: Facts) -> None:
    rows = list(silent_rules(facts, page))
    if not rows:
        return
    page.heading(page.say("summary.inactive", count=len(rows)))
    for rule_id, reason in rows[:_ERRORS]:
        page.line(
            f"{facts.title(rule_id, page.language)}: {sentence(reason, page.language)}", indent=2, hang=4
        )
    if len(rows) > _ERRORS:
        page.line(page.say("list.more", count=len(rows) - _ERRORS), indent=2)


def _errors(page: Page, title: str, errors: Sequence[LocatedError]) -> None:
    if not errors:
        return
    page.heading(title)
    for error in errors[:_ERRORS]:
        page.line(told(error, page.language), indent=2, hang=4)
    if len(errors) > _ERRORS:
        page.line(page.say("list.more", count=len(errors) - _ERRORS), indent=2)


def silent_rules(facts: Facts, page: Page) -> Iterator[tuple[str, str]]:
    """Rules that cannot fire, and why: an unknown list, or an empty one without which nothing matches."""
    prepared = facts.scan.prepared
    for rule in prepared.loaded.ruleset.rules:
        if rule.inactive:
            yield rule.id, rule.inactive
        elif rule.lists and decide(rule.condition, by_lists(prepared.lists)) is False:
            empty = needed(rule.condition, prepared.lists)
            yield rule.id, page.say("summary.empty_list", names=", ".join(empty))
    for correlation in prepared.loaded.ruleset.correlations:
        if correlation.inactive:
            yield correlation.id, correlation.inactive


def needed(condition: Condition, lists: ListSnapshot) -> list[str]:
    """The empty lists without which a condition cannot hold; filters that are under a negation are none."""
    if isinstance(condition, Expand):
        return [condition.name] if is_empty_list(condition.name, lists) else []
    if isinstance(condition, AllOf | AnyOf):
        impossible = [item for item in condition.items if decide(item, by_lists(lists)) is False]
        return list(dict.fromkeys(name for item in impossible for name in needed(item, lists)))
    return []
