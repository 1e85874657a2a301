"""What `noroshi rules coverage` shows: pyramid level × trace kind × era, what changes leave, all rules."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from noroshi.cli.story.page import LEVEL_STYLES
from noroshi.rules.model import LEVELS
from noroshi.rules.words import PYRAMID_LEVELS_JA, TRACE_KINDS_JA, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from noroshi.cli.story.page import Page
    from noroshi.rules.model import RuleMeta
    from noroshi.service.eras import Era, EraCoverage

_PYRAMID: Final = ("ttp", "tool", "artefact", "domain", "ip", "hash")
"""The dearest to change first."""
_HOLDS, _FALLS, _SILENT = "●", "○", "·"
_GAP: Final = 2


def print_coverage(threat: str, found: EraCoverage, page: Page) -> None:
    """Write the page."""
    say = page.say
    page.rule(say("coverage.title", threat=threat), "", "bold")
    page.line(say("coverage.counts", eras=len(found.eras), rules=len(found.rules)), style="bold")
    _least(found, page)
    columns = _Columns(found, page)
    page.heading(say("coverage.by_kind"))
    _by_kind(found, page, columns)
    page.heading(say("coverage.left"))
    _by_change(found, page, columns)
    page.heading(say("coverage.lost"))
    _lost(found, page)
    page.heading(say("coverage.rules"))
    _by_rule(found, page)


def _least(found: EraCoverage, page: Page) -> None:
    """How many kinds of rules see every era, and the change that leaves the fewest."""
    say = page.say
    page.line(say("coverage.least", kinds=min(len(found.kinds(era.fired)) for era in found.eras)))
    every = [(era, change) for era in found.eras for change in era.left]
    if every:
        era, change = min(every, key=lambda one: _strength(found, one[0].left[one[1]]))
        kinds, shown = len(found.kinds(era.left[change])), say.term("coverage.change", change)
        page.line(
            say("coverage.least_left", kinds=kinds, rules=len(era.left[change]), era=era.name, change=shown)
        )
    for name in found.thin():
        page.line(say("coverage.thin", era=name), style="red")


def _strength(found: EraCoverage, rules: frozenset[str]) -> tuple[int, int]:
    return len(found.kinds(rules)), len(rules)


class _Columns:
    """One narrow column an era, its name above it in parts: year, month, what tells it from another."""

    def __init__(self, found: EraCoverage, page: Page) -> None:
        say = page.say
        self._page = page
        self._names = [era.name.split("-") for era in found.eras]
        self._widths = [max(5, 1 + max(map(len, parts))) for parts in self._names]
        labels = [
            *(_kind(meta, page.language) for meta in found.rules.values()),
            *(say.term("coverage.change", change) for era in found.eras for change in era.left),
            *(say(f"coverage.{key}") for key in ("nothing", "sum_rules", "sum_kinds")),
        ]
        self._label = _GAP + max(map(cell_len, labels))

    def heading(self) -> None:
        """The eras' names."""
        for at in range(max(map(len, self._names))):
            self.row("", [parts[at] if at < len(parts) else "" for parts in self._names], "bold")

    def row(self, label: str, cells: Sequence[str], style: str = "") -> None:
        """A row with a cell for each era."""
        shown = "".join(cell.rjust(width) for cell, width in zip(cells, self._widths, strict=True))
        pad = " " * max(self._label - _GAP - cell_len(label), 0)
        self._page.whole((f"{label}{pad}{shown}", style), indent=_GAP)


def _by_kind(found: EraCoverage, page: Page, columns: _Columns) -> None:
    """Pyramid level × trace kind × era: how many rules fire."""
    say = page.say
    columns.heading()
    for level in _PYRAMID:
        rules = {name: meta for name, meta in found.rules.items() if meta.pyramid_level == level}
        page.line(
            (in_words(level, page.language, PYRAMID_LEVELS_JA), "bold"), *([] if rules else [f"  {_SILENT}"])
        )
        for kind in sorted({_kind(meta, page.language) for meta in rules.values()}):
            own = {name for name, meta in rules.items() if _kind(meta, page.language) == kind}
            columns.row(kind, [str(len(own & era.fired) or _SILENT) for era in found.eras])
    columns.row(say("coverage.sum_rules"), [str(len(era.fired)) for era in found.eras], "bold")
    columns.row(say("coverage.sum_kinds"), [str(len(found.kinds(era.fired))) for era in found.eras], "bold")


def _by_change(found: EraCoverage, page: Page, columns: _Columns) -> None:
    """Change × era: rules/kinds left."""
    say = page.say
    columns.heading()
    columns.row(say("coverage.nothing"), [_left(found, era.fired) for era in found.eras])
    for change in found.changes():
        label = say.term("coverage.change", change)
        columns.row(label, [_left(found, era.left[change]) for era in found.eras])


def _left(found: EraCoverage, rules: frozenset[str]) -> str:
    return f"{len(rules)}/{len(found.kinds(rules))}"


def _lost(found: EraCoverage, page: Page) -> None:
    """For each change the rules that it silences, and where."""
    say = page.say
    for change in found.changes():
        lost = {name for era in found.eras for name in era.fired - era.left[change]}
        page.line((say.term("coverage.change", change), "bold"), indent=_GAP)
        for name, meta in sorted(found.rules.items(), key=_order):
            if name in lost:
                where = _spans(found, [name in era.fired - era.left[change] for era in found.eras], page)
                page.line(say("coverage.silenced", rule=_title(meta, page), eras=where), indent=4, hang=6)
        if not lost:
            page.line((say("coverage.idle"), "dim"), indent=4, hang=6)


def _spans(found: EraCoverage, holds: Sequence[bool], page: Page) -> str:
    """``2019-04 – 2020-09, 2021-11``: runs of eras in which something holds; all of them in a word."""
    if all(holds):
        return page.say("coverage.all")
    pairs = zip(holds, (era.name for era in found.eras), strict=True)
    runs = [[name for _, name in run] for held, run in groupby(pairs, key=lambda pair: pair[0]) if held]
    shown = (run[0] if len(run) == 1 else f"{run[0]} – {run[-1]}" for run in runs)
    return page.say("list.comma").join(shown)


def _by_rule(found: EraCoverage, page: Page) -> None:
    """Rule × era, the most severe first; whether any change silences it there."""
    say = page.say
    page.line((say("coverage.legend"), "dim"))
    page.line((say("coverage.lists"), "dim"))
    page.blank()
    for name, meta in sorted(found.rules.items(), key=_order):
        cells = "".join(_cell(name, era) for era in found.eras)
        level = (f"{say.term('level', meta.level)}  ", LEVEL_STYLES.get(meta.level, ""))
        pyramid = in_words(meta.pyramid_level, page.language, PYRAMID_LEVELS_JA)
        what = f"  {_kind(meta, page.language)} · {pyramid}"
        page.line(f"{cells}  ", level, _title(meta, page), (what, "dim"), indent=1, hang=len(cells) + 3)


def _cell(name: str, era: Era) -> str:
    if name not in era.fired:
        return _SILENT
    return _HOLDS if all(name in left for left in era.left.values()) else _FALLS


def _order(item: tuple[str, RuleMeta]) -> tuple[int, str]:
    return -LEVELS.index(item[1].level), item[1].title


def _title(meta: RuleMeta, page: Page) -> str:
    return (meta.title_ja if page.language == "ja" else "") or meta.title


def _kind(meta: RuleMeta, language: str) -> str:
    return in_words(meta.trace_kind or "other", language, TRACE_KINDS_JA)


def ordered(found: EraCoverage) -> Iterator[tuple[str, RuleMeta]]:
    """The rules in the order of the page."""
    yield from sorted(found.rules.items(), key=_order)
