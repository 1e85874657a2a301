"""What an event shows of indicators: each once, at its best precision, with its evidence; and its hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.engine.hits import Evidence, Hit, IndicatorRef
from noroshi.events.values import as_text, lookup
from noroshi.indicators.model import PORT_FIELDS
from noroshi.indicators.snapshot import key_of_record

if TYPE_CHECKING:
    from noroshi.events.model import Event
    from noroshi.indicators.snapshot import Record

PRECISIONS: Final = ("full", "exact", "without-query", "host-path", "suffix", "network", "host")
"""The most precise first."""

Match = tuple["Record", str]
"""An indicator and the precision; ``pair`` asks whether the port fits too."""


@dataclass(frozen=True, slots=True)
class IndicatorMatch:
    """One indicator in one event.

    Attributes:
        precision: One of `PRECISIONS`.
        evidence: The fields that show it at that precision.
    """

    record: Record
    precision: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A match with the field that shows it."""

    record: Record
    precision: str
    field: str
    value: str


def gathered(
    found: list[Shown], fields: dict[str, Any], urls: tuple[str, ...], order: dict[str, int]
) -> tuple[IndicatorMatch, ...]:
    """Each indicator once; a host counts only where no URL was visible, a pair only with its port.

    Args:
        found: What the fields of one event show, in any order.
        fields: Of the event, which ports and URLs are taken from.
        urls: Fields that may show a whole URL.
        order: Place of each field among the observables, for the order of the evidence.
    """
    visible = any("://" in str(fields.get(name, "")) for name in urls)
    best: dict[tuple[str, str], list[Shown]] = {}
    for one in sorted(found, key=lambda one: order[one.field]):
        precision = one.precision
        if precision == "host" and visible:
            continue
        if precision == "pair":
            if not _port_fits(one, fields):
                continue
            one = Shown(one.record, "exact", one.field, one.value)  # noqa: PLW2901 - the same, settled
        best.setdefault((one.record.type, one.record.value), []).append(one)
    return tuple(_best(shown) for shown in best.values())


def _best(shown: list[Shown]) -> IndicatorMatch:
    precision = min((one.precision for one in shown), key=PRECISIONS.index)
    record = shown[0].record
    evidence = dict.fromkeys(
        Evidence(one.field, one.value, record.value) for one in shown if one.precision == precision
    )
    return IndicatorMatch(record, precision, tuple(evidence))


def _port_fits(shown: Shown, fields: dict[str, Any]) -> bool:
    return is_same_port(shown.record, as_text(lookup(fields, PORT_FIELDS.get(shown.field, ""))))


def is_same_port(record: Record, port: str | None) -> bool:
    """Whether an ``ip:port`` indicator has this port."""
    return port is not None and record.value.rpartition(":")[2] == port.strip()


def indicator_hits(event: Event, matches: tuple[IndicatorMatch, ...]) -> tuple[Hit, ...]:
    """The hits that matches stand for."""
    stamp = event.time
    event_id, entities, outcome = event.event_id, event.entities, event.outcome
    return tuple(
        Hit(
            event_id=event_id,
            tenant=event.source.tenant,
            time=stamp.at,
            zone=stamp.zone.value,
            rule_id=f"indicator:{key_of_record(match.record).hex()}",
            rule_hash="",
            logsource=event.logsource,
            entities=entities,
            outcome=outcome,
            evidence=match.evidence,
            fields=event.fields,
            path=event.source.path,
            position=event.position,
            indicator=IndicatorRef(match.record.type, match.record.value, match.precision, event.source.id),
        )
        for match in matches
    )
