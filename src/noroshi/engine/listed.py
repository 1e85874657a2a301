"""Which indicator of a list a value met: asked again for the evidence of a hit and for explanations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from noroshi.engine import predicates as p
from noroshi.engine.hits import Listed
from noroshi.events.values import as_text, elements, lookup
from noroshi.indicators.model import TEXT_TYPES, Found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.indicators.lists import Entry, ListSnapshot, ValueSet
    from noroshi.rules.model import Expand


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
    wild = values.type in TEXT_TYPES
    for entry in values.entries:
        middle = p.listed_pattern(entry.value) if wild else (entry.value,)
        if p.text_matches((*node.prefix, *middle, *node.suffix), text, cased=node.cased):
            return entry
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
