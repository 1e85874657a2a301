from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from noroshi.events.format import MAX_LINE_BYTES, UnreadableRecordError
from noroshi.events.formats import _lines
from noroshi.events.formats._lines import FormatOfLines, Line, Lines, encoding_of
from noroshi.events.model import Event, Kind, LogSource, Source
from noroshi.events.problems import Problems
from noroshi.events.traits import Table, TableTraits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.errors import LocatedError
    from noroshi.events.format import Envelope

KIND = Kind("plain", LogSource(), {}, TableTraits(Table()))


class Slow:
    """A byte source that gives three bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        """At most three bytes."""
        return self._inner.read(min(size, 3))


class PlainReader:
    """Every line is an event; some lines are hostile."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """One event, or the failure that the line asks for."""
        if line == "unreadable":
            raise UnreadableRecordError("it says so", "write something else")
        if line == "bug":
            raise ZeroDivisionError
        return (Event(KIND, {"line": line}, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """One event at the end, or the failure that the path asks for."""
        if self._source.path == "cut.log":
            raise UnreadableRecordError("the last record is not complete")
        if self._source.path == "bug.log":
            raise ZeroDivisionError
        return (Event(KIND, {"line": "the end"}, self._source, "end"),)


class Plain:
    """A format that knows lines that begin with `x`."""

    name = "plain"
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By the first letter."""
        return 0.8 if line.startswith("x") else 0.0

    def reader(self, source: Source) -> PlainReader:
        """A reader."""
        return PlainReader(source)


@dataclass
class Kept:
    """Dead letters in memory."""

    raw: list[bytes] = field(default_factory=list)

    def keep(self, _error: LocatedError, raw: bytes) -> None:
        """Keep it."""
        self.raw.append(raw)


def lines_of(data: bytes, *, slow: bool = False) -> tuple[list[Line], Problems]:
    """All lines of these bytes."""
    problems = Problems()
    stream = Slow(data) if slow else io.BytesIO(data)
    return list(Lines(stream, Source("a.log", "a"), problems)), problems


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"a\nbc\n", [(1, 0, "a"), (2, 2, "bc")]),
        (b"a\r\n\r\nbc", [(1, 0, "a"), (3, 5, "bc")]),
        (b"\xef\xbb\xbfa\nb\n", [(1, 0, "a"), (2, 5, "b")]),
        ("日本\nb\n".encode(), [(1, 0, "日本"), (2, 7, "b")]),
        ("a\n日本\n".encode("utf-16"), [(1, 0, "a"), (2, 6, "日本")]),
        ("a\r\nb\r\n".encode("utf-16-be"), [(1, 0, "a"), (2, 6, "b")]),
        ("ab\nĊ=1\nc".encode("utf-16-le"), [(1, 0, "ab"), (2, 6, "Ċ=1"), (3, 14, "c")]),
        ("a😀\nb".encode("utf-16"), [(1, 0, "a😀"), (2, 10, "b")]),
        (b"a\x0bb\x0cc\x85\x1cd\n".decode("latin-1").encode(), [(1, 0, "a\x0bb\x0cc\x85\x1cd")]),
    ],
)
def test_lines_have_numbers_and_byte_offsets(
    data: bytes, expected: list[tuple[int, int, str]], *, slow: bool
) -> None:
    """Only line feeds end lines; offsets count bytes of the input; the bytes may come in any pieces."""
    found, problems = lines_of(data, slow=slow)
    assert expected == [tuple(line) for line in found]
    assert (0, 0) == (problems.total, problems.repaired)


def test_invalid_text_is_repaired_and_counted() -> None:
    """Latin-1 bytes and lone surrogates become U+FFFD; valid lines and a real U+FFFD are not counted."""
    data = "café".encode("latin-1") + b"\nb\n\xed\xa0\x80\n" + "�".encode()
    found, problems = lines_of(data)
    assert "\N{REPLACEMENT CHARACTER}" in found[0].text
    assert ["b", "���", "�"] == [line.text for line in found[1:]]
    assert (0, 2) == (problems.total, problems.repaired)


def test_nul_bytes_are_no_text() -> None:
    """A hole in a file is one error, whatever follows in its line; NULs inside a text are marked."""
    found, problems = lines_of(b"a\n" + b"\0" * 5000 + b"b\n\0\0\0\nc\0d\n")
    assert [(1, "a"), (2, "b"), (4, "c�d")] == [(line.number, line.text) for line in found]
    assert ["line 2", "line 3"] == [error.place for error in problems.errors]
    assert ["line 4"] == [repair.place for repair in problems.repairs]


def test_a_very_long_line_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is skipped, its beginning kept; what follows keeps its number and offset."""
    monkeypatch.setattr(_lines, "MAX_LINE_BYTES", 100)
    monkeypatch.setattr(_lines, "CHUNK_BYTES", 16)
    monkeypatch.setattr(_lines, "_SAMPLE_BYTES", 1)
    kept = Kept()
    problems = Problems(dead_letters=kept)
    data = b"a\n" + b"x" * 101 + b"\nb\n" + b"y" * 98 + b"\n" + b"z" * 200
    found = list(Lines(io.BytesIO(data), Source("a.log", "a"), problems))
    assert [(1, 0, "a"), (3, 104, "b"), (4, 106, "y" * 98)] == found
    assert ["line 2", "line 5"] == [error.place for error in problems.errors]
    assert all(raw and set(raw) <= set(b"xz\n") for raw in kept.raw)


def test_a_line_of_the_greatest_length_is_held_once() -> None:
    """Reading 3 MiB of one line in pieces costs no more than its size a few times over."""
    data = b"x" * (3 << 20)
    assert len(data) < MAX_LINE_BYTES
    found, _ = lines_of(data)
    assert [len(data)] == [len(line.text) for line in found]


def test_readers_never_stop_the_rest() -> None:
    """An unreadable line and a reader's own mistake are errors with place and bytes; `finish` is called."""
    kept = Kept()
    problems = Problems(dead_letters=kept)
    stream = io.BytesIO(b"x1\nunreadable\nbug\nx2")
    events = list(FormatOfLines(Plain()).decode(stream, Source("a.log", "a"), problems))
    assert ["x1", "x2", "the end"] == [event.fields["line"] for event in events]
    assert [
        ("a.log", "line 2", "it says so", "write something else"),
        ("a.log", "line 3", "the reader failed with ZeroDivisionError", _lines.REPORT),
    ] == [(error.path, error.place, error.what, error.mend) for error in problems.errors]
    assert [b"unreadable", b"bug"] == kept.raw


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("cut.log", "the last record is not complete"),
        ("bug.log", "the reader failed with ZeroDivisionError"),
    ],
)
def test_what_is_held_at_the_end_may_be_incomplete(path: str, what: str) -> None:
    """A record that the input ends in is one error; the events before it are there."""
    problems = Problems()
    events = list(FormatOfLines(Plain()).decode(io.BytesIO(b"x1\nx2\n"), Source(path, "a"), problems))
    assert ["x1", "x2"] == [event.fields["line"] for event in events]
    assert [(path, "end", what)] == [(error.path, error.place, error.what) for error in problems.errors]


@pytest.mark.parametrize("cut", range(0, 40, 3))
def test_byte_ranges_that_touch_give_every_line_once(cut: int) -> None:
    """Wherever a file is cut, two workers together read each line exactly once, at its own offset."""
    data = b"x1\nx22\r\n\nx333 \xe6\x97\xa5\nx4444\nx55555\nx6\n"
    whole = FormatOfLines(Plain())
    problems = Problems()
    source = Source("a.log", "a")
    expected = [(e.position, e.fields["line"]) for e in whole.decode(io.BytesIO(data), source, problems)][:-1]
    first = whole.decode_range(io.BytesIO(data), source, problems, 0, cut)
    rest = io.BytesIO(data)
    rest.seek(cut)
    second = whole.decode_range(rest, source, problems, cut, None) if cut else iter(())
    parts = [*first, *second] if cut else [*whole.decode_range(io.BytesIO(data), source, problems, 0, None)]
    assert expected == [(e.position, e.fields["line"]) for e in parts if e.position != "end"]
    assert 0 == problems.total


def test_errors_of_a_range_count_from_its_beginning() -> None:
    """The first line behind the one that the range begins in is number 1; the parent adds what is before."""
    problems = Problems()
    stream = io.BytesIO(b"x\ngood\n\nunreadable\n")
    list(FormatOfLines(Plain()).decode_range(stream, Source("a.log", "a"), problems, 100, None))
    assert ["line 3"] == [error.place for error in problems.errors]


def test_a_range_inside_a_long_line_says_nothing_of_it() -> None:
    """The range in which it begins reports it; one that ends inside does not even read on."""
    problems, stream = Problems(), io.BytesIO(b"y" * (3 << 20) + b"\nx\n")
    found = FormatOfLines(Plain()).decode_range(stream, Source("a.log", "a"), problems, 100, 1 << 20)
    assert ["the end"] == [event.fields["line"] for event in found]
    assert 0 == problems.total
    assert stream.tell() < 2 << 20


class Broken(io.BytesIO):
    """An input whose packing was cut off, which has been reported."""

    broken = True


def test_half_a_line_of_a_broken_input_is_kept_but_no_error() -> None:
    """What the packing cuts off was told once: the rest of the line is a dead letter."""
    kept = Kept()
    problems = Problems(dead_letters=kept)
    found = FormatOfLines(Plain()).decode(Broken(b"x 1\nunread"), Source("cut.log", "a"), problems)
    assert ["x 1"] == [event.fields["line"] for event in found]
    assert (0, [b"unread"]) == (problems.total, kept.raw)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "utf-8"),
        (b"plain text", "utf-8"),
        (b"\xff\xfea\0", "utf-16-le"),
        (b"\xfe\xff\0a", "utf-16-be"),
        ("date=2020".encode("utf-16-le"), "utf-16-le"),
        ("date=2020".encode("utf-16-be"), "utf-16-be"),
        (b"\0" * 600, "utf-8"),
    ],
)
def test_the_encoding_is_seen_in_the_first_bytes(data: bytes, expected: str) -> None:
    """By byte order mark, or by NULs in every other place."""
    assert expected == encoding_of(data)
