"""Names as `Entities` holds them, and those that stand for nobody in particular."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

from noroshi.events.traits import short_host, short_user
from noroshi.events.windows.traits import is_nobody

MAX_NAME: Final = 256
_GENERIC: Final = frozenset(
    {
        "administrator",
        "admin",
        "guest",
        "root",
        "user",
        "localadmin",
        "test",
        "krbtgt",
        "anonymous",
        "healthmailbox",
    }
)
"""Accounts of this name are on many machines and belong to nobody in particular."""
_NO_HOST: Final = frozenset(
    {"", "-", "localhost", "unknown", "none", "n/a", "wpad", "workgroup"}
    | {
        "iphone",
        "ipad",
        "android",
        "galaxy",
        "macbook",
        "macbook-pro",
        "macbook-air",
        "raspberrypi",
        "espressif",
    }
)
"""No names, and those that products give to each of their kind: two of them are not one machine."""


@lru_cache(16_384)
def host_name(text: object) -> str | None:
    """A computer's name without domain, folded; None for addresses and for no name."""
    if not isinstance(text, str) or len(text) > MAX_NAME:
        return None
    name = short_host(text.lstrip("\\"))
    return None if name in _NO_HOST or ":" in name or name.replace(".", "").isdigit() else name


@lru_cache(16_384)
def user_name(text: object, domain: object = None) -> str | None:
    """A person's account without domain, folded; None for machine, service and generic accounts."""
    if not isinstance(text, str) or len(text) > MAX_NAME:
        return None
    prefix = text.rpartition("\\")[0] or (domain if isinstance(domain, str) else None)
    name = short_user(text)
    if name.endswith("$") or name in _GENERIC or is_nobody(name, prefix):
        return None
    return name


@lru_cache(16_384)
def machine_name(text: object) -> str | None:
    """The computer of a machine account (``PC-014$``, ``PC-014$@REALM``), or None."""
    if not isinstance(text, str) or len(text) > MAX_NAME:
        return None
    account = short_user(text)
    return host_name(account[:-1]) if account.endswith("$") else None


@lru_cache(65_536)
def address(text: object) -> str | None:
    """An address in its usual spelling (IPv4-mapped as IPv4), or None for none and for those of no machine.

    Loopback, link-local, multicast and unspecified addresses are on every machine.
    """
    if not isinstance(text, str) or len(text) > MAX_NAME:
        return None
    try:
        found = ipaddress.ip_address(text.strip().strip("[]").split("%", 1)[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    nowhere = found.is_loopback or found.is_link_local or found.is_multicast or found.is_unspecified
    return None if nowhere else str(found)


@lru_cache(65_536)
def is_internal(text: str) -> bool:
    """Whether a (normalised) address is of a private range: RFC 1918, RFC 6598, RFC 4193."""
    found = ipaddress.ip_address(text)
    if isinstance(found, ipaddress.IPv4Address):
        return any(found in network for network in _INTERNAL)
    return found in _UNIQUE_LOCAL


_INTERNAL: Final = tuple(
    ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
_UNIQUE_LOCAL: Final = ipaddress.IPv6Network("fc00::/7")
