"""Events of `tests.yml` as the engine sees them: from fields, or decoded from what the product writes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from noroshi.errors import Sentence
from noroshi.events.model import Entities, Event, Kind, LogSource, Outcome, Source, Timestamp, ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named
from noroshi.events.traits import Table, TableTraits, load_table, short_host, short_user
from noroshi.events.web import add_web_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from noroshi.events.model import Observable, Traits
    from noroshi.rules.testfile import RuleTestEvent

FIRST_TIME: Final = datetime(2020, 7, 22, 4, 0, tzinfo=UTC)
_COUNTER: Final = "{n}"


class UnbuildableError(ValueError):
    """A test event that cannot be made; the text says why."""


@dataclass(frozen=True, slots=True)
class _Fixed:
    """Traits of a log source with what the test says laid over them."""

    below: Traits
    at: datetime | None
    said_outcome: Outcome | None
    said_entities: Entities | None

    @property
    def observable_fields(self) -> Mapping[str, str]:
        return self.below.observable_fields

    def time(self, event: Event) -> Timestamp:
        return self.below.time(event) if self.at is None else Timestamp(self.at, ZoneOrigin.RECORD)

    def outcome(self, event: Event) -> Outcome:
        return self.below.outcome(event) if self.said_outcome is None else self.said_outcome

    def entities(self, event: Event) -> Entities:
        return self.below.entities(event) if self.said_entities is None else self.said_entities

    def observables(self, event: Event) -> tuple[Observable, ...]:
        return self.below.observables(event)


def build_events(described: Iterable[RuleTestEvent], path: str, name: str) -> Iterator[Event]:
    """The events of one test, in order, repetitions written out.

    Raises:
        UnbuildableError: For an unknown format, or a record that it cannot read.
    """
    source = Source(path=path, id=name, newest=FIRST_TIME)
    position = 0
    at = FIRST_TIME - timedelta(seconds=1)
    for one in described:
        at = one.time.astimezone(UTC) if one.time else at + timedelta(seconds=1)
        for number in range(one.repeat):
            when = at + number * one.every
            for event in _decoded(one, when, number + 1, source):
                position += 1
                yield Event(event.kind, event.fields, source, position)
        at += (one.repeat - 1) * one.every


def _decoded(one: RuleTestEvent, when: datetime, number: int, source: Source) -> Iterator[Event]:
    if not one.raw:
        yield _from_fields(one, when, number, source)
        return
    reader = format_named(one.format)
    if reader is None:
        raise UnbuildableError(Sentence("the format {format!r} is unknown", format=one.format))
    problems = Problems()
    text = one.raw.replace(_COUNTER, str(number))
    events = list(reader.decode(io.BytesIO(f"{text}\n".encode()), source, problems))
    if problems.errors or not events:
        why = problems.errors[0].what if problems.errors else "it holds no event"
        raise UnbuildableError(
            Sentence("the format {format} cannot read the record: {why}", format=one.format, why=why)
        )
    for event in events:
        said = one.time or one.repeat > 1
        yield Event(_laid_over(event.kind, one, when if said else None), event.fields, source, 0)


def _from_fields(one: RuleTestEvent, when: datetime, number: int, source: Source) -> Event:
    fields = {name: _numbered(value, number) for name, value in one.fields.items()}
    add_web_fields(fields)
    logsource = LogSource(one.product, one.service, frozenset(one.categories))
    kind = Kind("test", logsource, {}, TableTraits(_table(one.product, one.service)))
    return Event(_laid_over(kind, one, when), fields, source, 0)


def _numbered(value: Any, number: int) -> Any:
    if isinstance(value, str):
        return value.replace(_COUNTER, str(number))
    if isinstance(value, list):
        return [_numbered(item, number) for item in value]
    return value


def _laid_over(kind: Kind, one: RuleTestEvent, when: datetime | None) -> Kind:
    outcome = Outcome(one.outcome) if one.outcome else None
    traits = _Fixed(kind.traits, when, outcome, _entities(one) if one.entities else None)
    return Kind(kind.format, kind.logsource, kind.constants, traits)


def _entities(one: RuleTestEvent) -> Entities:
    said = one.entities
    return Entities(
        host=short_host(said["host"]) if "host" in said else None,
        user=short_user(said["user"]) if "user" in said else None,
        address=said.get("address"),
        mailbox=said["mailbox"].lower() if "mailbox" in said else None,
    )


@cache
def _table(product: str | None, service: str | None) -> Table:
    """The table of the log source's format, by the name of its service or product; an empty one otherwise."""
    for name in (service, product):
        if name and files("noroshi.events").joinpath("tables", f"{name}.toml").is_file():
            return load_table(name)
    return Table()
