"""Case folding: one function for rules, logs, look-ups and indicator lists (semantics: "strings")."""

from __future__ import annotations

import re
from typing import Final

# Ranges of code points that hold cased letters (Unicode 15.1); a test compares with every code point.
_CASED_RANGES: Final = (
    (0x00B5, 0x058A),
    (0x10A0, 0x1100),
    (0x13A0, 0x1400),
    (0x1C80, 0x1CC0),
    (0x1E00, 0x2190),
    (0x24B6, 0x24EA),
    (0x2C00, 0x2D30),
    (0xA640, 0xAC00),
    (0xFF21, 0xFF5B),
    (0x10400, 0x10600),
    (0x10C80, 0x10D00),
    (0x118A0, 0x118E0),
    (0x16E40, 0x16E80),
    (0x1E900, 0x1E944),
)
# Simple foldings (status S) of letters whose full folding is longer, which Python's `lower` does not give.
_EXTRA: Final = {0x1FD3: 0x0390, 0x1FE3: 0x03B0, 0xFB05: 0xFB06}


def _simple_fold(point: int) -> int:
    letter = chr(point)
    for folded in (letter.casefold(), letter.lower()):
        if len(folded) == 1:
            return ord(folded)
    return point


def _fold_table() -> dict[int, int]:
    ranges = (*_CASED_RANGES, (0xFB05, 0xFB06))
    table = {p: f for lo, hi in ranges for p in range(lo, hi) if (f := _simple_fold(p)) != p}
    return table | _EXTRA | {p: p + 32 for p in range(0x41, 0x5B)}


_FOLD: Final = _fold_table()


# Only these runs need the table, so Japanese text costs little more than ASCII.
_CASED_RUN: Final = re.compile(f"[{''.join(f'{chr(lo)}-{chr(hi - 1)}' for lo, hi in _CASED_RANGES)}\ufb05]+")


def fold(text: str) -> str:
    """Unicode simple case folding (CaseFolding.txt, statuses C and S); the length never changes."""
    if text.isascii():
        return text.lower()
    # `bytes.lower` touches ASCII letters only, where `str.lower` would know too much of Unicode.
    lowered = text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
    return _CASED_RUN.sub(_folded_run, lowered)


def _folded_run(match: re.Match[str]) -> str:
    return match[0].translate(_FOLD)
