"""Values from logs made fit for people: nothing hidden, nothing clickable, nothing too long."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Final

from rich.cells import cell_len

HOST_FIELDS: Final = frozenset(
    {
        "c-uri", "cs-uri", "c-uri-norm", "cs-host", "r-dns", "cs-referer", "cs-referrer", "cs-referer-norm",
        "query", "dst_ip", "dest_ip", "DestinationIp", "DestinationHostname", "host", "hostname", "url",
        "domain", "mail_from", "src_host", "server_name",
    }
)  # fmt: skip
"""Fields whose value begins with a host or holds an address of the other side."""
_KEPT_SPACES: Final = frozenset("\u00a0\u3000")
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_URL: Final = re.compile(r"(?i)\b(h)tt(ps?|)(://)([^/\s'\"<>*?#]+)")
_IPV4: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)")
_HOST: Final = re.compile(r"^(?:[^\s@]{1,64}@)?([\w-]+(?:\.[\w-]+)+)")
_OWN: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "0.0.0.0/8",
        "169.254.0.0/16",
    )
)
_INSIDE_SHARE: Final = 0.7


def visible(text: str) -> str:
    """The text with control, direction-changing and unassigned characters written as escapes.

    A log's value cannot colour the terminal, move its cursor, add a line or turn the reading direction.
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or letter in _KEPT_SPACES else _escaped(letter) for letter in text
    )


def _escaped(letter: str) -> str:
    if letter in _SHORT:
        return _SHORT[letter]
    if unicodedata.category(letter) == "Zs":
        return " "
    code = ord(letter)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def defanged(value: str, field: str = "") -> str:
    """URLs, outside addresses and, in fields that hold hosts, names: ``hxxp://evil[.]example/a``."""
    text = _URL.sub(lambda m: f"{m[1]}xx{m[2] or ''}{m[3]}{_dots(m[4])}" if m[2] else m[0], value)
    text = _IPV4.sub(lambda m: m[0] if _own(m[0]) else _dots(m[0]), text)
    if field in HOST_FIELDS and "[.]" not in text:
        text = _HOST.sub(lambda m: m[0] if _own(m[1]) else m[0][: m.start(1) - m.start()] + _dots(m[1]), text)
        text = _ipv6(text)
    return text


def _dots(host: str) -> str:
    """The last dot made harmless is enough, and the rest stays easy to read."""
    before, dot, after = host.replace("[.]", ".").rpartition(".")
    return f"{before}[.]{after}" if dot else host


def _own(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found.version == network.version and found in network for network in _OWN)


def _ipv6(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text)).replace(":", "[:]", 1)
    except ValueError:
        return text


def shortened(text: str, cells: int) -> str:
    """At most so many cells: the beginning and the end, with an ellipsis between."""
    if cell_len(text) <= cells:
        return text
    room = max(cells - 1, 2)
    head = fitting(text, int(room * _INSIDE_SHARE))
    tail = fitting(text[::-1], room - cell_len(head))[::-1]
    return f"{head}…{tail}"


def fitting(text: str, cells: int) -> str:
    """As much of the beginning as fits into so many cells."""
    used = 0
    for at, letter in enumerate(text[: cells + 1]):
        used += cell_len(letter)
        if used > cells:
            return text[:at]
    return text[: cells + 1]
