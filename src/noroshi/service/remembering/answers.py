"""Whom an event is about and what was done, remembered by the raw texts that decide it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from noroshi.events.model import Outcome
from noroshi.events.traits import TableTraits
from noroshi.events.values import lookup

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.events.model import Entities, Event, Kind

_MAX_KNOWN: Final = 50_000
_Answer = TypeVar("_Answer")


def entities_of(kind: Kind) -> Callable[[Event], Entities]:
    """The entities by the raw texts of their fields, where nothing but the table decides."""
    traits = kind.traits
    if not isinstance(traits, TableTraits) or type(traits).entities is not TableTraits.entities:
        return _one_object(lambda event: event.entities)
    table = traits.table
    return _remembered(table.host + table.user + table.address + table.mailbox, lambda event: event.entities)


def outcome_of(kind: Kind) -> Callable[[Event], str]:
    """The outcome's value, likewise."""
    traits = kind.traits
    if not isinstance(traits, TableTraits) or type(traits).outcome is not TableTraits.outcome:
        return lambda event: _OUTCOMES[event.outcome]
    named = tuple(name for rule in traits.table.outcome for name in rule.fields)
    return _remembered(named, lambda event: _OUTCOMES[event.outcome])


_OUTCOMES: Final[dict[str, str]] = {outcome: outcome.value for outcome in Outcome}


def _one_object(ask: Callable[[Event], _Answer]) -> Callable[[Event], _Answer]:
    """Equal answers as one object, so that they can be told apart by identity."""
    known: dict[_Answer, _Answer] = {}

    def one(event: Event) -> _Answer:
        if len(known) >= _MAX_KNOWN:
            known.clear()
        answer = ask(event)
        return known.setdefault(answer, answer)

    return one


def _remembered(names: tuple[str, ...], ask: Callable[[Event], _Answer]) -> Callable[[Event], _Answer]:
    """An answer that depends on these fields only, remembered by their texts; equal ones are one object."""
    ask = _one_object(ask)
    known: dict[tuple[Any, ...], _Answer] = {}
    nested = any("." in name for name in names)

    def remembered(event: Event) -> _Answer:
        fields = event.fields
        key = tuple([lookup(fields, name) if nested else fields.get(name) for name in names])
        try:
            return known[key]
        except KeyError:
            if len(known) >= _MAX_KNOWN:
                known.clear()
            answer = known[key] = ask(event)
            return answer
        except TypeError:  # a list or an object where a name should be
            return ask(event)

    return remembered
