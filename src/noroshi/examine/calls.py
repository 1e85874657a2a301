"""Calls to a C2 server among the requests of a capture: data sent to a bare address, from nowhere else.

A browser that posts to an address has loaded a page of it before. What posts to a bare address and names that
very address as the page it comes from (Emotet, 2019 to 2021), or comes from nowhere, has not.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from noroshi.examine.model import EffectKind

if TYPE_CHECKING:
    from noroshi.examine.model import Effect


@dataclass(frozen=True, slots=True)
class Call:
    """A call.

    Attributes:
        address, port: Of the server.
        refers_to_itself: Whether its Referer is the URL itself, ports left aside.
    """

    address: str
    port: int
    refers_to_itself: bool

    @property
    def shape(self) -> str:
        """What stays when server and path change."""
        referer = "Referer = own URL" if self.refers_to_itself else "no Referer"
        return f"POST to ‹bare address›, {referer}"


def call_of(effect: Effect) -> Call | None:
    """The call that a request is, or None."""
    given = effect.arguments
    if effect.kind is not EffectKind.REQUEST or given.get("method", "").upper() != "POST":
        return None
    try:
        url, referer = urlsplit(given.get("url", "")), urlsplit(given.get("referer", ""))
        address = ipaddress.ip_address(url.hostname or "")
        port = url.port or (443 if url.scheme == "https" else 80)
    except ValueError:
        return None
    itself = bool(referer.hostname) and (url.hostname, url.path) == (referer.hostname, referer.path)
    if referer.hostname and not itself:
        return None
    return Call(str(address), port, itself)
