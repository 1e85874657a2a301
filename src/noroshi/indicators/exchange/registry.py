"""Formats by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from noroshi.indicators.exchange.blocking import LISTS, PolicyZone
from noroshi.indicators.exchange.misp import Misp
from noroshi.indicators.exchange.plain import PlainText
from noroshi.indicators.exchange.stix import StixBundle
from noroshi.indicators.exchange.suricata import SuricataRules
from noroshi.indicators.exchange.table import Table, header_of
from noroshi.indicators.exchange.tweetfeed import TweetFeed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from noroshi.indicators.exchange.format import Format
    from noroshi.indicators.indicator import Indicator


class BlockList(Protocol):
    """What another product blocks; only written."""

    @property
    def name(self) -> str:
        """As in ``--format``."""
        ...

    @property
    def types(self) -> frozenset[str]:
        """Types of indicators that can go into it."""
        ...

    def write(self, indicators: Iterable[Indicator], at: datetime) -> Iterator[bytes]:
        """The file in pieces."""
        ...


_FORMATS: Final[tuple[Format, ...]] = (StixBundle(), Misp(), Table(), PlainText(), TweetFeed())
FORMATS: Final[dict[str, Format]] = {one.name: one for one in _FORMATS}
"""Formats that are read and written."""
_BLOCK_LISTS: Final[tuple[BlockList, ...]] = (*LISTS, PolicyZone(), SuricataRules())
BLOCK_LISTS: Final[dict[str, BlockList]] = {one.name: one for one in _BLOCK_LISTS}
"""Formats that are only written."""


def recognise(head: bytes) -> str:
    """The format of a file by its first bytes: `stix`, `misp`, `tweetfeed`, `csv`, else `text`."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in {b"{", b"["}:
        return "stix" if b'"bundle"' in head or b'"objects"' in head or b'"spec_version"' in head else "misp"
    lines = start.decode("utf-8", "replace").splitlines()
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    if first.count(",") == 5 and first[:4].isdigit() and first[4:5] == "-":
        return "tweetfeed"
    return "csv" if any(_is_header(line) for line in lines[:50]) else "text"


def _is_header(line: str) -> bool:
    names = header_of(line)
    return names is not None and len(names) > 1
