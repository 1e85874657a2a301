"""One file a source; `SOURCES` has them by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.collect.sources.misp import MispFeed
from noroshi.collect.sources.taxii import Taxii
from noroshi.collect.sources.threatfox import ThreatFox
from noroshi.collect.sources.urlhaus import UrlHaus
from noroshi.collect.sources.x import X

if TYPE_CHECKING:
    from noroshi.collect.session import Source

_ALL: Final[tuple[Source, ...]] = (UrlHaus(), ThreatFox(), X(), MispFeed(), Taxii())
SOURCES: Final[dict[str, Source]] = {one.name: one for one in _ALL}
