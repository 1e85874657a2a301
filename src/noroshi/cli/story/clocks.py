"""What the summary says of years and zones that were assumed, and of hits that no correlation could take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.service.years import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.page import Page

_ROWS: Final = 5
_REFUSALS: Final = ("keyless", "valueless", "timeless", "late", "evicted")
"""Why a correlation did not take a hit (`Correlator.counts`), as the words name it."""


def print_clocks(page: Page, facts: Facts) -> None:
    """Years and zones that no record holds, hits that were not correlated; nothing where all is well."""
    for title, rows in (
        ("assumed.times", [*_years(page, facts), *_zones(page, facts)]),
        ("assumed.uncorrelated", list(_uncorrelated(page, facts))),
    ):
        if not rows:
            continue
        page.heading(page.say(title))
        for row in rows[:_ROWS]:
            page.line("- ", row, indent=2, hang=4)
        if len(rows) > _ROWS:
            page.line(page.say("list.more", count=len(rows) - _ROWS), indent=2)


def year_sentence(page: Page, origin: str, year: int, witness: str) -> str:
    """The year of times without one, and where it is from."""
    return page.say(f"assumed.year_from.{origin}", year=year, witness=witness)


def _years(page: Page, facts: Facts) -> Iterator[str]:
    for origin, year, count, path, witness in told(facts.scan.years):
        first = facts.short_path(path)
        inputs = first if count == 1 else page.say("assumed.inputs", first=first, more=count - 1)
        sentence = year_sentence(page, origin, year, facts.short_path(witness))
        yield page.say("assumed.year", inputs=inputs, sentence=sentence)


def _zones(page: Page, facts: Facts) -> Iterator[str]:
    assumed = facts.scan.assumed
    if assumed:
        named = page.say("list.comma").join(f"{name} {count:,}" for name, count in assumed.most_common(_ROWS))
        yield page.say("assumed.zone", count=assumed.total(), sources=named)


def _uncorrelated(page: Page, facts: Facts) -> Iterator[str]:
    for rule_id, counts in sorted(facts.scan.uncorrelated.items()):
        reasons = [
            page.say(f"assumed.refused.{name}", count=counts[name]) for name in _REFUSALS if counts.get(name)
        ]
        yield f"{facts.title(rule_id, page.language)}: {page.say('list.semicolon').join(reasons)}"
