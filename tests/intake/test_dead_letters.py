from __future__ import annotations

import io

import orjson

from noroshi.errors import LocatedError
from noroshi.events.problems import KEPT_BYTES, Problems
from noroshi.intake.dead_letters import DeadLetterFile

ERROR = LocatedError("a.log", "line 3", "is no JSON object", "look at it")


def test_a_letter_keeps_the_reason_and_the_bytes() -> None:
    """Text as it is, everything else in base64; a record is kept to its bound."""
    file = io.BytesIO()
    problems = Problems(dead_letters=DeadLetterFile(file))
    problems.add(ERROR, "狼煙".encode())
    problems.add(ERROR, b"\xff\x00")
    problems.add(ERROR, b"x" * (KEPT_BYTES + 1))
    text, noise, long = map(orjson.loads, file.getvalue().splitlines())
    assert {
        "path": "a.log",
        "place": "line 3",
        "reason": "is no JSON object",
        "mend": "look at it",
        "text": "狼煙",
    } == text
    assert noise["base64"] == "/wA="
    assert KEPT_BYTES == len(long["text"])


def test_the_file_is_bounded() -> None:
    """What finds no room is counted."""
    file = io.BytesIO()
    letters = DeadLetterFile(file, max_bytes=300)
    for _ in range(10):
        letters.keep(ERROR, b"x" * 50)
    assert len(file.getvalue()) <= 300
    assert (2, 8) == (letters.written, letters.left_out)
