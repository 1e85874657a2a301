"""Whether a value can stand in a list of its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.indicators.model import HASH_TYPES, TEXT_TYPES
from noroshi.indicators.values import (
    HASH_KINDS,
    address_and_port,
    hashes_in,
    normal_domain,
    parse_network,
    parse_url,
    refang,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def clean_value(type_: str, value: str) -> str:
    """A list's value as it is kept: refanged and stripped, texts as they stand."""
    return value if type_ in TEXT_TYPES else refang(value.strip())


def check_value(type_: str, value: str, kind: str = "") -> str:
    """Why a (cleaned) value cannot stand in a list of this type; empty if it can."""
    if type_ in HASH_TYPES:
        return _check_hash(kind or type_, value)
    if type_ in TEXT_TYPES:
        return "" if value else "is empty"
    readable, why = _READERS[type_]
    return "" if readable(value) else why


def _is_network(value: str) -> bool:
    try:
        parse_network(value)
    except ValueError:
        return False
    return True


def _check_hash(kind: str, value: str) -> str:
    parts = hashes_in(value)
    digits = parts[0][1] if len(parts) == 1 and parts[0][0] is None else ""
    wanted = {"imphash": {32}, "hash": set(HASH_KINDS)}.get(kind) or {
        size for size, name in HASH_KINDS.items() if name == kind
    }
    return "" if len(digits) in wanted else Sentence("is no {kind}", kind=kind)


_READERS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "ip": (_is_network, "is no address or network"),
    "domain": (normal_domain, "is no domain"),
    "url": (parse_url, "is no URL"),
    "near_domain": (normal_domain, "is no domain"),
    "host": (str.strip, "is empty"),
    "user": (str.strip, "is empty"),
    "ip:port": (address_and_port, "is no address with port"),
}
