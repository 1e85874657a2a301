"""Any feed of rows: CSV, JSON or one JSON object a line, with `columns` that say what its columns mean.

``base_url`` is the file itself. A JSON document may hold its rows anywhere (``rows = "data.items"``), as a
list or as an object of rows or of lists of rows; keys inside of keys are named with dots. A cell may hold a
list of values. The columns of the first run are the feed's own: what comes later is drift.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

from noroshi.collect.rows import Shape, objects, table, unpacked
from noroshi.collect.session import parsed_body
from noroshi.collect.statements import Statement, stated, word, word_list
from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.format import parse_confidence, parse_instant, threats_of, word_set
from noroshi.indicators.indicator import SourceClaim
from noroshi.indicators.kinds import guess_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.columns import Columns
    from noroshi.collect.session import Session
    from noroshi.collect.statements import Row
    from noroshi.indicators.indicator import Indicator

_MAX_DEPTH: Final = 8
_MAX_KEYS: Final = 2_000
_MILLISECONDS_FROM: Final = 100_000_000_000


class Table:
    """``format``: csv (default), json, ndjson; needs `base_url` and `columns`."""

    name: Final = "table"
    addresses: Final = dict.fromkeys(("csv", "json", "ndjson"), "")
    usual: Final = timedelta(days=7)
    incremental: Final = False

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The values of every row."""
        columns = session.settings.columns
        if columns is None or not (columns.value or columns.by_type):
            raise LocatedError(
                session.feed, "columns", "does not say where values are", "set value or by_type"
            )
        if len(columns.separator) != 1:
            raise LocatedError(session.feed, "columns.separator", "is no single letter", "use , or ;")
        return stated(session, _rows(session, columns), lambda cells: _statements(columns, cells))


def _rows(session: Session, columns: Columns) -> Iterator[Row | LocatedError]:
    body = session.get_if_new("", session.key_as("Authorization"))
    if body is None:
        return iter(())
    path = session.base_url
    if session.format == "csv":
        shape = Shape(columns.separator, columns.header)
        return table(session, body, path, columns.named, None, shape)
    content = unpacked(body, path, session.client.limits.max_bytes)
    found = (
        _lines(content)
        if session.format == "ndjson"
        else _rows_of(parsed_body(content, path), columns.rows, path)
    )
    return objects(session, map(_flat, found), columns.named, None)


def _lines(content: bytes) -> Iterator[Any]:
    for line in content.splitlines():
        if line.strip():
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError:
                yield None


def _rows_of(document: Any, way: str, path: str) -> Iterator[Any]:
    found = document
    for name in way.split(".") if way else ():
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, dict):
        found = [row for rows in found.values() for row in (rows if isinstance(rows, list) else [rows])]
    if not isinstance(found, list):
        raise LocatedError(path, way, "holds no rows", "check columns.rows")
    return iter(found)


def _flat(row: Any) -> Any:
    """Keys inside of keys with dots between them; what is no object stays what it is."""
    if not isinstance(row, dict):
        return row
    flat: dict[str, Any] = {}
    waiting: list[tuple[str, Any, int]] = [("", row, 0)]
    while waiting and len(flat) < _MAX_KEYS:
        name, value, depth = waiting.pop()
        if isinstance(value, dict) and depth < _MAX_DEPTH:
            waiting += [(f"{name}.{key}" if name else key, one, depth + 1) for key, one in value.items()]
        else:
            flat[name] = value
    return flat


def _statements(columns: Columns, cells: dict[str, Any]) -> Iterator[Statement]:
    first, last = (_moment(columns, word(cells, name)) for name in (columns.first_seen, columns.last_seen))
    claim = SourceClaim(
        "",
        word(cells, columns.reference),
        threats=tuple(sorted({*threats_of(word_list(cells, columns.threat)), *columns.all_threats})),
        families=word_set([word(cells, columns.family), *columns.all_families]),
        tags=word_set([*word_list(cells, columns.tags), *columns.all_tags]),
        first_seen=first,
        last_seen=last or first,
        confidence=parse_confidence(word(cells, columns.confidence)),
        compromised_site=columns.compromised_sites,
        external_id=word(cells, columns.id),
    )
    for type_, name in columns.by_type.items():
        yield Statement(claim, tuple((type_, value) for value in _values(cells, name)))
    if columns.value:
        yield Statement(
            claim, tuple(_typed(columns, cells, value) for value in _values(cells, columns.value))
        )


def _values(cells: dict[str, Any], name: str) -> list[str]:
    """The values of a cell, which may be a list; a row need not have every one."""
    value = cells.get(name)
    if isinstance(value, list):
        return [str(one) for one in value if isinstance(one, str | int)]
    return [text] if (text := word(cells, name)) else []


def _typed(columns: Columns, cells: dict[str, Any], value: str) -> tuple[str, str]:
    said = word(cells, columns.type) if columns.type else ""
    type_ = columns.types.get(said, said.lower().removesuffix("_hash")) or guess_type(value)
    if not type_:
        raise ValueError("does not show what it is")
    return type_, value


def _moment(columns: Columns, text: str) -> datetime | None:
    if not text:
        return None
    if columns.time_format:
        try:
            found = datetime.strptime(text, columns.time_format)  # noqa: DTZ007 - the zone, or UTC, follows
        except ValueError:
            raise ValueError(Sentence("`{text}` is no time", text=text[:40])) from None
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit() and len(text) <= 20:
        seconds = float(text)
        try:
            return datetime.fromtimestamp(seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds, UTC)
        except (ValueError, OverflowError, OSError):
            raise ValueError(Sentence("`{text}` is no time", text=text[:40])) from None
    return parse_instant(text)
