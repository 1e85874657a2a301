"""From bytes to hits, whatever fails on the way."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from noroshi.engine.matcher import Matcher
from noroshi.engine.routes import Route
from noroshi.errors import NoroshiError
from noroshi.events.format import Head
from noroshi.events.model import Event, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named, head_of
from noroshi.rules.model import RuleSet
from noroshi.service.reading import Reader
from noroshi.service.spool import HitSpool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.service.ruleset import Prepared

RECORD = (
    b'{"EventID":%d,"Channel":"Security","Hostname":"pc-1","SourceName":"x","EventTime":"2020-07-22 04:00"}\n'
)
SOURCE = Source("a.json", "a")


def reader_of(prepared: Prepared) -> Reader:
    """A reader with nothing read yet."""
    return Reader(Matcher(prepared.compiled, prepared.lists), HitSpool(), Problems())


def decoded(count: int) -> list[Event]:
    """Some events."""
    data = b"".join(RECORD % (4624 + number) for number in range(count))
    found = format_named("windows-json")
    assert found is not None
    return list(found.decode(io.BytesIO(data), SOURCE, Problems()))


def test_an_unknown_format_is_one_error_and_no_input_read(everything: Prepared) -> None:
    """The beginning is kept for the dead-letter file."""
    reader = reader_of(everything)
    head = Head(b"\x01\x02\x03 what is this\n", ("\x01\x02\x03 what is this",), complete=True)
    assert reader.read(head, io.BytesIO(head.data), SOURCE) is False
    assert ["a.json: is in no format that is known"] == [str(e).split(";")[0] for e in reader.problems.errors]


def test_a_reader_that_fails_ends_its_input_only(everything: Prepared) -> None:
    """What it gave before counts; the failure is one located error."""

    def failing() -> Iterator[Event]:
        yield from decoded(3)
        raise ZeroDivisionError

    reader = reader_of(everything)
    reader.read_events(failing(), SOURCE)
    reader.read_events(decoded(2), SOURCE)
    assert 5 == reader.counts().total()
    assert ["the reader failed with ZeroDivisionError; the rest of this input is left out"] == [
        error.what for error in reader.problems.errors
    ]


def test_an_event_that_fails_is_one_error(everything: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    """The events around it are matched."""
    ask = Route.ask

    def failing(self: Route, event: Event) -> Any:
        if event.fields["EventID"] == 4625:
            raise RecursionError
        return ask(self, event)

    monkeypatch.setattr(Route, "ask", failing)
    reader = reader_of(everything)
    reader.read_events(decoded(3), SOURCE)
    assert isinstance(reader.sink, HitSpool)
    assert 2 == reader.sink.count
    assert {"matching failed with RecursionError": 1} == reader.problems.counts


def test_a_full_disk_ends_the_scan(everything: Prepared) -> None:
    """An error made on purpose is no failure of one event."""

    class Full:
        def add(self, _hits: object, _raw: object = None) -> None:
            raise NoroshiError("no room")

    reader = Reader(Matcher(everything.compiled), Full(), Problems())
    with pytest.raises(NoroshiError, match="no room"):
        reader.read_events(decoded(1), SOURCE)


def test_a_header_alone_is_read() -> None:
    """A log without records is no unknown format."""
    head = head_of(b"#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem\n", complete=True)
    reader = Reader(Matcher(RuleSet((), ())), HitSpool(), Problems())
    assert reader.read(head, io.BytesIO(head.data), Source("w3c.log", "w"))
