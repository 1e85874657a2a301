"""Rules written as YAML in a test, asked of every way in which the engine reads them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import dedent, indent
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from noroshi.engine.matcher import Matcher
from noroshi.engine.predicates import zone_named
from noroshi.engine.reference import Context, evaluate
from noroshi.events.model import Event, Kind, LogSource, Source
from noroshi.events.traits import Table, TableTraits
from noroshi.indicators.lists import EMPTY, ListSnapshot
from noroshi.rules import Loaded, load_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ABSENT: Final = object()
"""In a table of values: the field is not in the event."""
SOURCE: Final = Source("sample.log", "sample")
HEAD: Final = """\
title: A rule
logsource: {product: windows}
"""


def load(*documents: str | bytes, lists: ListSnapshot = EMPTY, **options: Any) -> Loaded:
    """The documents as files ``0.yml``, ``1.yml`` … of one folder, loaded."""
    with tempfile.TemporaryDirectory() as folder:
        for at, document in enumerate(documents):
            raw = document if isinstance(document, bytes) else dedent(document).encode()
            (Path(folder) / f"{at}.yml").write_bytes(raw)
        return load_rules([folder], lists=frozenset(lists.names), **options)


def rule(detection: str, head: str = HEAD) -> str:
    """A rule with these lines below ``detection:``."""
    return f"{head}detection:\n{indent(dedent(detection).strip(), '  ')}\n"


def event(fields: Mapping[str, Any], constants: Mapping[str, Any] | None = None) -> Event:
    """An event of the product windows."""
    logsource = LogSource("windows", None, frozenset())
    kind = Kind("test", logsource, MappingProxyType(dict(constants or {})), TableTraits(Table()))
    return Event(kind, {**fields, **(constants or {})}, SOURCE, 1)


def fired(loaded: Loaded, fields: Mapping[str, Any], lists: ListSnapshot = EMPTY) -> set[str]:
    """Titles of the rules that match, after matcher (twice, also decided in advance) and reference agree."""
    titles = {one.id: one.meta.title for one in loaded.ruleset.rules}
    matcher = Matcher(loaded.ruleset, lists)
    shared = event(fields)
    answers = [{titles[hit.rule_id] for hit in matcher.match(shared)} for _ in range(2)]
    plain = {name: value for name, value in fields.items() if isinstance(value, str | int)}
    answers.append({titles[hit.rule_id] for hit in matcher.match(event(fields, plain))})
    answers.append(
        {
            one.meta.title
            for one in loaded.ruleset.rules
            if not one.inactive
            and evaluate(one.condition, fields, Context(lists, zone_named(one.meta.timezone), SOURCE))
        }
    )
    assert answers == [answers[-1]] * len(answers), f"the ways of asking differ: {answers}"
    return answers[-1]


def matches(
    detection: str, *events: Mapping[str, Any], lists: ListSnapshot = EMPTY, head: str = HEAD
) -> list[bool]:
    """Whether the rule with this detection matches each of the events."""
    loaded = load(rule(detection, head), lists=lists)
    assert () == loaded.errors
    return [bool(fired(loaded, fields, lists)) for fields in events]


def accepted(
    selection: str, values: Sequence[Any], lists: ListSnapshot = EMPTY, head: str = HEAD
) -> list[Any]:
    """Which of these values of the field ``A`` the one line of a selection accepts."""
    events = [{} if value is ABSENT else {"A": value} for value in values]
    found = matches(f"sel:\n  {selection}\ncondition: sel", *events, lists=lists, head=head)
    return [value for value, holds in zip(values, found, strict=True) if holds]


def refused(*documents: str | bytes, **options: Any) -> list[tuple[str, str, str]]:
    """(file name, place, reason) of every error; each must offer a mend."""
    errors = load(*documents, **options).errors
    assert all(error.mend for error in errors), errors
    return [(Path(error.path).name, error.place, error.what) for error in errors]
