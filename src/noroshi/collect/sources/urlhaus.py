"""URLhaus (abuse.ch): URLs that serve malware, as CSV, as text, or by its API with a key.

CSV: the header stands in a comment, times are UTC, tags are joined by commas in one cell. Text: one URL a
line. API: ``GET v1/urls/recent/``, numbers as strings, tags as a list or null.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.abusech import HEADER, answered_rows, csv_rows
from noroshi.collect.rows import objects
from noroshi.collect.session import parsed
from noroshi.collect.statements import Statement, stated, word, word_list
from noroshi.indicators.exchange.format import parse_instant, threats_of, word_set
from noroshi.indicators.indicator import SourceClaim, Threat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.collect.statements import Row
    from noroshi.errors import LocatedError
    from noroshi.indicators.indicator import Indicator

_COLUMNS: Final = frozenset(
    {"id", "dateadded", "url", "url_status", "last_online", "threat", "tags", "urlhaus_link", "reporter"}
)
_KEYS: Final = frozenset(
    {"id", "urlhaus_reference", "url", "url_status", "date_added", "threat", "reporter", "tags"}
)
_MORE_KEYS: Final = frozenset({"host", "larted", "blacklists", "takedown_time_seconds", "last_online"})


class UrlHaus:
    """``format``: csv (default), text, api."""

    name: Final = "urlhaus"
    addresses: Final = {
        "csv": "https://urlhaus.abuse.ch",
        "text": "https://urlhaus.abuse.ch",
        "api": "https://urlhaus-api.abuse.ch",
    }
    usual: Final = timedelta(hours=24)
    incremental: Final = False

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """One indicator a row."""
        return stated(session, {"csv": _csv, "text": _text, "api": _api}[session.format](session), _statement)


def _csv(session: Session) -> Iterator[Row | LocatedError]:
    return csv_rows(session, "downloads/csv_recent/", _COLUMNS)


def _text(session: Session) -> Iterator[Row | LocatedError]:
    body = session.get_if_new("downloads/text_recent/", session.key_as(HEADER))
    for number, line in enumerate((body or b"").decode("utf-8", "replace").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield f"line {number}", {"url": line.strip()}


def _api(session: Session) -> Iterator[Row | LocatedError]:
    answer = parsed(session.get("v1/urls/recent/", headers={HEADER: session.need_key()}))
    yield from objects(session, answered_rows(session, answer, "urls"), _KEYS, _MORE_KEYS)


def _statement(cells: dict[str, Any]) -> Iterator[Statement]:
    first = parse_instant(word(cells, "dateadded") or word(cells, "date_added"))
    claim = SourceClaim(
        "",
        word(cells, "urlhaus_link") or word(cells, "urlhaus_reference"),
        threats=threats_of([word(cells, "threat")]) or (Threat.DOWNLOAD,),
        tags=word_set(word_list(cells, "tags")),
        first_seen=first,
        last_seen=parse_instant(word(cells, "last_online")) or first,
        external_id=word(cells, "id"),
    )
    yield Statement(claim, (("url", word(cells, "url")),))
