"""Constants of a script: texts with escapes, numbers, regular expressions."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from noroshi.examine.javascript.tree import Node

_ESCAPES: Final = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\n": "",
    "\r\n": "",
    "\r": "",
}
_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|([0-7]{1,3})|(\r\n|[\s\S]))"
)


def text_in(node: Node) -> str:
    """The text of a string, or of a part of a template."""
    if node.cache is None:
        written = node.text[1:-1] if node.kind == "string" else node.text
        node.cache = unescaped(written)
    return str(node.cache)


def unescaped(written: str) -> str:
    """A text with its escapes resolved."""
    return _ESCAPE.sub(_letter, written) if "\\" in written else written


def _letter(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else ""
    if match[4]:
        return chr(int(match[4], 8))
    return _ESCAPES.get(match[5], match[5])


def number_in(text: str) -> Any:
    """The number that a constant is."""
    plain = text.replace("_", "").removesuffix("n").lower()
    try:
        if plain[:2] in {"0x", "0o", "0b"}:
            return int(plain, 0)
        if len(plain) > 1 and plain[0] == "0" and plain.isdigit():
            return int(plain, 8 if max(plain) < "8" else 10)
        return int(plain) if plain.isdigit() else _whole(float(plain))
    except ValueError:
        return math.nan


def _whole(number: float) -> int | float:
    return int(number) if math.isfinite(number) and number == int(number) and abs(number) < 2**53 else number


def pattern_in(node: Node) -> tuple[str, str]:
    """Source and flags of a regular expression."""
    source, _, flags = node.text[1:].rpartition("/")
    return source, flags
