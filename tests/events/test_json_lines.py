from __future__ import annotations

import pytest

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._json_lines import json_object


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ('{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
        ('{"a": NaN, "b": "\\ud83d\\ude00 \\ud83d"}', {"a": None, "b": "😀 �"}),
        ('{"\\udc00": 1}', {"�": 1}),
        ('{"a": 1e999}', {"a": None}),
        ('{"a": 123456789012345678901234}', {"a": 1.2345678901234568e23}),
        ('{"a": NaN, "b": 123456789012345678901234}', {"a": None, "b": 1.2345678901234568e23}),
        ('{"a": ' + "9" * 5000 + "}", {"a": None}),
    ],
)
def test_what_strict_json_refuses_is_handled(line: str, expected: dict[str, object]) -> None:
    """Not-a-numbers are null, lone surrogates are U+FFFD, integers beyond 64 bits are floats."""
    assert expected == json_object(line)


@pytest.mark.parametrize(
    "line", ["", "{", '{"a": }', "[]", "1", "null", '{"a":' * 100_000, "[" * 5_000_000, '{"a": 1} x']
)
def test_what_is_no_object_says_so(line: str) -> None:
    """Cut off, of another type, or nested without end."""
    with pytest.raises(UnreadableRecordError):
        json_object(line)
