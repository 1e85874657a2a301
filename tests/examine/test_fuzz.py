"""Examiners of documents and scripts keep their promise on any input, changed samples above all."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examine.fuzzing import SAMPLES, survive

_DIGITS = b'n.DataType = "bin.hex"\nn.Text = "7,6f6,e"\nx = n.nodeTypedValue'
FINDINGS: tuple[tuple[str, bytes], ...] = (
    ("javascript", b"[1][0/0];[1][-1/0]"),
    ("vba", b"Sub AutoOpen()\nDim a()\nReDim Preserve a{7)\na(7) = 1\nEnd Sub"),
    ("excel4", b'=FORMULA({-"a";1},A1)'),
    ("vba", b'Set n = CreateObject("MSXML2.DOMDocument").createElement("h")\n%s' % _DIGITS),
    ("sylk", b'ID;P\nC;X1;Y\xb2;K0;EEXEC("calc")\nE\n'),
)  # fmt: skip
"""Type and content of what an examiner failed on once."""

_PIECES = (
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x7f\xff",
    b"((((",
    b'"',
    b"{",
    b"}",
    b"\\",
    b"<",
    b"=",
    b"&H",
    b"[",
    b"%u",
)


@st.composite
def changed(draw: st.DrawFn, type_: str) -> bytes:
    """A sample with some bytes overwritten, left out, doubled, put in; of a package, in one of its parts."""
    sample = draw(st.sampled_from(SAMPLES[type_]))
    if type_ == "ooxml":
        return _repacked(sample, draw)
    return _altered(sample, draw)


def _altered(raw: bytes, draw: st.DrawFn) -> bytes:
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(raw) - 1)))
        size = draw(st.integers(0, 40))
        piece = draw(st.one_of(st.sampled_from(_PIECES), st.binary(max_size=6)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            raw = raw[:at] + piece + raw[at + len(piece) :]
        elif kind == 1:
            raw = raw[:at] + raw[at + size :]
        elif kind == 2:
            raw = raw[:at] + raw[at : at + size] * 2 + raw[at + size :]
        else:
            raw = raw[:at] + piece + raw[at:]
    return raw


def _repacked(raw: bytes, draw: st.DrawFn) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    chosen = draw(st.sampled_from(sorted(parts)))
    parts[chosen] = _altered(parts[chosen], draw)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("type_", SAMPLES)
def test_changed_samples_are_survived(type_: str) -> None:
    """Whatever is changed, there are outcomes, or one clause about the damage."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(changed(type_))
    def check(content: bytes) -> None:
        survive(type_, content)

    check()


@pytest.mark.parametrize("type_", SAMPLES)
def test_samples_as_they_are_give_outcomes(type_: str) -> None:
    """So that changing them changes something."""
    assert all(survive(type_, sample) for sample in SAMPLES[type_])


@pytest.mark.parametrize("type_", SAMPLES)
@given(st.binary(max_size=300))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_bytes_are_survived(type_: str, content: bytes) -> None:
    """Given to an examiner that never asked for them."""
    survive(type_, content)


@pytest.mark.parametrize(("type_", "content"), FINDINGS)
def test_what_broke_an_examiner_once_is_survived(type_: str, content: bytes) -> None:
    """Kept from fuzzing."""
    survive(type_, content)
