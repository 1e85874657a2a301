"""Alerts as SARIF 2.1.0 (OASIS Standard, 27 March 2020): code-scanning pages and viewers read it."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from noroshi import __version__
from noroshi.alerts.ndjson import dumps, iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.alerts.model import Alert, RuleRef

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "informational": "note",
}
"""Level → SARIF's (section 3.27.10)."""
_SEVERITY: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "informational": "0.0"}
"""``security-severity``: a number from 0 to 10, as code-scanning pages sort by."""


def lines(alerts: Iterable[Alert]) -> Iterator[bytes]:
    """One document in pieces: results first, since the rules met are known only after them."""
    rules: dict[str, RuleRef] = {}
    places: dict[str, int] = {}
    yield f'{{"version":"2.1.0","$schema":"{SCHEMA}","runs":[{{"results":['.encode()
    for at, alert in enumerate(alerts):
        rules.setdefault(alert.rule.id, alert.rule)
        index = places.setdefault(alert.rule.id, len(places))
        yield (b",\n" if at else b"\n") + dumps(_result(alert, index))
    yield b'],\n"columnKind":"unicodeCodePoints","tool":' + dumps(_tool(rules)) + b"}]}\n"


def _result(alert: Alert, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": alert.rule.id,
        "ruleIndex": index,
        "level": LEVELS.get(alert.rule.level, "note"),
        "message": {"text": _message(alert)},
        "partialFingerprints": {"noroshiAlertId/v1": alert.alert_id},
        "properties": {
            "time": iso(alert.time),
            "outcome": alert.outcome,
            "level": alert.rule.level,
            "count": alert.count,
            "entities": {
                kind: value
                for kind in ("host", "user", "address", "mailbox")
                if (value := getattr(alert.entities, kind))
            },
            "record": alert.source.record,
        },
    }
    if alert.source.path:
        result["locations"] = [_location(alert)]
    return result


def _message(alert: Alert) -> str:
    matched = "; ".join(
        f"{one.field}: {one.value[:300]}" + (f" (list {one.listed.sentence()})" if one.listed else "")
        for one in alert.matched[:5]
    )
    return (
        f"{alert.meaning or alert.rule.title} ({matched})" if matched else alert.meaning or alert.rule.title
    )


def _location(alert: Alert) -> dict[str, Any]:
    uri = quote(PurePath(alert.source.path).as_posix(), safe="/!:@+,;=~.-_()")
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri}},
        "logicalLocations": [{"name": str(alert.source.record), "kind": "record"}],
    }


def _tool(rules: dict[str, RuleRef]) -> dict[str, Any]:
    return {
        "driver": {
            "name": "Noroshi",
            "semanticVersion": __version__,
            "rules": [_rule(rule) for rule in rules.values()],
        }
    }


def _rule(rule: RuleRef) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title or rule.id},
        "defaultConfiguration": {"level": LEVELS.get(rule.own_level or rule.level, "note")},
        "properties": {
            "tags": list(rule.tags),
            "security-severity": _SEVERITY.get(rule.own_level or rule.level, "0.0"),
        },
    }
