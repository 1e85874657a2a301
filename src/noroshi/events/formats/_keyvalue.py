r"""``key=value`` lines: values bare or in quotes, with ``\"`` and ``\\`` as escapes in quotes."""

from __future__ import annotations

import re
from typing import Any, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError

MAX_CHARS: Final = 262_144
_PAIR: Final = re.compile(r'([A-Za-z_][\w.\-]{0,63})=(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"?|([^\s"]\S*+)?)')
_ESCAPED: Final = re.compile(r'\\(["\\])')


def key_values(line: str) -> dict[str, Any]:
    """All pairs of the line; of a repeated key the last one. A quote that is never closed ends with the line.

    Raises:
        UnreadableRecordError: The line is longer than any product writes.
    """
    if len(line) > MAX_CHARS:
        raise UnreadableRecordError(
            "the line of key=value pairs is too long",
            Sentence("at most {max_chars:,} characters", max_chars=MAX_CHARS),
        )
    return {
        key: bare or (_ESCAPED.sub(r"\1", quoted) if "\\" in quoted else quoted)
        for key, quoted, bare in _PAIR.findall(line)
    }
