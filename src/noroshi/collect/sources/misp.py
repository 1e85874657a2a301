"""A MISP feed: a folder with ``manifest.json`` and one ``UUID.json`` an event, over HTTP.

The manifest is asked for conditionally (it is a plain file), unless events of it are still to be read. Only
events that are new or have a newer ``timestamp`` than the one remembered are fetched. An event that cannot be
had is told and asked again next time.
"""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from noroshi.collect.session import parsed_body
from noroshi.errors import LocatedError
from noroshi.indicators.exchange.misp import Misp, attributes_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.indicators.indicator import Indicator

MAX_EVENTS: Final = 500
"""Of one run, the oldest first; the others come with the next."""
_MANIFEST: Final = "manifest.json"
_ABOUT: Final = frozenset({"Orgc", "Tag", "info", "date", "analysis", "threat_level_id"})
_NEEDED: Final = frozenset({"type", "value"})
_KNOWN: Final = frozenset({
    "id", "uuid", "event_id", "object_id", "object_relation", "category", "to_ids", "timestamp",
    "distribution", "sharing_group_id", "SharingGroup", "comment", "deleted", "disable_correlation",
    "first_seen", "last_seen", "Tag", "Galaxy", "ShadowAttribute", "Sighting", "data", "RelatedAttribute",
})  # fmt: skip
"""Of an attribute (MISP core format), besides what it cannot do without."""


class MispFeed:
    """A folder of events."""

    name: Final = "misp"
    addresses: Final = {"folder": ""}
    usual: Final = timedelta(days=14)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The attributes of all events that are new."""
        headers = session.key_as("Authorization")
        body = session.get_if_new(_MANIFEST, headers)
        if body is None:
            return
        known = session.memory.get("events", {})
        wanted: list[tuple[int, str]] = []
        for uuid, about in _manifest(body).items():
            session.watch(about, frozenset({"timestamp"}), _ABOUT)
            try:
                wanted.append((int(about["timestamp"]), str(UUID(uuid))))
            except (ValueError, KeyError, TypeError):
                yield LocatedError(_MANIFEST, uuid[:60], "is no event with a timestamp", "")
        read = dict(known)
        new = sorted((stamp, uuid) for stamp, uuid in wanted if known.get(uuid, -1) < stamp)
        for stamp, uuid in new[:MAX_EVENTS]:
            try:
                event = session.get(f"{uuid}.json", headers=headers).body
            except LocatedError as error:
                yield error
                continue
            for attribute in attributes_in(event):
                session.watch(attribute, _NEEDED, _KNOWN)
            yield from Misp().read(io.BytesIO(event), f"{uuid}.json", session.defaults)
            read[uuid] = stamp
        if any(read.get(uuid, -1) < stamp for stamp, uuid in new):
            session.read_again()
        listed = {uuid for _, uuid in wanted}
        session.news["events"] = {uuid: stamp for uuid, stamp in read.items() if uuid in listed}


def _manifest(body: bytes) -> dict[str, Any]:
    document = parsed_body(body, _MANIFEST)
    if not isinstance(document, dict):
        raise LocatedError(_MANIFEST, "", "is no object of events", "check base_url")
    return document
