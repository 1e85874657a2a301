"""Cryptolaemus: the daily pastes on Emotet, as Atom feed or page by page.

A paste is one HTML page; every section begins with ``<h4 id="epoch-1-c2s">`` and holds one item a line. The
section says what an item is, so keys, credits and links to sandboxes never become indicators: only the
sections in `_SECTIONS` are read, those in `_SKIPPED` are left out and counted, and any other is drift. The
sites that served documents and executables were nearly all compromised.

``atom``: ``feed.xml`` with whole pages as content. ``html``: the pages that the front page links to
(``emotet/YYYY/MM/DD/….html``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from noroshi.collect.posts import MAX_PAGES, new_posts
from noroshi.collect.statements import Statement, indicators_of
from noroshi.errors import LocatedError, Sentence
from noroshi.indicators import extract
from noroshi.indicators.extraction import Choices
from noroshi.indicators.extraction.documents import decoded
from noroshi.indicators.indicator import SourceClaim, Threat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.indicators.indicator import Indicator

_HEADING: Final = re.compile(
    r"<h[1-6]\b[^>]{0,500}?\bid\s*=\s*[\"']?([\w.-]{1,120})[^>]{0,500}>", re.IGNORECASE
)
_PAGE: Final = re.compile(r"emotet/(\d{4})/(\d\d)/(\d\d)/[\w.-]{1,120}\.html")
_EPOCH: Final = re.compile(r"epoch-(\d)\b")


@dataclass(frozen=True, slots=True)
class _Section:
    """What stands in a section: types that it may give, what they are used for, and a tag."""

    ids: re.Pattern[str]
    types: frozenset[str]
    threat: Threat
    tag: str = ""


_SECTIONS: Final = tuple(
    _Section(re.compile(ids), frozenset(types), threat, tag)
    for ids, types, threat, tag in (
        (r"epoch-\d-document-?downloader-links", ["url"], Threat.DOWNLOAD, "document"),
        (r"epoch-\d-payloads-by-document", ["url", "sha256"], Threat.DOWNLOAD, "payload"),
        (r"epoch-\d-payload-urls", ["url"], Threat.DOWNLOAD, "payload"),
        (r"epoch-\d-+c2s", ["ip:port"], Threat.C2, ""),
        (r"epoch-\d-+spam-c2s", ["ip:port"], Threat.C2, "spam"),
        (r"epoch-\d-+stealer-c2s", ["ip:port"], Threat.C2, "stealer"),
    )
)
_SKIPPED: Final = re.compile(
    "daily-log|credits|what-is|community-lists|sandbox|report|news|key|notes|emotet-malware", re.IGNORECASE
)


class Cryptolaemus:
    """``format``: atom (default), html."""

    name: Final = "cryptolaemus"
    addresses: Final = dict.fromkeys(("atom", "html"), "https://paste.cryptolaemus.com")
    usual: Final = timedelta(days=30)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The indicators of every paste that is new, by section."""
        return _atom(session) if session.format == "atom" else _pages(session)


def _atom(session: Session) -> Iterator[Indicator | LocatedError]:
    for post in new_posts(session, "feed.xml"):
        if isinstance(post, LocatedError):
            yield post
        else:
            yield from _of_paste(session, post.content, post.link, post.at)


def _pages(session: Session) -> Iterator[Indicator | LocatedError]:
    body = session.get_if_new("")
    if body is None:
        return
    found = {match[0]: match for match in _PAGE.finditer(decoded(body))}
    if not found:
        raise LocatedError(session.base_url, "", "links to no paste", "check base_url")
    known = set(session.memory.get("pages", ()))
    read = known & found.keys()
    new = sorted(found.keys() - known, reverse=True)
    for path in new[:MAX_PAGES]:
        try:
            page = session.get(path)
            year, month, day = map(int, found[path].groups())
            at = datetime(year, month, day, tzinfo=UTC)
        except (LocatedError, ValueError) as error:
            yield error if isinstance(error, LocatedError) else LocatedError(path, "", str(error), "")
            continue
        yield from _of_paste(session, decoded(page.body), page.url, at)
        read.add(path)
    if set(new) - read:
        session.read_again()
    session.news["pages"] = sorted(read)


def _of_paste(
    session: Session, page: str, link: str, at: datetime | None
) -> Iterator[Indicator | LocatedError]:
    claim = SourceClaim("", link, families=("Emotet",), first_seen=at, last_seen=at)
    headings = list(_HEADING.finditer(page))
    if not headings:
        yield LocatedError(session.feed, link, "has no sections", "")
    for number, heading in enumerate(headings):
        end = headings[number + 1].start() if number + 1 < len(headings) else len(page)
        yield from _of_section(session, heading[1].lower(), page[heading.end() : end], claim)


def _of_section(
    session: Session, name: str, content: str, claim: SourceClaim
) -> Iterator[Indicator | LocatedError]:
    section = next((one for one in _SECTIONS if one.ids.match(name)), None)
    if section is None:
        if _SKIPPED.search(name):
            session.left_out[Sentence("section {name}", name=name[:60])] += 1
        else:
            session.drift.add(f"+{name[:40]}")
        return
    epoch = _EPOCH.match(name)
    tags = {one for one in (section.tag, f"epoch{epoch[1]}" if epoch else "") if one}
    served = section.threat is Threat.DOWNLOAD
    said = replace(claim, threats=(section.threat,), tags=tuple(sorted(tags)), compromised_site=served)
    document = replace(said, threats=(Threat.MAIL,), compromised_site=False)
    for found in extract(content, Choices(html=True)):
        if found.type not in section.types:
            session.left_out[Sentence("{type} in section {name}", type=found.type, name=name[:60])] += 1
            continue
        # A document's hash stands in the section of what it downloads.
        own = document if found.type == "sha256" else said
        yield from indicators_of(session, name, Statement(own, ((found.type, found.value),)))
