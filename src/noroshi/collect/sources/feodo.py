"""Feodo Tracker (abuse.ch): C2 servers of Emotet, Dridex, QakBot and their like, as CSV or JSON.

CSV: a banner in comments, but the header is none: ``"first_seen_utc","dst_ip","dst_port","c2_status",
"last_online","malware"``. JSON: a list of ``{ip_address, port, status, hostname, as_number, as_name, country,
first_seen, last_online, malware}``. Both hold servers that are offline: those age by ``last_online``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.abusech import HEADER, csv_rows
from noroshi.collect.rows import objects
from noroshi.collect.session import parsed_body
from noroshi.collect.statements import Statement, stated, word
from noroshi.errors import LocatedError
from noroshi.indicators.exchange.format import parse_instant, word_set
from noroshi.indicators.indicator import SourceClaim, Threat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.collect.statements import Row
    from noroshi.indicators.indicator import Indicator

_COLUMNS: Final = frozenset({"first_seen_utc", "dst_ip", "dst_port", "c2_status", "last_online", "malware"})
_KEYS: Final = frozenset({
    "ip_address", "port", "status", "hostname", "as_number", "as_name", "country", "first_seen",
    "last_online", "malware",
})  # fmt: skip


class Feodo:
    """``format``: csv (default), json."""

    name: Final = "feodo"
    addresses: Final = {"csv": "https://feodotracker.abuse.ch", "json": "https://feodotracker.abuse.ch"}
    usual: Final = timedelta(days=14)
    incremental: Final = False

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """One ``ip:port`` a row."""
        return stated(session, {"csv": _csv, "json": _json}[session.format](session), _statement)


def _csv(session: Session) -> Iterator[Row | LocatedError]:
    return csv_rows(session, "downloads/ipblocklist.csv", _COLUMNS)


def _json(session: Session) -> Iterator[Row | LocatedError]:
    path = "downloads/ipblocklist.json"
    body = session.get_if_new(path, session.key_as(HEADER))
    if body is None:
        return
    document = parsed_body(body, path)
    if not isinstance(document, list):
        raise LocatedError(path, "", "sends no list of rows", "check base_url")
    yield from objects(session, document, _KEYS)


def _statement(cells: dict[str, Any]) -> Iterator[Statement]:
    first = parse_instant(word(cells, "first_seen_utc") or word(cells, "first_seen"))
    address = word(cells, "dst_ip") or word(cells, "ip_address")
    port = word(cells, "dst_port") or word(cells, "port")
    claim = SourceClaim(
        "",
        threats=(Threat.C2,),
        families=word_set([word(cells, "malware")]),
        tags=word_set([word(cells, "c2_status") or word(cells, "status")]),
        first_seen=first,
        last_seen=max(
            (one for one in (parse_instant(word(cells, "last_online")), first) if one), default=None
        ),
    )
    yield Statement(claim, (("ip:port", f"[{address}]:{port}" if ":" in address else f"{address}:{port}"),))
