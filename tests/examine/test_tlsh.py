"""TLSH as the reference prints it: the expected values are those of Trend Micro's C++ code."""

from __future__ import annotations

import hashlib

import pytest

from noroshi.examine.tlsh import distance, tlsh

F_70000 = "T1F363027D295606A3DC2965BE9C4A42B0FE4A8EEC04B5D0E4F026A53473BCF63DD7B580"


def stream(seed: str, size: int) -> bytes:
    """Bytes without any order that every machine can make again."""
    blocks = (hashlib.sha256(f"{seed}{at}".encode()).digest() for at in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def letter(lines: int) -> bytes:
    """A text of so many lines."""
    return b"".join(b"line %d of the letter\n" % at for at in range(lines))


@pytest.mark.parametrize(
    ("seed", "size", "expected"),
    [
        ("a", 50, "T15A9002906995D5D58430314817551415D10C38084DC5A25A41E95D786612060510956D"),
        ("b", 656, "T187F08374D049AE8580472444102BBE1BA97292EBBAA203AF012811B10187FB03540C5A"),
        ("c", 657, "T1120123BF95D952ECBB0053DC66478EAFD67B98141698C272E0CD1F808A66015A6256C0"),
        ("d", 3199, "T134616D768FFB89FB4FCEBF4F450FB415882060011DCA9A9ED1394DA62251E8671C0579"),
        ("e", 3200, "T177613CF24CA55B5E866D8A8939F6AD7061280E30BADDCFB01642B7F0932044437899D9"),
        ("f", 70_000, F_70000),
    ],
)
def test_bytes_without_order_at_the_borders_of_the_sizes(seed: str, size: int, expected: str) -> None:
    """Sizes at which the step of the length changes, and more than one chunk."""
    assert expected == tlsh(stream(seed, size))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (5, "T123B00406CB2C176AF4130A0EA41C28C1E308802241E6A014A08590220113CE230350CD"),
        (400, "T10712601AC72C67AAF9171D5EA56DBCD1E7ADD22281F3E018F99691630603DF3A0780CD"),
        (9_000, "T15A249326C32C47AEF50B195AE52D7CD1DBA9926242F3F009A8D6E0735603DF7A8B40DD"),
    ],
)
def test_texts(lines: int, expected: str) -> None:
    """Texts, whose buckets are uneven."""
    assert expected == tlsh(letter(lines))


@pytest.mark.parametrize("raw", [b"", stream("a", 49), bytes(5_000), b"ab" * 4_000])
def test_what_is_too_short_or_too_uniform_has_none(raw: bytes) -> None:
    """The algorithm asks for 50 bytes and for more than half of the buckets."""
    assert not tlsh(raw)


def test_distances_are_those_of_the_reference() -> None:
    """Related texts are near, bytes with a common part nearer than strangers, and the same is 0."""
    related = stream("f", 60_000) + stream("g", 9_000)
    assert 6 == distance(tlsh(letter(400)), tlsh(letter(420)))
    assert 61 == distance(F_70000, tlsh(related))
    assert 662 == distance(F_70000, tlsh(stream("c", 657)))
    assert 0 == distance(F_70000, F_70000.removeprefix("T1").lower())


@pytest.mark.parametrize("text", ["", "T1", "TNULL", "T1zz", F_70000[:-2]])
def test_what_is_no_hash_has_no_distance(text: str) -> None:
    """What is no hash has no distance."""
    assert distance(text, F_70000) is None
