"""A query as SQL: a superset, which `Query.matches` then decides, so that both databases answer alike."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, or_, true

from noroshi.store.rows import one_word, to_micros
from noroshi.store.schema import INDICATOR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from noroshi.indicators.query import Query

_ROW = INDICATOR.c


def where(query: Query, at: datetime) -> ColumnElement[bool]:
    """The condition that every indicator of the query's answer fulfils."""
    return and_(true(), *_words(query), *_limits(query, at))


def _words(query: Query) -> Iterator[ColumnElement[bool]]:
    if query.types:
        yield _ROW.type.in_(sorted(query.types))
    if query.statuses:
        yield _ROW.status.in_(sorted(status.value for status in query.statuses))
    for column, wanted in (
        (_ROW.threats, query.threats),
        (_ROW.families, query.families),
        (_ROW.tags, query.tags),
        (_ROW.sources, query.sources),
    ):
        if wanted:
            spelt = (f"\n{one_word(word)}\n" for word in sorted(wanted))
            yield or_(*(column.contains(word, autoescape=True) for word in spelt))
    if query.text.isascii() and query.text:  # SQLite compares only ASCII without case
        yield _ROW.value.icontains(query.text, autoescape=True)


def _limits(query: Query, at: datetime) -> Iterator[ColumnElement[bool]]:
    if query.compromised_site is not None:
        yield _ROW.compromised_site.is_(query.compromised_site)
    if query.min_level is not None:
        yield _ROW.level >= query.min_level
    if query.min_confidence is not None:
        yield _ROW.confidence >= query.min_confidence
    if query.seen_within_days is not None:
        oldest = to_micros(at - timedelta(days=query.seen_within_days))
        yield or_(_ROW.last_seen >= oldest, _ROW.sighted_last >= oldest)
