"""TAXII 2.1 (OASIS, *TAXII Version 2.1*): the objects of one collection, page by page, only what was added.

``base_url`` is the API root. ``X-TAXII-Date-Added-Last`` is where the next run begins; a server may send
fewer objects than were asked for, so only ``more`` and ``next`` say whether there is another page.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from noroshi.collect.session import parsed
from noroshi.errors import LocatedError
from noroshi.indicators.exchange.stix import read_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.indicators.indicator import Indicator

MAX_PAGES: Final = 200
_ACCEPT: Final = "application/taxii+json;version=2.1"


class Taxii:
    """One collection."""

    name: Final = "taxii"
    addresses: Final = {"taxii": ""}
    usual: Final = timedelta(days=14)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The indicators with what they refer to; references may cross pages."""
        objects: list[Any] = []
        for page in _pages(session):
            objects += page
        yield from read_objects(objects, "taxii", session.defaults)


def _pages(session: Session) -> Iterator[list[Any]]:
    collection = session.settings.collection
    if not collection:
        raise LocatedError("taxii", "", "needs the id of a collection", "set collection")
    headers = {"Accept": _ACCEPT, **session.key_as("Authorization")}
    since = str(session.memory.get("added_after", ""))
    params = {"limit": "1000"} | ({"added_after": since} if since else {})
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        answer = session.get(f"collections/{quote(collection, safe='')}/objects/", headers=headers, **params)
        envelope = parsed(answer)
        if not isinstance(envelope, dict):
            raise LocatedError(answer.url, "", "sends no envelope", "check base_url")
        if last := answer.headers.get("x-taxii-date-added-last"):
            session.news["added_after"] = last
        found = envelope.get("objects", [])
        yield found if isinstance(found, list) else []
        following = envelope.get("next")
        if not envelope.get("more") or not following:
            return
        if str(following) in seen:
            raise LocatedError(answer.url, "", "sends the same page again and again", "tell the provider")
        seen.add(str(following))
        params["next"] = str(following)
