"""The line of ``noroshi scan --format ndjson``: one alert, stable for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from noroshi.events.model import is_known

if TYPE_CHECKING:
    from noroshi.alerts.model import Alert, CorrelationPart, IndicatorPart
    from noroshi.engine.hits import Evidence, Listed
    from noroshi.identity.model import Join
    from noroshi.indicators.indicator import SourceClaim

MAX_VALUE: Final = 4096
"""Characters of a matched value that are shown; the event holds the whole."""
MAX_DEPTH: Final = 100
SHORT_LIST: Final = 20
"""Contributing hits that are told in full; all known ids stand beside them."""
_SMALLEST: Final = -(2**63)
_LARGEST: Final = 2**64 - 1


def to_line(alert: Alert) -> bytes:
    """One line of NDJSON in UTF-8 with its line end."""
    return dumps(to_dict(alert)) + b"\n"


def dumps(value: Any) -> bytes:
    """JSON of any value: what JSON cannot hold is written as the nearest thing that it can.

    Integers beyond 64 bits become text, lone surrogates U+FFFD, keys text, NaN and infinity null, nesting
    beyond `MAX_DEPTH` an ellipsis.
    """
    try:
        return orjson.dumps(value, default=_other)
    except (TypeError, ValueError, RecursionError):
        return orjson.dumps(_cleaned(value, 0))


def to_dict(alert: Alert) -> dict[str, Any]:
    """The alert as JSON values, keys in the order of the line; an indicator's ends with ``indicator``."""
    line = _line(alert)
    return line if alert.indicator is None else line | {"indicator": _indicator(alert.indicator)}


def _line(alert: Alert) -> dict[str, Any]:
    return {
        "alert_id": alert.alert_id,
        "kind": alert.kind,
        "rule": _rule(alert),
        "time": iso(alert.time),
        "tenant": alert.tenant,
        "entities": _entities(alert),
        "outcome": alert.outcome,
        "meaning": alert.meaning,
        "count": alert.count,
        "first": iso(alert.first),
        "last": iso(alert.last),
        "logsource": _logsource(alert),
        "matched": [_matched(item) for item in alert.matched],
        "source": {"path": alert.source.path, "record": alert.source.record},
        "event": alert.event if alert.correlation is None else _correlation(alert.correlation, alert.count),
        "revision": alert.revision,
        "event_id": alert.event_id or None,
        "time_zone_from": alert.zone or None,
        "joins": [_join(join) for join in alert.joins],
    }


def _indicator(part: IndicatorPart) -> dict[str, Any]:
    known = part.indicator
    return {
        "type": known.type,
        "value": known.value,
        "precision": part.precision,
        "score": part.score,
        "threats": list(known.threats),
        "families": list(known.families),
        "tags": list(known.tags),
        "pyramid_level": known.level.name.lower(),
        "compromised_site": known.compromised_site,
        "exclusion": {"verdict": part.exclusion, "list": part.exclusion_list or None},
        "reasons": list(part.reasons),
        "claims": [_claim(claim) for claim in known.claims],
    }


def _claim(claim: SourceClaim) -> dict[str, Any]:
    return {
        "source": claim.source,
        "reference": claim.reference or None,
        "first_seen": iso(claim.first_seen) if claim.first_seen else None,
        "last_seen": iso(claim.last_seen) if claim.last_seen else None,
        "confidence": claim.confidence,
        "tlp": claim.tlp,
    }


def iso(time: datetime) -> str | None:
    """ISO 8601 in UTC with milliseconds: ``2020-07-22T04:12:09.123Z``; None for a time that is unknown."""
    if not is_known(time):
        return None
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _rule(alert: Alert) -> dict[str, Any]:
    rule = alert.rule
    shown = {"id": rule.id, "title": rule.title, "level": rule.level, "tags": list(rule.tags)}
    return shown if rule.level == rule.own_level else shown | {"own_level": rule.own_level}


def _entities(alert: Alert) -> dict[str, str]:
    named = ((part.name, getattr(alert.entities, part.name)) for part in dataclasses.fields(alert.entities))
    return {name: value for name, value in named if value is not None}


def _logsource(alert: Alert) -> dict[str, Any]:
    source = alert.logsource
    return {
        "product": source.product,
        "service": source.service,
        "categories": sorted(source.categories),
    }


def _join(join: Join) -> dict[str, Any]:
    evidence, link = join.link.evidence, join.link
    return {
        "known": {join.known.kind: join.known.name},
        "found": {join.found.kind: join.found.name},
        "since": iso(link.start) if link.start else None,
        "until": iso(link.end) if link.end else None,
        "evidence": {
            "what": evidence.what,
            "event_id": evidence.event_id or None,
            "path": evidence.path,
            "record": evidence.position,
        },
    }


def _matched(one: Evidence) -> dict[str, Any]:
    shown = one.value if len(one.value) <= MAX_VALUE else one.value[:MAX_VALUE] + "…"
    matched = {"field": one.field, "value": shown, "pattern": one.pattern}
    return matched if one.listed is None else matched | {"indicator": _listed(one.listed)}


def _listed(one: Listed) -> dict[str, Any]:
    return {
        "list": one.name,
        "value": one.entry,
        "precision": one.precision,
        "threat": one.threat or None,
        "family": one.family or None,
        "source": one.source or None,
        "first_seen": one.first_seen or None,
        "confidence": one.confidence,
        "compromised_site": one.compromised_site,
    }


def _correlation(part: CorrelationPart, count: int) -> dict[str, Any]:
    hits = [
        {
            "time": iso(hit.time),
            "rule": hit.rule_id,
            "event_id": hit.event_id,
            "outcome": hit.outcome,
            "path": hit.path,
            "record": hit.position,
        }
        for hit in part.contributors[:SHORT_LIST]
    ]
    return {
        "type": part.type,
        "group": dict(part.group),
        "measure": part.measure,
        "rules": [{"id": name, "title": title, "count": number} for name, title, number in part.rules],
        "contributing": [hit.event_id for hit in part.contributors],
        "not_listed": count - len(part.contributors),
        "hits": hits,
        "partial": part.partial,
    }


def _other(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _cleaned(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return value if _SMALLEST <= value <= _LARGEST else str(value)
    if depth >= MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {_text(str(name)): _cleaned(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner, depth + 1) for inner in value]
    if isinstance(value, datetime):
        return iso(value) if value.tzinfo is not None else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return _cleaned(_other(value), depth + 1)


def _text(value: str) -> str:
    return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in value)
