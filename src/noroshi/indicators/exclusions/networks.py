"""Networks by prefix: one dictionary a prefix length, the longest first."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from noroshi.indicators.values import parse_network

if TYPE_CHECKING:
    from collections.abc import Iterable


class NetworkIndex:
    """Networks → the lists that hold them; IPv4 and IPv6 apart."""

    __slots__ = ("_lengths", "_tables")

    def __init__(self) -> None:
        self._tables: dict[tuple[int, int], dict[int, tuple[int, ...]]] = {}
        self._lengths: dict[int, list[int]] = {32: [], 128: []}

    def add(self, networks: Iterable[str], number: int) -> None:
        """The networks of a list, in normal form."""
        for text in networks:
            packed, length = parse_network(text)
            size = 8 * len(packed)
            table = self._tables.get((size, length))
            if table is None:
                table = self._tables[size, length] = {}
                self._lengths[size] = sorted((*self._lengths[size], length), reverse=True)
            key = int.from_bytes(packed) >> (size - length)
            table[key] = (*table.get(key, ()), number)

    def find(self, text: str) -> tuple[str, tuple[int, ...]] | None:
        """The smallest network that holds an address or a whole network, and the lists that hold it."""
        packed, own_length = parse_network(text)
        size = 8 * len(packed)
        value = int.from_bytes(packed)
        for length in self._lengths[size]:
            if length <= own_length:
                key = value >> (size - length)
                numbers = self._tables[size, length].get(key)
                if numbers is not None:
                    return _printed(key << (size - length), size, length), numbers
        return None


def _printed(value: int, size: int, length: int) -> str:
    address = IPv4Address(value) if size == 32 else IPv6Address(value)
    return f"{address}/{length}" if length < size else str(address)
