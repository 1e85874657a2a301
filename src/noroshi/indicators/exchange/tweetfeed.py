"""TweetFeed's CSV: indicators as posted on X, one a line, without a header.

Columns (0xDanielLopez/TweetFeed, ``YYYY/YYYYMM/YYYYMMDD.csv``): time in UTC (``2020-07-22 03:00:00``),
account, type (``url``, ``domain``, ``ip``, ``sha256``, ``md5``), value, tags (``#emotet #c2``, separated by
blanks, may be empty), address of the post.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, BinaryIO, Final

from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.format import clean, parse_instant, threats_of, word_set
from noroshi.indicators.exchange.lines import lines_of
from noroshi.indicators.indicator import Indicator, SourceClaim, Tlp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from noroshi.indicators.exchange.format import Defaults

TYPES: Final = ("url", "domain", "ip", "sha256", "md5")
_PREFIX: Final = "tweetfeed:"


class TweetFeed:
    """One claim a line: the account as source, the post as reference. Posts are public, so TLP:CLEAR."""

    name: Final = "tweetfeed"
    cannot_carry: Final = ("other_types", "other_words", "undated")

    def read(self, file: BinaryIO, path: str, defaults: Defaults) -> Iterator[Indicator | LocatedError]:
        """One indicator a line."""
        for line in lines_of(file, path):
            if isinstance(line, LocatedError):
                yield line
                continue
            number, text = line
            if not text.strip():
                continue
            try:
                yield _indicator(text, defaults)
            except (ValueError, csv.Error) as error:
                yield LocatedError(path, f"line {number}", str(error), "see TweetFeed's columns")

    def write(self, indicators: Iterable[Indicator], at: datetime) -> Iterator[bytes]:  # noqa: ARG002 - every line has its own
        """One line a claim that has a time, by the order of indicators."""
        for indicator in indicators:
            if indicator.type in TYPES:
                yield from (_line(indicator, claim) for claim in indicator.claims if claim.last_seen)

    def carried(self, indicator: Indicator) -> Indicator | None:
        """The claims with their last time only."""
        claims = [
            SourceClaim(
                _PREFIX + _account(claim),
                clean(claim.reference),
                threats=threats_of(_tags(claim)),
                tags=word_set(tag.lstrip("#") for tag in _tags(claim)),
                first_seen=claim.last_seen.replace(microsecond=0),
                last_seen=claim.last_seen.replace(microsecond=0),
                tlp=Tlp.CLEAR,
            )
            for claim in indicator.claims
            if claim.last_seen
        ]
        if indicator.type not in TYPES or not claims:
            return None
        return Indicator.of(indicator.value, indicator.type, *claims)


def _indicator(text: str, defaults: Defaults) -> Indicator:
    columns = next(csv.reader([text]))
    if len(columns) != 6:
        raise ValueError(Sentence("has {count:|column|columns} instead of 6", count=len(columns)))
    time, account, type_, value, tags, post = columns
    if type_ not in TYPES:
        raise ValueError(Sentence("`{type}` is no type of TweetFeed", type=type_[:40]))
    seen = parse_instant(time)
    if seen is None:
        raise ValueError("has no time")
    words = [tag.lstrip("#") for tag in tags.split()]
    claim = SourceClaim(
        _PREFIX + clean(account),
        clean(post),
        threats=threats_of(words),
        tags=word_set(words),
        first_seen=seen,
        last_seen=seen,
        tlp=Tlp.CLEAR,
    )
    try:
        return Indicator.of(value, type_, defaults.apply(claim))
    except ValueError as error:
        raise ValueError(Sentence("{value} {why}", value=f"`{value[:80]}`", why=error)) from None


def _line(indicator: Indicator, claim: SourceClaim) -> bytes:
    out = io.StringIO()
    seen = claim.last_seen.strftime("%Y-%m-%d %H:%M:%S") if claim.last_seen else ""
    tags = " ".join(f"#{tag}" for tag in _tags(claim))
    row = (seen, _account(claim), indicator.type, indicator.value, tags, claim.reference)
    csv.writer(out, lineterminator="\n").writerow(row)
    return out.getvalue().replace("\r", " ").encode("utf-8", "replace")


def _account(claim: SourceClaim) -> str:
    return _one_line(claim.source.removeprefix(_PREFIX))


def _tags(claim: SourceClaim) -> list[str]:
    return [tag for word in claim.tags for tag in word.replace("#", " ").split()]


def _one_line(text: str) -> str:
    return " ".join(text.split())
