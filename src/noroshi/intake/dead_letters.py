"""The dead-letter file: what could not be decoded, with the reason, one JSON object a line.

Keys: ``path``, ``place``, ``reason``, ``mend``, and ``text`` (valid UTF-8) or ``base64`` with the bytes;
neither where nothing is left to keep (a file that cannot be opened, the end that is cut off).
"""

from __future__ import annotations

import base64
from typing import IO, TYPE_CHECKING, Final

import orjson

from noroshi.events.problems import KEPT_BYTES

if TYPE_CHECKING:
    from noroshi.errors import LocatedError

MAX_FILE_BYTES: Final = 256 << 20


class DeadLetterFile:
    """Writes dead letters to an open binary file until it is `max_bytes` long; further ones are counted only.

    Attributes:
        written: Letters written.
        left_out: Letters that found no room.
    """

    __slots__ = ("_file", "_room", "left_out", "written")

    def __init__(self, file: IO[bytes], max_bytes: int = MAX_FILE_BYTES) -> None:
        self._file = file
        self._room = max_bytes
        self.written = 0
        self.left_out = 0

    def keep(self, error: LocatedError, raw: bytes) -> None:
        """Write one letter."""
        letter = {"path": error.path, "place": error.place, "reason": error.what, "mend": error.mend}
        line = orjson.dumps(letter | _content(raw[:KEPT_BYTES]), option=orjson.OPT_APPEND_NEWLINE)
        if len(line) > self._room:
            self.left_out += 1
            return
        self._room -= len(line)
        self._file.write(line)
        self.written += 1


def _content(raw: bytes) -> dict[str, str]:
    if not raw:
        return {}
    try:
        return {"text": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode("ascii")}
