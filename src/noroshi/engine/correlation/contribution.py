"""What one hit means to one correlation: key, value, and the little that the alert will name of it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from noroshi.engine.correlation.plan import METRICS
from noroshi.events.model import EPOCH, Entities
from noroshi.events.values import MISSING, as_text, elements, fold, lookup

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.engine.correlation.finding import CorrelationAlert, Signal
    from noroshi.engine.correlation.plan import Names, Plan
    from noroshi.engine.hits import Hit

Key = tuple[str, ...]
"""Tenant, then the folded values of group-by."""

_ENTITY: Final = "entity."
_LONGEST_TOKEN: Final = 64
LONGEST_TEXT: Final = 1_024
"""A longer value of group-by, or one that a later correlation asks for, is kept as beginning and digest."""
_MAX_LIST: Final = 100
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


class Contribution(msgspec.Struct, frozen=True, array_like=True):
    """One hit as one correlation sees it.

    Attributes:
        time: Microseconds since the epoch, UTC.
        event_id: The event's id, or the alert's id in a chain.
        rule: Id of the rule that hit, or of the correlation in a chain.
        value: What is counted (folded text, or its digest where long) or measured (a number).
        group: The values of group-by as written in this event.
        entities: host, user, address, mailbox.
        carried: Values that later correlations ask for.
    """

    time: int
    event_id: str
    rule: str
    value: str | float | None
    group: tuple[str, ...]
    outcome: str
    entities: tuple[str | None, str | None, str | None, str | None]
    path: str
    position: int | str
    carried: dict[str, str]

    @property
    def order(self) -> tuple[int, str]:
        """Hits are evaluated in this order, ties in the order of the correlation's rules."""
        return self.time, self.event_id


class Refusal(Exception):  # noqa: N818 - an answer, not an error: the hit is counted under this name
    """Why a hit does not take part."""


def microseconds(time: datetime) -> int:
    """Microseconds since the epoch of an aware time."""
    delta = time - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def instant(time: int) -> datetime:
    """The aware UTC time of microseconds since the epoch; the last one that there is for later ones."""
    return EPOCH + timedelta(microseconds=min(time, _LAST))


def of_hit(plan: Plan, hit: Hit) -> tuple[Key, Contribution]:
    """Key and contribution of a rule's hit.

    Raises:
        Refusal: With ``timeless``, ``keyless`` or ``valueless``.
    """
    if hit.zone == "missing":
        raise Refusal("timeless")
    entities = hit.entities

    def find(name: str) -> Any:
        return _entity(entities, name) if name.startswith(_ENTITY) else lookup(hit.fields, name)

    group, value = _group(plan.groups[hit.rule_id], find), _value(plan, hit.rule_id, find)
    contribution = Contribution(
        time=microseconds(hit.time),
        event_id=hit.event_id,
        rule=hit.rule_id,
        value=value,
        group=group,
        outcome=str(hit.outcome),
        entities=(entities.host, entities.user, entities.address, entities.mailbox),
        path=_clean(hit.path),
        position=hit.position,
        carried=_carried(plan.carried, find),
    )
    return (hit.tenant, *map(fold, group)), contribution


def of_alert(plan: Plan, alert: CorrelationAlert, signal: Signal) -> tuple[Key, Contribution]:
    """Key and contribution of an earlier correlation's alert at one of its instants.

    Raises:
        Refusal: With ``keyless`` or ``valueless``.
    """
    known, entities = dict(signal.fields) | dict(alert.group), signal.entities

    def find(name: str) -> Any:
        return _entity(entities, name) if name.startswith(_ENTITY) else known.get(name, MISSING)

    group, value = _group(plan.groups[alert.rule_id], find), _value(plan, alert.rule_id, find)
    contribution = Contribution(
        time=microseconds(signal.time),
        event_id=alert.alert_id,
        rule=alert.rule_id,
        value=value,
        group=group,
        outcome=signal.outcome,
        entities=(entities.host, entities.user, entities.address, entities.mailbox),
        path="",
        position="",
        carried=_carried(plan.carried, find),
    )
    return (alert.tenant, *map(fold, group)), contribution


def _entity(entities: Entities, name: str) -> Any:
    found = getattr(entities, name.removeprefix(_ENTITY), None)
    return MISSING if found is None else found


def _group(names: Names, find: Callable[[str], Any]) -> tuple[str, ...]:
    group = []
    for name in names:
        text = _text(find(name))
        if text is None:
            raise Refusal("keyless")
        group.append(_brief(_clean(text)))
    return tuple(group)


def _clean(text: str) -> str:
    """Without lone surrogates (names of files may hold them), which UTF-8 cannot carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _text(value: Any) -> str | None:
    """A value as text: a scalar as it compares, a list as its elements joined; None if there is nothing."""
    if isinstance(value, list):
        texts = [
            text
            for item, _ in zip(elements(value), range(_MAX_LIST), strict=False)
            if (text := as_text(item))
        ]
        return "\n".join(texts) if texts else None
    return as_text(value)


def _value(plan: Plan, rule: str, find: Callable[[str], Any]) -> str | float | None:
    if plan.type in METRICS:
        return _number(find(plan.values[rule][0]) if plan.values[rule] else MISSING)
    if plan.type != "value_count":
        return None
    texts = [_text(find(name)) for name in plan.values[rule]]
    known = [fold(_clean(text)) for text in texts if text is not None]
    if not known or len(known) != len(texts):
        raise Refusal("valueless")
    token = known[0] if len(known) == 1 else "".join(f"{len(text)}:{text}" for text in known)
    if len(token) <= _LONGEST_TOKEN:
        return token
    return blake2b(token.encode(), digest_size=16, person=b"value").hexdigest()


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Refusal("valueless")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise Refusal("valueless") from None
    if not math.isfinite(number):
        raise Refusal("valueless")
    return number


def _carried(names: Names | None, find: Callable[[str], Any]) -> dict[str, str]:
    found = {name: find(name) for name in names or () if not name.startswith(_ENTITY)}
    texts = {name: _text(value) for name, value in found.items()}
    return {name: _brief(_clean(text)) for name, text in texts.items() if text is not None}


def _brief(text: str) -> str:
    """The text, or where it is long what tells it from others: hostile values must not fill the memory."""
    if len(text) <= LONGEST_TEXT:
        return text
    digest = blake2b(fold(text).encode(), digest_size=16, person=b"group").hexdigest()
    return f"{text[: LONGEST_TEXT // 4]}… ({digest})"
