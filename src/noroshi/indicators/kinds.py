r"""Types of indicators: which there are, their one normal form, and how high they stand in the pyramid.

| type | normal form |
|---|---|
| ``ip`` | RFC 5952 text, IPv4-mapped as IPv4; ``/32`` and ``/128`` are addresses |
| ``cidr`` | network address and prefix, host bits cut off |
| ``ip:port`` | ``192.0.2.1:443``, ``[2001:db8::1]:443`` |
| ``domain`` | lower case, IDNA, no final dot, no leading ``*.`` |
| ``url`` | `values.Url.full`: no fragment, no user, no default port; without scheme as ``host/path`` |
| ``email`` | folded, the domain as a domain |
| hashes, ``ja3``, ``ja3s``, ``jarm`` | lower-case hexadecimal digits of the one length |
| ``ssdeep`` / ``tlsh`` | as computed / upper case with ``T1`` |
| ``registry_key`` | hive as ``HKLM``, ``HKCU`` …, ``\`` as separator |
| ``cve``, ``attack``, ``asn`` | ``CVE-2020-0601``, ``T1059.001``, ``AS64500`` |
| ``btc`` | as written; Bech32 in lower case |
| ``file_name``, ``mutex``, ``mail_subject``, ``mail_sender``, ``user_agent``, ``text`` | as written |
"""

from __future__ import annotations

import re
from enum import IntEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.folding import fold
from noroshi.indicators.values import (
    address_and_port,
    normal_domain,
    packed_address,
    parse_network,
    parse_url,
    printed_address,
    refang,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CHARS: Final = 8_192
"""Longer values are no indicators."""


class PyramidLevel(IntEnum):
    """How much it hurts an attacker to lose this (David Bianco, *The Pyramid of Pain*, 2013)."""

    HASH = 1
    IP = 2
    DOMAIN = 3
    ARTEFACT = 4
    TOOL = 5
    TTP = 6


HEX_DIGITS: Final = {
    "md5": 32,
    "sha1": 40,
    "sha256": 64,
    "sha512": 128,
    "imphash": 32,
    "ja3": 32,
    "ja3s": 32,
    "jarm": 62,
}
HASHES: Final = frozenset({"md5", "sha1", "sha256", "sha512", "imphash", "ssdeep", "tlsh"})
TEXTS: Final = frozenset(
    {"file_name", "mutex", "mail_subject", "mail_sender", "user_agent", "text", "registry_key"}
)
"""Types that are the same whatever their case; they keep the spelling that came first."""

LEVELS: Final[dict[str, PyramidLevel]] = {
    **dict.fromkeys(HASHES, PyramidLevel.HASH),
    **dict.fromkeys(("ip", "cidr", "ip:port", "asn"), PyramidLevel.IP),
    **dict.fromkeys(("domain", "url"), PyramidLevel.DOMAIN),
    **dict.fromkeys(("email", "ja3", "ja3s", "jarm", "btc"), PyramidLevel.ARTEFACT),
    **dict.fromkeys(TEXTS, PyramidLevel.ARTEFACT),
    "cve": PyramidLevel.TOOL,
    "attack": PyramidLevel.TTP,
}
"""Type → the level that it has unless somebody says otherwise."""

TYPES: Final = frozenset(LEVELS)
ALIASES: Final = {
    "registry": "registry_key",
    "mail": "email",
    "mail_address": "email",
    "ip_port": "ip:port",
    "network": "cidr",
}
"""Names that lists, observables and files use for the same type."""

_UNWRITABLE: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_SSDEEP: Final = re.compile(r"\d{1,12}:[A-Za-z0-9+/]{0,148}:[A-Za-z0-9+/]{0,148}", re.ASCII)
_TLSH: Final = re.compile(r"(?:T1)?([0-9A-F]{70})", re.ASCII)
_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)
_ATTACK: Final = re.compile(r"(?:TA\d{4}|[TSGMC]\d{4}(?:\.\d{3})?)", re.ASCII)
_ASN: Final = re.compile(r"(?:AS)?0*(\d{1,10})", re.ASCII)
_BASE58: Final = re.compile(r"[13][1-9A-HJ-NP-Za-km-z]{25,34}", re.ASCII)
_BECH32: Final = re.compile(r"bc1[02-9ac-hj-np-z]{11,71}", re.ASCII)
_MAIL: Final = re.compile(r"([^\s@<>\",;:]{1,64})@([^\s@<>\",;:]{1,255})")
_HIVES: Final = {
    "hkey_local_machine": "HKLM",
    "hkey_current_user": "HKCU",
    "hkey_users": "HKU",
    "hkey_classes_root": "HKCR",
    "hkey_current_config": "HKCC",
}
_DEFANGED: Final = TYPES - TEXTS - {"ssdeep"}


def normal_form(type_: str, value: str) -> tuple[str, str]:
    """Type and value as they are kept: ``("ip", "192.0.2.0/24")`` → ``("cidr", "192.0.2.0/24")``.

    The value may be defanged. The type may be an alias, or ``hash`` for a hash that its length names.

    Raises:
        ValueError: There is no such type, or the value is none of it; the text says why, in a few words.
    """
    text = value.strip()
    if not text:
        raise ValueError("is empty")
    if len(text) > MAX_CHARS:
        raise ValueError(Sentence("is longer than {max_chars:,} characters", max_chars=MAX_CHARS))
    if _UNWRITABLE.search(text):
        raise ValueError("holds control characters or broken Unicode")
    kind = ALIASES.get(type_, type_)
    if kind == "hash":
        kind = _hash_kind(text)
    if kind not in LEVELS:
        raise ValueError(Sentence("is of an unknown type `{type}`", type=type_[:40]))
    normal = _NORMAL[kind](refang(text) if kind in _DEFANGED else text)
    if normal is None:
        raise ValueError(Sentence("is no {kind}", kind=kind))
    if kind in {"ip", "cidr"}:
        return ("cidr" if "/" in normal else "ip"), normal
    return kind, normal


def guess_type(value: str) -> str | None:
    """The type that a bare value can only be: url, ip:port, ip, cidr, hash, email, CVE, domain; else None."""
    text = refang(value.strip())
    for kind in ("ip:port", "ip", "email", "cve", "url", "md5", "sha1", "sha256", "sha512", "domain"):
        try:
            return normal_form(kind, text)[0]
        except ValueError:
            continue
    return None


def key_of(type_: str, value: str) -> bytes:
    """The 16 bytes that a (normal) value of a type is known by; texts in different case have the same."""
    same = fold(value) if type_ in TEXTS else value
    return blake2b(f"{type_}\0{same}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _hash_kind(text: str) -> str:
    digits = text.removeprefix("0x")
    kind = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}.get(len(digits))
    if kind is None:
        raise ValueError("is no hash")
    return kind


def _address(text: str) -> str | None:
    try:
        packed, length = parse_network(text)
    except ValueError:
        return None
    address = printed_address(packed)
    return address if length == 8 * len(packed) else f"{address}/{length}"


def _endpoint(text: str) -> str | None:
    found = address_and_port(text)
    if found is None:
        return None
    address = printed_address(found[0])
    return f"[{address}]:{found[1]}" if ":" in address else f"{address}:{found[1]}"


_LABELS: Final = re.compile(r"(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)+(?!\d+$)(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)


def _domain(text: str) -> str | None:
    name = None if ":" in text else normal_domain(text)
    return name if name is not None and _LABELS.fullmatch(name) else None


def _url(text: str) -> str | None:
    url = parse_url(text)
    if url is None or any(mark.isspace() for mark in text):
        return None
    bare_host = url.host.startswith("[") or packed_address(url.host) is not None or _domain(url.host)
    if not bare_host:
        return None
    if url.scheme:
        return url.full
    return f"{url.place}?{url.query}" if url.query else url.place


def _mail(text: str) -> str | None:
    match = _MAIL.fullmatch(text)
    domain = _domain(match[2]) if match else None
    return f"{fold(match[1])}@{domain}" if match and domain else None


def _digits(size: int) -> Callable[[str], str | None]:
    pattern = re.compile(rf"(?:0x)?([0-9a-f]{{{size}}})", re.ASCII)

    def read(text: str) -> str | None:
        match = pattern.fullmatch(text.lower())
        return match[1] if match else None

    return read


def _tlsh(text: str) -> str | None:
    match = _TLSH.fullmatch(text.upper())
    return f"T1{match[1]}" if match else None


def _ssdeep(text: str) -> str | None:
    return text if _SSDEEP.fullmatch(text) else None


def _upper(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda text: text.upper() if pattern.fullmatch(text.upper()) else None


def _asn(text: str) -> str | None:
    match = _ASN.fullmatch(text.upper())
    return f"AS{match[1]}" if match and int(match[1]) < 2**32 else None


def _bitcoin(text: str) -> str | None:
    if _BECH32.fullmatch(text.lower()):
        return text.lower()
    return text if _BASE58.fullmatch(text) else None


def _registry(text: str) -> str | None:
    hive, _, rest = text.replace("/", "\\").partition("\\")
    return f"{_HIVES.get(fold(hive), hive)}\\{rest}" if rest else None


def _as_written(text: str) -> str | None:
    return text


_NORMAL: Final[dict[str, Callable[[str], str | None]]] = {
    **dict.fromkeys(TEXTS, _as_written),
    **{kind: _digits(size) for kind, size in HEX_DIGITS.items()},
    "ip": _address,
    "cidr": _address,
    "ip:port": _endpoint,
    "asn": _asn,
    "domain": _domain,
    "url": _url,
    "email": _mail,
    "btc": _bitcoin,
    "ssdeep": _ssdeep,
    "tlsh": _tlsh,
    "cve": _upper(_CVE),
    "attack": _upper(_ATTACK),
    "registry_key": _registry,
}
