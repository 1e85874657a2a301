"""Alerts as a Timesketch timeline in JSON lines: ``message``, ``datetime`` and ``timestamp_desc`` a line."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from noroshi.alerts.ndjson import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.alerts.model import Alert

_DESCRIPTION: Final = {"rule": "Noroshi alert", "correlation": "Noroshi correlation"}
_NO_TIME: Final = "Not a time"
"""What Plaso, whose events Timesketch shows, says of a timestamp of 0 that stands for none."""


def lines(alerts: Iterable[Alert]) -> Iterator[bytes]:
    """One line an alert."""
    for alert in alerts:
        yield dumps(_line(alert)) + b"\n"


def _line(alert: Alert) -> dict[str, Any]:
    who, source = alert.entities, alert.logsource
    return {
        "message": f"[{alert.rule.level}] {alert.rule.title}: {alert.meaning}"
        if alert.meaning
        else alert.rule.title,
        "datetime": alert.time.astimezone(UTC).isoformat(timespec="microseconds"),
        "timestamp": round(alert.time.timestamp() * 1_000_000),
        "timestamp_desc": _DESCRIPTION.get(alert.kind, "Noroshi alert") if alert.is_timed else _NO_TIME,
        "tag": [alert.rule.level, *alert.rule.tags],
        "rule_id": alert.rule.id,
        "rule_title": alert.rule.title,
        "level": alert.rule.level,
        "outcome": alert.outcome,
        "hostname": who.host or "",
        "username": who.user or "",
        "src_ip": who.address or "",
        "mailbox": who.mailbox or "",
        "product": source.product or "",
        "service": source.service or "",
        "matched": [one.sentence() for one in alert.matched],
        "source_path": alert.source.path,
        "source_record": "" if alert.source.record is None else str(alert.source.record),
        "alert_id": alert.alert_id,
    }
