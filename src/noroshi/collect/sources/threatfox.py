"""ThreatFox (abuse.ch): addresses, URLs and hashes with their malware family.

CSV has 14 columns (until 2024) or 15 (``is_compromised``): cells are read by name. The JSON export is an
object of lists of one; the API names the same things otherwise (``ioc``, times with ``UTC``, tags as list).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

from noroshi.collect.rows import table
from noroshi.errors import LocatedError
from noroshi.indicators.exchange.format import clean, parse_confidence, parse_instant, threats_of, word_set
from noroshi.indicators.indicator import Indicator, SourceClaim

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from noroshi.collect.session import Session

_COLUMNS: Final = frozenset({
    "first_seen_utc", "ioc_id", "ioc_value", "ioc_type", "threat_type", "fk_malware", "malware_alias",
    "malware_printable", "last_seen_utc", "confidence_level", "reference", "tags", "anonymous", "reporter",
})  # fmt: skip
_LATER: Final = frozenset({"is_compromised"})
_DAYS: Final = 3


class ThreatFox:
    """``format``: csv (default), json, api."""

    name: Final = "threatfox"
    base_url: Final = "https://threatfox.abuse.ch"
    usual: Final = timedelta(hours=24)
    incremental: Final = False

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """One indicator a row."""
        match session.settings.format or "csv":
            case "csv":
                return _from_csv(session)
            case "json":
                return _from_json(session)
            case "api":
                return _from_api(session)
            case other:
                raise LocatedError(self.name, "format", f"`{other[:40]}` is none", "use csv, json or api")


def _from_csv(session: Session) -> Iterator[Indicator | LocatedError]:
    path = "export/csv/recent/"
    body = session.get_if_new(path)
    for row in table(session, body, path, _COLUMNS, _LATER) if body is not None else ():
        yield row if isinstance(row, LocatedError) else _indicator(session, f"line {row[0]}", row[1])


def _from_json(session: Session) -> Iterator[Indicator | LocatedError]:
    body = session.get_if_new("export/json/recent/")
    if body is None:
        return
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise LocatedError("threatfox", f"byte {error.pos}", "sends no JSON", "check base_url") from None
    if not isinstance(document, dict):
        raise LocatedError("threatfox", "", "sends no object of rows", "check base_url")
    for number, rows in document.items():
        for row in rows if isinstance(rows, list) else [rows]:
            yield _from_object(session, f"ioc {number[:40]}", row)


def _from_api(session: Session) -> Iterator[Indicator | LocatedError]:
    asked = {"query": "get_iocs", "days": _DAYS}
    answer = session.post_json("api/v1/", asked, {"Auth-Key": session.need_key()})
    status = answer.get("query_status") if isinstance(answer, dict) else None
    if status == "no_result":
        return
    if status != "ok" or not isinstance(answer.get("data"), list):
        raise LocatedError("threatfox", "query_status", f"answers `{str(status)[:80]}`", "check the key")
    for number, row in enumerate(answer["data"], 1):
        yield _from_object(session, f"row {number}", row)


def _from_object(session: Session, place: str, row: Any) -> Indicator | LocatedError:
    if not isinstance(row, dict):
        return LocatedError("threatfox", place, "is no object", "")
    tags = row.get("tags")
    cells = {key: str(value) for key, value in row.items() if value is not None}
    cells["tags"] = ",".join(map(str, tags)) if isinstance(tags, list) else cells.get("tags", "")
    for export, api in (("ioc_value", "ioc"), ("first_seen_utc", "first_seen"), ("ioc_id", "id"),
                        ("last_seen_utc", "last_seen")):  # fmt: skip
        cells.setdefault(export, cells.get(api, ""))
    return _indicator(session, place, cells)


def _indicator(session: Session, place: str, cells: Mapping[str, str]) -> Indicator | LocatedError:
    try:
        first = parse_instant(cells.get("first_seen_utc", ""))
        family = cells.get("malware_printable", "")
        claim = SourceClaim(
            "",
            clean(cells.get("reference", "")),
            threats=threats_of([cells.get("threat_type", "")]),
            families=word_set([] if family == "Unknown malware" else [family]),
            tags=word_set(cells.get("tags", "").split(",")),
            first_seen=first,
            last_seen=parse_instant(cells.get("last_seen_utc", "")) or first,
            confidence=parse_confidence(cells.get("confidence_level", "")),
            compromised_site=cells.get("is_compromised", "").lower() in {"true", "1"},
            external_id=clean(cells.get("ioc_id", "")),
        )
        kind = cells.get("ioc_type", "").removesuffix("_hash")
        return Indicator.of(cells.get("ioc_value", ""), kind, session.defaults.apply(claim))
    except (ValueError, KeyError) as error:
        return LocatedError("threatfox", place, str(error), "")
