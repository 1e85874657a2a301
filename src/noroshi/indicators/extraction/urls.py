"""URLs: where they begin and end, glued to each other, wrapped over lines, or without scheme."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.indicators.extraction.found import Found
from noroshi.indicators.extraction.names import is_host_name, is_suffix_label

if TYPE_CHECKING:
    from noroshi.indicators.extraction.layers import Layered

MAX_URL: Final = 8192
_SCHEME: Final = re.compile(r"(?:https?|(?<![a-z])(?:s?ftps?|tftp|ldaps?|tcp|udp|wss?|smb))$", re.IGNORECASE)
_USER: Final = re.compile(r"[^\s/?#@\"'<>\[\]|,*!]{1,128}@(?!h)")
_IPV6_HOST: Final = re.compile(r"\[([0-9A-Fa-f:.]{2,45})\]")
_HOST: Final = re.compile(r"[\w.-]{1,255}")
_PORT: Final = re.compile(r":(\d{1,5})(?!\d)")
_REST: Final = re.compile(rf"[!#$%&()*+,\-./0-9:;=?@A-Z_a-z~\[\]{{}}]{{0,{MAX_URL}}}")
_NEXT_SCHEME: Final = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_GLUED_SCHEME: Final = re.compile(r"(?:https?|ftp)$", re.IGNORECASE)
_EMBEDDING: Final = frozenset("=?&:(")
_ARCHIVES: Final = (
    "web.archive.org",
    "archive.org",
    "archive.ph",
    "archive.today",
    "webcache.googleusercontent.com",
)
_CSV_TAIL: Final = re.compile(
    r",(?=$|,|(?:true|false|none|null|online|offline|url|domain|ip)(?:$|,)|https?://|\d{4}-\d\d-\d\d)",
    re.IGNORECASE,
)
_BRACKET: Final = re.compile(r"[()\[\]{}]")
_CLOSES: Final = {"(": ")", "[": "]", "{": "}"}
_TRAILING: Final = ".,;:!?*@"
_NUMBER_HOST: Final = re.compile(r"0x[0-9a-f]{1,8}|[1-9]\d{7,9}", re.IGNORECASE)
_HEX_OCTETS: Final = re.compile(r"(?:0x[0-9a-f]{1,2}\.){3}0x[0-9a-f]{1,2}", re.IGNORECASE)
_OCTETS: Final = re.compile(
    r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
)
_WRAP: Final = re.compile(
    r"[ \t]{0,8}\r?\n[ \t>]{0,16}([!#$%&()*+,\-./0-9:;=?@A-Z_a-z~]{1,400})(?=[ \t]{0,8}(?:\r?\n|$|[>\"']))"
)
_LEAD_OUT: Final = frozenset("-_=&?%")
_LEAD_IN: Final = frozenset("/?&=%#_-")
_PRIVATE_TAILS: Final = frozenset({"local", "localdomain", "lan", "internal", "intranet", "corp", "home"})


@dataclass(frozen=True, slots=True)
class Host:
    """The host of a URL.

    Attributes:
        value: Lower case; addresses in brackets where IPv6, as four numbers where they were written as one.
        end: Where it ends.
        hidden: It was written as one number or in hexadecimal digits.
    """

    value: str
    end: int
    hidden: bool = False


def url_at(layered: Layered, mark: int, reached: int) -> Found | None:
    """The URL around a ``://`` at `mark`, not looking before `reached`."""
    text = layered.text
    scheme = _SCHEME.search(text[max(reached, mark - 7) : mark])
    if scheme is None:
        return None
    start = mark - len(scheme[0])
    at = mark + 3
    user = _USER.match(text, at)
    host = _host_at(layered, user.end() if user else at, start)
    if host is None and user is not None:
        user = None
        host = _host_at(layered, at, start)
    if host is None:
        return None
    end, rest = rest_of(layered, start, host.end, host.value)
    value = f"{scheme[0].lower()}://{user[0] if user else ''}{host.value}{rest}"
    return Found("url", value, start, end, host.hidden)


def _host_at(layered: Layered, at: int, start: int) -> Host | None:
    text = layered.text
    if (six := _IPV6_HOST.match(text, at)) is not None:
        return Host(six[0].lower(), six.end()) if is_ipv6(six[1]) else None
    run = _HOST.match(text, at)
    if run is None:
        return None
    written = run[0]
    if text.startswith("://", run.end()) and (glued := _GLUED_SCHEME.search(written)) is not None:
        written = written[: glued.start()]
    name = written.rstrip(".-_").lower()
    end = at + len(name)
    if _OCTETS.fullmatch(name):
        return Host(name, end)
    if _HEX_OCTETS.fullmatch(name) or (_NUMBER_HOST.fullmatch(name) and int(name, 0) >> 24):
        return Host(_as_octets(name), end, hidden=True)
    if not is_host_name(name):
        name = _cut_name(name)
        end = at + len(name)
    if is_host_name(name):
        return Host(name, end)
    tail = name.rpartition(".")[2]
    odd = "." in name and tail.isalpha() and tail.isascii() and len(tail) > 1 and tail not in _PRIVATE_TAILS
    # A suffix that our copy of the list does not know yet: whoever made it harmless meant it.
    return Host(name, end) if odd and ".." not in name and layered.origin(start, end)[2] else None


def _as_octets(number: str) -> str:
    if "." in number:
        return ".".join(str(int(part, 16)) for part in number.split("."))
    return socket.inet_ntoa((int(number, 0) & 0xFFFFFFFF).to_bytes(4))


def _cut_name(name: str) -> str:
    """A name behind which Japanese text goes on without a blank: ``evil.exampleというサイト``."""
    head, _, tail = name.rpartition(".")
    while head:
        for size in range(min(len(tail), 24), 0, -1):
            label = tail[:size]
            if size < len(tail) and (tail[size].isascii() and label[-1].isascii()):
                continue
            if is_suffix_label(label):
                return f"{head}.{label}"
        name = head
        head, _, tail = head.rpartition(".")
    return name


def is_ipv6(text: str) -> bool:
    """Whether this is an IPv6 address without zone."""
    try:
        socket.inet_pton(socket.AF_INET6, text)
    except OSError:
        return False
    return True


def rest_of(layered: Layered, start: int, at: int, host: str) -> tuple[int, str]:
    """Where a URL that begins at `start`, with its host up to `at`, ends, and what follows the host."""
    text = layered.text
    end = at
    port = _PORT.match(text, at)
    if port is not None and int(port[1]) < 65_536:
        end = port.end()
    if text[end : end + 1] not in {"/", "?", "#"}:
        return end, text[at:end]
    tail = _REST.match(text, end)
    whole = tail[0] if tail else ""
    kept = _cut(layered, start, end, whole, host)
    value = text[at:end] + kept
    if len(kept) == len(whole):
        end, value = _unwrapped(text, end + len(kept), value)
        return end, value
    return end + len(kept), value


def _cut(layered: Layered, start: int, at: int, rest: str, host: str) -> str:
    """As much of what follows as belongs to the URL."""
    before = layered.text[start - 1 : start]
    rest = rest[: _ascii_end(layered, start, at, len(rest))]
    rest = rest[: _closing(rest)]
    rest = _without_next(rest, host)
    if before in {",", ";"}:
        rest = rest.partition(before)[0]
    elif (csv := _CSV_TAIL.search(rest)) is not None:
        rest = rest[: csv.start()]
    rest = rest.rstrip(_TRAILING)
    return rest.removesuffix("_") if before == "_" else rest


def _ascii_end(layered: Layered, start: int, at: int, length: int) -> int:
    """What is not ASCII ends a path, also a full-width sign, unless the whole URL is written so."""
    written = layered.written[at : at + length]
    if written.isascii() or not layered.written[start : start + 1].isascii():
        return length
    return next(place for place, letter in enumerate(written) if not letter.isascii())


def _closing(rest: str) -> int:
    """Where a bracket closes that was not opened in the URL."""
    depth = {")": 0, "]": 0, "}": 0}
    for found in _BRACKET.finditer(rest):
        letter = found[0]
        if letter in _CLOSES:
            depth[_CLOSES[letter]] += 1
            continue
        depth[letter] -= 1
        if depth[letter] < 0:
            return found.start()
    return len(rest)


def _without_next(rest: str, host: str) -> str:
    """Up to a second URL that is glued on; one that is a parameter stays."""
    for found in _NEXT_SCHEME.finditer(rest):
        before = rest[found.start() - 1 : found.start()]
        if before in _EMBEDDING or (before == "/" and host.endswith(_ARCHIVES)):
            return rest
        return rest[: found.start()]
    return rest


def _unwrapped(text: str, end: int, value: str) -> tuple[int, str]:
    """A URL that goes on in the next line, where that line is nothing but its rest (at most three times)."""
    for _ in range(3):
        wrap = _WRAP.match(text, end)
        if wrap is None or not _goes_on(value, wrap[1]):
            break
        more = wrap[1][: _closing(wrap[1])].rstrip(_TRAILING)
        value += more
        end = wrap.start(1) + len(more)
        if len(more) < len(wrap[1]):
            break
    return end, value


def _goes_on(value: str, line: str) -> bool:
    if "://" in line or "@" in line or (line[0] in {"#", "-", "*", "+"} and line[1:2] in {"", "-", "#", "*"}):
        return False
    first = re.split(r"[/?:#]", line, maxsplit=1)[0].lower()
    if is_host_name(first) or _OCTETS.fullmatch(first) or first.startswith("www."):
        return False
    if line[0] in _LEAD_IN or value[-1] in _LEAD_OUT:
        return True
    return any(mark in line for mark in "/=&%?") and not value.endswith((".exe", ".dll", ".zip", ".doc"))
