"""TLSH, the locality-sensitive hash of Oliver, Cheng and Chen (2013): 128 buckets, one byte of checksum.

Each window of five bytes adds to six of 256 buckets, by Pearson's hash (1990) over a constant and three of
its bytes. One step of that hash is a permutation of bytes, so it is done for all windows at once:
`bytes.translate` for the permutation, the XOR of two streams as one of two large integers.
"""

from __future__ import annotations

import math
from typing import Final

MIN_SIZE: Final = 50
BUCKETS: Final = 128
_CODE: Final = 32
_CHUNK: Final = 1 << 16
_GROUP: Final = 16
_TRIPLES: Final = ((2, 1, 2), (3, 1, 3), (5, 2, 3), (7, 2, 4), (11, 1, 4), (13, 3, 4))
"""Constant, and how old the second and third byte are; the first is the newest."""

_PEARSON: Final = bytes.fromhex(
    "0157310cb0b266a679c10654f9e62ca30ec5d5b5a155da5040ef18e2ec8e26c86eb168678dfdff324d6551122d601fde"
    "196bbe4656edf02248f214d6f4e395eb61ea39163cfa52afd0057fc76f3e87f8aea9d33a429a6ac3f5ab11bbb6b300f3"
    "8438944b80859e64827e5b0d99f6d8db7744df4e5358c9637a0b5c208872340a8a1e30b79c233d1a8f4afb5e81a23f98"
    "aa0773a7f1ce0396373b97dc5a3517837dad0fee4f5f59106989e1e0d9a0257b7649029d2e74099186e4cfd4cad745e5"
    "1bbc437ca8fc2a041d6c15f713cd27cbe928ba93c6c09b21a4bf62cca5b4754c8c24d2ac29369f08b9e871c4e72f9278"
    "33411c90fedd5dbdc28b702b476db8d1"
)
_INVERSE: Final = bytes(_PEARSON.index(value) for value in range(256))
_SALTED: Final = {
    salt: bytes(_PEARSON[_PEARSON[salt] ^ byte] for byte in range(256))
    for salt in (0, *(triple[0] for triple in _TRIPLES))
}
_ROWS: Final = tuple(tuple(_PEARSON[byte ^ state] for state in range(256)) for byte in range(256))
"""Byte → checksum → next checksum."""

_GROUPS: Final = tuple(
    (buckets, bytes(set(range(256)) - {_INVERSE[one] for one in buckets}))
    for buckets in (range(begin, begin + _GROUP) for begin in range(0, BUCKETS, _GROUP))
)
"""Buckets, and all values before the last step of the hash that lead to others."""

_DIFFERENCES: Final = (0, 1, 2, 6)
"""What it weighs that two buckets are so many quartiles apart."""


def tlsh(raw: bytes) -> str:
    """``T1`` and 70 hexadecimal digits; empty where the content is too short or too uniform for one."""
    if len(raw) < MIN_SIZE:
        return ""
    counts = [0] * BUCKETS
    checksum = 0
    for at in range(0, len(raw) - 4, _CHUNK):
        checksum = _add(raw[at : at + _CHUNK + 4], counts, checksum)
    if sum(1 for count in counts if count) <= BUCKETS // 2:
        return ""
    ordered = sorted(counts)
    first, second, third = (ordered[BUCKETS * part // 4 - 1] for part in (1, 2, 3))
    if not third:
        return ""
    code = bytearray(_CODE)
    for bucket, count in enumerate(counts):
        quartile = 3 if count > third else 2 if count > second else 1 if count > first else 0
        code[_CODE - 1 - bucket // 4] |= quartile << 2 * (bucket % 4)
    ratios = (first * 100 // third % 16, second * 100 // third % 16)
    head = f"{checksum:02X}"[::-1] + f"{_length(len(raw)):02X}"[::-1] + f"{ratios[0]:X}{ratios[1]:X}"
    return "T1" + head + code.hex().upper()


def _add(chunk: bytes, counts: list[int], checksum: int) -> int:
    """Count the windows of this chunk; the checksum behind it."""
    size = len(chunk) - 4
    aged = [chunk[4 - age : 4 - age + size] for age in range(5)]
    numbers = [int.from_bytes(one, "little") for one in aged]
    for salt, second, third in _TRIPLES:
        stream = _mixed(aged[0].translate(_SALTED[salt]), numbers[second]).translate(_PEARSON)
        _count(_mixed(stream, numbers[third]), counts)
    steps = _mixed(aged[0].translate(_SALTED[0]), numbers[1]).translate(_PEARSON)
    for step in steps:
        checksum = _ROWS[step][checksum]
    return checksum


def _mixed(stream: bytes, number: int) -> bytes:
    return (int.from_bytes(stream, "little") ^ number).to_bytes(len(stream), "little")


def _count(stream: bytes, counts: list[int]) -> None:
    """Count the last step's values; in groups, because counting in the whole stream takes longer."""
    for buckets, others in _GROUPS:
        kept = stream.translate(None, others)
        for bucket in buckets:
            counts[bucket] += kept.count(_INVERSE[bucket])


def _length(size: int) -> int:
    """The logarithm of the size, in steps that widen: factors 1.5, 1.3 and 1.1."""
    if size <= 656:
        step = math.log(size) / math.log(1.5)
    elif size <= 3199:
        step = math.log(size) / math.log(1.3) - 8.72777
    else:
        step = math.log(size) / math.log(1.1) - 62.5472
    return int(step) & 0xFF


def distance(one: str, other: str) -> int | None:
    """0 for the same; under about 50 related, over about 150 not; None where one of them is no TLSH."""
    mine, theirs = _parsed(one), _parsed(other)
    if mine is None or theirs is None:
        return None
    total = int(mine[0] != theirs[0])
    apart = _circular(mine[1], theirs[1], 256)
    total += apart if apart <= 1 else apart * 12
    for shift in (4, 0):
        apart = _circular(mine[2] >> shift & 15, theirs[2] >> shift & 15, 16)
        total += apart if apart <= 1 else (apart - 1) * 12
    for left, right in zip(mine[3:], theirs[3:], strict=True):
        for shift in (0, 2, 4, 6):
            total += _DIFFERENCES[abs((left >> shift & 3) - (right >> shift & 3))]
    return total


def _circular(one: int, other: int, around: int) -> int:
    apart = abs(one - other)
    return min(apart, around - apart)


def _parsed(text: str) -> bytes | None:
    """Checksum, length, ratios, code."""
    try:
        raw = bytes.fromhex(text.removeprefix("T1"))
    except ValueError:
        return None
    if len(raw) != 3 + _CODE:
        return None
    return bytes(value >> 4 | (value & 15) << 4 for value in raw[:2]) + raw[2:]
