"""Logons and attempts in uniform words, whatever machine, gateway or daemon logged them.

A record that says whether somebody proved who they are has Sigma's category ``authentication`` (the name that
ECS and OCSF give it) and, beside the product's own names, those of these fields that it can fill:

| field | holds |
|---|---|
| ``logon_result`` | ``success`` or ``failure`` |
| ``logon_kind`` | how: `KINDS` |
| ``logon_user`` | the account as entities hold it: folded, without domain or realm |
| ``logon_host`` | the machine or gateway logged on to, folded, without domain |
| ``src_ip`` | where from; never loopback, never an empty address |
| ``src_host`` | the name that the client gives itself, folded, without domain |
| ``logon_origin`` | ``src_ip``, else ``src_host``: what attempts are counted by |

So one rule counts failures of Windows, VPN gateways and SSH alike, and keeps success and failure apart.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.traits import MAX_NAME_CHARS, short_host, short_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.events.model import Fields

CATEGORY: Final = "authentication"
FIELDS: Final = (
    "logon_result",
    "logon_kind",
    "logon_user",
    "logon_host",
    "src_ip",
    "src_host",
    "logon_origin",
)
KINDS: Final = (
    "interactive", "network", "batch", "service", "unlock", "cleartext", "new_credentials",
    "remote_desktop", "cached", "explicit", "kerberos", "ntlm", "ssh", "vpn", "sudo", "su", "admin", "other",
)  # fmt: skip
_REMEMBERED: Final = 8_192
"""Names and addresses whose uniform form is kept: the same few come again and again."""
_NOBODY: Final = frozenset({"", "-", "n/a", "(null)", "null", "none", "unknown", "*****", "local"})


def peer_address(value: Any) -> str | None:
    """An address as text, IPv4 out of ``::ffff:192.0.2.7``; None for none, loopback and the empty address."""
    return _address(value) if isinstance(value, str) and len(value) <= MAX_NAME_CHARS else None


@lru_cache(maxsize=_REMEMBERED)
def _address(text: str) -> str | None:
    try:
        address = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return None if address.is_loopback or address.is_unspecified else str(address)


def _is_somebody(text: str) -> bool:
    # "(unknown user)", "(invalid user)": what PAM and sshd write for accounts that do not exist.
    return text.strip().lower() not in _NOBODY and not text.startswith("(")


@lru_cache(maxsize=_REMEMBERED)
def _account(text: str) -> str | None:
    return (short_user(text) or None) if _is_somebody(text) else None


@lru_cache(maxsize=_REMEMBERED)
def _machine(text: str) -> str | None:
    return (short_host(text) or None) if _is_somebody(text) else None


def _short(value: Any, shorten: Callable[[str], str | None]) -> str | None:
    return shorten(value) if isinstance(value, str) and len(value) <= MAX_NAME_CHARS else None


def add_logon(  # noqa: PLR0913 - one keyword for each uniform field
    fields: Fields,
    kind: str,
    *,
    success: bool | None,
    user: Any = None,
    host: Any = None,
    address: Any = None,
    client: Any = None,
) -> None:
    """Add the uniform fields that these values fill.

    Args:
        fields: The event's.
        kind: One of `KINDS`.
        success: None where the record says nothing about it (credentials were used, a session began).
        user: The account as logged, with or without domain.
        host: The machine logged on to.
        address: Where the logon came from.
        client: The name that the client gives itself.
    """
    fields["logon_kind"] = kind
    if success is not None:
        fields["logon_result"] = "success" if success else "failure"
    if (account := _short(user, _account)) is not None:
        fields["logon_user"] = account
    if (machine := _short(host, _machine)) is not None:
        fields["logon_host"] = machine
    if (name := _short(client, _machine)) is not None and _address(name) is None:
        fields["src_host"] = fields["logon_origin"] = name
    if (at := peer_address(address)) is not None:
        fields["src_ip"] = fields["logon_origin"] = at
