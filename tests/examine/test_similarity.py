"""Every file that is no wrapping has hashes of similarity, within a limit."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import ppdeep

from noroshi.examine.budget import Limits
from noroshi.examine.similarity import Similar
from tests.examine.test_tlsh import F_70000, stream

if TYPE_CHECKING:
    from tests.examine.conftest import Examine


def test_a_file_has_both_and_its_wrapping_none(examined: Examine) -> None:
    """A file has both and its wrapping none."""
    content = stream("f", 70_000)
    wrapping, inside = examined(gzip.compress(content), "a.gz").nodes
    assert ("", "") == (wrapping.ssdeep, wrapping.tlsh)
    assert (ppdeep.hash(content), F_70000) == (inside.ssdeep, inside.tlsh)


def test_behind_the_limit_there_are_none_and_the_limit_is_told(examined: Examine) -> None:
    """Behind the limit there are none and the limit is told."""
    result = examined(stream("f", 70_000), "a.bin", Limits(similarity=60_000))
    assert "" == result.nodes[0].tlsh
    assert [("similarity", 60_000)] == [(one.what, one.limit) for one in result.bounded]


def test_two_specimens_are_compared_by_both() -> None:
    """Two specimens are compared by both."""
    one = Similar("3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C", F_70000)
    other = Similar("3:AXGBicFlIHBGcL6wCrFQEv:AXGH6xLsr2Cx", F_70000)
    assert 0 == one.tlsh_distance(other)
    assert 0 < one.ssdeep_similarity(other) < 100
    assert one.tlsh_distance(Similar()) is None
