"""Ten times the rules: what an event costs then."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from msgspec.structs import replace

from benchmarks.measuring import Figure, interleaved, ratio, windows_files
from benchmarks.windows import to_alerts, windows_rules
from noroshi.engine.matcher import CompiledRules
from noroshi.rules.model import AllOf, AnyOf, Condition, Not, RuleSet, Text

RUNS = 3
FILES = 12
VARIANTS = 10


def varied(condition: Condition, variant: int) -> Condition:
    """The condition with other literals of the same kind, as another author's rules would have."""
    match condition:
        case AllOf(items=items) | AnyOf(items=items):
            return type(condition)(tuple(varied(item, variant) for item in items))
        case Not(item=item):
            return Not(varied(item, variant))
        case Text(pattern=pattern):
            longest = max((part for part in pattern if isinstance(part, str)), key=len, default="")
            if len(longest) < 6:
                return condition
            changed = longest[:-1] + chr(ord("a") + variant) + longest[-1]
            return replace(condition, pattern=tuple(changed if part == longest else part for part in pattern))
        case _:
            return condition


def grown(compiled: CompiledRules, times: int) -> CompiledRules:
    """The rule set with varied copies of every rule."""
    copies = itertools.chain.from_iterable(
        (replace(rule, id=f"{rule.id}-{at}", condition=varied(rule.condition, at)) for rule in compiled.rules)
        for at in range(1, times)
    )
    return CompiledRules(RuleSet((*compiled.rules, *copies)))


def run() -> Iterator[Figure]:
    """Cost per event with ten times the rules ÷ cost with the rules as they are."""
    files, few = windows_files()[:: len(windows_files()) // FILES], windows_rules()
    many = grown(few, VARIANTS)
    yield Figure("rules", len(many.rules))
    with_many, with_few = interleaved(RUNS, lambda: to_alerts(files, many), lambda: to_alerts(files, few))
    yield Figure(
        "cost of an event with ten times the rules ÷ with the rules, median",
        ratio(with_many, with_few),
        "",
        "<= 1.5",
    )
