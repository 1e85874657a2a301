"""Captures written by hand: frames, segments and files of them, by the RFCs and the drafts of the formats."""

from __future__ import annotations

import gzip
import struct
from ipaddress import ip_address
from typing import Final

BEGIN: Final = 1_595_394_000
"""2020-07-22T05:00:00Z"""

CLIENT, SERVER = "192.168.56.23", "192.0.2.80"
FIN, SYN, PUSH, ACK = 1, 2, 8, 16
GET: Final = (
    b"GET /a/b.exe?x=1 HTTP/1.1\r\nHost: www.site.example\r\nReferer: http://www.site.example/a/\r\n"
    b"User-Agent: agent/1\r\n\r\n"
)
FILE: Final = b"http://inside.example/file\n" * 40
PACKED: Final = gzip.compress(FILE, mtime=0)
ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Encoding: gzip\r\n"
    b'Content-Disposition: attachment; filename="b.txt"\r\nTransfer-Encoding: chunked\r\n\r\n'
    + b"%x;x=y\r\n%s\r\n" % (20, PACKED[:20])
    + b"%x\r\n%s\r\n0\r\n\r\n" % (len(PACKED) - 20, PACKED[20:])
)


def tcp(
    ends: tuple[int, int], sequence: int, flags: int, payload: bytes = b"", acknowledged: int = 0
) -> bytes:
    """A segment."""
    return struct.pack("!HHIIBBHHH", *ends, sequence, acknowledged, 0x50, flags, 64_000, 0, 0) + payload


def udp(ends: tuple[int, int], payload: bytes) -> bytes:
    """A datagram."""
    return struct.pack("!HHHH", *ends, 8 + len(payload), 0) + payload


def ip(
    source: str, target: str, protocol: int, body: bytes, *, fragment: int = 0, identifier: int = 1
) -> bytes:
    """A packet of IPv4 or IPv6; `fragment` is IPv4's field of flags and offset."""
    near, far = ip_address(source), ip_address(target)
    if near.version == 6:
        return struct.pack("!IHBB", 6 << 28, len(body), protocol, 64) + near.packed + far.packed + body
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), identifier, fragment, 64, protocol, 0)
    return head + near.packed + far.packed + body


def ethernet(packet: bytes, *tags: int) -> bytes:
    """A frame with VLAN tags."""
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    marks = b"".join(struct.pack("!HH", 0x8100, tag) for tag in tags)
    return bytes(12) + marks + struct.pack("!H", kind) + packet


def conversation(
    sent: bytes = GET,
    answer: bytes = ANSWER,
    *,
    ends: tuple[str, str] = (CLIENT, SERVER),
    port: int = 80,
    step: int = 100,
) -> list[bytes]:
    """The packets of a connection with one request and one answer, which is cut into pieces."""
    ours, theirs = (49_800, port), (port, 49_800)
    there, back = ends, ends[::-1]
    packets = [
        ip(*there, 6, tcp(ours, 1_000, SYN)),
        ip(*back, 6, tcp(theirs, 5_000, SYN | ACK)),
        ip(*there, 6, tcp(ours, 1_001, ACK)),
    ]
    packets += [
        ip(*there, 6, tcp(ours, 1_001 + at, PUSH | ACK, sent[at : at + step]))
        for at in range(0, len(sent), step)
    ]
    packets += [
        ip(*back, 6, tcp(theirs, 5_001 + at, PUSH | ACK, answer[at : at + step]))
        for at in range(0, len(answer), step)
    ]
    packets.append(ip(*back, 6, tcp(theirs, 5_001 + len(answer), FIN | ACK)))
    packets.append(ip(*there, 6, tcp(ours, 1_001 + len(sent), FIN | ACK)))
    return packets


def pcap(
    frames: list[bytes], *, order: str = "<", nanoseconds: bool = False, link: int = 1, snap: int = 65_535
) -> bytes:
    """A PCAP file, a packet a millisecond."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    out = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap, link)
    for at, frame in enumerate(frames):
        kept = frame[:snap]
        fraction = at * (1_000_000 if nanoseconds else 1_000)
        out += struct.pack(f"{order}IIII", BEGIN, fraction, len(kept), len(frame)) + kept
    return out


def pcapng(frames: list[bytes], *, order: str = "<", link: int = 1) -> bytes:
    """A PCAPNG file with times in nanoseconds and a block of an unknown type."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        size = struct.pack(f"{order}I", 12 + len(body))
        return struct.pack(f"{order}I", kind) + size + body + size

    out = block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))
    resolution = struct.pack(f"{order}HHBxxxI", 9, 1, 9, 0)
    out += block(1, struct.pack(f"{order}HHI", link, 0, 0) + resolution) + block(0x0BAD, b"abc")
    for at, frame in enumerate(frames):
        time = BEGIN * 1_000_000_000 + at * 1_000_000
        head = struct.pack(f"{order}IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame))
        out += block(6, head + frame)
    return out


def frames(packets: list[bytes], *tags: int) -> list[bytes]:
    """Ethernet frames around packets."""
    return [ethernet(packet, *tags) for packet in packets]
