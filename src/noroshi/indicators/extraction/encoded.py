"""URLs that are there only after decoding: per cent, hexadecimal digits, Base64 (UTF-16 and wrapped too)."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from noroshi.indicators.extraction.found import Found
from noroshi.indicators.extraction.layers import Layered
from noroshi.indicators.extraction.signals import Signal
from noroshi.indicators.extraction.urls import url_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.indicators.extraction.signals import Signals

MAX_RUN: Final = 16_384
_SEED: Final = re.compile(
    r"(?:[Hh][Tt]{2}[Pp][Ss]?|[Ff][Tt][Pp])%3[Aa]%2[Ff]%2[Ff]|68747470(?:73)?3[Aa]2[Ff]2[Ff]"
    r"|aHR0cDov|aHR0cHM6|dHRwOi8v|dHRwczov|dHA6Ly|dHBzOi8v|aAB0AHQAcA"
)
_PER_CENT: Final = re.compile(r"[0-9A-Za-z%._~:/?#\[\]@!$()*+,;=-]{0,4096}")
_HEX: Final = re.compile(rf"[0-9A-Fa-f]{{0,{MAX_RUN}}}")
_BASE64: Final = re.compile(
    rf"(?:[A-Za-z0-9+/]|(?<=[A-Za-z0-9+/])\r?\n[ \t]{{0,8}}(?=[A-Za-z0-9+/]{{8}})){{0,{MAX_RUN}}}={{0,2}}"
)
_LOST: Final = {"dHRwOi8v": "h", "dHRwczov": "h", "dHA6Ly": "ht", "dHBzOi8v": "ht"}
"""Where the URL does not begin at a group of four, what the letters before the seed have held."""
_STRAY: Final = re.compile(r"[^\x21-\x7e]")


def encoded_urls(text: str, signals: Signals) -> Iterator[Found]:
    """URLs in encoded runs; a run is decoded once."""
    reached = 0
    for place in signals[Signal.ENCODED]:
        seed = _SEED.match(text, place) if place >= reached else None
        if seed is None:
            continue
        decoded, reached = _decoded(text, seed)
        at = 0
        plain = Layered(decoded, decoded, decoded, (), ())
        for mark in re.finditer("://", decoded):
            found = url_at(plain, mark.start(), at) if mark.start() >= at else None
            if found is not None:
                at = found.end
                yield Found("url", found.value, place, reached, hidden=True)


def _decoded(text: str, seed: re.Match[str]) -> tuple[str, int]:
    """The decoded run, and where it ends."""
    head = seed[0]
    if "%" in head:
        run = _PER_CENT.match(text, seed.start())
        written = (run[0] if run else "").partition("&")[0].rstrip(".,;:!?)")
        return unquote(written), seed.start() + len(written)
    if head.startswith("68"):
        run = _HEX.match(text, seed.start())
        digits = run[0] if run else ""
        raw = binascii.unhexlify(digits[: len(digits) & ~1])
        return _text_of(raw), seed.start() + len(digits)
    return _of_base64(text, seed)


def _of_base64(text: str, seed: re.Match[str]) -> tuple[str, int]:
    run = _BASE64.match(text, seed.start())
    if run is None:
        return "", seed.end()
    letters = "".join(run[0].split()).rstrip("=")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    raw = binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    if seed[0] == "aAB0AHQAcA":
        return _text_of(raw[: len(raw) & ~1], "utf-16-le"), run.end()
    return _text_of(_LOST.get(seed[0], "").encode() + raw), run.end()


def _text_of(raw: bytes, encoding: str = "utf-8") -> str:
    return _STRAY.sub(" ", raw.decode(encoding, "replace"))
