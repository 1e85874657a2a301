"""Ten times the rules: what an event costs then."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from benchmarks.measuring import Figure, seconds, windows_files
from benchmarks.windows import windows_rules
from noroshi.engine.matcher import CompiledRules, Matcher
from noroshi.events.problems import Problems
from noroshi.intake import open_inputs
from noroshi.rules.model import AllOf, AnyOf, Condition, Not, Regex, Rule, RuleSet, Text
from noroshi.service.reading import Reader
from noroshi.service.spool import HitSpool

RUNS = 3
TIMES = 10


def varied(condition: Condition, variant: int) -> Condition:
    """The condition with other literals of the same kind, as another author's rules would have."""
    match condition:
        case AllOf(items=items) | AnyOf(items=items):
            return type(condition)(tuple(varied(item, variant) for item in items))
        case Not(item=item):
            # A filter names what is harmless here: another author's names it too, beside words of his own.
            return Not(AnyOf((item, varied(item, variant))))
        case Text(pattern=pattern):
            changed = (
                part[:-1] + chr(0x61 + variant) + part[-1]
                if isinstance(part, str) and len(part) > 1
                else part
                for part in pattern
            )
            return replace(condition, pattern=tuple(changed))
        case Regex(source=source):
            return replace(condition, source=f"(?:{source}){chr(0x61 + variant)}")
        case _:
            return condition


def copies(rules: tuple[Rule, ...], variant: int) -> Iterator[Rule]:
    """Every rule with other literals; one without any would be the same rule again and is left out."""
    for rule in rules:
        condition = varied(rule.condition, variant)
        if condition != rule.condition:
            yield replace(rule, id=f"{rule.id}-{variant}", condition=condition)


def grown(compiled: CompiledRules, times: int) -> CompiledRules:
    """The rule set with varied copies of its rules."""
    more = itertools.chain.from_iterable(copies(compiled.rules, at) for at in range(1, times))
    return CompiledRules(RuleSet((*compiled.rules, *more)))


def read(matcher: Matcher, files: tuple[Path, ...]) -> None:
    """Bytes to hits."""
    problems = Problems()
    with closing(HitSpool()) as spool:
        reader = Reader(matcher, spool, problems)
        for opened in open_inputs(files, problems=problems):
            reader.read(opened.head, opened.stream, opened.source)


def cost(compiled: CompiledRules, before: tuple[Path, ...], measured: tuple[Path, ...]) -> float:
    """Seconds for some files, after other files have made the matcher build its routes."""
    matcher = Matcher(compiled)
    read(matcher, before)
    return seconds(lambda: read(matcher, measured))


def run() -> Iterator[Figure]:
    """Cost per event with ten times the rules ÷ cost with the rules as they are."""
    few = windows_rules()
    many = grown(few, TIMES)
    before, measured = windows_files()[::4], windows_files()[2::4]
    yield Figure("rules", len(many.rules))
    ratios = [cost(many, before, measured) / cost(few, before, measured) for _ in range(RUNS)]
    what = "cost of an event with ten times the rules ÷ with the rules, routes built before, median"
    yield Figure(what, statistics.median(ratios), "", "<= 1.5")
