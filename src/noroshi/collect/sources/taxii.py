"""TAXII 2.1: one collection of a server, ``base_url`` is the API root.

``X-TAXII-Date-Added-Last`` is where the next run begins (`collect.envelopes`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from noroshi.collect.envelopes import Collection, objects_of
from noroshi.errors import LocatedError
from noroshi.indicators.exchange.stix import read_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.indicators.indicator import Indicator

_PAGE: Final = {"limit": "1000"}


class Taxii:
    """One collection."""

    name: Final = "taxii"
    addresses: Final = {"taxii": ""}
    usual: Final = timedelta(days=14)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The indicators with what they refer to; references may cross pages."""
        collection = session.settings.collection
        if not collection:
            raise LocatedError("taxii", "", "needs the id of a collection", "set collection")
        path = f"collections/{quote(collection, safe='')}/objects/"
        objects: list[Any] = []
        for page in objects_of(session, Collection(path, session.key_as("Authorization"), _PAGE)):
            objects += page
        yield from read_objects(objects, "taxii", session.defaults)
