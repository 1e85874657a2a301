"""What the APIs of abuse.ch share: the key in ``Auth-Key``, and ``query_status`` beside the rows.

The downloads take the key too; it is sent wherever there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.rows import table
from noroshi.errors import LocatedError, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.collect.statements import Row

HEADER: Final = "Auth-Key"
_NOTHING_THERE: Final = frozenset({"no_results", "no_result"})


def csv_rows(
    session: Session, path: str, expected: frozenset[str], optional: frozenset[str] = frozenset()
) -> Iterator[Row | LocatedError]:
    """The rows of a download, with the key where there is one; none where nothing is new."""
    body = session.get_if_new(path, session.key_as(HEADER))
    if body is not None:
        yield from table(session, body, path, expected, optional)


def answered_rows(session: Session, answer: Any, name: str) -> list[Any]:
    """The rows of an answer; none where it says that there are none.

    Raises:
        LocatedError: The API refuses.
    """
    status = answer.get("query_status") if isinstance(answer, dict) else None
    if status in _NOTHING_THERE:
        return []
    session.watch(answer, frozenset({name}), frozenset({"query_status"}))
    rows = answer.get(name) if isinstance(answer, dict) else None
    if status == "ok" and isinstance(answer, dict) and name not in answer:
        raise LocatedError(
            session.feed,
            "",
            Sentence("sends no `{name}`", name=name),
            "check base_url, or whether the provider has changed the format",
        )
    if status != "ok" or not isinstance(rows, list):
        raise LocatedError(
            session.feed, "query_status", Sentence("answers `{what}`", what=str(status)[:80]), "check the key"
        )
    return rows
