# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import HEAD_BYTES, Head
from noroshi.events.model import Source
from noroshi.events.problems import Problems
from noroshi.events.registry import (
    all_formats,
    detect,
    format_named,
    head_of,
    line_formats,
    splittable,
)

SQUID = b"1595391129.123 119 10.20.4.114 TCP_MISS/200 374 GET http://www.example/ - HIER_DIRECT/198.51.100.7 text/html\n"


def test_every_format_is_found_once() -> None:
    """By name, sorted; private modules are no formats."""
    names = [entry.name for entry in all_formats()]
    assert sorted(set(names)) == names
    assert {"example", "squid", "squid-combined", "w3c", "fortigate", "cef", "syslog"} <= set(names)
    assert {entry.name for entry in line_formats()} < set(names)


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"hello world\n" * 50, b"\x7fELF\x02\x01\x01" + bytes(500), bytes(range(256)) * 20, b"{", b"a,b,c\n1,2,3\n"],
)  # fmt: skip
def test_unknown_content_has_no_format(data: bytes) -> None:
    """Text, binaries and nothing are not taken for a log."""
    assert detect(head_of(data, complete=True)).format is None


def test_the_name_of_a_file_does_not_decide() -> None:
    """A Squid log called .evtx is a Squid log."""
    found = detect(head_of(SQUID, "Security.evtx"))
    assert found.format is format_named("squid")
    assert found.confidence > 0.9


def test_runners_up_are_kept() -> None:
    """A file half Squid, half syslog is one of them, and the other is told."""
    found = detect(head_of(SQUID + b"Jul 22 04:12:09 h p: x\n"))
    assert found.format is not None
    names = {found.format.name, *(entry.name for entry, _ in found.runners_up)}
    assert {"squid", "syslog"} <= names


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_other_encodings_are_recognised_and_read(encoding: str) -> None:
    """Windows tools save text so; the head may have been split without regard to it."""
    data = SQUID.decode().encode(encoding)
    wrong = Head(data, tuple(data.decode("utf-8", "replace").split("\n")), complete=True)
    found = detect(wrong)
    assert found.format is format_named("squid")
    assert found.format is not None
    problems = Problems()
    events = list(found.format.decode(io.BytesIO(data), Source("a", "a"), problems))
    assert (["10.20.4.114"], 0) == ([event.fields["c-ip"] for event in events], problems.total)


def test_lines_that_only_begin_with_a_time_are_hardly_syslog() -> None:
    """A log of its own kind with an ISO time and a word in front is read as text, but any format goes first."""
    weak = detect(head_of(b"2020-07-22T04:12:09Z INFO something happened\n"))
    strong = detect(head_of(b"2020-07-22T04:12:09Z web01 door[4]: something happened\n"))
    assert format_named("syslog") is weak.format is strong.format
    assert weak.confidence < 0.5 < strong.confidence


def test_a_head_holds_whole_lines_only() -> None:
    """Its last line may be cut; the only line of an input may not be dropped."""
    assert ("a", "b") == head_of(b"a\r\nb\ncut").lines
    assert ("a", "b", "whole") == head_of(b"a\r\nb\nwhole", complete=True).lines
    assert ("only",) == head_of(b"only").lines
    assert () == head_of(b"", complete=True).lines
    assert ("日�",) == head_of("日".encode() + b"\xe6\n").lines
    assert HEAD_BYTES == len(head_of(b"x" * (HEAD_BYTES * 2), complete=True).data)


def test_only_stateless_formats_in_utf8_are_split() -> None:
    """Squid lines stand alone; a W3C file has its heading; UTF-16 has no safe cut."""
    squid, w3c = format_named("squid"), format_named("w3c")
    assert squid is not None
    assert w3c is not None
    assert splittable(squid, head_of(SQUID))
    assert not splittable(squid, head_of(SQUID.decode().encode("utf-16")))
    assert not splittable(w3c, head_of(b"#Version: 1.0\n"))


def test_an_unknown_name_is_no_format() -> None:
    """Configuration may name anything."""
    assert format_named("nothing") is None


def test_the_conformance_check_can_fail() -> None:
    """A sample of another format, one with a broken line, and an empty one are refused with the reason."""
    with pytest.raises(AssertionError, match="taken for squid"):
        check_format("cef", SQUID)
    with pytest.raises(AssertionError, match="the sample gave errors"):
        check_format("squid", SQUID * 3 + b"broken\n")
    with pytest.raises(AssertionError, match="not recognised"):
        check_format("squid", b"x\n")


HOSTILE = (
    b"\0" * 5000,
    b"\xff" * 3000 + b"\n",
    b"\n" * 3000,
    b"{" * 30_000 + b"\n" + b"[" * 30_000 + b"\n",
    b'{"a":' * 5000 + b"\n",
    b'"' * 20_001 + b"\n",
    b"\\" * 20_001 + b"\n",
    b"a=" * 20_000 + b"\n",
    b'a="' * 20_000 + b"\n",
    b"CEF:0|" + b"\\|" * 20_000 + b"\n",
    b"#Fields: " + b"a " * 20_000 + b"\n" + b"- " * 20_000 + b"\n",
    b"#separator \\x09\n#fields\t" + b"a\t" * 20_000 + b"\n" + b"-\t" * 20_000 + b"\n",
    b"1" * 30_000 + b"\n" + b"1595391129." + b"9" * 30_000 + b"\n",
    b"date=9999-99-99 time=99:99:99 type=x logid=1 devid=1 eventtime=" + b"9" * 5000 + b"\n",
    b"<13>Jul 99 99:99:99 " + b"h " * 20_000 + b"\n",
    bytes(range(256)) * 100,
)


@pytest.mark.parametrize("name", [entry.name for entry in all_formats()])
def test_hostile_input_never_stops_a_format(name: str) -> None:
    """Every format reads what is made to break it, ends, and gives errors instead of exceptions."""
    entry = format_named(name)
    assert entry is not None
    for data in HOSTILE:
        entry.sniff(head_of(data, complete=True))
        problems = Problems()
        for event in entry.decode(io.BytesIO(data), Source("a", "a"), problems):
            assert event.time.at.tzinfo is not None
            _ = event.outcome, event.entities, event.observables
        assert not [what for what in problems.counts if what.startswith("the reader failed")], data[:80]
