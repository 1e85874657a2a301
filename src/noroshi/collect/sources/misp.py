"""A MISP feed: a folder with ``manifest.json`` and one ``UUID.json`` an event, over HTTP.

Only events that are new or have a newer ``timestamp`` than the one remembered are fetched. An event that
cannot be had is told and asked again next time.
"""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson

from noroshi.errors import LocatedError
from noroshi.indicators.exchange.misp import Misp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.indicators.indicator import Indicator

MAX_EVENTS: Final = 500
"""Of one run, the oldest first; the others come with the next."""


class MispFeed:
    """A folder of events."""

    name: Final = "misp"
    base_url: Final = ""
    usual: Final = timedelta(days=14)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The attributes of all events that are new."""
        known = session.memory.get("events", {})
        headers = {"Authorization": session.key} if session.key else {}
        manifest = _manifest(session.get("manifest.json", headers=headers).body)
        wanted: list[tuple[int, str]] = []
        for uuid, about in manifest.items():
            try:
                stamp = int(about["timestamp"])
                wanted.append((stamp, str(UUID(uuid))))
            except (ValueError, KeyError, TypeError):
                yield LocatedError("manifest.json", uuid[:60], "is no event with a timestamp", "")
        read = dict(known)
        new = sorted((stamp, uuid) for stamp, uuid in wanted if known.get(uuid, -1) < stamp)
        for stamp, uuid in new[:MAX_EVENTS]:
            try:
                body = session.get(f"{uuid}.json", headers=headers).body
            except LocatedError as error:
                yield error
                continue
            yield from Misp().read(io.BytesIO(body), f"{uuid}.json", session.defaults)
            read[uuid] = stamp
        listed = {uuid for _, uuid in wanted}
        session.news["events"] = {uuid: stamp for uuid, stamp in read.items() if uuid in listed}


def _manifest(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise LocatedError("manifest.json", f"byte {error.pos}", "is no JSON", "check base_url") from None
    if not isinstance(document, dict):
        raise LocatedError("manifest.json", "", "is no object of events", "check base_url")
    return document
