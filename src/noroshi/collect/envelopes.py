"""TAXII 2.1 (OASIS, *TAXII Version 2.1*): the objects of one collection, page by page, only what is new.

A server may send fewer objects than were asked for, so only ``more`` and ``next`` say whether there is
another page. A header says where the next run begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.session import parsed
from noroshi.collect.statements import children
from noroshi.errors import LocatedError, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from noroshi.collect.session import Session

MAX_PAGES: Final = 200
_CURSORS: Final = frozenset({"more", "next"})
"""All that an envelope without objects may hold."""
_PROPERTIES: Final = frozenset({
    "type", "spec_version", "id", "created_by_ref", "created", "modified", "revoked", "labels", "confidence",
    "lang", "external_references", "object_marking_refs", "granular_markings", "extensions", "name",
    "description", "indicator_types", "pattern_type", "pattern_version", "valid_from", "valid_until",
    "kill_chain_phases",
})  # fmt: skip
"""Of an indicator, STIX 2.1, section 4.7, besides the pattern."""
_ACCEPT: Final = "application/taxii+json;version=2.1"


@dataclass(frozen=True, slots=True)
class Collection:
    """Where objects are.

    Attributes:
        path: Of the objects, below the base address.
        headers: With the key.
        params: Besides the cursor.
        since: Parameter that asks for what is new.
        until: Header of the answer that gives the next run's `since`.
    """

    path: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    since: str = "added_after"
    until: str = "x-taxii-date-added-last"


def objects_of(session: Session, collection: Collection) -> Iterator[list[Any]]:
    """The objects of each page.

    Raises:
        LocatedError: There is no answer, it is no envelope, or the server repeats itself.
    """
    headers = {"Accept": _ACCEPT, **collection.headers}
    since = str(session.memory.get(collection.since, ""))
    params = {**collection.params} | ({collection.since: since} if since else {})
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        answer = session.get(collection.path, headers=headers, **params)
        envelope = parsed(answer)
        if not isinstance(envelope, dict):
            raise LocatedError(answer.url, "", "sends no envelope", "check base_url")
        if last := answer.headers.get(collection.until):
            session.news[collection.since] = last
        if "objects" not in envelope and not envelope.keys() <= _CURSORS:
            session.watch(envelope, frozenset({"objects"}), _CURSORS)
            raise LocatedError(
                answer.url,
                "",
                Sentence("sends no `{name}`", name="objects"),
                "check base_url, or whether the provider has changed the format",
            )
        found = envelope.get("objects", [])
        for one in children(found):
            if one.get("type") == "indicator":
                session.watch(one, frozenset({"pattern"}), _PROPERTIES)
        yield found if isinstance(found, list) else []
        following = envelope.get("next")
        if not envelope.get("more") or not following:
            return
        if str(following) in seen:
            raise LocatedError(answer.url, "", "sends the same page again and again", "tell the provider")
        seen.add(str(following))
        params["next"] = str(following)
