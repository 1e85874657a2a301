"""A damaged beginning costs itself only: the format is known by the records after it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from tests.events.samples import SAMPLES

from noroshi.events.format import HEAD_BYTES, MAX_LINE_BYTES
from noroshi.events.model import Source
from noroshi.events.problems import Problems
from noroshi.events.recognition import LOOKED_BYTES, recognise
from noroshi.events.registry import head_of
from noroshi.events.windows.text import Documents
from noroshi.events.windows.xml import Elements

if TYPE_CHECKING:
    from noroshi.events.model import Fields

DEEP = 10_000
DAMAGED: dict[str, bytes] = {
    "binary": bytes(range(256)).replace(b"\n", b"") * 40 + b"\n",
    "deep XML": b"<Event>" + b"<a>" * DEEP + b"</a>" * DEEP + b"</Event>\n",
    "deep JSON": b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"\n",
    "a long line": b"x" * (2 << 20) + b"\n",
    "a line that is too long": b"y" * (MAX_LINE_BYTES + 1) + b"\n",
    "a hole": bytes(100_000) + b"\n",
}

EXPECTED_ERRORS = {
    ("windows-json-documents", "binary"): {41},  # there are 40 braces in it
}


def read(data: bytes) -> tuple[str, list[Fields], Problems]:
    """Format, fields of the events, and problems of a whole input."""
    stream = io.BytesIO(data)
    found, _, again = recognise(head_of(data[:HEAD_BYTES], complete=len(data) <= HEAD_BYTES), stream)
    if found.format is None:
        return "", [], Problems()
    problems = Problems()
    events = list(found.format.decode(again, Source("a", "a"), problems))
    return found.format.name, [event.fields for event in events], problems


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_damaged_first_record_costs_no_other(name: str, damage: str) -> None:
    """Every format gives the events that it gives without it; the damage is an error (in syslog, a text)."""
    expected = read(SAMPLES[name])[1]
    found, events, problems = read(DAMAGED[damage] + SAMPLES[name])
    assert found in {name, "syslog"}
    others = [fields for fields in events if fields not in expected]
    assert expected == [fields for fields in events if fields in expected]
    assert problems.total + len(others) in EXPECTED_ERRORS.get((name, damage), {1})


@pytest.mark.parametrize(
    ("name", "begin", "between", "end"),
    [("windows-xml", b"<Events>", b"", b"</Events>"), ("windows-json-documents", b"[", b",", b"]")],
)
@pytest.mark.parametrize("size", [100, DEEP])
def test_a_damaged_first_record_of_a_single_line_costs_no_other(
    name: str, begin: bytes, between: bytes, end: bytes, size: int
) -> None:
    """Exports without line ends; the deep record is smaller and larger than what is looked at first."""
    sample = SAMPLES[name.removesuffix("-documents")]
    cut = Elements() if name == "windows-xml" else Documents()
    good = [piece.raw for piece in cut.feed(sample, last=True) if not piece.what][:2]
    expected = read(b"\n".join(good))[1]
    deep = (
        b"<Event>" + b"<a>" * size + b"</a>" * size + b"</Event>"
        if between == b""
        else b'{"abcdefgh":' * size + b"1" + b"}" * size
    )
    found, events, problems = read(begin + between.join([deep, *good]) + end)
    assert name == found
    assert 2 == len(expected)
    assert expected == [fields for fields in events if fields in expected]
    assert 1 >= problems.total


def test_what_is_no_log_stays_unknown_and_unread() -> None:
    """Long texts without any record end the search; nothing but their first part is read."""
    data = b"nothing that any format knows\n" * 200_000
    stream = io.BytesIO(data)
    assert recognise(head_of(data[:HEAD_BYTES]), stream)[0].format is None
    assert LOOKED_BYTES == stream.tell()
