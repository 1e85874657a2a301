"""Microsoft's Script Encoder (``.vbe``, ``.jse``): three alphabets that alternate in a fixed order.

The alphabets are no secret and no cipher; they have been published since 2003. A block begins with ``#@~^``,
the length in Base64 and ``==``, and ends with a checksum and ``==^#~@``.
"""

from __future__ import annotations

import re
from typing import Final

MAX_BLOCKS: Final = 1_000
_BLOCK: Final = re.compile(r"#@~\^[A-Za-z0-9+/]{6}==(.*?)(?:[A-Za-z0-9+/]{6}==)?\^#~@", re.DOTALL)
_MARKS: Final = {"@&": "\n", "@#": "\r", "@*": ">", "@!": "<", "@$": "@"}
_MARK: Final = re.compile("@[&#*!$]")
_CODES: Final = (9, *range(32, 128))
_ORDER: Final = "0120121221210212021200122102122100212120200120210212001220012021"
_DIGITS: Final = (
    (
        "572e477a56426a2f26494134325b7672433839704568714f09624423754a7e4a5e40774a615d224b6f4e3b4c50672a7d"
        "74542b2d2c306e6b66352521644d52633f7b7829287359337f6d55537c3a5f65465831696c5a48275c3d247937605120"
        "36"
    ),
    (
        "6e2d755260715e495c627d2936207c7a7f6b63332b68516676316454434c3a4c7e4c452c2a7427374479592f6f26726a"
        "397b3f387767534734785d30235a5b6c485570692e4c21244e5009567335614b583b57226d4d2528464a32413d5f4f42"
        "65"
    ),
    (
        "7b323021295b38333d583a3565395c5673664e456b6259785e7d4a6d714160415340422748727531374d5222546a4764"
        "2d207f2e4c5d7e6c6f797443267625242b28234134092a443f773b55696163506751494f46687c36706e7a2f5f4b5a2c"
        "57"
    ),
)
_ALPHABETS: Final = tuple(
    dict(zip(_CODES, bytes.fromhex(digits).decode("ascii"), strict=True)) for digits in _DIGITS
)
_PLAIN: Final = frozenset(map(ord, "<>@"))
"""Codes that stand for themselves: they are written as marks."""


def is_encoded(text: str) -> bool:
    """Whether a block begins somewhere."""
    return "#@~^" in text


def decoded_blocks(text: str) -> str:
    """The text with its encoded blocks decoded, everything around them as it is."""
    return _BLOCK.sub(lambda found: _decoded(found[1]), text, count=MAX_BLOCKS)


def _decoded(block: str) -> str:
    out: list[str] = []
    place = 0
    for letter in _MARK.sub(lambda found: _MARKS[found[0]], block):
        code = ord(letter)
        alphabet = _ALPHABETS[int(_ORDER[place % 64])]
        out.append(alphabet.get(code, letter) if code not in _PLAIN else letter)
        place += code < 128
    return "".join(out)
