# ruff: noqa: E501 - a table of tokens
"""What no input may do to a decoder, one function for Hypothesis (`test_fuzz`) and atheris (`scripts/fuzz`)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import orjson

from noroshi.events.model import Source
from noroshi.events.problems import Problems
from noroshi.events.values import all_texts

if TYPE_CHECKING:
    from noroshi.events.format import Format

TOKENS: tuple[bytes, ...] = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\x80", b"\x83\x65", b"\x1b$B", b"\xf4\x90\x80\x80",
    b"\n", b"\r", b"\r\n", b"\t", b" ", b'"', b"'", b"\\", b"\\u0000", b"\\ud800", b"=", b":", b";", b",", b"|", b"||",
    b"{", b"}", b"[", b"]", b"[[[[", b'{"a":', b"<", b">", b"</", b"<Event>", b"</Event>", b"<![CDATA[", b"&#0;", b"&a;",
    b"-", b"-1", b"0", b"9" * 40, b"1e999", b"NaN", b"Infinity", b"0x", b"0.0.0.0", b"::", b"999.1.1.1", b"%", b"%00",
    b"%ASA-9-999999:", b"CEF:0|", b"LEEF:2.0|", b"#Fields:", b"#separator \\x", b"null", b"true", b"http://[", b"@",
    b"<191>", b"<999>", b"(3)www", b"=?utf-8?B?", b"=?x?q?=zz?=", b"1970-01-01T00:00:00Z", b"9999-12-31T23:59:60+99:99",
    b"Feb 30 25:61:61", b"a" * 5_000, "請求書".encode(), "ﾃｽﾄ".encode("cp932"), b"\xe2\x80\xae",
)  # fmt: skip
"""What makes parsers stumble."""


def survive(entry: Format, data: bytes) -> int:
    """Decode and ask for everything lazy; gives the number of events and errors.

    Raises:
        AssertionError: A reader failed on its own, an error has no place, or a value is no JSON.
    """
    problems = Problems(shown=10_000)
    events = 0
    for event in entry.decode(io.BytesIO(data), Source("fuzzed", "fuzzed"), problems):
        events += 1
        _ = event.event_id, event.time, event.outcome, event.entities, event.observables
        for text in all_texts(event.fields):
            text.encode()
        orjson.dumps(event.fields, option=orjson.OPT_NON_STR_KEYS)
    mistakes = [
        what for what in problems.counts if "the reader failed" in what or "could not be read (" in what
    ]
    assert not mistakes, mistakes
    assert all(error.path == "fuzzed" and error.place and error.what for error in problems.errors)
    assert problems.total <= len(data) + 1, "more errors than bytes"
    return events + problems.total
