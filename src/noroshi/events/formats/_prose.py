"""Lines of a heading or a comment, which some formats pass over: text that people wrote, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.model import Event

MAX_PROSE: Final = 2_000
"""No heading's line is longer."""


def passed_over(line: str) -> Iterable[Event]:
    """No event for a line of a heading.

    Raises:
        UnreadableRecordError: The line is no text of a heading: too long, or with signs that no text has.
    """
    if len(line) > MAX_PROSE or not line.replace("\t", "").isprintable() or "\ufffd" in line:
        raise UnreadableRecordError("the line is no record and no heading", "the file may be damaged")
    return ()
