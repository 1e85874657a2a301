"""What became different between two versions of one indicator, in words that can be stored and shown."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from noroshi.indicators.indicator import SourceClaim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.indicators.indicator import Indicator

_OWN: Final = ("level", "status", "reason", "exempt")
_CLAIM: Final = tuple(field.name for field in fields(SourceClaim))
ROUTINE: Final = frozenset({"first_seen", "last_seen"})
"""Fields that move with every publication of a feed; a change of these alone is counted, not recorded."""
_STEADY: Final = attrgetter(*(name for name in _CLAIM if name not in ROUTINE))
"""What a claim says besides its times."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, before and after, as JSON values.

    Attributes:
        field: ``status``, ``confidence`` …; ``claim`` for a whole claim that came or went.
        source: Whose claim it stands in; empty for the indicator's own fields.
        old: Before; None if there was none.
        new: After; None if there is none.
    """

    field: str
    source: str
    old: Any
    new: Any


def changes(old: Indicator, new: Indicator) -> tuple[FieldChange, ...]:
    """Everything that differs, sightings excepted: those are kept as such."""
    return (*_own_changes(old, new), *_claim_changes(old, new))


def is_routine(found: tuple[FieldChange, ...]) -> bool:
    """Whether only times moved, as with every publication of a feed."""
    return all(change.field in ROUTINE for change in found)


def only_times_moved(old: Indicator, new: Indicator) -> bool:
    """Whether nothing differs but times and sightings: quicker than to look for all changes."""
    if any(getattr(old, name) != getattr(new, name) for name in _OWN) or len(old.claims) != len(new.claims):
        return False
    return all(
        one is two or _STEADY(one) == _STEADY(two) for one, two in zip(old.claims, new.claims, strict=True)
    )


def _own_changes(old: Indicator, new: Indicator) -> Iterator[FieldChange]:
    for name in _OWN:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield FieldChange(name, "", _plain(before), _plain(after))


def _claim_changes(old: Indicator, new: Indicator) -> Iterator[FieldChange]:
    before = {claim.identity: claim for claim in old.claims}
    after = {claim.identity: claim for claim in new.claims}
    for identity in sorted(before.keys() | after.keys()):
        one, two = before.get(identity), after.get(identity)
        if one is None or two is None:
            yield FieldChange("claim", identity[0], _plain(one), _plain(two))
        elif one != two:
            for name in _CLAIM:
                if getattr(one, name) != getattr(two, name):
                    yield FieldChange(
                        name, identity[0], _plain(getattr(one, name)), _plain(getattr(two, name))
                    )


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
