"""ssdeep's hash: the same as that of ppdeep, which goes byte by byte, on every content."""

from __future__ import annotations

import ppdeep
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noroshi.examine.ssdeep import similarity, ssdeep
from tests.examine.test_tlsh import letter, stream


@pytest.mark.parametrize(
    ("seed", "size", "expected"),
    [
        ("a", 50, "3:S2AGfcFUQ/S50FDNykyF:7AGfcLd5NykW"),
        ("c", 657, (
            "12:roAg8dabPygNACHNpTQP/fqLyKjP9H1bncHQ1goIcR00tCuE7yMwT2NcvyrIcl+T:M+QKCACHvQP/CnjP9HxnlIRkfd+cq8ck"
        )),
        ("f", 70_000, "1536:jUlz7zB/p3csdadUUTAb5sW0VdBo7HZp9fHRnj8xtK5:jUl7zB/4J85sWWd8p9fZjN"),
    ],
)  # fmt: skip
def test_bytes_without_order(seed: str, size: int, expected: str) -> None:
    """Several block sizes, one that is a quarter of the first guess among them."""
    assert expected == ssdeep(stream(seed, size))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(1),
        bytes(40_000),
        b"\xff" * 40_000,
        letter(3_000),
        letter(900) + bytes(7),
        stream("h", 20_000) + bytes(20_000),
    ],
)
def test_uniform_contents_and_those_that_end_in_zeros(raw: bytes) -> None:
    """Where nothing rolls at the end, the last letter is that of the last trigger."""
    assert ppdeep.hash(raw) == ssdeep(raw)


@given(
    st.lists(st.tuples(st.binary(max_size=40), st.integers(1, 120)), max_size=8),
    st.integers(0, 8),
)
def test_any_content(parts: list[tuple[bytes, int]], zeros: int) -> None:
    """Whatever repeats however often."""
    raw = b"".join(part * times for part, times in parts) + bytes(zeros)
    assert ppdeep.hash(raw) == ssdeep(raw)


def test_similarity_is_high_for_a_change_in_the_middle_and_none_for_strangers() -> None:
    """Similarity is high for a change in the middle and none for strangers."""
    one = stream("i", 30_000)
    other = one[:14_000] + b"changed" + one[14_000:]
    assert 90 < similarity(ssdeep(one), ssdeep(other))
    assert 0 == similarity(ssdeep(one), ssdeep(stream("j", 30_000)))
    assert 0 == similarity("", ssdeep(one))
