"""`tests.yml`: events that a rule must and must not match (docs/reference/rule-format.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.rules.documents import Document, RuleFile, documents, line_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from noroshi.rules.documents import Key

MAX_REPEAT: Final = 10_000
_OUTCOMES: Final = ("allowed", "blocked", "detected", "quarantined", "failed", "unknown")
_ENTITIES: Final = ("host", "user", "address", "mailbox")
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)")
_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_MEND: Final = "see tests.yml in docs/reference/rule-format.md"
_TEST_KEYS: Final = frozenset({"name", "expect", "alerts", "near_miss", "events", "lists"})
_EVENT_KEYS: Final = frozenset(
    {"logsource", "fields", "time", "outcome", "entities", "raw", "format", "repeat", "every"}
)


@dataclass(frozen=True, slots=True)
class ListValues:
    """A list for tests: its type and its values."""

    type: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleTestEvent:
    """One event of a test, as written.

    Attributes:
        time: Aware, or None: one second after the event before.
        every: Distance of its repetitions.
        raw, format: A record as the product writes it, instead of `fields`.
    """

    product: str | None = None
    service: str | None = None
    categories: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    time: datetime | None = None
    outcome: str = ""
    entities: Mapping[str, str] = field(default_factory=dict)
    raw: str = ""
    format: str = ""
    repeat: int = 1
    every: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test of a rule.

    Attributes:
        alerts: The exact number of a correlation's alerts, or None.
        near_miss: Why a non-matching test nearly matches.
    """

    name: str
    matches: bool
    events: tuple[RuleTestEvent, ...]
    line: int
    alerts: int | None = None
    near_miss: str = ""
    lists: Mapping[str, ListValues] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TestFile:
    """A whole `tests.yml`."""

    __test__ = False  # no test class of pytest

    path: str
    tests: tuple[RuleTest, ...] = ()


class _BadError(ValueError):
    def __init__(self, keys: tuple[Key, ...], what: str) -> None:
        super().__init__(what)
        self.keys = keys


def read_tests(path: Path) -> tuple[TestFile, list[LocatedError]]:
    """The tests of a file and everything that is wrong with it; a bad test is left out."""
    errors: list[LocatedError] = []
    try:
        content = path.read_bytes()
    except OSError as error:
        errors.append(
            LocatedError(str(path), "", Sentence("cannot be read: {reason}", reason=error.strerror), _MEND)
        )
        return TestFile(str(path)), errors
    found = list(documents(RuleFile(str(path), path.name, content), errors))
    if errors:
        return TestFile(str(path)), errors
    if len(found) != 1 or not isinstance(found[0].value, dict):
        errors.append(LocatedError(str(path), "line 1", "is no single mapping with 'tests'", _MEND))
        return TestFile(str(path)), errors
    return TestFile(str(path), tuple(_tests(found[0], errors))), errors


def _tests(document: Document, errors: list[LocatedError]) -> list[RuleTest]:
    out: dict[str, RuleTest] = {}
    try:
        shared = _lists(document.value.get("lists"), ("lists",))
        entries = _entries(document)
    except _BadError as error:
        errors.append(_located(document, error))
        return []
    for at, entry in enumerate(entries):
        try:
            test = _test(entry, ("tests", at), line_of(document, ("tests", at)), shared)
        except _BadError as error:
            errors.append(_located(document, error))
            continue
        if out.setdefault(test.name, test) is not test:
            again = _BadError(
                ("tests", at, "name"), Sentence("the name {name!r} stands here twice", name=test.name)
            )
            errors.append(_located(document, again))
    return list(out.values())


def _entries(document: Document) -> list[Any]:
    entries = document.value.get("tests")
    if not isinstance(entries, list) or not entries:
        raise _BadError(("tests",), "tests is no list with entries")
    return entries


def _located(document: Document, error: _BadError) -> LocatedError:
    line = line_of(document, error.keys)
    return LocatedError(document.file.path, f"line {line}", str(error), _MEND)


def _test(entry: Any, keys: tuple[Key, ...], line: int, shared: Mapping[str, ListValues]) -> RuleTest:
    value = _mapping(entry, keys, _TEST_KEYS)
    name = value.get("name")
    if not isinstance(name, str) or not name:
        raise _BadError(keys, "the test has no name")
    expect = value.get("expect")
    if expect not in ("match", "no_match"):
        raise _BadError((*keys, "expect"), "expect is neither 'match' nor 'no_match'")
    alerts = value.get("alerts")
    if alerts is not None and (isinstance(alerts, bool) or not isinstance(alerts, int) or alerts < 1):
        raise _BadError((*keys, "alerts"), "alerts is no whole number from 1")
    events = value.get("events")
    if not isinstance(events, list) or not events:
        raise _BadError((*keys, "events"), "the test has no events")
    return RuleTest(
        name=name,
        matches=expect == "match",
        events=tuple(_event(event, (*keys, "events", at)) for at, event in enumerate(events)),
        line=line,
        alerts=alerts,
        near_miss=_text(value, "near_miss", keys),
        lists={**shared, **_lists(value.get("lists"), (*keys, "lists"))},
    )


def _event(entry: Any, keys: tuple[Key, ...]) -> RuleTestEvent:
    value = _mapping(entry, keys, _EVENT_KEYS)
    raw, fields = _text(value, "raw", keys), value.get("fields")
    if bool(raw) == isinstance(fields, dict):
        raise _BadError(keys, "the event needs either 'fields' or 'raw'")
    if raw and not _text(value, "format", keys):
        raise _BadError(keys, "an event with 'raw' needs 'format'")
    product, service, categories = _logsource(value.get("logsource"), (*keys, "logsource"))
    if not raw and not (product or service or categories):
        raise _BadError(keys, "the event has no logsource")
    outcome = _text(value, "outcome", keys)
    if outcome and outcome not in _OUTCOMES:
        raise _BadError((*keys, "outcome"), Sentence("the outcome {outcome!r} is unknown", outcome=outcome))
    return RuleTestEvent(
        product=product,
        service=service,
        categories=categories,
        fields=_fields(fields or {}, (*keys, "fields")),
        time=_time(value.get("time"), (*keys, "time")),
        outcome=outcome,
        entities=_entities(value.get("entities"), (*keys, "entities")),
        raw=raw,
        format=_text(value, "format", keys),
        repeat=_repeat(value.get("repeat"), (*keys, "repeat")),
        every=_duration(value.get("every"), (*keys, "every")),
    )


def _mapping(value: Any, keys: tuple[Key, ...], allowed: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _BadError(keys, "an entry is no mapping")
    for key in value:
        if key not in allowed:
            raise _BadError((*keys, key), Sentence("the key {key!r} is unknown", key=key))
    return value


def _text(value: Mapping[str, Any], key: str, keys: tuple[Key, ...]) -> str:
    found = value.get(key, "")
    if not isinstance(found, str):
        raise _BadError((*keys, key), Sentence("{key} is no text", key=key))
    return found


def _logsource(value: Any, keys: tuple[Key, ...]) -> tuple[str | None, str | None, tuple[str, ...]]:
    if value is None:
        return None, None, ()
    source = _mapping(value, keys, frozenset({"product", "service", "category", "categories"}))
    many = source.get("categories", [source["category"]] if "category" in source else [])
    if not isinstance(many, list) or not all(isinstance(one, str) for one in many):
        raise _BadError(keys, "categories is no list of texts")
    return _text(source, "product", keys) or None, _text(source, "service", keys) or None, tuple(many)


def _fields(value: Mapping[Any, Any], keys: tuple[Key, ...]) -> Mapping[str, Any]:
    for key, item in value.items():
        if not isinstance(key, str):
            raise _BadError((*keys, key), Sentence("the field name {key!r} is no text", key=key))
        if not isinstance(item, str | int | float | bool | list | dict | None):
            raise _BadError(
                (*keys, key), Sentence("the value of {key} is no JSON value: put it in quotes", key=key)
            )
    return value


def _entities(value: Any, keys: tuple[Key, ...]) -> Mapping[str, str]:
    entities = {} if value is None else _mapping(value, keys, frozenset(_ENTITIES))
    for key, item in entities.items():
        if not isinstance(item, str):
            raise _BadError((*keys, key), Sentence("the entity {key} is no text", key=key))
    return entities


def _time(value: Any, keys: tuple[Key, ...]) -> datetime | None:
    if value is None:
        return None
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise _BadError(keys, Sentence("the time {value!r} is not ISO 8601", value=value)) from None
    if at.tzinfo is None:
        raise _BadError(keys, Sentence("the time {value!r} has no zone", value=value))
    return at


def _repeat(value: Any, keys: tuple[Key, ...]) -> int:
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_REPEAT:
        raise _BadError(
            keys, Sentence("repeat is no whole number from 1 to {max_repeat}", max_repeat=MAX_REPEAT)
        )
    return value


def _duration(value: Any, keys: tuple[Key, ...]) -> timedelta:
    if value is None:
        return timedelta(seconds=1)
    match = _DURATION.fullmatch(str(value))
    if match is None:
        raise _BadError(keys, Sentence("{value!r} is no duration such as 2s, 1m or 500ms", value=value))
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def _lists(value: Any, keys: tuple[Key, ...]) -> dict[str, ListValues]:
    out: dict[str, ListValues] = {}
    if value is None:
        return out
    if not isinstance(value, dict):
        raise _BadError(keys, "lists is no mapping")
    for name, entry in value.items():
        here = (*keys, name)
        table = _mapping(entry, here, frozenset({"type", "values"}))
        values = table.get("values")
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            raise _BadError(here, Sentence("the values of the list {name} are no list of texts", name=name))
        out[str(name)] = ListValues(_text(table, "type", here) or "text", tuple(values))
    return out
