"""URLhaus (abuse.ch): URLs that serve malware, as CSV, as text, or by its API with a key.

CSV: the header stands in a comment, times are UTC, tags are joined by commas in one cell.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.rows import table
from noroshi.collect.session import parsed
from noroshi.errors import LocatedError
from noroshi.indicators.exchange.format import clean, parse_instant, threats_of, word_set
from noroshi.indicators.indicator import Indicator, SourceClaim, Threat

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from noroshi.collect.session import Session

_COLUMNS: Final = frozenset(
    {"id", "dateadded", "url", "url_status", "last_online", "threat", "tags", "urlhaus_link", "reporter"}
)


class UrlHaus:
    """``format``: csv (default), text, api."""

    name: Final = "urlhaus"
    base_url: Final = "https://urlhaus.abuse.ch"
    usual: Final = timedelta(hours=24)
    incremental: Final = False

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """One indicator a row."""
        match session.settings.format or "csv":
            case "csv":
                return _from_csv(session)
            case "text":
                return _from_text(session)
            case "api":
                return _from_api(session)
            case other:
                raise LocatedError(self.name, "format", f"`{other[:40]}` is none", "use csv, text or api")


def _from_csv(session: Session) -> Iterator[Indicator | LocatedError]:
    path = "downloads/csv_recent/"
    body = session.get_if_new(path)
    for row in table(session, body, path, _COLUMNS) if body is not None else ():
        if isinstance(row, LocatedError):
            yield row
        else:
            number, cells = row
            yield _indicator(session, f"line {number}", cells, cells.get("tags", "").split(","))


def _from_text(session: Session) -> Iterator[Indicator | LocatedError]:
    body = session.get_if_new("downloads/text_recent/")
    for number, line in enumerate((body or b"").decode("utf-8", "replace").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield _indicator(session, f"line {number}", {"url": line.strip()}, [])


def _from_api(session: Session) -> Iterator[Indicator | LocatedError]:
    answer = parsed(session.get("v1/urls/recent/", headers={"Auth-Key": session.need_key()}))
    rows = answer.get("urls") if isinstance(answer, dict) else None
    status = answer.get("query_status") if isinstance(answer, dict) else None
    if status == "no_results":
        return
    if status != "ok" or not isinstance(rows, list):
        raise LocatedError("urlhaus", "query_status", f"answers `{str(status)[:80]}`", "check the key")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            yield LocatedError("urlhaus", f"row {number}", "is no object", "")
            continue
        cells = {key: str(value) for key, value in row.items() if value is not None}
        cells.setdefault("urlhaus_link", cells.get("urlhaus_reference", ""))
        cells.setdefault("dateadded", cells.get("date_added", ""))
        tags: Any = row.get("tags")
        yield _indicator(session, f"row {number}", cells, tags if isinstance(tags, list) else [])


def _indicator(
    session: Session, place: str, cells: Mapping[str, str], tags: list[Any]
) -> Indicator | LocatedError:
    try:
        first = parse_instant(cells.get("dateadded", ""))
        claim = SourceClaim(
            "",
            clean(cells.get("urlhaus_link", "")),
            threats=threats_of([cells.get("threat", "")]) or (Threat.DOWNLOAD,),
            tags=word_set(str(tag) for tag in tags),
            first_seen=first,
            last_seen=parse_instant(cells.get("last_online", "")) or first,
            external_id=clean(cells.get("id", "")),
        )
        return Indicator.of(cells.get("url", ""), "url", session.defaults.apply(claim))
    except ValueError as error:
        return LocatedError("urlhaus", place, str(error), "")
