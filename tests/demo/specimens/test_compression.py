"""Containers of MS-OVBA: the specification's examples, and the pinned library as second implementation."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from ms_ovba_compression.ms_ovba import MsOvba

from noroshi.demo.specimens.compression import compressed
from noroshi.examine.ovba import decompressed


def test_the_example_without_repetition() -> None:
    """[MS-OVBA] 3.2.1."""
    expected = bytes.fromhex(
        "01 19 B0 00 61 62 63 64 65 66 67 68 00 69 6A 6B 6C 6D 6E 6F 70 00 71 72 73 74 75 76 2E"
    )
    assert expected == compressed(b"abcdefghijklmnopqrstuv.")


def test_the_example_with_most_repetition() -> None:
    """[MS-OVBA] 3.2.3."""
    assert bytes.fromhex("01 03 B0 02 61 45 00") == compressed(b"a" * 73)


@given(st.text("abc =\r\n", max_size=4_096).map(str.encode))
@settings(max_examples=60, deadline=None)
def test_a_second_implementation_reads_a_chunk(raw: bytes) -> None:
    """The pinned library reads what was written; it loses its place between chunks, so one at a time."""
    assert raw == (MsOvba().decompress(compressed(raw)) if raw else raw)


@given(st.one_of(st.binary(max_size=9_000), st.text("ab ", max_size=20_000).map(str.encode)))
@settings(max_examples=60, deadline=None)
def test_chunks_follow_each_other(raw: bytes) -> None:
    """Any length comes back whole, but for the zeros that fill a last chunk that did not get smaller."""
    back = decompressed(compressed(raw))
    assert raw == back[: len(raw)]
    assert b"" == back[len(raw) :].strip(b"\0")
