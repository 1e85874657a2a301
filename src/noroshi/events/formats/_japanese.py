"""Lines in Shift_JIS (CP932), EUC-JP and ISO-2022-JP: decoded only where they clearly are that, line by line.

A line that is no UTF-8 is decoded both ways. It counts as Japanese when all of it decodes, and kana, common
kanji (JIS X 0208 level 1), full-width letters and punctuation outweigh what wrong decodings give instead:
rare kanji, single half-width katakana. Decided for each line alone, so that byte ranges read apart agree.
Text in Chinese or Korean encodings has the same bytes as EUC-JP and cannot be told from it, nor can a line
whose only Japanese is half-width katakana, which EUC-JP reads as kanji.

ISO-2022-JP (RFC 1468) needs no guess: its escape sequences say where it begins and ends, so it is decoded
inside lines of any encoding (a mail's raw subject in an otherwise plain log).
"""

from __future__ import annotations

import re
from typing import Final

_KANA: Final = re.compile("[\u3040-\u30ff]")
_HALF_WIDTH_RUN: Final = re.compile("[\uff61-\uff9f]{3,}")
_ENCODINGS: Final = ("cp932", "euc_jp")
_LEVEL_1_END: Final = 0x98
"""CP932's last lead byte of signs, kana and kanji of level 1."""
_EXTENSIONS: Final = frozenset({0x87, 0xED, 0xEE, 0xFA, 0xFB, 0xFC})
"""CP932's lead bytes of what NEC and IBM added: circled numbers, kanji of names."""
MAX_JUDGED: Final = 4_096
"""So many characters decide; the rest of a longer line must decode as well."""


ESCAPE: Final = b"\x1b$"
_ESCAPED: Final = re.compile(rb"\x1b\$(?:[@AB]|\([DOPQ]).*?(?:\x1b\([BJ]|$)", re.DOTALL)


def without_escapes(raw: bytes) -> bytes:
    """The same bytes with each stretch of ISO-2022-JP as UTF-8; one that cannot be decoded stays."""
    return _ESCAPED.sub(_unescaped, raw)


def _unescaped(match: re.Match[bytes]) -> bytes:
    for encoding in ("iso2022_jp_ext", "iso2022_jp_2004"):
        if (text := _decoded(match[0], encoding)) is not None:
            return text.encode()
    return match[0]


def decode_japanese(raw: bytes) -> str | None:
    """The text of a line that is clearly CP932 or EUC-JP; None for anything else.

    Costs nothing for lines in UTF-8: it is asked only about lines that are not.
    """
    found = [
        (score, text) for name in _ENCODINGS if (text := _decoded(raw, name)) and (score := _score(text)) > 0
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _score(text: str) -> float:
    """How Japanese a decoded text looks: above 0 it is, the higher the surer."""
    judged = text[:MAX_JUDGED]
    half_width = sum(map(len, _HALF_WIDTH_RUN.findall(judged)))
    beyond = [sign for sign in judged if not sign.isascii()]
    return (sum(map(_weight, beyond)) + half_width * 0.6) / len(beyond) - 0.5 if len(beyond) > 1 else 0.0


def _weight(sign: str) -> float:
    """Kana are the surest sign; half-width katakana count as runs only, rare kanji against it."""
    if _KANA.match(sign):
        return 1.5
    encoded = sign.encode("cp932", "ignore")
    if len(encoded) != 2:
        return 0.0 if len(encoded) == 1 else -0.5
    return (
        1.0 if encoded[0] <= _LEVEL_1_END and encoded[0] not in _EXTENSIONS else _weight_of_rare(encoded[0])
    )


def _weight_of_rare(lead: int) -> float:
    return 0.25 if lead in _EXTENSIONS else -0.5
