"""Password candidates from a mail's text, in Japanese and English phrasing, and the usual ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

USUAL: Final = ("infected", "password", "1234", "12345", "123456", "111", "123", "1111", "0000")
"""What samples and careless senders use, tried last."""

MAX_CANDIDATES: Final = 200
_WORD: Final = (
    r"(?:パスワード|ぱすわーど|パスコード|解凍キー|解凍パス|暗証番号|開封キー|"
    r"PW|passwords?|(?<![A-Za-z])pass(?=\s*(?:[はがを:=]|is\b))|passcode|pass\s?phrase|pwd)"
)
_SAID: Final = re.compile(
    _WORD + r"(?:\s|[はがをの:：=＝→、。「【『\[\"'`“-]|is|for|to|the|attached|attachment|archive|file|zip|"
    r"以下|次の?|とおり|通り|です){0,24}?(?<![A-Za-z0-9])(?![:=>\"'(\[-])([!-~]{2,40})",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"(?<![!-~])([!-~]{3,40})\s*(?:が|は)\s*(?:添付|ファイル|解凍|zip)?\S{0,6}" + _WORD, re.IGNORECASE
)
_TOKEN: Final = re.compile(r"(?<![!-~])[!-~]{3,24}(?![!-~])")
_CLOSING: Final = "\"'`”」』】]).,;。、"


def candidates(text: str) -> tuple[str, ...]:
    """Passwords that this text may give, most likely first; a few hundred characters around each word."""
    found: dict[str, None] = {}
    wide = text.translate(_NARROW)[:200_000]
    for one in _said(wide):
        found.setdefault(one)
        found.setdefault(one.rstrip(_CLOSING))
    return tuple(one for one in found if one)[:MAX_CANDIDATES]


def _said(text: str) -> Iterator[str]:
    for match in _SAID.finditer(text):
        yield match[1].rstrip(_CLOSING)
        yield match[1]
    for match in _AFTER.finditer(text):
        yield match[1]
    for word in re.finditer(_WORD, text, re.IGNORECASE):
        for token in _TOKEN.findall(text[word.end() : word.end() + 120]):
            yield token.strip(_CLOSING + "「『【[(“")


def attempts(found: Iterable[str]) -> Iterator[bytes]:
    """The bytes to try for these candidates, then the usual ones; each once."""
    given: set[bytes] = set()
    for text in (*found, *USUAL):
        for codec in ("utf-8", "cp932"):
            raw = text.encode(codec, "ignore")
            if raw and raw not in given:
                given.add(raw)
                yield raw


_NARROW: Final = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: 0x20}
"""Full-width letters and digits stand for their narrow ones in a Japanese mail."""
