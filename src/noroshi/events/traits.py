"""Traits read from a table: which fields hold the time, the outcome, the entities and the observables.

A format's table is `tables/<format>.toml`; `TableTraits` serves every event kind of that format. A
format that needs more than a table subclasses it and overrides one method.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.model import Entities, Observable, Outcome, Timestamp
from noroshi.events.observables import as_ip, typed
from noroshi.events.times import parse_time
from noroshi.events.values import MISSING, as_text, elements, fold, lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from noroshi.events.model import Event

MAX_NAME_CHARS: Final = 256
"""A longer name of a host, user, address or mailbox is none."""


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """The first field of `fields` that is there decides: its folded value, or the first pattern that fits.

    Of a list the first element that it knows counts.
    """

    fields: tuple[str, ...]
    values: Mapping[str, Outcome] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], Outcome], ...] = ()

    def of(self, text: str) -> Outcome | None:
        """What this value means; None: the rule does not know it."""
        if (found := self.values.get(fold(text))) is not None:
            return found
        return next((outcome for pattern, outcome in self.patterns if pattern.search(text)), None)


@dataclass(frozen=True, slots=True)
class Table:
    """A format's table.

    Attributes:
        time: Fields that may hold the time, best first.
        utc: Those of them whose times have no zone and are UTC by the product's definition.
        outcome: Outcome rules, first answer wins.
        host, user, address, mailbox: Fields of each entity, best first.
        observables: Field → observable type; ``host-or-ip`` decides by the value.
        raw: The whole TOML document, for a format's own sections.
    """

    time: tuple[str, ...] = ()
    utc: frozenset[str] = frozenset()
    outcome: tuple[OutcomeRule, ...] = ()
    host: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    address: tuple[str, ...] = ()
    mailbox: tuple[str, ...] = ()
    observables: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)


@cache
def load_table(name: str) -> Table:
    """`tables/<name>.toml` as a `Table`.

    The document's shape: ``time = [...]``; ``utc = [...]``; ``[[outcome]] fields = [...], values = {...},
    patterns = {...}``; ``[entities] host = [...]``; ``[observables] Field = "type"``; any other section
    stays in `Table.raw`.
    """
    text = files("noroshi.events").joinpath("tables", f"{name}.toml").read_text(encoding="utf-8")
    return table_of(tomllib.loads(text))


def table_of(document: Mapping[str, Any]) -> Table:
    """A TOML document of that shape as a `Table`."""
    entities = document.get("entities", {})
    return Table(
        time=tuple(document.get("time", ())),
        utc=frozenset(document.get("utc", ())),
        outcome=tuple(_outcome_rule(entry) for entry in document.get("outcome", ())),
        host=tuple(entities.get("host", ())),
        user=tuple(entities.get("user", ())),
        address=tuple(entities.get("address", ())),
        mailbox=tuple(entities.get("mailbox", ())),
        observables=document.get("observables", {}),
        raw=document,
    )


def _outcome_rule(entry: Mapping[str, Any]) -> OutcomeRule:
    return OutcomeRule(
        fields=tuple(entry["fields"]),
        values={fold(str(value)): Outcome(outcome) for value, outcome in entry.get("values", {}).items()},
        patterns=tuple(
            (re.compile(pattern, re.IGNORECASE), Outcome(outcome))
            for pattern, outcome in entry.get("patterns", {}).items()
        ),
    )


def short_host(name: str) -> str:
    """A computer name as entities hold it: folded, without domain or final ``$``; addresses stay whole."""
    folded = fold(name.strip().lstrip("\\").rstrip("."))
    if ":" in folded or folded.replace(".", "").isdigit():
        return folded
    return folded.split(".", 1)[0].removesuffix("$")


def short_user(name: str) -> str:
    r"""An account as entities hold it: folded, without ``DOMAIN\`` before or ``@realm`` after it."""
    return fold(name.strip()).rsplit("\\", 1)[-1].split("@", 1)[0]


_SHORT: Final = 64
_NOBODY = frozenset({"", "-", "n/a", "(null)", "null", "none", "unknown"})


def first_text(event: Event, names: tuple[str, ...]) -> str | None:
    """The first of these fields that holds a meaningful text."""
    fields = event.fields
    for name in names:
        value = fields.get(name)
        if type(value) is str and _says_something(value):  # nearly always
            return value
        for value in elements(lookup(fields, name)):
            text = as_text(value)
            if text is not None and _says_something(text):
                return text
    return None


def _further_texts(event: Event, names: tuple[str, ...]) -> Iterator[str]:
    """The texts behind the first of the first of these fields that is a list."""
    for name in names:
        value = lookup(event.fields, name)
        if isinstance(value, list):
            yield from (text for item in value[1:] if (text := as_text(item)) is not None)
            return


def _says_something(text: str) -> bool:
    return _short_says_something(text) if len(text) <= _SHORT else bool(text.strip())


@lru_cache(maxsize=65_536)
def _short_says_something(text: str) -> bool:
    return fold(text.strip()) not in _NOBODY


def _shortened(text: str | None, shorten: Callable[[str], str | None]) -> str | None:
    return (shorten(text) or None) if text and len(text) <= MAX_NAME_CHARS else None


_Names = tuple[str, ...]


def read_entities(
    event: Event, host: _Names, user: _Names, address: _Names, mailbox: _Names = ()
) -> Entities:
    """The entities that these fields name, best first, each in its canonical form."""
    return Entities(
        host=_shortened(first_text(event, host), short_host),
        user=_shortened(first_text(event, user), short_user),
        address=_shortened(first_text(event, address), as_ip),
        mailbox=_shortened(first_text(event, mailbox), lambda text: fold(text.strip(" <>"))),
    )


@dataclass(frozen=True, slots=True)
class TableTraits:
    """`Traits` that a `Table` decides.

    Attributes:
        table: Fields of the time, the outcome, the entities and the observables.
        otherwise: The outcome where no field tells one: ``allowed`` for an act on a machine that was only
            watched, as Sysmon's events are.
    """

    table: Table
    otherwise: Outcome = field(default=Outcome.UNKNOWN, kw_only=True)

    @property
    def observable_fields(self) -> Mapping[str, str]:
        """As the table names them."""
        return self.table.observables

    def time(self, event: Event) -> Timestamp:
        """The first time field that can be read."""
        for name in self.table.time:
            value = lookup(event.fields, name)
            if value is not MISSING and value is not None:
                if name in self.table.utc and isinstance(value, str):
                    value = value.rstrip("Z ") + "Z"
                stamp = parse_time(value, event.source)
                if stamp is not None:
                    return stamp
        return Timestamp.missing()

    def outcome(self, event: Event) -> Outcome:
        """The first outcome rule that answers; `otherwise` where none does."""
        for rule in self.table.outcome:
            text = first_text(event, rule.fields)
            if text is None:
                continue
            if (found := rule.of(text)) is not None:
                return found
            for other in _further_texts(event, rule.fields):
                if (found := rule.of(other)) is not None:
                    return found
        return self.otherwise

    def entities(self, event: Event) -> Entities:
        """The entities that the table's fields name."""
        table = self.table
        return read_entities(event, table.host, table.user, table.address, table.mailbox)

    def observables(self, event: Event) -> tuple[Observable, ...]:
        """Every typed value that the table names, in the table's order."""
        found = []
        for name, kind in self.table.observables.items():
            for value in elements(lookup(event.fields, name)):
                text = as_text(value)
                if text:
                    found.extend(typed(kind, text, name))
        return tuple(dict.fromkeys(found))
