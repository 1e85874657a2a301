"""Hatching Triage: configurations, droppers and network of analysed specimens, from ``overview.json``.

``search``: ``GET v0/search?query=`` (``query = "family:emotet"``); ``public``, ``owned``: ``GET
v0/samples?subset=``. Pages by ``next`` → ``offset``. Each report is read once, from
``v1/samples/ID/overview.json``: ``extracted[].config`` (``family``, ``c2[]``, ``mutex[]``) and
``extracted[].dropper.urls[]`` are what the specimen itself says; ``targets[].iocs`` is what the machine
talked to, so candidates. A specimen with a score below 8 is a candidate as well. The key goes as
``Authorization: Bearer``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from noroshi.collect.sandbox import Reports, hashes, places
from noroshi.collect.session import parsed
from noroshi.collect.statements import Statement, children, stated, word, word_list
from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.format import parse_instant, word_set
from noroshi.indicators.indicator import SourceClaim, Status, Threat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.indicators.indicator import Indicator

MAX_PAGES: Final = 10
_KNOWN_BAD: Final = 8
_REPORT: Final = frozenset({"sample", "analysis"})
_MORE: Final = frozenset(
    {"version", "tasks", "targets", "signatures", "extracted", "errors", "ttp", "build", "static"}
)


class Triage:
    """``format``: search (default, needs `query`), public, owned."""

    name: Final = "triage"
    addresses: Final = dict.fromkeys(("search", "public", "owned"), "https://api.tria.ge")
    usual: Final = timedelta(days=7)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The indicators of every report that is new."""
        headers = {"Authorization": f"Bearer {session.need_key()}"}
        reports = Reports(session)

        def fetch(one: str) -> Any:
            return parsed(session.get(f"v1/samples/{quote(one)}/overview.json", headers=headers))

        rows = reports.fetched(_listed(session, headers, reports), fetch, _REPORT, _MORE)
        return stated(session, rows, lambda report: _statements(session, report))


def _listed(session: Session, headers: dict[str, str], reports: Reports) -> Iterator[str]:
    """Ids of reported specimens, the newest first, until a page holds nothing new."""
    path, params = "v0/samples", {"subset": session.format, "limit": "50"}
    if session.format == "search":
        if not session.settings.query:
            raise LocatedError(session.feed, "", "has nothing to search for", 'set query, as "family:emotet"')
        path, params = "v0/search", {"query": session.settings.query, "limit": "50"}
    for _ in range(MAX_PAGES):
        answer = session.get(path, headers=headers, **params)
        page = parsed(answer)
        session.watch(page, frozenset({"data"}), frozenset({"next"}))
        if not isinstance(page, dict) or not isinstance(page.get("data"), list):
            raise LocatedError(answer.url, "", "sends no list of specimens", "check base_url")
        ids = reports.listed(children(page["data"]))
        yield from ids
        if not page.get("next") or reports.end_here(ids):
            return
        params["offset"] = str(page["next"])


def _statements(session: Session, report: dict[str, Any]) -> Iterator[Statement]:
    sample, analysis = report.get("sample"), report.get("analysis")
    if not isinstance(sample, dict) or not isinstance(analysis, dict):
        raise TypeError(Sentence("is no overview of a specimen"))
    score = analysis.get("score")
    said = SourceClaim(
        "",
        f"https://tria.ge/{word(sample, 'id')}",
        families=word_set(word_list(analysis, "family")),
        tags=word_set(word_list(analysis, "tags")),
        first_seen=parse_instant(word(sample, "created")),
        last_seen=parse_instant(word(sample, "completed")),
        external_id=word(sample, "id"),
    )
    bad = isinstance(score, int) and score >= _KNOWN_BAD
    status = Status.ACTIVE if bad else Status.CANDIDATE
    yield Statement(replace(said, threats=(Threat.PAYLOAD,)), hashes(sample), status)
    for one in children(report.get("extracted")):
        yield from _extracted(session, said, one)
    for target in children(report.get("targets")):
        iocs = target.get("iocs")
        texts = (
            [text for name in ("urls", "domains", "ips") for text in word_list(iocs, name)]
            if isinstance(iocs, dict)
            else []
        )
        yield Statement(said, places(session, texts), Status.CANDIDATE)


def _extracted(session: Session, said: SourceClaim, one: dict[str, Any]) -> Iterator[Statement]:
    config, dropper = one.get("config"), one.get("dropper")
    if isinstance(config, dict):
        families = word_set([word(config, "family")]) or said.families
        tags = word_set([*said.tags, word(config, "botnet"), word(config, "campaign")])
        own = replace(said, families=families, tags=tags)
        called = replace(own, threats=(Threat.C2,))
        yield Statement(called, places(session, word_list(config, "c2")))
        yield Statement(own, tuple(("mutex", text) for text in word_list(config, "mutex")))
    if isinstance(dropper, dict):
        urls = [word(url, "url") for url in children(dropper.get("urls"))]
        yield Statement(replace(said, threats=(Threat.DOWNLOAD,)), places(session, urls))
