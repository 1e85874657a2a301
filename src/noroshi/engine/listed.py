"""Which indicator of a list a value met: asked again for the evidence of a hit and for explanations."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import hyperscan

from noroshi.engine import predicates as p
from noroshi.engine.hits import Listed
from noroshi.engine.patterns import Database
from noroshi.events.values import as_text, elements, fold, lookup
from noroshi.indicators.model import TEXT_TYPES, Found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.indicators.lists import Entry, ListSnapshot, ValueSet
    from noroshi.rules.model import Expand, Pattern

FEW: Final = 32
"""So many entries are tried one after another."""
MANY: Final = 50_000
"""So many are compiled together in about 2 s and 120 MB; more are tried one after another, which is slow."""


def listed(node: Expand, value: Any, fields: Mapping[str, Any], lists: ListSnapshot) -> Listed | None:
    """The indicator that made this predicate true for a value; None where none can be named."""
    values, text = lists.get(node.name), as_text(value)
    if values is None or text is None:
        return None
    found = _found(node, values, text, fields)
    if found is None:
        return None
    entry = found.entry
    return Listed(
        values.name,
        entry.value,
        found.precision,
        entry.threat,
        entry.family,
        entry.source,
        entry.first_seen,
        entry.confidence,
        entry.compromised_site,
    )


def affixed(node: Expand, values: ValueSet, text: str) -> Entry | None:
    """The first entry that fits between what the rule writes before and behind the list."""
    database = _together(node, values) if FEW < len(values.entries) <= MANY else None
    if database is None:
        return next((entry for entry in values.entries if _fits(node, values, entry, text)), None)
    found: list[int] = []
    database.scan(fold(text), found)
    fitting = (values.entries[at] for at in sorted(found))
    return next((entry for entry in fitting if not node.cased or _fits(node, values, entry, text)), None)


def _fits(node: Expand, values: ValueSet, entry: Entry, text: str) -> bool:
    return p.text_matches(_pattern(node, values, entry), text, cased=node.cased)


def _pattern(node: Expand, values: ValueSet, entry: Entry) -> Pattern:
    middle = p.listed_pattern(entry.value) if values.type in TEXT_TYPES else (entry.value,)
    return (*node.prefix, *middle, *node.suffix)


@lru_cache(maxsize=8)
def _together(node: Expand, values: ValueSet) -> Database | None:
    """All entries with what stands around them, searched for in one pass; None where one cannot be."""
    patterns = {at: _pattern(node, values, entry) for at, entry in enumerate(values.entries)}
    try:
        return Database.compile(patterns)
    except hyperscan.error:
        return None


def _found(node: Expand, values: ValueSet, text: str, fields: Mapping[str, Any]) -> Found | None:
    if values.type == "ip:port" and node.field is not None:
        ports = (as_text(one) for one in elements(lookup(fields, values.port_field(node.field) or "")))
        pairs = (values.find_pair(text, port) for port in ports if port is not None)
        return next((pair for pair in pairs if pair is not None), None)
    if node.prefix or node.suffix:
        entry = affixed(node, values, text)
        return Found(entry, "part") if entry is not None else None
    found = values.find(text, cased=node.cased)
    return found if found is not None or "/" in text else values.host_match(text)
