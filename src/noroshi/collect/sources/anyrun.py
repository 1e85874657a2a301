"""ANY.RUN: the indicators of sandbox reports, and the TI feed.

``iocs``: ``GET report/UUID/ioc/json`` for each of ``reports`` (ids or addresses of tasks): a bare list of
``{category, type, ioc, reputation}``; 2 is malicious, 1 suspicious, what is below is left out. A report
does not change, so each is read once. ``feed``: TAXII 2.1 (``collection``: full, ip, url, domain), only
what was modified. Both take the key as ``Authorization: API-KEY``.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.envelopes import Collection, objects_of
from noroshi.collect.rows import objects
from noroshi.collect.sandbox import Reports
from noroshi.collect.session import parsed
from noroshi.collect.statements import Statement, stated, word
from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.stix import read_objects
from noroshi.indicators.indicator import SourceClaim, Status, Threat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.collect.statements import Row
    from noroshi.indicators.indicator import Indicator

_TASK: Final = "https://app.any.run/tasks/"
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KEYS: Final = frozenset({"category", "type", "ioc", "reputation"})
_STATUSES: Final = {2: Status.ACTIVE, 1: Status.CANDIDATE}
_PAGE: Final = {"match[type]": "indicator", "limit": "10000"}


class AnyRun:
    """``format``: iocs (default), feed."""

    name: Final = "anyrun"
    addresses: Final = dict.fromkeys(("iocs", "feed"), "https://api.any.run")
    usual: Final = timedelta(days=30)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The indicators of new reports, or of the feed."""
        headers = {"Authorization": f"API-KEY {session.need_key()}"}
        return _feed(session, headers) if session.format == "feed" else _reports(session, headers)


def _reports(session: Session, headers: dict[str, str]) -> Iterator[Indicator | LocatedError]:
    ids = [match[0].lower() for one in session.settings.reports if (match := _UUID.search(one))]
    if not ids:
        raise LocatedError(session.feed, "", "has no reports to read", "set reports to ids of tasks")

    def fetch(one: str) -> Any:
        answer = session.get(f"report/{one}/ioc/json", headers=headers)
        found = parsed(answer)
        if not isinstance(found, list):
            raise LocatedError(answer.url, "", "sends no list of indicators", "check the key")
        return {"id": one, "iocs": found}

    for report in Reports(session).fetched(ids, fetch, frozenset({"iocs"})):
        if isinstance(report, LocatedError):
            yield report
        else:
            yield from stated(session, _rows(session, report), lambda cells: _statements(session, cells))


def _rows(session: Session, report: Row) -> Iterator[Row | LocatedError]:
    for row in objects(session, report[1]["iocs"], _KEYS):
        yield row if isinstance(row, LocatedError) else (row[0], {**row[1], "report": report[1]["id"]})


def _statements(session: Session, cells: dict[str, Any]) -> Iterator[Statement]:
    main = word(cells, "category").lower() == "main object"
    status = _STATUSES.get(cells.get("reputation", 0), Status.CANDIDATE if main else None)
    if status is None:
        session.left_out[Sentence("neither malicious nor suspicious")] += 1
        return
    type_, report = word(cells, "type").lower(), word(cells, "report")
    threats = (Threat.PAYLOAD,) if type_ in {"sha256", "sha1", "md5"} else ()
    claim = SourceClaim("", _TASK + report, threats=threats, external_id=report)
    yield Statement(claim, ((type_, word(cells, "ioc")),), status)


def _feed(session: Session, headers: dict[str, str]) -> Iterator[Indicator | LocatedError]:
    which = session.settings.collection or "full"
    if not re.fullmatch(r"[\w-]{1,60}", which):
        raise LocatedError(session.feed, "collection", "is none", "use full, ip, url or domain")
    path = f"v1/feeds/taxii2/api1/collections/{which}/objects/"
    place = Collection(path, headers, _PAGE, "modified_after", "x-taxii-date-modified-last")
    found = [one for page in objects_of(session, place) for one in page]
    yield from read_objects(found, session.feed, session.defaults)
