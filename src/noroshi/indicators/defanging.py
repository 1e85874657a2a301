"""Values made harmless for people: nobody clicks on an alert by accident. Programs never get them so."""

from __future__ import annotations

import re
from typing import Final

_HOSTS: Final = frozenset({"domain", "ip", "cidr", "ip:port"})
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]{0,15})(://)", re.IGNORECASE)
_SCHEMES: Final = {"http": "hxxp", "https": "hxxps", "ftp": "fxp"}
_CARRIED: Final = re.compile(r"http(s?)://", re.IGNORECASE)
_INSIDE: Final = re.compile(
    r"(?:https?|ftp)://[^\s\"'<>]{1,2048}|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)


def defang(type_: str, value: str) -> str:
    """A value as people read it: ``hxxp://evil[.]example/a``, ``192.0.2[.]1``, ``a[@]evil[.]example``.

    Hashes and names stay as they are; URLs and mail addresses inside other texts are made harmless.
    """
    if type_ in _HOSTS:
        return _dotted(value)
    if type_ == "url":
        return _url(value)
    if type_ == "email":
        return _mail(value)
    return _INSIDE.sub(lambda match: _mail(match[0]) if "://" not in match[0] else _url(match[0]), value)


def _url(value: str) -> str:
    scheme = _SCHEME.match(value)
    rest = value[scheme.end() :] if scheme else value
    ends = re.search(r"[/?#]", rest)
    host, path = (rest[: ends.start()], rest[ends.start() :]) if ends else (rest, "")
    start = f"{_SCHEMES.get(scheme[1].lower(), scheme[1])}{scheme[2]}" if scheme else ""
    return start + _dotted(host) + _CARRIED.sub(r"hxxp\1://", path)


def _mail(value: str) -> str:
    local, _, host = value.rpartition("@")
    return f"{local}[@]{_dotted(host)}"


def _dotted(host: str) -> str:
    """One dot is enough, and the rest stays easy to read; IPv6 has its first colon in brackets."""
    before, dot, after = host.rpartition(".")
    if dot:
        return f"{before}[.]{after}"
    return host.replace(":", "[:]", 1)
