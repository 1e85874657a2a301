"""ssdeep's context-triggered piecewise hash, after Kornblum (2006) and spamsum, as `ssdeep` prints it.

The rolling hash depends on the last seven bytes only, so it is computed for all positions at once: each byte
stands in a lane of 32 bits of one large integer, and a delay is a shift. Only the hash of a piece goes byte
by byte.
"""

from __future__ import annotations

import re
import sys
from array import array
from functools import cache
from typing import TYPE_CHECKING, Final

import ppdeep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MIN_BLOCK: Final = 3
LENGTH: Final = 64
_WINDOW: Final = 7
_CHUNK: Final = 1 << 14
_LANE: Final = 32
_INITIAL: Final = 0x27
_LITTLE: Final = sys.byteorder == "little"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PRIME: Final = 0x01000193
_ROWS: Final = tuple(
    tuple(((state * _PRIME) ^ byte) & 0x3F for state in range(LENGTH)) for byte in range(256)
)
"""Byte → state → next state of the piece's hash (FNV); only its lowest six bits are ever printed."""


def ssdeep(raw: bytes) -> str:
    """``block size:hash:hash of twice the block size``."""
    rolling = _rolling(raw)
    block = MIN_BLOCK
    while block * LENGTH < len(raw):
        block *= 2
    triggers = list(_triggers(rolling, block))
    while block > MIN_BLOCK and len(triggers) < LENGTH // 2:
        block //= 2
        triggers = list(_triggers(rolling, block))
    doubled = [at for at in triggers if rolling[at] % (2 * block) == 2 * block - 1]
    ended = not raw or rolling[-1] == 0
    first = _pieces(raw, triggers, LENGTH - 1, ended=ended)
    second = _pieces(raw, doubled, LENGTH // 2 - 1, ended=ended)
    return f"{block}:{first}:{second}"


def similarity(one: str, other: str) -> int:
    """0 (nothing in common, or block sizes too far apart) to 100."""
    return int(ppdeep.compare(one, other)) if one and other else 0


def _rolling(raw: bytes) -> array[int]:
    """The rolling hash after each byte."""
    found = array("I")
    for at in range(0, len(raw), _CHUNK):
        before = raw[max(0, at - _WINDOW + 1) : at]
        chunk = before + raw[at : at + _CHUNK]
        lanes = _hashed(chunk)
        found.frombytes(memoryview(lanes)[4 * len(before) :])
    if not _LITTLE:
        found.byteswap()
    return found


def _hashed(chunk: bytes) -> bytes:
    """Lanes of 32 bits, little-endian: sum, weighted sum and shifted XOR of seven bytes, added."""
    size = 4 * len(chunk)
    spread = bytearray(size)
    spread[::4] = chunk
    inside = (1 << 8 * size) - 1
    delayed = [int.from_bytes(spread, "little")]
    for _ in range(_WINDOW - 1):
        delayed.append(delayed[-1] << _LANE & inside)
    # Each byte counts once in the sum, and 7, 6 … 1 times in the weighted sum.
    added = sum((_WINDOW - age + 1) * value for age, value in enumerate(delayed))
    mixed = 0
    for age, value in enumerate(delayed):
        bits = min(8, _LANE - 5 * age)
        mixed ^= (value if bits == 8 else value & _repeated((1 << bits) - 1, len(chunk))) << 5 * age
    high = _repeated(1 << _LANE - 1, len(chunk))
    total = ((mixed & ~high) + added) ^ (mixed & high)
    return total.to_bytes(size, "little")


@cache
def _cached(value: int, lanes: int) -> int:
    return int.from_bytes(value.to_bytes(4, "little") * lanes, "little")


def _repeated(value: int, lanes: int) -> int:
    """The value in so many lanes; those of whole chunks are kept."""
    if lanes in {_CHUNK, _CHUNK + _WINDOW - 1}:
        return _cached(value, lanes)
    return int.from_bytes(value.to_bytes(4, "little") * lanes, "little")


def _triggers(rolling: array[int], block: int) -> Iterator[int]:
    """The positions at which a piece ends: the rolling hash is one less than a multiple of the block size."""
    # The block size is 3 · 2^k: the lowest k bits are all ones there, and eight of them can be searched for.
    mask = (block // MIN_BLOCK - 1) & 0xFF
    last = block - 1
    if mask == 0:
        return (at for at, value in enumerate(rolling) if value % block == last)
    lowest = rolling.tobytes()[::4] if _LITTLE else rolling.tobytes()[3::4]
    wanted = (
        b"[" + b"".join(re.escape(bytes((value,))) for value in range(256) if value & mask == mask) + b"]"
    )
    places = (match.start() for match in re.finditer(wanted, lowest, re.DOTALL))
    return (at for at in places if rolling[at] % block == last)


def _pieces(raw: bytes, triggers: Sequence[int], most: int, *, ended: bool) -> str:
    """A letter for each piece; what comes after the last one that has room for itself is one piece."""
    letters: list[str] = []
    begin = 0
    for at in triggers[:most]:
        letters.append(_LETTERS[_state(raw[begin : at + 1])])
        begin = at + 1
    if not ended:
        letters.append(_LETTERS[_state(raw[begin:])])
    elif len(triggers) > most:  # nothing rolls at the end: the letter of the last trigger stands
        letters.append(_LETTERS[_state(raw[begin : triggers[-1] + 1])])
    return "".join(letters)


def _state(piece: bytes) -> int:
    state = _INITIAL
    for byte in piece:
        state = _ROWS[byte][state]
    return state
