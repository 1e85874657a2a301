"""Typed values out of field texts: what indicators are compared with, so only what really is one.

Kinds: ``domain ip host-or-ip url md5 sha1 sha256 imphash hash hashes file_name file_path registry_key
mail_address mail_subject user_agent ja3 mutex ip:port``. ``host-or-ip`` decides by the value; ``url``
also gives the domain or address of its host, ``hash`` tells by length, ``file_path`` also the file
name, ``hashes`` reads Sysmon's ``MD5=…,SHA256=…``.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from publicsuffixlist import PublicSuffixList

from noroshi.events.model import Observable
from noroshi.events.values import fold
from noroshi.events.web import split_host, split_url

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CHARS: Final = 8_192
"""Longer texts are no observables; indicators of that length do not exist."""

_LABEL: Final = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_MAIL: Final = re.compile(r"[^\s@<>\",;:]{1,64}@([^\s@<>\",;:]{1,255})")
_HEX: Final = {"md5": 32, "sha1": 40, "sha256": 64, "imphash": 32, "ja3": 32}
_HASH_NAMES: Final = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256", "IMPHASH": "imphash"}
_HEX_DIGITS: Final = frozenset("0123456789abcdef")
_HIVES: Final = ("hklm", "hku", "hkcu", "hkcr", "hkcc", "hkey_", "\\registry\\")
_NOTHING: Final = frozenset({"", "-", "n/a", "(null)", "null", "none", "unknown"})


def typed(kind: str, text: str, field: str) -> list[Observable]:
    """The observables of this kind that a field's text holds; none where it is no such thing.

    Raises:
        KeyError: There is no such kind (a mistake in a format's table).
    """
    reader = _READERS[kind]
    clean = text.strip()
    if len(clean) > MAX_CHARS or fold(clean) in _NOTHING:
        return []
    return [Observable(of, value, field) for of, value in reader(clean)]


_Found = list[tuple[str, str]]


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=16_384)
def as_domain(text: str) -> str | None:
    """A host name under a public suffix, folded, without final dot; None for addresses and single labels.

    Names under suffixes that the list lacks (``pc-1.corp.local``) are names too: indicators may hold them.
    """
    name = fold(text).removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if labels[-1].isdigit() or _suffixes().privatesuffix(name) is None:
        return None
    return name


@lru_cache(maxsize=16_384)
def as_ip(text: str) -> str | None:
    """An address in canonical form, without brackets and zone index, IPv4-mapped as IPv4; else None."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _domain(text: str) -> _Found:
    name = as_domain(text)
    return [("domain", name)] if name else []


def _ip(text: str) -> _Found:
    address = as_ip(text)
    return [("ip", address)] if address else []


def _host_or_ip(text: str) -> _Found:
    if (address := as_ip(text)) is not None:
        return [("ip", address)]
    host, _ = split_host(text)
    return _ip(host) or _domain(host)


def _ip_port(text: str) -> _Found:
    host, port = split_host(text)
    address = as_ip(host)
    if address is None:
        return []
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) <= 65_535):
        return [("ip", address)]
    shown = f"[{address}]" if ":" in address else address
    return [("ip:port", f"{shown}:{int(port)}"), ("ip", address)]


def _url(text: str) -> _Found:
    parts = split_url(text)
    host = _host_or_ip(parts.host) if parts.host else []
    return [("url", text), *host] if parts.scheme and host else []


def _hash(kind: str) -> Callable[[str], _Found]:
    size = _HEX[kind]

    def read(text: str) -> _Found:
        digest = text.removeprefix("0x").lower()
        usable = len(digest) == size and _HEX_DIGITS.issuperset(digest) and len(set(digest)) > 1
        return [(kind, digest)] if usable else []

    return read


def _any_hash(text: str) -> _Found:
    return [found for kind in ("md5", "sha1", "sha256") for found in _READERS[kind](text)]


def _hashes(text: str) -> _Found:
    found: _Found = []
    for part in text.split(","):
        name, _, digest = part.strip().partition("=")
        if (kind := _HASH_NAMES.get(name.strip().upper())) is not None:
            found += _READERS[kind](digest.strip())
    return found


def _file_name(text: str) -> _Found:
    name = re.split(r"[\\/]", text.strip('"'))[-1].strip()
    return [("file_name", name)] if name and name not in {".", ".."} and len(name) <= 255 else []


def _file_path(text: str) -> _Found:
    path = text.strip('"')
    return [("file_path", path), *_file_name(path)] if "\\" in path or "/" in path else _file_name(path)


def _registry_key(text: str) -> _Found:
    return [("registry_key", text)] if fold(text).startswith(_HIVES) else []


def _mail_address(text: str) -> _Found:
    found = [match for match in _MAIL.finditer(text) if as_domain(match[1])]
    return [("mail_address", fold(match[0])) for match in found]


def _as_is(kind: str) -> Callable[[str], _Found]:
    return lambda text: [(kind, text)]


_READERS: Final[dict[str, Callable[[str], _Found]]] = {
    "domain": _domain,
    "ip": _ip,
    "host-or-ip": _host_or_ip,
    "ip:port": _ip_port,
    "url": _url,
    "hash": _any_hash,
    "hashes": _hashes,
    "file_name": _file_name,
    "file_path": _file_path,
    "registry_key": _registry_key,
    "mail_address": _mail_address,
    "mail_subject": _as_is("mail_subject"),
    "user_agent": _as_is("user_agent"),
    "mutex": _as_is("mutex"),
} | {kind: _hash(kind) for kind in _HEX}
