"""`tables.md`: what the TOML tables say of time, outcome, entities and observables."""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from docs.generate.markdown import GENERATED, REPOSITORY, code, codes, link, paragraphs, table, text_of
from noroshi.events import observables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER: Final = "src/noroshi/events/tables"
CATALOGUE: Final = "windows_catalogue"
"""Its sections stand on `log-sources.md`."""
KEYS: Final = {
    "time": "fields that may hold the time, best first",
    "utc": "those of them whose times carry no zone and are UTC by the product's definition, whatever `--zone` says",
    "outcome": "what the product did: the first rule that answers; `values` are compared folded, `patterns` are"
    " regular expressions",
    "entities": "whom the record is about (the watched machine or person, never the peer); best first",
    "observables": "field and the type of the values in it",
    "columns": "the columns in their order",
    "ends": "fields of the two ends of a connection, by which the watched side is told from its peer",
    "aliases": "the product's name and the names that Sigma rules use for it",
    "categories": "Sigma's categories of a type, or of a type and subtype",
    "sources": "log source of a vendor, or of a vendor's product",
    "services": "log source of a program",
    "event_types": "event types that are a service of their own",
    "streams": "streams of Zeek itself; each is a service",
    "paths": "how JSON without a stream's name is told: the first stream whose fields are all there",
    "nobody": "accounts that are the machine, not a person",
    "logons": "events whose person is the account logged on, not the subject",
}
"""Keys that several tables have; a key of one table may be explained by a comment above it instead."""


def documents() -> dict[str, dict[str, Any]]:
    """Every table but the Windows catalogue, by name."""
    return {
        path.stem: tomllib.loads(path.read_text("utf-8"))
        for path in sorted((REPOSITORY / FOLDER).glob("*.toml"))
        if path.stem != CATALOGUE
    }


def page() -> str:
    """The page."""
    return text_of(
        [
            GENERATED,
            "# Tables: time, outcome, entities, observables",
            (
                f"Read only when somebody asks, by {link('src/noroshi/events/traits.py')}; a format whose table is not"
                " enough overrides one method. How identity joins entities across logs:"
                " [joining entities](../explanation/joining-entities.md)."
            ),
            "## Keys",
            table(("key", "says"), ((code(key), what) for key, what in KEYS.items())),
            "## Types of observables",
            paragraphs(inspect.getdoc(observables)),
            *(part for name, document in documents().items() for part in _table(name, document)),
        ]
    )


def _table(name: str, document: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {name}"
    yield f"{link(f'{FOLDER}/{name}.toml')}. {_heading(name)}"
    yield table(("key", "value"), (row for key, value in document.items() for row in _rows(key, value)))
    for key in document:
        if key not in KEYS:
            yield f"`{key}`: {meaning(name, key)}."


def meaning(name: str, key: str) -> str:
    """What a key of one table says: of its own kind, or by the comment above it; empty if nobody says it."""
    if key in KEYS:
        return KEYS[key]
    group = key.removesuffix("_aliases")
    if group != key:
        return f"`aliases` that hold for {group} records only"
    return comment_above(name, key).rstrip(".")


def comment_above(name: str, key: str) -> str:
    """The comment of a table's file directly above a key or section; empty if there is none."""
    lines = (REPOSITORY / FOLDER / f"{name}.toml").read_text("utf-8").splitlines()
    at = next((at for at, line in enumerate(lines) if re.match(rf"(\[+{key}[\].]|{key} ?=)", line)), 0)
    said: list[str] = []
    while at and lines[at - 1].startswith("#"):
        at -= 1
        said.insert(0, lines[at].lstrip("# "))
    return " ".join(said)


def _heading(name: str) -> str:
    lines = Path(REPOSITORY / FOLDER / f"{name}.toml").read_text("utf-8").splitlines()
    comment = []
    for line in lines:
        if not line.startswith("#"):
            break
        comment.append(line.lstrip("# "))
    return " ".join(comment)


def _rows(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if key == "outcome":
        for rule in value:
            yield f"outcome by {codes(rule['fields'])}", "; ".join(_answers(rule))
    elif isinstance(value, dict):
        if value:
            yield code(key), "; ".join(f"{code(name)} → {shown(inner)}" for name, inner in value.items())
    elif value:
        yield code(key), shown(value)


def _answers(rule: Mapping[str, Any]) -> Iterator[str]:
    for name in ("values", "patterns"):
        for value, outcome in rule.get(name, {}).items():
            shape = "matching " if name == "patterns" else ""
            yield f"{shape}{code(value)} → {outcome}"


def shown(value: Any) -> str:
    """A value of a table in a cell."""
    if isinstance(value, list):
        return codes(item for item in value if item != "")
    if isinstance(value, dict):
        return ", ".join(f"{name} {shown(inner)}" for name, inner in value.items())
    return code(value)
