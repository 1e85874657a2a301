"""ThreatFox (abuse.ch): addresses, URLs and hashes with their malware family.

CSV has 14 columns (until 2024) or 15 (``is_compromised``): cells are read by name. The JSON export is an
object of lists of one; the API names the same things otherwise (``ioc``, times with ``UTC``, tags as list).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.abusech import HEADER, answered_rows, csv_rows
from noroshi.collect.rows import objects
from noroshi.collect.session import parsed_body
from noroshi.collect.statements import Statement, stated, word, word_list
from noroshi.errors import LocatedError
from noroshi.indicators.exchange.format import parse_confidence, parse_instant, threats_of, word_set
from noroshi.indicators.indicator import SourceClaim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.collect.statements import Row
    from noroshi.indicators.indicator import Indicator

_SHARED: Final = frozenset(
    {"threat_type", "malware_alias", "malware_printable", "confidence_level", "reference", "tags", "reporter"}
)
_TIMES: Final = frozenset({"first_seen_utc", "last_seen_utc", "ioc_value", "ioc_type", "anonymous"})
_COLUMNS: Final = _SHARED | _TIMES | {"ioc_id", "fk_malware"}
_EXPORT_KEYS: Final = _SHARED | _TIMES | {"malware"}
_API_KEYS: Final = _SHARED | {"id", "ioc", "ioc_type", "malware", "first_seen", "last_seen"}
_LATER: Final = frozenset({"is_compromised"})
_MORE_API_KEYS: Final = _LATER | {
    "threat_type_desc", "ioc_type_desc", "malware_malpedia", "comment", "malware_samples", "credits",
}  # fmt: skip
_DAYS: Final = 3


class ThreatFox:
    """``format``: csv (default), json, api."""

    name: Final = "threatfox"
    addresses: Final = {
        "csv": "https://threatfox.abuse.ch",
        "json": "https://threatfox.abuse.ch",
        "api": "https://threatfox-api.abuse.ch",
    }
    usual: Final = timedelta(hours=24)
    incremental: Final = False

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """One indicator a row."""
        return stated(session, {"csv": _csv, "json": _json, "api": _api}[session.format](session), _statement)


def _csv(session: Session) -> Iterator[Row | LocatedError]:
    return csv_rows(session, "export/csv/recent/", _COLUMNS, _LATER)


def _json(session: Session) -> Iterator[Row | LocatedError]:
    path = "export/json/recent/"
    body = session.get_if_new(path, session.key_as(HEADER))
    if body is None:
        return
    document = parsed_body(body, path)
    if not isinstance(document, dict):
        raise LocatedError(path, "", "sends no object of rows", "check base_url")
    yield from objects(session, _numbered(document), _EXPORT_KEYS, _LATER | {"ioc_id"})


def _numbered(document: dict[str, Any]) -> Iterator[Any]:
    for number, rows in document.items():
        for row in rows if isinstance(rows, list) else [rows]:
            yield {"ioc_id": number, **row} if isinstance(row, dict) else row


def _api(session: Session) -> Iterator[Row | LocatedError]:
    asked = {"query": "get_iocs", "days": _DAYS}
    answer = session.post_json("api/v1/", asked, {HEADER: session.need_key()})
    yield from objects(session, answered_rows(session, answer, "data"), _API_KEYS, _MORE_API_KEYS)


def _statement(cells: dict[str, Any]) -> Iterator[Statement]:
    first = parse_instant(word(cells, "first_seen_utc") or word(cells, "first_seen"))
    last = parse_instant(word(cells, "last_seen_utc") or word(cells, "last_seen"))
    family = word(cells, "malware_printable")
    claim = SourceClaim(
        "",
        word(cells, "reference"),
        threats=threats_of([word(cells, "threat_type")]),
        families=word_set([] if family == "Unknown malware" else [family]),
        tags=word_set(word_list(cells, "tags")),
        first_seen=first,
        last_seen=last or first,
        confidence=parse_confidence(word(cells, "confidence_level")),
        compromised_site=str(cells.get("is_compromised", "")).lower() in {"true", "1"},
        external_id=word(cells, "ioc_id") or word(cells, "id"),
    )
    kind = word(cells, "ioc_type").removesuffix("_hash")
    yield Statement(claim, ((kind, word(cells, "ioc_value") or word(cells, "ioc")),))
