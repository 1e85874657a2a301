"""TCP segments and UDP datagrams out of packets: link layers, VLANs, IPv4, IPv6, fragments, IP in IP."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from noroshi.events.capture.packets import Packet

TCP, UDP = 6, 17
FIN, SYN, RST, ACK = 1, 2, 4, 16
MAX_TAGS: Final = 4
MAX_HEADERS: Final = 16
MAX_FRAGMENTED: Final = 500
MAX_FRAGMENTS: Final = 200
_ETHERNET, _SLL, _SLL2 = 1, 113, 276
_RAW: Final = frozenset({12, 14, 101, 228, 229})
_NULL: Final = frozenset({0, 108})
_TAGS: Final = frozenset({0x8100, 0x88A8, 0x9100})
_IPV4, _IPV6, _PPPOE = 0x0800, 0x86DD, 0x8864
_MPLS: Final = frozenset({0x8847, 0x8848})
_PPP: Final = {0x0021: _IPV4, 0x0057: _IPV6}
_SKIPPED: Final = frozenset({0, 43, 60, 135})
_FRAGMENT, _AUTHENTICATION = 44, 51
_TUNNELS: Final = {4: _IPV4, 41: _IPV6}


@dataclass(frozen=True, slots=True)
class Segment:
    """A TCP segment or UDP datagram.

    Attributes:
        protocol: 6 (TCP) or 17 (UDP).
        flags, sequence: Of TCP; 0 for UDP.
        size: Bytes of payload that were on the wire; more than `payload` where the capture kept fewer.
    """

    number: int
    time: int
    source: str
    source_port: int
    target: str
    target_port: int
    protocol: int
    payload: bytes
    size: int
    flags: int = 0
    sequence: int = 0


@dataclass(slots=True)
class _Parts:
    """The fragments of one datagram so far."""

    pieces: dict[int, bytes] = field(default_factory=dict)
    total: int | None = None

    def add(self, offset: int, piece: bytes, *, more: bool) -> bytes | None:
        """The whole, once it is complete."""
        if len(self.pieces) < MAX_FRAGMENTS:
            self.pieces.setdefault(offset, piece)
        if not more:
            self.total = offset + len(piece)
        if self.total is None or self.total > 65_535:
            return None
        whole, at = b"", 0
        while at < self.total:
            part = self.pieces.get(at)
            if not part:
                return None
            whole += part
            at += len(part)
        return whole


@dataclass(slots=True)
class Dissector:
    """Takes packets apart; keeps the fragments that wait for others.

    Attributes:
        unknown: Packets of link layers that are not known, by their number.
    """

    unknown: dict[int, int] = field(default_factory=dict)
    _fragments: dict[tuple[bytes, bytes, int, int], _Parts] = field(default_factory=dict)

    def segment(self, packet: Packet) -> Segment | None:
        """The segment in this packet; None for anything else, and for fragments that wait."""
        try:
            kind, at = self._network(packet)
            for _ in range(MAX_TAGS):
                found = self._internet(packet, kind, packet.data[at:] if at >= 0 else b"")
                if not isinstance(found, tuple):
                    return found
                kind, inner = found
                packet = type(packet)(packet.number, packet.time, packet.link, inner)
                at = 0
        except (struct.error, IndexError):
            return None
        return None

    def _network(self, packet: Packet) -> tuple[int, int]:
        """The protocol of the network layer and where it begins; -1 where there is none."""
        data, link = packet.data, packet.link
        if link == _ETHERNET:
            return _behind_tags(data, 12)
        if link in _RAW:
            return (_IPV6 if data[0] >> 4 == 6 else _IPV4), 0
        if link in _NULL:
            return (_IPV4 if 2 in data[:4] else _IPV6), 4
        if link == _SLL:
            return _behind_tags(data, 14)
        if link == _SLL2:
            return struct.unpack_from("!H", data)[0], 20
        self.unknown[link] = self.unknown.get(link, 0) + 1
        return 0, -1

    def _internet(self, packet: Packet, kind: int, data: bytes) -> Segment | tuple[int, bytes] | None:
        """The segment, or the protocol and content of a tunnel."""
        if kind == _IPV4 and data and data[0] >> 4 == 4:
            protocol, source, target, body, size = self._of_four(data)
        elif kind == _IPV6 and data and data[0] >> 4 == 6:
            protocol, source, target, body, size = self._of_six(data)
        else:
            return None
        if body is None:
            return None
        if protocol in _TUNNELS:
            return _TUNNELS[protocol], body
        return _transport(packet, protocol, (source, target), body, size)

    def _of_four(self, data: bytes) -> tuple[int, bytes, bytes, bytes | None, int]:
        head = (data[0] & 15) * 4
        total, identifier, offset, _, protocol = struct.unpack_from("!HHHBB", data, 2)
        source, target = data[12:16], data[16:20]
        end = total if total > head else len(data)  # 0: the network card put it together
        body: bytes | None = data[head:end]
        if offset & 0x3FFF:
            key = (source, target, identifier, protocol)
            body = self._joined(key, (offset & 0x1FFF) * 8, body or b"", more=bool(offset & 0x2000))
            return protocol, source, target, body, len(body or b"")
        return protocol, source, target, body, end - head

    def _of_six(self, data: bytes) -> tuple[int, bytes, bytes, bytes | None, int]:
        length, protocol = struct.unpack_from("!HB", data, 4)
        source, target, at = data[8:24], data[24:40], 40
        end = 40 + length if length else len(data)
        for _ in range(MAX_HEADERS):
            if protocol in _SKIPPED:
                protocol, at = data[at], at + 8 + data[at + 1] * 8
            elif protocol == _AUTHENTICATION:
                protocol, at = data[at], at + 8 + data[at + 1] * 4
            elif protocol == _FRAGMENT:
                inner, offset, identifier = struct.unpack_from("!BxHI", data, at)
                key = (source, target, identifier, inner)
                body = self._joined(key, offset & 0xFFF8, data[at + 8 : end], more=bool(offset & 1))
                return inner, source, target, body, len(body or b"")
            else:
                break
        return protocol, source, target, data[at:end], end - at

    def _joined(
        self, key: tuple[bytes, bytes, int, int], offset: int, piece: bytes, *, more: bool
    ) -> bytes | None:
        if len(self._fragments) >= MAX_FRAGMENTED and key not in self._fragments:
            self._fragments.pop(next(iter(self._fragments)))
        whole = self._fragments.setdefault(key, _Parts()).add(offset, piece, more=more)
        if whole is not None:
            del self._fragments[key]
        return whole


def _behind_tags(data: bytes, at: int) -> tuple[int, int]:
    """The protocol behind VLAN tags, PPPoE and MPLS labels, and where it begins."""
    for _ in range(MAX_TAGS):
        (kind,) = struct.unpack_from("!H", data, at)
        if kind not in _TAGS:
            break
        at += 4
    at += 2
    if kind == _PPPOE:
        return _PPP.get(struct.unpack_from("!H", data, at + 6)[0], 0), at + 8
    if kind in _MPLS:
        for _ in range(MAX_TAGS):
            last = data[at + 2] & 1
            at += 4
            if last:
                break
        return (_IPV6 if data[at] >> 4 == 6 else _IPV4), at
    return kind, at


def _transport(
    packet: Packet, protocol: int, ends: tuple[bytes, bytes], body: bytes, size: int
) -> Segment | None:
    source, target = (address(one) for one in ends)
    if protocol == UDP:
        near, far = struct.unpack_from("!HH", body)
        return Segment(packet.number, packet.time, source, near, target, far, UDP, body[8:], size - 8)
    if protocol != TCP:
        return None
    near, far, sequence, _, offset, flags = struct.unpack_from("!HHIIBB", body)
    head = (offset >> 4) * 4
    return Segment(
        packet.number, packet.time, source, near, target, far, TCP, body[head:], max(0, size - head),
        flags, sequence,
    )  # fmt: skip


@lru_cache(maxsize=4_096)
def address(raw: bytes) -> str:
    """An address as text.

    Raises:
        IndexError: These are no four and no sixteen bytes.
    """
    if len(raw) == 4:
        return socket.inet_ntop(socket.AF_INET, raw)
    if len(raw) == 16:
        return socket.inet_ntop(socket.AF_INET6, raw)
    raise IndexError
