"""A capture (PCAP) of what the specimen does in a sandbox: names asked, the download, calls to C2 servers."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final

from noroshi.demo import campaign
from noroshi.demo.names import EMOTET_AGENT

if TYPE_CHECKING:
    from noroshi.demo.specimens.family import Facts

_CLIENT: Final = "192.168.56.23"
_RESOLVER: Final = "192.168.56.1"
_BEGIN: Final = 1_595_394_000
"""2020-07-22 14:00 JST."""
_MSS: Final = 1_460
_FIN, _SYN, _PUSH, _ACK = 1, 2, 8, 16


@dataclass(slots=True)
class _Capture:
    out: bytearray = field(
        default_factory=lambda: bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1))
    )
    clock: int = 0
    port: int = 49_700

    def packet(self, source: str, target: str, protocol: int, body: bytes) -> None:
        self.clock += 900
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0x4000, 64, protocol, 0)
        ends = IPv4Address(source).packed + IPv4Address(target).packed
        checked = head[:10] + struct.pack("!H", _checksum(head + ends)) + ends
        frame = bytes.fromhex("020000000001 020000000002 0800") + checked + body
        seconds, micros = divmod(self.clock, 1_000_000)
        self.out += struct.pack("<IIII", _BEGIN + seconds, micros, len(frame), len(frame)) + frame

    def name(self, name: str, address: str) -> None:
        """A DNS query and its answer."""
        self.port += 1
        labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
        question = labels + struct.pack("!HH", 1, 1)
        answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 300, 4) + IPv4Address(address).packed
        query = struct.pack("!HHHHHH", self.port, 0x0100, 1, 0, 0, 0) + question
        reply = struct.pack("!HHHHHH", self.port, 0x8180, 1, 1, 0, 0) + question + answer
        self.packet(_CLIENT, _RESOLVER, 17, struct.pack("!HHHH", self.port, 53, 8 + len(query), 0) + query)
        self.packet(_RESOLVER, _CLIENT, 17, struct.pack("!HHHH", 53, self.port, 8 + len(reply), 0) + reply)

    def exchange(self, server: tuple[str, int], sent: bytes, answer: bytes) -> None:
        """A TCP connection with one request and one answer."""
        self.port += 1
        ours, theirs = (_CLIENT, self.port), server
        mine, other = 1_000, 5_000
        self._segment(ours, theirs, (mine, 0, _SYN), b"")
        self._segment(theirs, ours, (other, mine + 1, _SYN | _ACK), b"")
        mine, other = mine + 1, other + 1
        self._segment(ours, theirs, (mine, other, _ACK), b"")
        for at in range(0, len(sent), _MSS):
            part = sent[at : at + _MSS]
            self._segment(ours, theirs, (mine, other, _PUSH | _ACK), part)
            mine += len(part)
        for at in range(0, len(answer), _MSS):
            part = answer[at : at + _MSS]
            self._segment(theirs, ours, (other, mine, _PUSH | _ACK), part)
            other += len(part)
        self._segment(theirs, ours, (other, mine, _FIN | _ACK), b"")
        self._segment(ours, theirs, (mine, other + 1, _FIN | _ACK), b"")

    def _segment(
        self, source: tuple[str, int], target: tuple[str, int], state: tuple[int, int, int], body: bytes
    ) -> None:
        sequence, acknowledged, flags = state
        head = struct.pack(
            "!HHIIBBHHH", source[1], target[1], sequence, acknowledged, 0x50, flags, 64_240, 0, 0
        )
        self.packet(source[0], target[0], 6, head + body)


def capture(facts: Facts) -> bytes:
    """The capture: the sites until one answers, then the servers that answer over plain HTTP."""
    made = _Capture()
    for at, url in enumerate(facts.downloads[: facts.served + 1]):
        scheme, _, rest = url.partition("://")
        host, _, path = rest.partition("/")
        made.name(host, facts.addresses[host])
        if scheme == "https":
            made.exchange((facts.addresses[host], 443), _hello(host), b"\x15\x03\x03\x00\x02\x02\x28")
            continue
        request = f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: Keep-Alive\r\n\r\n"
        made.exchange(
            (facts.addresses[host], 80), request.encode(), _answer(facts, served=at == facts.served)
        )
    rng = facts.rng("calls")
    for server in facts.c2:
        made.exchange(server, _call(server, campaign.c2_path(rng), rng.randbytes(1_200)), _form_answer())
    return bytes(made.out)


def _answer(facts: Facts, *, served: bool) -> bytes:
    if not served:
        return b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\nnot found"
    content = facts.program_content
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
        f'Content-Disposition: attachment; filename="{facts.executable.name}"\r\n'
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def _form_answer() -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: 132\r\n\r\n"
        + bytes(132)
    )


def _call(server: tuple[str, int], path: str, body: bytes) -> bytes:
    authority = server[0] if server[1] == 80 else f"{server[0]}:{server[1]}"
    boundary = "--------------------------7d41b838504d8"
    form = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="nvjqs"; filename="kdle"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode() + body
    form += f"\r\n--{boundary}--".encode()
    head = (
        f"POST {path} HTTP/1.1\r\nReferer: http://{authority}{path}\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\nUser-Agent: {EMOTET_AGENT}\r\n"
        f"Host: {authority}\r\nContent-Length: {len(form)}\r\nCache-Control: no-cache\r\n\r\n"
    )
    return head.encode() + form


def _hello(host: str) -> bytes:
    """A ClientHello of TLS 1.2 that names the host (RFC 5246, RFC 6066)."""
    name = host.encode()
    server = struct.pack("!HBH", len(name) + 3, 0, len(name)) + name
    extensions = struct.pack("!HH", 0, len(server)) + server
    for number, body in ((10, bytes.fromhex("0006001d00170018")), (11, b"\x01\x00"), (35, b"")):
        extensions += struct.pack("!HH", number, len(body)) + body
    suites = bytes.fromhex("c02cc02bc030c02fc024c023c028c027c00ac009c014c013009d009c003d003c0035002f000a")
    body = b"\x03\x03" + bytes(32) + b"\0" + struct.pack("!H", len(suites)) + suites + b"\x01\0"
    body += struct.pack("!H", len(extensions)) + extensions
    hello = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack("!H", len(hello)) + hello


def _checksum(head: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(head) // 2}H", head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
