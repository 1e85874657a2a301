"""Every decoder survives every input: located errors only, values that can be written down, bounded work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.events.evtx_chunks import many_records
from tests.events.fuzzing import TOKENS, survive
from tests.events.samples import BINARY, FURTHER, SAMPLES

from noroshi.events.registry import all_formats, detect, format_named, head_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from noroshi.events.format import Format

_WOUND = st.tuples(
    st.integers(0, 1 << 20),
    st.one_of(st.sampled_from(TOKENS), st.binary(max_size=12)),
    st.sampled_from((0, 0, 1, 3, 17, 200)),
    st.sampled_from((1, 1, 1, 2, 60)),
)
_WOUNDS = st.lists(_WOUND, min_size=1, max_size=8)
_FEW = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def wounded(sample: bytes, wounds: Sequence[tuple[int, bytes, int, int]]) -> bytes:
    """The sample with texts put in at these places, each over so many bytes, so many times."""
    for place, token, over, times in wounds:
        at = place % (len(sample) + 1)
        sample = sample[:at] + token * times + sample[at + over :]
    return sample


def entry_named(name: str) -> Format:
    """The format of this name."""
    entry = format_named(name)
    assert entry is not None
    return entry


def test_every_format_has_a_sample() -> None:
    """A new format without one would not be fuzzed."""
    assert {entry.name for entry in all_formats()} == SAMPLES.keys() | BINARY


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_read(name: str) -> None:
    """The samples are what the formats are for; otherwise fuzzing them would show nothing."""
    assert survive(entry_named(name), SAMPLES[name]) > 0


@pytest.mark.parametrize("name", SAMPLES)
@_FEW
@given(wounds=_WOUNDS)
def test_damaged_samples(name: str, wounds: list[tuple[int, bytes, int, int]]) -> None:
    """Anything put anywhere, anything cut out."""
    survive(entry_named(name), wounded(SAMPLES[name], wounds))


@pytest.mark.parametrize("name", FURTHER)
@_FEW
@given(wounds=_WOUNDS, which=st.integers(0, 100))
def test_damaged_samples_of_other_notations(
    name: str, wounds: list[tuple[int, bytes, int, int]], which: int
) -> None:
    """The same, by whatever format is recognised afterwards."""
    sample = FURTHER[name][which % len(FURTHER[name])]
    data = wounded(sample, wounds)
    for entry in (detect(head_of(sample, complete=True)).format, detect(head_of(data, complete=True)).format):
        if entry is not None:
            survive(entry, data)


@pytest.mark.parametrize("name", SAMPLES)
@_FEW
@given(
    data=st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_any_bytes(name: str, data: bytes) -> None:
    """What was never of the format, given to it all the same (`--format-map`, a wrong guess)."""
    survive(entry_named(name), data)


@_FEW
@given(data=st.binary(max_size=2_000))
def test_detection_of_any_bytes(data: bytes) -> None:
    """Recognising never fails, and gives a confidence."""
    assert 0.0 <= detect(head_of(data, complete=True)).confidence <= 1.0


@pytest.mark.real_data
@_FEW
@given(wounds=_WOUNDS, which=st.integers(0, 110))
def test_damaged_evtx(sigmahq: Path, wounds: list[tuple[int, bytes, int, int]], which: int) -> None:
    """EVTX is binary: real files with bytes put over others, so that the frame stays in place."""
    files = [path.read_bytes() for path in sorted(sigmahq.rglob("*.evtx"))]
    files += [many_records(sigmahq)] * 24
    data = bytearray(files[which % len(files)])
    for place, token, _, times in wounds:
        at = place % len(data)
        data[at : at + len(token) * times] = (token * times)[: len(data) - at]
    survive(entry_named("windows-evtx"), bytes(data))


FINDINGS: dict[str, tuple[str, bytes, int]] = {
    "text behind many NUL bytes was not told": (
        "windows-xml",
        SAMPLES["windows-xml"] + b"\0" * 100_000 + b"text " * 20_000 + SAMPLES["windows-xml"],
        9,
    ),
    "a separator sign before the digits of an event id": (
        "windows-json",
        SAMPLES["windows-json"].replace(b'"EventID": 1,', b'"EventID": "\\u001c1",'),
        len(SAMPLES["windows-json"].splitlines()),
    ),
    "an event id that only looks like digits": (
        "windows-splunk",
        SAMPLES["windows-splunk"].replace(b"EventCode=", "EventCode=²".encode()),
        2,
    ),
    "records behind an endless one in an indented list were lost": (
        "windows-json-documents",
        b'{"EventID": 1, "a": "' + b"a" * (17 << 20) + b'"}\n' + SAMPLES["windows-json-documents"],
        11,
    ),
}
"""What fuzzing once found: format, input, and how many events and errors there are in it."""


@pytest.mark.parametrize("finding", FINDINGS)
def test_findings(finding: str) -> None:
    """They stay mended."""
    name, data, expected = FINDINGS[finding]
    assert expected == survive(entry_named(name), data)
