"""What a rule wants and what events lack: fields, values, settings, the nearest names."""

from __future__ import annotations

import difflib
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.engine.simplify import predicates
from noroshi.events.values import as_text, fold
from noroshi.events.windows.tables import catalogue_table
from noroshi.rules.model import AllOf, AnyOf, Not, Number, Text
from noroshi.service.possible import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.rules.model import Condition, Correlation
    from noroshi.service.survey import KindSeen

PREREQUISITES: Final = {
    "CommandLine": "command_line",
    "ProcessCommandLine": "command_line",
    "ParentCommandLine": "command_line",
    "ParentImage": "parent",
    "Hashes": "hashes",
    "Imphash": "hashes",
    "md5": "hashes",
    "sha1": "hashes",
    "sha256": "hashes",
    "ScriptBlockText": "script_block",
    "cs-referer": "extended_http",
    "cs-referrer": "extended_http",
    "cs-referer-norm": "extended_http",
    "cs-cookie": "extended_http",
    "c-useragent": "extended_http",
    "cs-user-agent": "extended_http",
    "cs-username": "proxy_user",
    "answer": "dns_answers",
    "answers": "dns_answers",
}
"""Field → the setting without which a log does not have it."""
USUAL_SERVICES: Final = {
    "windows": frozenset({"security", "system", "application", "sysmon", "powershell", "powershell-classic"}),
    "linux": frozenset({"auditd", "syslog", "auth"}),
}
"""Services that every machine of a product can have: their absence is a setting, not another environment."""
_COUNTED: Final = frozenset({"temporal", "temporal_ordered"})
_NEAR: Final = 0.6
_VALUES: Final = 6


def key_fields(one: Correlation, rule: str) -> list[str]:
    """The event fields that a rule's hits must have: entities are joined, so they need none."""
    aliases = {alias.name: alias.fields for alias in one.aliases}
    names = [
        aliases[name].get(rule, "") if name in aliases else name
        for name in (*one.group_by, *one.fields)
        if not name.startswith("entity.")
    ]
    return [name for name in dict.fromkeys(names) if name]


def nearest(names: Iterable[str], kinds: Iterable[KindSeen]) -> tuple[tuple[str, str], ...]:
    """For each missing name the nearest name that is there, where one is near."""
    there = {_plain(name): name for seen in kinds for name in seen.filled}
    found = []
    for name in names:
        close = difflib.get_close_matches(_plain(name), there, 1, _NEAR)
        if close and there[close[0]] != name:
            found.append((name, there[close[0]]))
    return tuple(found)


def _plain(name: str) -> str:
    """A name without case and punctuation: ``command_line`` is near ``CommandLine``."""
    return "".join(letter for letter in fold(name) if letter.isalnum()) or fold(name)


def event_types(condition: Condition, seen: KindSeen) -> tuple[str, ...]:
    """The values that the rule wants where all events of a kind have others: ``EventID 4104``."""
    wanted: dict[str, None] = {}
    for node in _positive(condition):
        if node.field is None or node.field not in seen.kind.constants:
            continue
        if isinstance(node, Number):
            wanted[f"{node.field} {as_text(node.value)}"] = None
        elif isinstance(node, Text) and all(isinstance(part, str) for part in node.pattern):
            wanted[f"{node.field} {''.join(map(str, node.pattern))}"] = None
    return tuple(wanted)[:_VALUES]


def _positive(condition: Condition) -> Iterator[Any]:
    """Predicates that stand under no negation."""
    match condition:
        case AllOf(items=items) | AnyOf(items=items):
            for item in items:
                yield from _positive(item)
        case Not():
            return
        case _:
            yield condition


def filter_fields(condition: Condition) -> list[str]:
    """Fields that only negated parts look at: a filter without its field filters nothing."""
    own = {node.field for node in _positive(condition)}
    return [name for name in fields_of(_negated(condition)) if name not in own]


def _negated(condition: Condition) -> AnyOf:
    found: list[Condition] = []
    stack: list[Condition] = [condition]
    while stack:
        match stack.pop():
            case AllOf(items=items) | AnyOf(items=items):
                stack.extend(reversed(items))
            case Not(item=item):
                found.append(AnyOf(tuple(predicates(item))))
            case _:
                continue
    return AnyOf(tuple(found))


@cache
def producers(category: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Windows services and event ids that make a category."""
    found: dict[str, list[int]] = defaultdict(list)
    for service, table in catalogue_table()["categories"].items():
        for event_id, categories in table.items():
            if category in categories:
                found[service].append(int(event_id))
    return tuple((service, tuple(sorted(ids))) for service, ids in sorted(found.items()))


def as_duration(seconds: float) -> str:
    """``6h``, ``7d``, ``90s``: the largest unit that fits, or seconds."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds / size:.3g}{unit}"
    return f"{seconds:.3g}s"


def needed(one: Correlation) -> int:
    """How many of a correlation's rules must be able to fire."""
    if one.type not in _COUNTED:
        return 1
    if not one.bounds:
        return len(one.rules)
    least = [bound.value + (bound.op == "gt") for bound in one.bounds if bound.op in {"gte", "gt", "eq"}]
    return max(1, int(max(least, default=1)))
