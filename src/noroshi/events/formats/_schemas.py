"""Events of common schemas (ECS, OCSF): a table lays Sigma's names beside theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from noroshi.events.formats._webserver import add_target
from noroshi.events.values import MISSING, lookup
from noroshi.events.web import add_web_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.events.model import Fields


def add_names(fields: Fields, aliases: Mapping[str, list[str]]) -> None:
    """Each path that holds something, under the names that rules use; the first of several paths counts."""
    for path, names in aliases.items():
        value = lookup(fields, path)
        if value is not MISSING and value is not None and value != "":
            for name in names:
                fields.setdefault(name, value)


def add_web(fields: Fields, categories: frozenset[str]) -> None:
    """The web fields of an HTTP request; for web servers the target as access logs give it."""
    target, method = fields.get("c-uri"), fields.get("cs-method")
    stem, query = fields.get("cs-uri-stem"), fields.get("c-uri-query")
    if "webserver" in categories and isinstance(stem := stem or target, str):
        whole = f"{stem}?{query}" if isinstance(query, str) and query and "?" not in stem else stem
        url = fields.get("c-uri")
        add_target(fields, method if isinstance(method, str) else None, whole)
        if isinstance(url, str):
            fields["c-uri"] = fields["cs-uri"] = url
    elif query is not None:
        fields.setdefault("cs-uri-query", query)
    add_web_fields(fields)


def text(fields: Fields, *paths: str) -> str | None:
    """The first of these paths that holds a text, or the first text of a list."""
    for path in paths:
        value: Any = lookup(fields, path)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str) and value:
            return value
    return None


def texts(fields: Fields, path: str) -> frozenset[str]:
    """All texts of a path."""
    value = lookup(fields, path)
    return frozenset(
        item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)
    )
