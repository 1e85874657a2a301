"""TweetFeed: indicators that researchers posted on X, gathered by TweetFeed, as CSV or by its API.

CSV: ``week.csv`` in TweetFeed's repository, without header (`indicators.exchange.tweetfeed`); the week and
not the day, so that what is posted before midnight is not missed. API: ``v1/week`` gives a list of
``{date, user, type, value, tags[], tweet}``.
"""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.rows import objects
from noroshi.collect.session import parsed_body
from noroshi.collect.statements import Statement, stated, word, word_list
from noroshi.errors import LocatedError
from noroshi.indicators.exchange import tweetfeed
from noroshi.indicators.exchange.format import parse_instant, threats_of, word_set
from noroshi.indicators.indicator import SourceClaim, Tlp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.collect.statements import Row
    from noroshi.indicators.indicator import Indicator

_KEYS: Final = frozenset({"date", "user", "type", "value", "tags", "tweet"})


class TweetFeed:
    """``format``: csv (default), api."""

    name: Final = "tweetfeed"
    addresses: Final = {
        "csv": "https://raw.githubusercontent.com/0xDanielLopez/TweetFeed/master",
        "api": "https://api.tweetfeed.live",
    }
    usual: Final = timedelta(days=2)
    incremental: Final = False

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """One indicator a row, the account as its source."""
        return _csv(session) if session.format == "csv" else stated(session, _api(session), _statement)


def _csv(session: Session) -> Iterator[Indicator | LocatedError]:
    path = "week.csv"
    body = session.get_if_new(path)
    if body is not None:
        yield from tweetfeed.TweetFeed().read(io.BytesIO(body), path, session.defaults)


def _api(session: Session) -> Iterator[Row | LocatedError]:
    path = "v1/week"
    body = session.get_if_new(path)
    if body is None:
        return
    document = parsed_body(body, path)
    if not isinstance(document, list):
        raise LocatedError(path, "", "sends no list of rows", "check base_url")
    yield from objects(session, document, _KEYS)


def _statement(cells: dict[str, Any]) -> Iterator[Statement]:
    seen = parse_instant(word(cells, "date"))
    words = [one.lstrip("#") for one in word_list(cells, "tags")]
    claim = SourceClaim(
        f"tweetfeed:{word(cells, 'user')}",
        word(cells, "tweet"),
        threats=threats_of(words),
        tags=word_set(words),
        first_seen=seen,
        last_seen=seen,
        tlp=Tlp.CLEAR,
    )
    yield Statement(claim, ((word(cells, "type"), word(cells, "value")),))
