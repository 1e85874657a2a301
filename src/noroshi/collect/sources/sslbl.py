"""SSLBL (abuse.ch): certificates, addresses and JA3 fingerprints of C2 servers and their malware, as CSV.

``sslblacklist.csv``: ``# Listingdate,SHA1,Listingreason``; the reason is a family and a role (``Vidar C&C``).
``sslipblacklist.csv``: ``# Firstseen,DstIP,DstPort``. ``ja3_fingerprints.csv``: ``# ja3_md5,Firstseen,
Lastseen,Listingreason``. Remote administration tools that honest people use are listed too, and many programs
share a JA3: a fingerprint is a candidate, and a reason without a role is no C2.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.abusech import csv_rows
from noroshi.collect.statements import Statement, stated, word
from noroshi.indicators.exchange.format import parse_instant, word_set
from noroshi.indicators.indicator import SourceClaim, Status, Threat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.collect.statements import Row
    from noroshi.errors import LocatedError
    from noroshi.indicators.indicator import Indicator

_HOME: Final = "https://sslbl.abuse.ch"
_FILES: Final = {
    "certificates": ("blacklist/sslblacklist.csv", frozenset({"Listingdate", "SHA1", "Listingreason"})),
    "addresses": ("blacklist/sslipblacklist.csv", frozenset({"Firstseen", "DstIP", "DstPort"})),
    "ja3": (
        "blacklist/ja3_fingerprints.csv",
        frozenset({"ja3_md5", "Firstseen", "Lastseen", "Listingreason"}),
    ),
}
_ROLES: Final = {
    "c&c": (Threat.C2,),
    "c2": (Threat.C2,),
    "malware distribution": (Threat.DOWNLOAD,),
    "mitm": (),
}
_REASON: Final = re.compile(
    r"(?P<family>.*?)\s*(?P<role>C&C|C2|malware distribution|MITM)?\s*", re.IGNORECASE
)


class SslBl:
    """``format``: certificates (default), addresses, ja3."""

    name: Final = "sslbl"
    addresses: Final = dict.fromkeys(_FILES, _HOME)
    usual: Final = timedelta(days=7)
    incremental: Final = False

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """One indicator a row."""
        return stated(session, _rows(session), _statement)


def _rows(session: Session) -> Iterator[Row | LocatedError]:
    path, columns = _FILES[session.format]
    return csv_rows(session, path, columns)


def _statement(cells: dict[str, Any]) -> Iterator[Statement]:
    first = parse_instant(word(cells, "Listingdate") or word(cells, "Firstseen"))
    match = _REASON.fullmatch(word(cells, "Listingreason"))
    family, role = (match["family"], (match["role"] or "").lower()) if match else ("", "")
    address = "DstIP" in cells
    claim = SourceClaim(
        "",
        threats=(Threat.C2,) if address else _ROLES.get(role, ()),
        families=word_set([family]),
        tags=word_set([] if address or "ja3_md5" in cells else ["certificate"]),
        first_seen=first,
        last_seen=parse_instant(word(cells, "Lastseen")) or first,
    )
    if address:
        yield Statement(claim, (("ip:port", f"{word(cells, 'DstIP')}:{word(cells, 'DstPort')}"),))
    elif "ja3_md5" in cells:
        yield Statement(claim, (("ja3", word(cells, "ja3_md5")),), Status.CANDIDATE)
    else:
        yield Statement(claim, (("sha1", word(cells, "SHA1")),))
