"""Observables of events: each value once a machine, outcome and day, with what it needs to be found again."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from noroshi.events.model import Event, Kind, LogSource, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named
from noroshi.events.traits import Table, TableTraits, table_of
from noroshi.service.remembering import collector as collector_module
from noroshi.service.remembering.collected import Collected, Cover
from noroshi.service.remembering.collector import Collector
from noroshi.service.remembering.segment import Context, Row, decode_segment

if TYPE_CHECKING:
    import pytest

SOURCE: Final = LogSource("test", "log", frozenset({"proxy"}))
TABLE: Final[Table] = table_of(
    {
        "time": ["time"],
        "entities": {"host": ["host"]},
        "observables": {
            "url": "url",
            "cs-host": "host-or-ip",
            "dst_ip": "ip",
            "Hashes": "hashes",
            "names": "file_name",
        },
    }
)
KIND: Final = Kind("test", SOURCE, {}, TableTraits(TABLE))
INPUT: Final = Source("test.log", "input-1")


def event(position: int, time: str = "2020-07-22T00:00:00Z", **fields: object) -> Event:
    """An event of a machine."""
    named = {name.replace("__", "-"): value for name, value in fields.items()}
    return Event(KIND, {"time": time, "host": "PC-1", **named}, INPUT, position)


def rows(collected: Collected) -> dict[str, list[tuple[Row, Context]]]:
    """Field → rows with their context, of all pieces."""
    found: dict[str, list[tuple[Row, Context]]] = {}
    for piece in collected.pieces:
        segment = decode_segment(piece.content, piece.path)
        for column in segment.columns:
            found.setdefault(column.field, []).extend((row, segment.contexts[row[2]]) for row in column.rows)
    return found


def collected_of(*events: Event) -> Collected:
    """What is kept of events."""
    collector = Collector()
    for one in events:
        collector.observe(one)
    return collector.collected()


def test_a_value_is_kept_once_with_count_first_and_last() -> None:
    """In any order of events; the position is that of the first."""
    found = rows(
        collected_of(
            event(1, "2020-07-22T00:00:05Z", url="http://a.example/x"),
            event(2, "2020-07-22T00:00:01Z", url="http://a.example/x"),
            event(3, "2020-07-22T00:00:09Z", url="http://a.example/x"),
        )
    )
    ((row, context),) = found["url"]
    first = 1_595_376_001_000_000
    assert ("http://a.example/x", None, first, first + 8_000_000, 3, 2) == (*row[:2], *row[3:])
    assert "pc-1" == context.entities.host


def test_machines_and_days_are_kept_apart() -> None:
    """One row each."""
    found = collected_of(
        event(1, url="http://a.example/x"),
        event(2, url="http://a.example/x", host="PC-2"),
        event(3, "2020-07-23T00:00:00Z", url="http://a.example/x"),
    )
    assert 3 == len(rows(found)["url"])
    assert [18_465, 18_466] == sorted({piece.day for piece in found.pieces})


def test_the_host_of_a_visible_url_is_not_kept_again() -> None:
    """A host that only the connection shows is, with whether a URL was visible, and with its port."""
    found = rows(
        collected_of(
            event(1, url="http://a.example/x", **{"cs-host": "a.example", "dst_ip": "192.0.2.1"}),
            event(2, url="b.example:443", **{"cs-host": "b.example", "cs-port": "443"}),
        )
    )
    assert [("b.example", "443", False)] == [
        (row[0], row[1], context.url_visible) for row, context in found["cs-host"]
    ]
    assert [("192.0.2.1", None, True)] == [
        (row[0], row[1], context.url_visible) for row, context in found["dst_ip"]
    ]


def test_lists_numbers_and_nothing() -> None:
    """Each element of a list counts; dashes, empty and endless texts do not."""
    found = rows(
        collected_of(
            event(1, names=["a.exe", "b.exe", 7]),
            event(2, names="-"),
            event(3, names=""),
            event(4, names="x" * 9_000),
        )
    )
    assert ["7", "a.exe", "b.exe"] == sorted(row[0] for row, _ in found["names"])


def test_coverage_counts_events_by_quarter_and_says_what_was_seen() -> None:
    """Hashes by what they are; an event without a time is counted apart."""
    found = collected_of(
        event(1, "2020-07-22T00:16:00Z", Hashes="MD5=" + "a" * 32 + ",SHA256=" + "b" * 64),
        event(2, "2020-07-22T23:59:59Z", **{"cs-host": "printer"}),
        event(3, "no time at all", url="http://a.example/x"),
    )
    ((key, cover),) = found.covers.items()
    assert ("input-1", "test.log", 18_465, "test/log (proxy)") == key
    assert (2, 1 << 1 | 1 << 95, {"md5", "sha256"}) == (cover.events, cover.quarters, cover.shows)
    assert 1 == found.undated


def test_many_rows_are_packed_away_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory stays bounded; nothing is lost."""
    monkeypatch.setattr(collector_module, "MAX_ROWS", 10)
    found = collected_of(*(event(at, url=f"http://a.example/{at}") for at in range(100)))
    assert len(found.pieces) > 5
    assert 100 == len(rows(found)["url"]) == sum(piece.observables for piece in found.pieces)


def test_without_room_observables_count_as_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """By log source and day, so that a check can say that it cannot tell."""
    monkeypatch.setattr("noroshi.service.remembering.collected.MAX_BYTES", 1)
    found = collected_of(event(1, url="http://a.example/x"))
    (cover,) = found.covers.values()
    assert (1, []) == (cover.dropped, found.pieces)


def test_without_room_for_what_workers_bring_it_counts_as_dropped_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of them had room, all together have not."""
    brought = collected_of(event(1, url="http://a.example/x"), event(2, url="http://a.example/y"))
    monkeypatch.setattr("noroshi.service.remembering.collected.MAX_BYTES", 1)
    found = Collected()
    found.add(brought)
    (cover,) = found.covers.values()
    assert (2, []) == (cover.dropped, found.pieces)


def test_lone_surrogates_are_repaired() -> None:
    """What JSON can write and UTF-8 cannot."""
    found = rows(collected_of(event(1, names="a\ud800.exe", host="PC-\udfff")))
    ((row, context),) = found["names"]
    assert ("a?.exe", "pc-?") == (row[0], context.entities.host)


def test_workers_add_up() -> None:
    """Ranges of one file, read apart, are one input."""
    whole = Collected()
    for at in (0, 1):
        whole.add(collected_of(event(at, f"2020-07-22T0{at}:00:00Z", url="http://a.example/x")))
    (cover,) = whole.covers.values()
    assert Cover(1_595_376_000_000_000, 1_595_379_600_000_000, 2, 0b10001, 0, {"url"}) == cover
    assert 2 == len(whole.pieces)


def test_a_real_log_keeps_what_its_lines_show() -> None:
    """Squid: the address that a CONNECT went to, the machine, what was done."""
    squid = format_named("squid-combined")
    assert squid is not None
    raw = (
        b'10.20.4.116 - - [22/Jul/2020:09:40:00 +0900] "CONNECT secret.example:443 HTTP/1.1" 403 9000 '
        b'"-" "UA" TCP_DENIED:HIER_NONE\n'
    )
    collector = Collector()
    for one in squid.decode(BytesIO(raw), Source("access.log", "squid-1"), Problems()):
        collector.observe(one)
    ((row, context),) = rows(collector.collected())["cs-host"]
    assert ("secret.example", "443") == row[:2]
    assert ("10.20.4.116", "blocked") == (context.entities.address, context.outcome)
