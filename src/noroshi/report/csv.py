"""Alerts as CSV (RFC 4180) in UTF-8 with a byte order mark, as spreadsheets want it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from noroshi.alerts.ndjson import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.alerts.model import Alert

COLUMNS: Final = (
    "time", "level", "rule", "rule_id", "tags", "outcome", "host", "user", "address", "mailbox", "count",
    "first", "last", "meaning", "matched", "product", "service", "categories", "path", "record", "alert_id",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_LONGEST: Final = 32_000
"""Letters in a cell; spreadsheets end at 32,767."""


def lines(alerts: Iterable[Alert]) -> Iterator[bytes]:
    """The header and one record an alert."""
    yield "\ufeff".encode() + _record(COLUMNS)
    for alert in alerts:
        yield _record(_values(alert))


def _record(values: Iterable[object]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([_safe(str(value)) for value in values])
    return out.getvalue().encode("utf-8", "replace")


def _safe(text: str) -> str:
    """A value that a spreadsheet would calculate becomes text: a log must not run formulas."""
    cut = text[:_LONGEST].replace("\0", "\ufffd")
    return f"'{cut}" if cut.startswith(_FORMULA) else cut


def _values(alert: Alert) -> tuple[object, ...]:
    rule, who, source = alert.rule, alert.entities, alert.logsource
    return (
        iso(alert.time) or "",
        rule.level,
        rule.title,
        rule.id,
        " ".join(rule.tags),
        alert.outcome,
        who.host or "",
        who.user or "",
        who.address or "",
        who.mailbox or "",
        alert.count,
        iso(alert.first) or "",
        iso(alert.last) or "",
        alert.meaning,
        "; ".join(one.sentence() for one in alert.matched),
        source.product or "",
        source.service or "",
        " ".join(sorted(source.categories)),
        alert.source.path,
        "" if alert.source.record is None else alert.source.record,
        alert.alert_id,
    )
