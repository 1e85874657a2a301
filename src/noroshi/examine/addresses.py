"""URLs in any text: lists with or without a separator, defanged ones, reserved names included."""

from __future__ import annotations

import re
from typing import Final

MAX_URLS: Final = 5_000
_START: Final = re.compile(r"(?:h(?:tt|xx)ps?|ftp)(?:\[:\]|:)//", re.IGNORECASE)
_END: Final = re.compile(r"[\s\"'<>`\\^{}\x00-\x1f\u3000-\u9fff\uff00-\uffef]")
_SEPARATORS: Final = "@*!|,;#+~$"
_TRAILING: Final = ".,;:)]}!|*@"
_HOST: Final = re.compile(r"(?i)^(?:https?|ftp)://(?:[^/@?#]*@)?(\[[0-9a-f:.]+\]|[^/:?#@]+)")


def urls_in(text: str) -> tuple[str, ...]:
    """Every URL, refanged, in order, each once. A list is cut at every inner ``http://``."""
    found: dict[str, None] = {}
    starts = [match.start() for match in _START.finditer(text)][:MAX_URLS]
    for at, begin in enumerate(starts):
        end = _END.search(text, begin)
        stop = end.start() if end else len(text)
        following = starts[at + 1] if at + 1 < len(starts) else stop
        piece = text[begin : min(stop, following)]
        if following < stop or (following == stop and at + 1 < len(starts)):
            if piece.endswith("="):  # an address given to another as a parameter
                found.setdefault(_refanged(text[begin:stop].rstrip(_TRAILING)))
                continue
            piece = piece[:-1] if piece[-1:] in _SEPARATORS else piece
        url = _refanged(piece.rstrip(_TRAILING))
        if host_of(url):
            found.setdefault(url)
    return tuple(found)


def host_of(url: str) -> str:
    """The host of a URL in lower case; empty where it has none that could be one."""
    match = _HOST.match(url)
    host = match[1].lower().strip(".") if match else ""
    return host if len(host) > 1 and "‹" not in host and not host.startswith("$") else ""


def _refanged(url: str) -> str:
    clean = url.replace("[.]", ".").replace("(.)", ".").replace("[:]", ":")
    return re.sub(r"(?i)^hxxp", "http", clean)
